"""The table of routes: what is not a line of it does not exist, and every line names who may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import Blueprint, Flask, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.schema import Schema
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from alerting.api import (
    access,
    attachments,
    catalog,
    handling,
    health,
    intake,
    journalled,
    oncall,
    problems,
    ratings,
    simulation,
    sla,
    suggestions,
    tickets,
)
from alerting.api.access import NAME, Answer, View, commanding, reading
from alerting.runtime import Runtime
from core.accounts.permissions import Permission as P

PREFIX = "/api/v1"
SCHEMA_REF = "#/components/schemas/{model}"
PROBLEM = problems.ProblemDetails.__name__
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

CATALOG, TICKETS, ON_CALL = Tag(name="catalog"), Tag(name="tickets"), Tag(name="on call")
SLA, SUGGESTIONS = Tag(name="sla"), Tag(name="suggestions")
ACTIVATION_HEADERS = {
    "parameters": [
        {
            "in": "header",
            "name": catalog.IDEMPOTENCY_KEY,
            "required": False,
            "schema": {"type": "string", "maxLength": 255},
            "description": "the same key and body give the same answer for 30 days, and one ticket",
        }
    ]
}


@dataclass(frozen=True)
class Route:
    """`admit` is `access.reading`, `access.commanding`, `journalled.activating` or `attachments.uploading`.
    `permissions`: any one of them is enough; whose ticket it is, is asked by the view."""

    method: Literal["GET", "POST", "DELETE"]
    rule: str
    admit: Callable[[Runtime, View, Sequence[P]], View]
    view: View
    permissions: tuple[P, ...]
    tag: Tag
    openapi: dict[str, Any] | None = None


ACTIVATION = "/catalog/contingency-activation/requests"
ROUTES = (
    Route("GET", "/catalog", reading, catalog.catalog, (P.VIEW_CATALOG,), CATALOG),
    Route("POST", ACTIVATION, journalled.activating, catalog.activate, (P.ACTIVATE,), CATALOG, ACTIVATION_HEADERS),
    Route("GET", "/tickets", reading, tickets.tickets, (P.VIEW_TICKET,), TICKETS),
    Route("POST", "/tickets", commanding, intake.open_one, (P.OPEN_TICKET,), TICKETS, ACTIVATION_HEADERS),
    Route("GET", "/tickets/<ref>", reading, tickets.ticket, (P.VIEW_TICKET,), TICKETS),
    Route("GET", "/tickets/<ref>/timeline", reading, tickets.timeline, (P.VIEW_TICKET,), TICKETS),
    Route("GET", "/tickets/<ref>/log", reading, tickets.log_entries, (P.VIEW_STAFF,), TICKETS),
    Route("GET", "/tickets/<ref>/attempts", reading, tickets.attempts, (P.VIEW_STAFF,), TICKETS),
    Route("POST", "/tickets/<ref>/acknowledgement", commanding, tickets.acknowledge, (P.ACKNOWLEDGE,), TICKETS),
    Route("POST", "/tickets/<ref>/decline", commanding, tickets.decline, (P.ACKNOWLEDGE,), TICKETS),
    Route(
        "POST", "/tickets/<ref>/contact", commanding, tickets.contact, (P.RECORD_CONTACT, P.CONFIRM_CONTACT), TICKETS
    ),
    Route("POST", "/tickets/<ref>/stand-down", commanding, tickets.stand_down, (P.STAND_DOWN,), TICKETS),
    Route("POST", "/tickets/<ref>/closure", commanding, tickets.close, (P.CLOSE,), TICKETS),
    Route("POST", "/tickets/<ref>/provider-cases", commanding, handling.add_case, (P.WORK_TICKET,), TICKETS),
    Route("GET", "/tickets/<ref>/provider-cases", reading, handling.cases, (P.VIEW_TICKET,), TICKETS),
    Route("DELETE", "/tickets/<ref>/provider-cases/<case>", commanding, handling.close_case, (P.WORK_TICKET,), TICKETS),
    Route("GET", "/tickets/<ref>/sla", reading, tickets.sla, (P.VIEW_TICKET,), SLA),
    Route("GET", "/sla", reading, sla.matrix, (P.VIEW_CATALOG,), SLA),
    Route("POST", "/tickets/<ref>/updates", commanding, handling.update, (P.UPDATE_TICKET,), TICKETS),
    Route(
        "POST",
        "/tickets/<ref>/attachments",
        attachments.uploading,
        attachments.upload,
        (P.UPDATE_TICKET,),
        TICKETS,
        attachments.MULTIPART_BODY,
    ),
    Route("GET", "/tickets/<ref>/attachments", reading, attachments.attachments, (P.VIEW_TICKET,), TICKETS),
    Route("GET", "/tickets/<ref>/attachments/<attachment>", reading, attachments.download, (P.VIEW_TICKET,), TICKETS),
    Route(
        "DELETE", "/tickets/<ref>/attachments/<attachment>", commanding, attachments.remove, (P.WORK_TICKET,), TICKETS
    ),
    Route("POST", "/tickets/<ref>/waiting", commanding, handling.wait, (P.WORK_TICKET,), TICKETS),
    Route("DELETE", "/tickets/<ref>/waiting", commanding, handling.resume, (P.WORK_TICKET,), TICKETS),
    Route("POST", "/tickets/<ref>/assignment", commanding, handling.assign, (P.ASSIGN,), TICKETS),
    Route("POST", "/tickets/<ref>/priority", commanding, handling.prioritise, (P.WORK_TICKET,), TICKETS),
    Route("POST", "/tickets/<ref>/reopening", commanding, handling.reopen, (P.REOPEN,), TICKETS),
    Route("POST", "/tickets/<ref>/rating", commanding, ratings.rate, (P.RATE,), TICKETS),
    Route("POST", "/tickets/<ref>/merge", commanding, handling.merge, (P.WORK_TICKET,), TICKETS),
    Route("GET", "/suggestions", reading, suggestions.suggestions, (P.SUGGEST, P.ANSWER_SUGGESTIONS), SUGGESTIONS),
    Route("POST", "/suggestions", commanding, suggestions.suggest, (P.SUGGEST,), SUGGESTIONS),
    Route("POST", "/suggestions/<ref>/answer", commanding, suggestions.answer, (P.ANSWER_SUGGESTIONS,), SUGGESTIONS),
    Route("GET", "/schedules/<id>/oncall", reading, oncall.on_call, (P.VIEW_SCHEDULES,), ON_CALL),
    Route("GET", "/schedules/<id>/shifts", reading, oncall.shifts, (P.VIEW_SCHEDULES,), ON_CALL),
    Route("POST", "/oncall/preview", reading, oncall.preview, (P.SIMULATE,), ON_CALL),
    Route("POST", "/escalations/simulate", reading, simulation.simulate, (P.SIMULATE,), ON_CALL),
    Route("POST", "/sla/simulate", reading, sla.simulate_clock, (P.SIMULATE,), SLA),
    Route("POST", "/sla/validate", reading, sla.compare_terms, (P.SIMULATE,), SLA),
    Route("GET", "/calendars/<id>/open", reading, oncall.opening, (P.VIEW_CATALOG,), ON_CALL),
)


def register(app: OpenAPI, runtime: Runtime, figures: Sequence[health.MoreFigures] = ()) -> None:
    """The API, its health endpoints, and a problem for whatever else is asked for below /api. `figures` are further
    ones for /metrics."""
    app.register_api(blueprint(runtime))
    app.register_api(health.blueprint(runtime, figures))
    app.register_blueprint(nothing_else(runtime))


def blueprint(runtime: Runtime) -> APIBlueprint:
    """Version 1 below /api/v1."""
    described = {"content": {problems.MEDIA_TYPE: {"schema": {"$ref": SCHEMA_REF.format(model=PROBLEM)}}}}
    api = APIBlueprint(
        NAME,
        __name__,
        url_prefix=PREFIX,
        abp_responses={status: dict(described) for status in (400, 401, 403, 404, 409, 422, 503)},
        abp_security=[{"bearer": []}],
    )
    api.components_schemas |= _problem_schemas()
    for route in ROUTES:
        add = {"GET": api.get, "POST": api.post, "DELETE": api.delete}[route.method]
        add(route.rule, tags=[route.tag], openapi_extensions=route.openapi)(
            route.admit(runtime, route.view, route.permissions)
        )
    api.before_request(lambda: access.guard(runtime))
    api.after_request(_not_kept)
    problems.handle(api, runtime.settings)
    api.record_once(lambda state: _set_up(state, runtime))
    return api


def nothing_else(runtime: Runtime) -> Blueprint:
    """Answers what no route does: 405 where another method would work, else 404."""
    rest = Blueprint("api_nothing_else", __name__, url_prefix="/api")
    rest.add_url_rule("/", "nothing", _nothing, methods=METHODS, defaults={"path": ""})
    rest.add_url_rule("/<path:path>", "nothing", _nothing, methods=METHODS)
    rest.after_request(_not_kept)
    problems.handle(rest, runtime.settings)
    return rest


def _problem_schemas() -> dict[str, Schema]:
    whole = problems.ProblemDetails.model_json_schema(ref_template=SCHEMA_REF)
    parts = whole.pop("$defs")
    return {name: Schema(**schema) for name, schema in ({PROBLEM: whole} | parts).items()}


def _nothing(path: str) -> Answer:
    allowed = [method for method in METHODS if _leads_somewhere(current_app, method)]
    raise MethodNotAllowed(allowed) if allowed else NotFound()


def _leads_somewhere(app: Flask, method: str) -> bool:
    adapter = app.create_url_adapter(request)
    try:
        endpoint = adapter.match(method=method)[0] if adapter else request.endpoint
    except HTTPException:
        return False
    return endpoint != request.endpoint


def _not_kept(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def _set_up(state: BlueprintSetupState, runtime: Runtime) -> None:
    """What flask-openapi3 keeps on the application: how refused fields are answered, and the security scheme."""
    app = state.app
    if isinstance(app, OpenAPI):
        app.validation_error_callback = access.refused_fields(runtime)
        app.security_schemes = {"bearer": {"type": "http", "scheme": "bearer"}}

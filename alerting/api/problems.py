"""Refusals as problem details (RFC 9457): one shape for everything below /api, our own faults included."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NoReturn

from flask import Blueprint, Response, abort, request
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException, MethodNotAllowed, default_exceptions

from alerting.catalog.idempotency import KeyReused
from alerting.catalog.service import NotEntitled, PlanRequired, UnknownPlan
from alerting.tickets.queries import BadCursor
from alerting.tickets.service import UnknownTicket
from alerting.tickets.states import IllegalTransition
from alerting.web import provider_cache
from core.settings import Settings

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
NO_SUCH_THING = "there is nothing here by that name"  # a foreign id and an unknown one get this same answer
BLANK = "about:blank"  # RFC 9457 4.2.1: the status says it all
_VALUE_ERROR = "Value error, "  # how pydantic begins the message of a validator of ours


class FieldError(BaseModel):
    """What is wrong with one field; an empty `field` means the whole body."""

    field: str
    message: str


class ProblemDetails(BaseModel):
    """RFC 9457. `errors` only with 422; `emergency_phone` where the caller may still need help now."""

    type: str = BLANK
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
    emergency_phone: str | None = None


def problem(
    status: int,
    detail: str,
    *,
    errors: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> Response:
    """`errors` are (field, message); `members` further members of the answer, those that are None left out."""
    body: dict[str, Any] = {
        "type": BLANK,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = [{"field": field, "message": message} for field, message in errors]
    body |= {name: value for name, value in members.items() if value is not None}
    return Response(json.dumps(body, ensure_ascii=False), status, headers=headers or {}, mimetype=MEDIA_TYPE)


def refuse(
    status: int,
    detail: str,
    *,
    errors: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> NoReturn:
    """Ends the request with that problem; a transaction that is open rolls back."""
    abort(problem(status, detail, errors=errors, headers=headers, **members))


def refuse_fields(*errors: tuple[str, str], **members: Any) -> NoReturn:
    """422 for (field, message)."""
    refuse(422, "; ".join(f"{field}: {message}" for field, message in errors), errors=errors, **members)


def invalid(error: ValidationError) -> Response:
    """422 for what a model refused, in the words of the field; the values themselves are not repeated."""
    errors = [
        (".".join(map(str, one["loc"])), one["msg"].removeprefix(_VALUE_ERROR))
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return problem(422, "some fields are not as they should be", errors=errors)


def handle(blueprint: Blueprint, settings: Settings) -> None:
    """Every error of the blueprint's routes becomes a problem. By code, because a handler by code wins over those
    that the application has for its pages."""
    for code in default_exceptions:
        blueprint.register_error_handler(code, _of_http)
    for kind, answer in OF_DOMAIN.items():
        blueprint.register_error_handler(kind, answer)
    blueprint.register_error_handler(NotEntitled, lambda error: _not_entitled(error, settings))
    for kind in (OperationalError, InterfaceError, NoConnection):
        blueprint.register_error_handler(kind, lambda error: _unavailable(error, settings))
    blueprint.register_error_handler(Exception, _last_resort)


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    headers = {"Allow": ", ".join(error.valid_methods or ())} if isinstance(error, MethodNotAllowed) else {}
    detail = NO_SUCH_THING if status == 404 else error.description or HTTPStatus(status).phrase
    return problem(status, detail, headers=headers)


def _illegal_transition(error: IllegalTransition) -> Response:
    return problem(409, str(error), state=error.state, allowed=list(error.allowed))


OF_DOMAIN: Mapping[type[Exception], Callable[[Any], Response]] = {
    UnknownTicket: lambda _: problem(404, NO_SUCH_THING),
    UnknownPlan: lambda _: problem(404, NO_SUCH_THING),
    IllegalTransition: _illegal_transition,
    KeyReused: lambda error: problem(409, str(error)),
    PlanRequired: lambda error: problem(422, str(error), errors=[("plan", str(error))]),
    BadCursor: lambda error: problem(422, str(error), errors=[("cursor", str(error))]),
}

REFUSALS = {
    "trial": "the contract is a trial, which covers drills alone",
    "out_of_coverage": "the contract does not cover this plan at this hour",
}


def _not_entitled(error: NotEntitled, settings: Settings) -> Response:
    phone = provider_cache.recall(settings).emergency_phone
    message = REFUSALS.get(error.reason, error.reason) + (f"; in an emergency call {phone}" if phone else "")
    return problem(422, message, errors=[(error.field, message)], reason=error.reason, emergency_phone=phone or None)


def _unavailable(error: Exception, settings: Settings) -> Response:
    """Never a false yes: nothing was recorded, and the caller learns where to call instead."""
    log.error("the database did not answer at %s: %s", request.path, type(error).__name__)
    phone = provider_cache.recall(settings).emergency_phone
    detail = "nothing was recorded, because the database is out of reach" + (f"; call {phone}" if phone else "")
    return problem(503, detail, headers={"Retry-After": "5"}, emergency_phone=phone or None)


def _last_resort(error: Exception) -> Response:
    log.exception("%s %s failed", request.method, request.path, exc_info=error)
    return problem(500, "this is a fault of ours; it has been logged")

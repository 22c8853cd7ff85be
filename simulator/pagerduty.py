"""PagerDuty's two programming interfaces, as far as a paging service uses them: Events API v2, and of the REST API
incidents, alerts, users, who is on call, and the webhook subscription."""

import json
import math
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from pydantic import BaseModel, ConfigDict, Field

from simulator.carrier import cut_the_connection
from simulator.incidents import Incidents, Turn
from simulator.network import Network

events_api = Blueprint("pagerduty_events", __name__)
rest_api = Blueprint("pagerduty_rest", __name__)

Json = dict[str, Any]
KEY_LENGTH, LONGEST_DEDUP, LONGEST_SUMMARY, LARGEST_EVENT = 32, 255, 1024, 512 * 1024
LONGEST_ONCALLS = timedelta(days=90)
SEVERITIES = ("critical", "error", "warning", "info")
ACTIONS = ("trigger", "acknowledge", "resolve")
KNOWN = {"routing_key", "event_action", "dedup_key", "payload", "client", "client_url", "links", "images"}
PAYLOAD = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}


class PagerDutyFault(BaseModel):
    """What happens to a request. `refuse` cuts the connection before it is taken, `drop` after; `hang` takes it and
    answers `seconds` later; `seconds` is also the ratelimit-reset of 429."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["400", "429", "500", "503", "drop", "hang", "refuse"]
    api: Literal["events", "rest"] = "events"
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0)


class PagerDuty:
    """The incidents, and the faults ordered."""

    def __init__(self, network: Network) -> None:
        self.incidents = Incidents(network.config, network.events, network.lock)
        self._faults: list[PagerDutyFault] = []
        self._lock = threading.Lock()

    def order(self, faults: list[PagerDutyFault]) -> None:
        with self._lock:
            self._faults = [fault for fault in faults for _ in range(fault.times)]

    def fault(self, api: str) -> PagerDutyFault | None:
        with self._lock:
            found = next((fault for fault in self._faults if fault.api == api), None)
            if found is not None:
                self._faults.remove(found)
            return found

    def forget(self) -> None:
        self.order([])
        self.incidents.forget()


def pagerduty() -> PagerDuty:
    found: PagerDuty = current_app.extensions["pagerduty"]
    return found


# Events API v2


@events_api.post("/v2/enqueue")
def enqueue() -> Response:
    here = pagerduty().incidents
    raw = request.get_data()
    event = _parsed(raw)
    here.events.add("pagerduty_event", {"json": event, "received_ns": time.monotonic_ns()})
    fault = pagerduty().fault("events")
    if fault is not None and (refused := _refused(fault)) is not None:
        return refused
    problems = ["Event object is too large"] if len(raw) > LARGEST_EVENT else event_problems(event)
    if problems:
        return _answer(400, status="invalid event", message="Event object is invalid", errors=problems)
    key = here.take(event)
    if fault is not None and fault.kind == "drop":
        cut_the_connection()
    if fault is not None and fault.kind == "hang":
        time.sleep(fault.seconds)
    return _answer(202, status="success", message="Event processed", dedup_key=key)


def event_problems(event: Any) -> list[str]:
    """Why PagerDuty would refuse it; stricter about names it does not know, so that a slip of the pen shows."""
    if not isinstance(event, dict):
        return ["JSON parse error"]
    key, payload = event.get("routing_key"), event.get("payload")
    found = [f"'{name}' is not a known field" for name in sorted(set(event) - KNOWN)]
    if not isinstance(key, str) or len(key) != KEY_LENGTH:
        found.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    if event.get("event_action") not in ACTIONS:
        return [*found, "'event_action' is not one of trigger, acknowledge, resolve"]
    dedup = event.get("dedup_key")
    if dedup is not None and (not isinstance(dedup, str) or len(dedup) > LONGEST_DEDUP):
        found.append("'dedup_key' is invalid (must be a string of 255 characters or fewer)")
    if event["event_action"] != "trigger":
        return found if dedup else [*found, "'dedup_key' is missing or blank"]
    if not isinstance(payload, dict):
        return [*found, "'payload' is missing or blank"]
    found += [f"'payload.{name}' is not a known field" for name in sorted(set(payload) - PAYLOAD)]
    found += [f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not payload.get(name)]
    if len(str(payload.get("summary", ""))) > LONGEST_SUMMARY:
        found.append("'payload.summary' is too long (max 1024 characters)")
    if payload.get("severity") not in SEVERITIES:
        found.append("'payload.severity' is invalid (must be one of critical, error, warning, info)")
    return found


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _refused(fault: PagerDutyFault) -> Response | None:
    match fault.kind:
        case "400":
            return _answer(400, status="invalid event", message="Event object is invalid", errors=["ordered"])
        case "429":
            response = _answer(429, status="throttle exceeded", message="Requests for this service are arriving too "
                               "quickly. Please retry later.")  # fmt: skip
            response.headers["ratelimit-reset"] = str(math.ceil(fault.seconds))
            return response
        case "500" | "503":
            return _answer(int(fault.kind), status="error", message="Internal Server Error")
        case "refuse":
            cut_the_connection()
            return _answer(503, status="error", message="cut")
    return None


def _answer(status: int, /, **body: Any) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response


# REST


class RestError(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@rest_api.errorhandler(RestError)
def complain(error: RestError) -> Response:
    return _answer(error.status, error={"message": error.message, "code": error.code, "errors": []})


@rest_api.before_request
def authenticate() -> Response | None:
    config = pagerduty().incidents.config
    given = request.headers.get("Authorization", "")
    fields = {"method": request.method, "path": request.path, "query": dict(request.args.lists())}
    pagerduty().incidents.events.add("pagerduty_rest", fields)
    if given != f"Token token={config.pagerduty_api_key}":
        raise RestError(401, 2006, "Authentication failed")
    fault = pagerduty().fault("rest")
    return _refused(fault) if fault is not None else None


@rest_api.after_request
def limits(response: Response) -> Response:
    response.headers["ratelimit-limit"], response.headers["ratelimit-remaining"] = "960", "959"
    response.headers.setdefault("ratelimit-reset", "60")
    return response


@rest_api.get("/incidents")
def incidents() -> Json:
    here, statuses = pagerduty().incidents, request.args.getlist("statuses[]")
    key = request.args.get("incident_key")
    with here.lock:
        found = [
            one.as_json()
            for one in here.by_id.values()
            if (key is None or one.dedup_key == key) and (not statuses or one.status in statuses)
        ]
    return _page("incidents", found)


@rest_api.get("/incidents/<id_>")
def incident(id_: str) -> Json:
    here = pagerduty().incidents
    with here.lock:
        if id_ not in here.by_id:
            raise RestError(404, 2100, "Incident Not Found")
        return {"incident": here.by_id[id_].as_json()}


@rest_api.get("/incidents/<id_>/alerts")
def alerts(id_: str) -> Json:
    here = pagerduty().incidents
    with here.lock:
        if id_ not in here.by_id:
            raise RestError(404, 2100, "Incident Not Found")
        return _page("alerts", [here.by_id[id_].alert()])


@rest_api.get("/users")
def users() -> Json:
    """`query` is looked for in names and mail addresses."""
    wanted = request.args.get("query", "").lower()
    found = [one for one in pagerduty().incidents.users.values() if wanted in f"{one.name} {one.email}".lower()]
    return _page("users", [user.as_json() for user in found])


@rest_api.get("/users/<id_>")
def user(id_: str) -> Json:
    found = pagerduty().incidents.users.get(id_)
    if found is None:
        raise RestError(404, 2100, "User Not Found")
    return {"user": found.as_json()}


@rest_api.get("/oncalls")
def oncalls() -> Json:
    """Whoever was put on call by the control API; else the first user, at the first level of one policy, all year."""
    here = pagerduty().incidents
    since, until = _instant("since"), _instant("until")
    if until - since > LONGEST_ONCALLS:
        raise RestError(400, 2001, "Invalid Input Provided: the range may not be longer than 90 days")
    schedules, policies = request.args.getlist("schedule_ids[]"), request.args.getlist("escalation_policy_ids[]")
    whole = "users" in request.args.getlist("include[]")
    with here.lock:
        users, turns = dict(here.users), here.turns or _all_year(list(here.users))
    found = [
        one.as_json(users[one.user].as_json() if whole else users[one.user].reference())
        for one in turns
        if one.overlaps(since, until)
        and (not schedules or one.schedule in schedules)
        and (not policies or one.escalation_policy in policies)
    ]
    return _page("oncalls", found)


def _all_year(users: list[str]) -> list[Turn]:
    year = datetime.now(UTC).year
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    return [Turn(user, "PSCH001", "PESC001", 1, start, end) for user in users[:1]]


def _instant(name: str) -> datetime:
    """A query parameter, by default now."""
    text = request.args.get(name)
    try:
        at = datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError as error:
        raise RestError(400, 2001, f"Invalid Input Provided: {name}") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@rest_api.get("/abilities")
def abilities() -> Json:
    return {"abilities": ["sso", "advanced_reports"]}


@rest_api.get("/webhook_subscriptions")
def subscriptions() -> Json:
    return _page("webhook_subscriptions", [_subscription()])


@rest_api.get("/webhook_subscriptions/<id_>")
def subscription(id_: str) -> Json:
    return {"webhook_subscription": _subscription(id_)}


@rest_api.post("/webhook_subscriptions/<id_>/enable")
def enable(id_: str) -> Json:
    _subscription(id_)
    pagerduty().incidents.subscription.enable()
    return {"webhook_subscription": _subscription(id_)}


def _subscription(id_: str | None = None) -> Json:
    here = pagerduty().incidents
    if id_ not in (None, here.subscription.id):
        raise RestError(404, 2100, "Not Found")
    return {
        "id": here.subscription.id,
        "type": "webhook_subscription",
        "active": here.subscription.active,
        "delivery_method": {
            "type": "http_delivery_method",
            "url": here.config.pagerduty_webhook_url or "",
            "temporarily_disabled": not here.subscription.active,
        },
        "events": ["incident.triggered", "incident.acknowledged", "incident.resolved"],
        "filter": {"type": "account_reference"},
    }


def _page(name: str, items: list[Json]) -> Json:
    limit, offset = request.args.get("limit", 25, int), request.args.get("offset", 0, int)
    shown = items[offset : offset + limit]
    return {name: shown, "limit": limit, "offset": offset, "more": len(items) > offset + limit, "total": None}


def install(app: Flask) -> None:
    app.extensions["pagerduty"] = PagerDuty(app.extensions["telephone-network"])
    app.register_blueprint(events_api)
    app.register_blueprint(rest_api)

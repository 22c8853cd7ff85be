"""Working PagerDuty's side by hand: a page with the incidents and what its users can do, and the control API. Both work
without JavaScript."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, abort, jsonify, redirect, render_template, request, url_for
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from simulator.incidents import Incident, Turn, User
from simulator.pagerduty import PagerDutyFault, pagerduty

pages = Blueprint("incidents", __name__, url_prefix="/simulator/pagerduty", template_folder="templates")
control = Blueprint("pagerduty_control", __name__, url_prefix="/_sim/pagerduty")

STATUS = {"triggered": "sin reconocer", "acknowledged": "reconocida", "resolved": "resuelta"}
ACTIONS = {
    "triggered": {"acknowledge": "Reconocer", "resolve": "Resolver", "reassign": "Reasignar"},
    "acknowledged": {"resolve": "Resolver", "unacknowledge": "Vence el reconocimiento"},
    "resolved": {},
}
_ZONE = ZoneInfo("Europe/Madrid")


class UserGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[A-Z0-9]{1,20}$")
    name: str
    email: str


class TurnGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")
    user: str
    schedule: str | None = "PSCH001"
    escalation_policy: str = "PESC001"
    level: int = Field(default=1, ge=1)
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None


class Act(BaseModel):
    """`user` None: no person of PagerDuty's, but one of its own clocks or rules."""

    model_config = ConfigDict(extra="forbid")
    action: str
    user: str | None = None


@control.errorhandler(ValidationError)
def unreadable(error: ValueError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400


@control.errorhandler(KeyError)
def unknown(error: KeyError) -> tuple[Response, int]:
    return jsonify(error=f"no such incident, user or action: {error.args[0]}"), 404


@control.post("/reset")
def reset() -> dict[str, Any]:
    pagerduty().forget()
    return {}


@control.put("/faults")
def faults() -> dict[str, Any]:
    """Replaces all orders: {"faults": [{"kind": "429", "times": 3}]}."""
    ordered = [PagerDutyFault.model_validate(one) for one in _json().get("faults", [])]
    pagerduty().order(ordered)
    return {"faults": [one.model_dump() for one in ordered]}


@control.put("/users/<id_>")
def set_user(id_: str) -> dict[str, Any]:
    given = UserGiven.model_validate({**_json(), "id": id_})
    with pagerduty().incidents.lock:
        pagerduty().incidents.users[id_] = User(given.id, given.name, given.email)
    return given.model_dump()


@control.put("/oncalls")
def set_turns() -> dict[str, Any]:
    """Replaces all: {"oncalls": [{"user": "PABC123", "start": "2026-11-30T09:00:00+01:00", "end": …}]}."""
    given = [TurnGiven.model_validate(one) for one in _json().get("oncalls", [])]
    here = pagerduty().incidents
    with here.lock:
        for one in given:
            here.users[one.user]  # KeyError for nobody
        here.turns = [Turn(**one.model_dump()) for one in given]
    return {"oncalls": len(given)}


@control.post("/incidents/<id_>/act")
def act(id_: str) -> dict[str, Any]:
    order = Act.model_validate(_json())
    return pagerduty().incidents.act(id_, order.action, order.user).as_json()


@control.get("/state")
def state() -> dict[str, Any]:
    here = pagerduty().incidents
    with here.lock:
        return {
            "incidents": [
                {**one.as_json(), "dedup_key": one.dedup_key, "payload": one.payload, "alerts": one.alerts,
                 "history": one.history, "routing_key": one.routing_key, "client_url": one.client_url}
                for one in here.by_id.values()
            ],
            "subscription": {"active": here.subscription.active},
        }  # fmt: skip


@control.post("/settle")
def settle() -> dict[str, Any]:
    """Answers when every webhook has arrived, or after two seconds."""
    return {"settled": pagerduty().incidents.subscription.settle(2.0)}


# The page


@pages.get("")
def incidents() -> str:
    here = pagerduty().incidents
    with here.lock:
        rows = [_row(one) for one in reversed(here.by_id.values())]
        users = list(here.users.values())
        last = here.events.last
    return render_template("incidents.html", rows=rows, users=users, last=last, active=here.subscription.active)


@pages.post("/<id_>")
def by_hand(id_: str) -> AnyResponse:
    action, user = request.form.get("action", ""), request.form.get("user") or None
    if action not in {name for offered in ACTIONS.values() for name in offered}:
        abort(400)
    try:
        pagerduty().incidents.act(id_, action, user)
    except KeyError:
        abort(404)
    return redirect(url_for("incidents.incidents"), code=303)


def _row(one: Incident) -> dict[str, Any]:
    details = {name: value for name, value in one.payload.get("custom_details", {}).items() if value}
    return {
        "id": one.id,
        "number": one.number,
        "title": one.title,
        "status": STATUS[one.status],
        "open": one.status != "resolved",
        "ringing": one.status == "triggered",
        "severity": one.payload.get("severity"),
        "at": one.created_at.astimezone(_ZONE).strftime("%H:%M:%S"),
        "actions": ACTIONS[one.status],
        "history": one.history,
        "details": details,
        "links": one.links,
        "dedup_key": one.dedup_key,
    }


def _json() -> Any:
    return request.get_json(force=True, silent=True) or {}


def install(app: Flask) -> None:
    app.register_blueprint(pages)
    app.register_blueprint(control)

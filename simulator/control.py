"""/_sim: how tests and demos work the telephones, order faults, and watch."""

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.calls import WrongCallState
from simulator.carrier import network
from simulator.faults import FaultOrder
from simulator.numbers import Account, account_of
from simulator.pagerduty import pagerduty
from simulator.profiles import E164, Profile

control = Blueprint("control", __name__, url_prefix="/_sim")

LONGEST_POLL_SECONDS = 30.0


class SmsOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")
    body: str = Field(max_length=1600)
    to: str | None = None


class CallOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")
    to: str | None = None


class Digits(BaseModel):
    model_config = ConfigDict(extra="forbid")
    digits: str = Field(pattern=r"^[0-9*#]{1,32}$")


class NotATelephone(ValueError):
    pass


@control.errorhandler(ValidationError)
@control.errorhandler(NotATelephone)
def unreadable(error: ValueError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400


@control.errorhandler(WrongCallState)
def impossible(error: WrongCallState) -> tuple[Response, int]:
    return jsonify(error=str(error)), 409


@control.errorhandler(KeyError)
def unknown(error: KeyError) -> tuple[Response, int]:
    return jsonify(error=f"no such call: {error.args[0]}"), 404


@control.post("/reset")
def reset() -> dict[str, Any]:
    pagerduty().forget()
    network().reset()
    return {"last": network().events.last}


@control.put("/phones/<number>")
def set_profile(number: str) -> dict[str, Any]:
    profile = Profile.model_validate(_json())
    network().set_profile(_telephone(number), profile)
    return profile.model_dump()


@control.put("/account")
def set_account() -> dict[str, Any]:
    """How the account and its numbers are set up; what is not named is as at the start."""
    phones = network()
    given = Account.model_validate(_json())
    named = {name: getattr(given, name) for name in given.model_fields_set}
    phones.account = account_of(phones.config).model_copy(update=named)
    return phones.account.model_dump()


@control.post("/phones/<number>/sms")
def send_sms(number: str) -> dict[str, Any]:
    order = SmsOrder.model_validate(_json())
    return network().messages.receive(_telephone(number), order.body, order.to).as_json()


@control.post("/phones/<number>/call")
def call_in(number: str) -> dict[str, Any]:
    order = CallOrder.model_validate(_json())
    return network().call_in(_telephone(number), order.to).as_json()


@control.post("/calls/<sid>/answer")
def answer(sid: str) -> dict[str, Any]:
    network().calls.answer(sid)
    return {}


@control.post("/calls/<sid>/reject")
def reject(sid: str) -> dict[str, Any]:
    network().calls.reject(sid)
    return {}


@control.post("/calls/<sid>/voicemail")
def to_voicemail(sid: str) -> dict[str, Any]:
    network().calls.to_voicemail(sid)
    return {}


@control.post("/calls/<sid>/hangup")
def hang_up(sid: str) -> dict[str, Any]:
    network().calls.hang_up(sid)
    return {}


@control.post("/calls/<sid>/digits")
def press(sid: str) -> dict[str, Any]:
    network().calls.press(sid, Digits.model_validate(_json()).digits)
    return {}


@control.put("/faults")
def order_faults() -> dict[str, Any]:
    """Replaces all orders: {"carrier": [{"kind": "429", "times": 3}], "callbacks": [{"kind": "lost"}]}."""
    order = FaultOrder.model_validate(_json())
    network().faults.order(order.carrier, order.callbacks, order.seed)
    return order.model_dump()


@control.delete("/faults")
def clear_faults() -> dict[str, Any]:
    network().faults.order((), ())
    return {}


@control.get("/state")
def state() -> dict[str, Any]:
    phones = network()
    with phones.lock:
        return {
            "last": phones.events.last,
            "phones": {number: phones.store.profile(number).model_dump() for number in phones.store.numbers()},
            "calls": [
                {**call.as_json(), "phone": call.phone, "transcript": call.transcript, "listening": call.listening}
                for call in phones.store.calls.values()
            ],
            "messages": [message.as_json() for message in phones.store.messages.values()],
            "opted_out": sorted(phones.store.opted_out),
            "faults": phones.faults.in_force().model_dump(),
        }


@control.get("/events")
def events() -> dict[str, Any]:
    """Those numbered above `after`; waits up to `timeout` seconds for the first."""
    timeout_seconds = min(request.args.get("timeout", 0.0, float), LONGEST_POLL_SECONDS)
    found = network().events.after(request.args.get("after", 0, int), timeout_seconds)
    return {"events": found, "last": found[-1]["n"] if found else network().events.last}


def _json() -> Any:
    return request.get_json(force=True, silent=True) or {}


def _telephone(number: str) -> str:
    if not E164.match(number):
        raise NotATelephone(f"{number!r} is no telephone number; write it as %2B34600000001")
    return number


def install(app: Flask) -> None:
    app.register_blueprint(control)

"""The phone page: telephones that a person can pick up, press and text from. Works without JavaScript."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from simulator.calls import WrongCallState
from simulator.carrier import network
from simulator.profiles import E164, Profile
from simulator.resources import Call, Message

phones = Blueprint(
    "phones",
    __name__,
    url_prefix="/simulator",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)

KEYPAD = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
RECENT, LOGGED, PROBLEMS = 20, 50, 5
CALL_STATUS = {
    "queued": "en cola",
    "ringing": "sonando",
    "in-progress": "en curso",
    "completed": "terminada",
    "busy": "comunicando o rechazada",
    "no-answer": "sin respuesta",
    "failed": "fallida",
    "canceled": "cancelada",
}
BEHAVIOUR = {
    "manual": "suena hasta que alguien conteste aquí",
    "answer": "contesta",
    "ignore": "no contesta",
    "reject": "rechaza la llamada",
    "busy": "comunica",
    "voicemail": "salta el buzón de voz",
    "unreachable": "apagado o fuera de cobertura",
    "invalid": "el número no existe",
}
# Clock times on the page are those of whoever plays with it: the example world's zone.
_ZONE = ZoneInfo("Europe/Madrid")


@phones.get("/")
def home() -> Response:
    return redirect(url_for("phones.telephones"))


@phones.get("/phones")
def telephones() -> str:
    here = network()
    with here.lock:
        rows = [_row(number) for number in here.store.numbers()]
    return render_template("telephones.html", rows=rows, last=here.events.last)


@phones.get("/phones/<number>")
def telephone(number: str) -> str:
    if not E164.match(number):
        abort(404)
    here = network()
    with here.lock:
        last = here.events.last
        calls = [call for call in reversed(here.store.calls.values()) if call.phone == number]
        messages = [sms for sms in here.store.messages.values() if sms.phone == number]
        shown = {
            "number": number,
            "profile": here.store.profile(number),
            "ringing": [_call(call) for call in calls if _rings(call)],
            "talking": [_call(call) for call in calls if call.status == "in-progress"],
            "past": [_call(call) for call in calls if call.finished][:RECENT],
            "messages": [_message(sms) for sms in messages if _visible(sms)][-RECENT:],
        }
    return render_template(
        "telephone.html",
        **shown,
        problems=_problems(calls, messages),
        last=last,
        keypad=KEYPAD,
        behaviours=BEHAVIOUR,
        too_late="tarde" in request.args,
        can_call=here.config.voice_url is not None,
    )


@phones.get("/phones/<number>/webhooks")
def webhooks(number: str) -> str:
    """What was posted to the product about this telephone's calls and messages, and what came back."""
    if not E164.match(number):
        abort(404)
    here = network()
    with here.lock:
        sids = {call.sid for call in here.store.calls.values() if call.phone == number}
        sids |= {sms.sid for sms in here.store.messages.values() if sms.phone == number}
        posted = [event for event in here.events.after(0, 0) if event["type"] == "webhook" and event["sid"] in sids]
        last, name = here.events.last, here.store.profile(number).name
    rows = [_webhook(event) for event in reversed(posted[-LOGGED:])]
    return render_template("webhooks.html", number=number, name=name, rows=rows, last=last)


@phones.post("/phones/<number>/calls/<sid>/answer")
def answer(number: str, sid: str) -> Response:
    return _act(number, lambda: network().calls.answer(sid))


@phones.post("/phones/<number>/calls/<sid>/reject")
def reject(number: str, sid: str) -> Response:
    return _act(number, lambda: network().calls.reject(sid))


@phones.post("/phones/<number>/calls/<sid>/voicemail")
def voicemail(number: str, sid: str) -> Response:
    return _act(number, lambda: network().calls.to_voicemail(sid))


@phones.post("/phones/<number>/calls/<sid>/let-ring")
def let_ring(number: str, sid: str) -> Response:
    return _act(number, lambda: network().calls.let_ring(sid))


@phones.post("/phones/<number>/calls/<sid>/hangup")
def hang_up(number: str, sid: str) -> Response:
    return _act(number, lambda: network().calls.hang_up(sid))


@phones.post("/phones/<number>/calls/<sid>/digits")
def press(number: str, sid: str) -> Response:
    key = request.form.get("key", "")
    if key not in KEYPAD:
        abort(400)
    return _act(number, lambda: network().calls.press(sid, key))


@phones.post("/phones/<number>/sms")
def text(number: str) -> Response:
    body = request.form.get("body", "").strip()[:1600]
    return _act(number, lambda: network().messages.receive(number, body)) if body else _back(number)


@phones.post("/phones/<number>/call")
def call_in(number: str) -> Response:
    return _act(number, lambda: network().call_in(number, None))


@phones.post("/phones/<number>/behaviour")
def behave(number: str) -> Response:
    chosen = request.form.get("call", "")
    if chosen not in BEHAVIOUR:
        abort(400)
    profile = network().store.profile(number).model_dump() | {"call": chosen}
    return _act(number, lambda: network().set_profile(number, Profile.model_validate(profile)))


def _act(number: str, act: Callable[[], object]) -> Response:
    """Do it and show the telephone again; what came too late is said there."""
    if not E164.match(number):
        abort(404)
    try:
        act()
    except (WrongCallState, KeyError):
        return _back(number, tarde=1)
    return _back(number)


def _back(number: str, **query: Any) -> Response:
    return redirect(url_for("phones.telephone", number=number, **query), code=303)


def _row(number: str) -> dict[str, Any]:
    store = network().store
    calls = [call for call in store.calls.values() if call.phone == number]
    messages = [sms for sms in store.messages.values() if sms.phone == number and _visible(sms)]
    live = next((call for call in reversed(calls) if call.status in ("ringing", "in-progress")), None)
    return {
        "number": number,
        "name": store.profile(number).name,
        "behaviour": BEHAVIOUR[store.profile(number).call],
        "state": CALL_STATUS[live.status] if live else "",
        "ringing": live is not None and live.status == "ringing",
        "calls": len(calls),
        "messages": len(messages),
        "last_sms": messages[-1].body if messages else "",
    }


def _rings(call: Call) -> bool:
    return call.status == "ringing" and not call.picked_up and call.direction != "inbound"


def _visible(sms: Message) -> bool:
    """What the handset itself shows: what it sent, and what arrived."""
    return sms.direction == "inbound" or sms.status in ("sent", "delivered")


def _call(call: Call) -> dict[str, Any]:
    other = network().store.calls.get(call.bridged_with or "")
    return {
        "sid": call.sid,
        "number": call.to if call.direction == "inbound" else call.from_,
        "outgoing": call.direction == "inbound",
        "muted": call.muted,
        "status": CALL_STATUS[call.status],
        "at": _clock(call.created_at),
        "transcript": list(zip(call.transcript, call.languages, strict=True)),
        "bridged_with": other.phone if other else None,
        "listening": call.listening,
    }


def _problems(calls: list[Call], messages: list[Message]) -> list[dict[str, Any]]:
    """What Twilio's debugger would list about them, the latest first."""
    sids = {call.sid for call in calls} | {sms.sid for sms in messages}
    found = [
        event
        for event in network().events.after(0, 0)
        if event["type"] in ("error", "warning") and event.get("sid") in sids
    ]
    return [
        {"code": one["code"], "message": one["message"], "at": _clock(datetime.fromisoformat(one["at"]))}
        for one in reversed(found[-PROBLEMS:])
    ]


def _webhook(event: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: event[name] for name in ("n", "kind", "method", "url", "params", "signature", "ms", "answer")},
        "at": _clock(datetime.fromisoformat(event["at"])),
        "again": event["attempt"],
        "status": event["status"] or {"ct": "sin conexión", "rt": "sin respuesta"}.get(event["outcome"], "sin estado"),
    }


def _message(sms: Message) -> dict[str, Any]:
    return {
        "body": sms.body,
        "mine": sms.direction == "inbound",
        "number": sms.to if sms.direction == "inbound" else sms.from_,
        "at": _clock(sms.created_at),
    }


def _clock(at: datetime) -> str:
    return at.astimezone(_ZONE).strftime("%H:%M:%S")


def install(app: Flask) -> None:
    app.register_blueprint(phones)

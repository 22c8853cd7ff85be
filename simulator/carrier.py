"""Twilio's REST API, as far as a paging service uses it: calls and messages. The account is in `account`."""

import math
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request

from simulator.calls import WrongCallState
from simulator.faults import CarrierFault
from simulator.gsm7 import segments
from simulator.network import Network
from simulator.requests_in import (
    CALL_CREATE,
    CALL_LIST,
    CALL_UPDATE,
    MESSAGE_CREATE,
    MESSAGE_LIST,
    MESSAGE_UPDATE,
    CarrierError,
    Form,
    check_call,
    check_destination,
    check_fields,
    check_magic,
    check_message,
)
from simulator.resources import (
    API_VERSION,
    LONGEST_CALL_SECONDS,
    Call,
    Detection,
    Instructions,
    Message,
    StatusCallback,
    new_sid,
)

carrier = Blueprint("carrier", __name__, url_prefix=f"/{API_VERSION}/Accounts")

Json = dict[str, Any]


def network() -> Network:
    found: Network = current_app.extensions["telephone-network"]
    return found


# Doors: who asks, what was asked, what was answered


@carrier.before_request
def note_the_request() -> None:
    g.received_ns = time.monotonic_ns()
    network().events.add(
        "request",
        {
            "method": request.method,
            "path": request.path,
            "form": dict(request.form.lists()),
            "query": dict(request.args.lists()),
            "received_ns": g.received_ns,
        },
    )


@carrier.before_request
def authenticate() -> None:
    config, given = network().config, request.authorization
    name, secret = (given.username, given.password) if given else (None, None)
    by_token = name == config.account_sid and secret in config.auth_tokens
    by_key = config.api_key is not None and (name, secret) == (config.api_key, config.api_secret)
    if not (by_token or by_key):
        raise CarrierError(401, 20003, "Authenticate")
    account = (request.view_args or {}).get("account")
    if account != config.account_sid:
        raise CarrierError(404, 20404, f"The requested resource /Accounts/{account}.json was not found")


@carrier.after_request
def note_the_answer(response: Response) -> Response:
    response.headers["Twilio-Request-Id"] = new_sid("RQ")
    response.headers["Twilio-Concurrent-Requests"] = "1"
    network().events.add(
        "response",
        {
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "json": response.get_json(silent=True),
            "ms": round((time.monotonic_ns() - g.received_ns) / 1e6, 2),
        },
    )
    return response


@carrier.errorhandler(CarrierError)
def complain(error: CarrierError) -> Response:
    response = jsonify(error.as_json())
    response.status_code = error.status
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


# Calls


@carrier.post("/<account>/Calls.json")
def create_call(account: str) -> Response:
    form = request.form
    check_fields(form, CALL_CREATE)
    check_call(form)
    return _create("calls", form["To"], lambda: _placed(account, form))


@carrier.get("/<account>/Calls.json")
def list_calls(account: str) -> Json:
    check_fields(request.args, CALL_LIST)
    wanted = {"To": "to", "From": "from", "Status": "status", "ParentCallSid": "parent_call_sid"}
    with network().lock:
        calls = [
            call.as_json()
            for call in reversed(network().store.calls.values())
            if _in_span(call.started_at, request.args, "StartTime") and _in_span(call.ended_at, request.args, "EndTime")
        ]
    return paged("calls", _matching(calls, wanted))


@carrier.get("/<account>/Calls/<sid>.json")
def fetch_call(account: str, sid: str) -> Json:
    return _snapshot(_call(sid))


@carrier.post("/<account>/Calls/<sid>.json")
def update_call(account: str, sid: str) -> Json:
    form, call = request.form, _call(sid)
    check_fields(form, CALL_UPDATE)
    status = form.get("Status")
    if status not in (None, "canceled", "completed"):
        raise CarrierError(400, 20001, f"Status is {status!r}; allowed: canceled, completed")
    try:
        if status is not None:
            network().calls.stop(call, only_before_answer=status == "canceled")
        elif form.get("Url") or form.get("Twiml"):
            network().calls.redirect(call, _instructions(form))
    except WrongCallState as wrong:
        raise CarrierError(400, 21220, f"Unable to update record: {wrong}") from None
    if form.get("StatusCallback"):
        call.status_callback = _status_callback(form)
    return _snapshot(call)


@carrier.delete("/<account>/Calls/<sid>.json")
def delete_call(account: str, sid: str) -> Response:
    with network().lock:
        if not _call(sid).finished:
            raise CarrierError(409, 20409, "Cannot delete call because it's still in progress")
        del network().store.calls[sid]
    return Response(status=204)


# Messages


@carrier.post("/<account>/Messages.json")
def create_message(account: str) -> Response:
    form = request.form
    check_fields(form, MESSAGE_CREATE)
    check_message(form)
    return _create("messages", form["To"], lambda: _sent(account, form))


@carrier.get("/<account>/Messages.json")
def list_messages(account: str) -> Json:
    check_fields(request.args, MESSAGE_LIST)
    with network().lock:
        messages = [
            message.as_json()
            for message in reversed(network().store.messages.values())
            if _in_span(message.sent_at, request.args, "DateSent")
        ]
    return paged("messages", _matching(messages, {"To": "to", "From": "from"}))


@carrier.get("/<account>/Messages/<sid>.json")
def fetch_message(account: str, sid: str) -> Json:
    return _message(sid).as_json()


@carrier.post("/<account>/Messages/<sid>.json")
def update_message(account: str, sid: str) -> Json:
    form, message = request.form, _message(sid)
    check_fields(form, MESSAGE_UPDATE)
    if form.get("Status") not in (None, "canceled"):
        raise CarrierError(400, 20001, f"Status is {form['Status']!r}; allowed: canceled")
    if form.get("Status") and not network().messages.cancel(message):
        raise CarrierError(400, 30409, f"Cannot cancel a message that is {message.status}")
    if form.get("Body") == "":
        message.body = ""
    return message.as_json()


@carrier.delete("/<account>/Messages/<sid>.json")
def delete_message(account: str, sid: str) -> Response:
    with network().lock:
        _message(sid)
        del network().store.messages[sid]
    return Response(status=204)


# Creating, with the faults that a test ordered


def _create(resource: str, to: str, create: Callable[[], Json]) -> Response:
    fault = network().faults.of_create(resource, to)
    if fault is not None:
        network().events.add("carrier_fault", {"fault": fault.kind, "resource": resource, "to": to})
        _refuse_by(fault)
    created = create()
    if fault is not None and fault.kind == "drop":
        cut_the_connection()
    if fault is not None and fault.kind == "hang":
        time.sleep(fault.seconds)
    response = jsonify(created)
    response.status_code = 201
    return response


def _refuse_by(fault: CarrierFault) -> None:
    match fault.kind:
        case "429":
            raise CarrierError(429, 20429, "Too Many Requests", math.ceil(fault.seconds))
        case "500":
            raise CarrierError(500, 20500, "An internal server error has occurred")
        case "503":
            raise CarrierError(503, 20503, "Service Unavailable")
        case "refuse":
            cut_the_connection()
            raise CarrierError(503, 20503, "Connection refused")


def cut_the_connection() -> None:
    """The client sees the connection close without an answer."""
    wire: socket.socket = request.environ["werkzeug.socket"]
    wire.shutdown(socket.SHUT_RDWR)


def _placed(account: str, form: Form) -> Json:
    phones = network()
    check_magic(form, message=False)
    check_destination(form["To"], phones.store.profile(form["To"]).call != "invalid")
    call = Call(
        account_sid=account,
        to=form["To"],
        from_=form["From"],
        direction="outbound-api",
        instructions=_instructions(form),
        changed=threading.Condition(phones.lock),
        ring_seconds=float(form.get("Timeout", 60)),
        time_limit_seconds=float(form.get("TimeLimit", LONGEST_CALL_SECONDS)),
        status_callback=_status_callback(form),
        detection=_detection(form),
    )
    with phones.lock:
        created = call.as_json()
        phones.calls.start(call)
    return created


def _sent(account: str, form: Form) -> Json:
    phones = network()
    check_magic(form, message=True)
    profile = phones.store.profile(form["To"])
    check_destination(form["To"], profile.sms != "invalid" and profile.call != "invalid")
    sender = form.get("From") or phones.config.number
    if phones.messages.opted_out(form["To"], sender):
        raise CarrierError(400, 21610, "Attempt to send to unsubscribed recipient")
    message = Message(
        account_sid=account,
        to=form["To"],
        from_=sender,
        body=form.get("Body", ""),
        direction="outbound-api",
        num_segments=segments(form.get("Body", "")),
        status="queued" if form.get("From") else "accepted",
        status_callback=form.get("StatusCallback"),
        messaging_service_sid=form.get("MessagingServiceSid"),
        validity_seconds=float(form.get("ValidityPeriod", 36000)),
    )
    with phones.lock:
        created = message.as_json()
        phones.messages.send(message)
    return created


def _instructions(form: Form) -> Instructions:
    return Instructions(
        url=form.get("Url"),
        method=form.get("Method", "POST"),
        twiml=form.get("Twiml"),
        fallback_url=form.get("FallbackUrl"),
        fallback_method=form.get("FallbackMethod", "POST"),
    )


def _status_callback(form: Form) -> StatusCallback | None:
    if not form.get("StatusCallback"):
        return None
    events = frozenset(form.getlist("StatusCallbackEvent")) or frozenset({"completed"})
    return StatusCallback(form["StatusCallback"], form.get("StatusCallbackMethod", "POST"), events)


def _detection(form: Form) -> Detection | None:
    if "MachineDetection" not in form:
        return None
    url = form.get("AsyncAmdStatusCallback")
    callback = StatusCallback(url, form.get("AsyncAmdStatusCallbackMethod", "POST")) if url else None
    waits = form.get("AsyncAmd", "false").lower() != "true"
    return Detection(form["MachineDetection"] == "DetectMessageEnd", None if waits else callback, waits=waits)


# Finding and listing


def _call(sid: str) -> Call:
    try:
        return network().calls.known(sid)
    except KeyError:
        raise CarrierError(404, 20404, f"The requested resource /Calls/{sid}.json was not found") from None


def _message(sid: str) -> Message:
    with network().lock:
        message = network().store.messages.get(sid)
    if message is None:
        raise CarrierError(404, 20404, f"The requested resource /Messages/{sid}.json was not found")
    return message


def _snapshot(call: Call) -> Json:
    with network().lock:
        return call.as_json()


def _matching(items: Iterable[Json], wanted: Mapping[str, str]) -> list[Json]:
    filters = {field: request.args[name] for name, field in wanted.items() if request.args.get(name)}
    return [item for item in items if all(item[field] == value for field, value in filters.items())]


def _in_span(at: datetime | None, args: Form, name: str) -> bool:
    """`Name` is a day, `Name>` and `Name<` include their instant. What has no time yet is in no span."""
    on, since, until = (args.get(name + sign) for sign in ("", ">", "<"))
    if not (on or since or until):
        return True
    if at is None:
        return False
    at = at.replace(microsecond=0)
    return (
        (not on or at.date() == _instant(on).date())
        and (not since or at >= _instant(since))
        and (not until or at <= _end_of(until))
    )


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CarrierError(400, 20001, f"{text!r} is no date; allowed: YYYY-MM-DD or RFC 3339") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _end_of(text: str) -> datetime:
    """A bare day lasts to its end."""
    return _instant(text) + (timedelta(days=1) if len(text) == 10 else timedelta(0))


def paged(name: str, items: list[Json]) -> Json:
    """The page of a list that was asked for."""
    size, number = int(request.args.get("PageSize", 50)), int(request.args.get("Page", 0))
    start, shown = number * size, items[number * size : (number + 1) * size]

    def uri(page: int) -> str:
        kept = [(key, value) for key, value in request.args.items(multi=True) if key not in _PAGING]
        return f"{request.path}?{urlencode([*kept, ('PageSize', size), ('Page', page)])}"

    return {
        name: shown,
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": uri(number),
        "first_page_uri": uri(0),
        "previous_page_uri": uri(number - 1) if number else None,
        "next_page_uri": uri(number + 1) if len(items) > start + size else None,
    }


_PAGING = ("PageSize", "Page", "PageToken")


def install(app: Flask) -> None:
    app.register_blueprint(carrier)

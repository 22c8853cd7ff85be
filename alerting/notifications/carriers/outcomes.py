"""What every word and code of the telephone carrier means for the next move, as one table.

Sources: the vendor's error dictionary (https://www.twilio.com/docs/api/errors), its lists of call and message statuses
(https://www.twilio.com/docs/voice/api/call-resource, https://www.twilio.com/docs/messaging/api/message-resource), and
RFC 3261 for what a telephone itself answers (SipResponseCode)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from alerting.notifications.carriers.base import (
    AmbiguousDeliveryError,
    ConfigurationDeliveryError,
    DeliveryError,
    PermanentDeliveryError,
    TransientDeliveryError,
)


class Move(StrEnum):
    """What follows for the attempt and its person."""

    AGAIN = "again"
    """The same by the same method, after 1, 2 and 4 s or Retry-After; then as NEXT."""
    NEXT = "next"
    """The person's next method now; this one stays in use."""
    DISABLE = "disable"
    """The next method now, and this one is out of use: its owner and the managers are told."""
    ALARM = "alarm"
    """The next method now, by another carrier where there is one. Our account or set-up is at fault: managers are told,
    /readyz and `guardia doctor` say so."""
    LOOK = "look"
    """It may have been taken: wait for a callback, ask the carrier, send again only when it has nothing."""
    WAIT = "wait"
    """The person has heard it, or can read it: what is planned stays planned."""


@dataclass(frozen=True)
class Outcome:
    """`of` is where the code stands: `call` (CallStatus), `sms` (MessageStatus), `heard` (AnsweredBy), `sip`
    (SipResponseCode of a failed call), `error` (ErrorCode, or the code of a refusal), `http` (a refusal whose code says
    nothing), `network` (no answer at all). `source`: the vendor's page, or the RFC's section."""

    of: str
    code: str
    move: Move
    means: str
    source: str


def _rows(of: str, move: Move, source: str, codes: Mapping[str, str]) -> tuple[Outcome, ...]:
    return tuple(Outcome(of, code, move, means, source) for code, means in codes.items())


_CALLS, _TEXTS = "call resource: status", "message resource: status"
_ERRORS = "error dictionary"

OUTCOMES: tuple[Outcome, ...] = (
    *_rows("call", Move.WAIT, _CALLS, {"completed": "answered, and ended without a key"}),
    *_rows(
        "call", Move.NEXT, _CALLS,
        {"busy": "talking, or rejected", "no-answer": "rang in vain", "failed": "could not be connected",
         "canceled": "ended before it was answered; nothing follows when we did it"},
    ),
    *_rows(
        "heard", Move.NEXT, "answering machine detection: AnsweredBy",
        {"machine_start": "a machine", "machine_end_beep": "a machine", "machine_end_silence": "a machine",
         "machine_end_other": "a machine", "fax": "a fax"},
    ),
    *_rows(
        "heard", Move.WAIT, "answering machine detection: AnsweredBy",
        {"human": "a person", "unknown": "the key decides"},
    ),
    *_rows("sms", Move.WAIT, _TEXTS, {"delivered": "on the telephone", "read": "and looked at"}),
    *_rows(
        "sms", Move.NEXT, _TEXTS,
        {"undelivered": "the network did not deliver it", "failed": "it never left", "canceled": "it never left",
         "partially_delivered": "not wholly on the telephone"},
    ),
    *_rows(
        "sip", Move.NEXT, "RFC 3261 21.4.9, 21.4.18, 21.4.25, 21.4.24, 21.6.1, 21.6.2",
        {"408": "no answer in time", "480": "not reachable now", "487": "given up", "486": "busy", "600": "busy",
         "603": "rejected"},
    ),
    *_rows(
        "sip", Move.DISABLE, "RFC 3261 21.4.5, 21.4.22, 21.6.3",
        {"404": "no such number", "484": "number incomplete", "604": "no such number anywhere"},
    ),
    *_rows(
        "error", Move.AGAIN, _ERRORS,
        {"20429": "too many requests; not processed", "30001": "queue overflow", "30022": "rate of messages exceeded",
         "21611": "our number's queue is full"},
    ),
    *_rows(
        "error", Move.NEXT, _ERRORS,
        {"30003": "handset unreachable", "30005": "handset unknown", "30008": "unknown",
         "30036": "validity period expired", "30410": "provider did not answer in time"},
    ),
    *_rows(
        "error", Move.DISABLE, _ERRORS,
        {"21211": "no valid number", "21214": "number cannot be called", "21217": "number does not look valid",
         "13223": "no valid number", "13224": "no valid number", "21614": "no mobile number",
         "30006": "a landline, or no carrier has it", "21610": "answered STOP"},
    ),
    *_rows(
        "error", Move.ALARM, _ERRORS,
        {"20003": "credentials refused", "20404": "no such account",
         "21408": "messages to that country are not permitted", "21215": "calls to that country are not permitted",
         "21212": "our number is not valid", "21606": "our number cannot send messages",
         "21603": "no sender is given", "21659": "our sender is not ours",
         "21612": "no way from our number to that one", "30004": "message blocked", "30007": "filtered by a carrier",
         "30034": "our number is not registered for messages", "21205": "callback address refused",
         "21609": "callback address refused", "21617": "message too long", "21602": "message without a text",
         "11200": "our address did not answer", "11205": "our address could not be connected to",
         "12100": "our answer was no XML", "12200": "our answer was no TwiML", "12300": "our answer had no media type"},
    ),
    *_rows("http", Move.AGAIN, "REST API: status codes", {"429": "too many requests; not processed"}),
    *_rows("http", Move.ALARM, "REST API: status codes", {"401": "credentials refused", "403": "not permitted"}),
    *_rows("http", Move.LOOK, "REST API: status codes", {"5xx": "failed at the carrier, before or after taking it"}),
    *_rows("http", Move.NEXT, "REST API: status codes", {"4xx": "refused for a reason not listed here"}),
    *_rows("network", Move.AGAIN, "nothing was sent", {"connect": "no connection"}),
    *_rows("network", Move.LOOK, "RFC 9110 9.2.2: a POST may have been taken",
           {"timeout": "no answer in time", "connection": "the connection broke"}),
)  # fmt: skip

_CODES = {outcome.code: outcome.move for outcome in OUTCOMES if outcome.of == "error"}
_SIP = {outcome.code: outcome.move for outcome in OUTCOMES if outcome.of == "sip"}
_HTTP = {outcome.code: outcome.move for outcome in OUTCOMES if outcome.of == "http"}
BAD_NUMBERS = frozenset(code for code, move in _SIP.items() if move is Move.DISABLE)
"""SipResponseCodes."""
OPTED_OUT = "21610"
SIP = "sip_"
FAILURES = {Move.DISABLE: "permanent", Move.ALARM: "configuration"}


def move_of(code: str | None) -> Move:
    """For an attempt that reached nobody; `sip_404` is a SipResponseCode. NEXT for a code that is not in the table and
    for none: whatever it means, somebody else or something else is tried."""
    if code and code.startswith(SIP):
        return _SIP.get(code.removeprefix(SIP), Move.NEXT)
    return _CODES.get(code or "", Move.NEXT)


def of_refusal(http_status: int, code: str | None) -> Move:
    """For a request that was not answered 2xx. The code is more exact than the status, where it is known."""
    found = _CODES.get(code or "") or _HTTP.get(str(http_status))
    return found or _HTTP["5xx" if http_status >= 500 else "4xx"]


def refusal(http_status: int, code: str | None, message: str, headers: Mapping[str, str]) -> DeliveryError:
    """The error to raise for an answer that is not 2xx. A 5xx is ambiguous: the request may have been taken."""
    code_or_status = code or str(http_status)
    match of_refusal(http_status, code):
        case Move.AGAIN:
            return TransientDeliveryError(message, code_or_status, _seconds(headers.get("Retry-After")))
        case Move.ALARM:
            return ConfigurationDeliveryError(message, code_or_status)
        case Move.LOOK:
            return AmbiguousDeliveryError(message, code_or_status)
    return PermanentDeliveryError(message, code_or_status)


def failure_of(code: str | None) -> str:
    """attempt.failure, who can help: the address's owner (permanent), our operator (configuration), or time."""
    return FAILURES.get(move_of(code), "transient")


def why_disabled(code: str | None) -> str | None:
    """attempt.why for an address that no later page may use; None when the address is not to blame."""
    if move_of(code) is not Move.DISABLE:
        return None
    return "opted_out" if code == OPTED_OUT else "method_disabled"


def _seconds(header: str | None) -> float | None:
    """Retry-After as seconds; a date (RFC 9110 allows one) or nonsense counts as not given."""
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None

"""What the product may ask of the REST API: the known fields of every request, and the first complaint about one.
Stricter than Twilio, which ignores fields it does not know: a misspelt ValidityPeriod should not pass a test."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

from simulator.profiles import E164

Form = MultiDict[str, str]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CALL_CREATE = _names(
    "To From Url Twiml ApplicationSid Method FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod "
    "StatusCallbackEvent SendDigits Timeout Record RecordingChannels RecordingStatusCallback "
    "RecordingStatusCallbackMethod RecordingStatusCallbackEvent RecordingTrack SipAuthUsername SipAuthPassword "
    "MachineDetection MachineDetectionTimeout MachineDetectionSpeechThreshold "
    "MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout AsyncAmd AsyncAmdStatusCallback "
    "AsyncAmdStatusCallbackMethod Byoc CallReason CallToken CallerId Trim TimeLimit "
    "ClientNotificationUrl"
)
CALL_UPDATE = _names("Url Method Status FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod Twiml TimeLimit")
CALL_LIST = _names(
    "To From ParentCallSid Status StartTime StartTime< StartTime> EndTime EndTime< EndTime> PageSize Page PageToken"
)
MESSAGE_CREATE = _names(
    "To From MessagingServiceSid Body MediaUrl ContentSid ContentVariables StatusCallback ApplicationSid "
    "MaxPrice ProvideFeedback Attempt ValidityPeriod ForceDelivery ContentRetention AddressRetention "
    "SmartEncoded PersistentAction TrafficType ShortenUrls ScheduleType SendAt SendAsMms RiskCheck "
    "FallbackFrom"
)
MESSAGE_UPDATE = frozenset({"Body", "Status"})
NUMBER_LIST = _names("PhoneNumber FriendlyName PageSize Page PageToken")
MESSAGE_LIST = _names("To From DateSent DateSent< DateSent> PageSize Page PageToken")

# Twilio, "Magic numbers" of test credentials: what each is refused with, as recipient and as sender.
MAGIC_TO: Mapping[str, tuple[int, str]] = {
    "+15005550001": (21211, "Invalid 'To' Phone Number: +15005550001"),
    "+15005550002": (21612, "The 'To' phone number +15005550002 is not reachable from that 'From'"),
    "+15005550003": (21408, "Permission to send to +15005550003 has not been enabled for the region"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
MAGIC_FROM: Mapping[str, tuple[int, str]] = {
    "+15005550001": (21212, "Invalid 'From' Phone Number: +15005550001"),
    "+15005550007": (21606, "The 'From' number +15005550007 is not a valid, SMS-capable number of this account"),
    "+15005550008": (21611, "This 'From' number has exceeded the maximum number of queued messages"),
}
ONLY_MESSAGES = frozenset({21610, 21614, 21606, 21611})
"""Codes that a call is never refused with: to those numbers a call is placed."""

EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
_WHOLE_NUMBERS: Mapping[str, tuple[int, int]] = {
    "Timeout": (1, 600),
    "TimeLimit": (1, 86400),
    "ValidityPeriod": (1, 36000),
    "MachineDetectionTimeout": (3, 59),
    "PageSize": (1, 1000),
    "Page": (0, 10**6),
}
_CODE_OF_URL = {"StatusCallback": 21609}
_SENDER = re.compile(r"^(\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ñçÑÇ@&\-_.+]{1,11})$")


class CarrierError(Exception):
    """Becomes {code, message, more_info, status}."""

    def __init__(self, status: int, code: int, message: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_after_seconds = status, code, retry_after_seconds

    def as_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def check_fields(form: Form, known: frozenset[str]) -> None:
    """Raises CarrierError for an unknown field, a number out of range, a method or url that is none."""
    for name in form:
        if name not in known:
            raise CarrierError(400, 20001, f"Unknown parameter {name!r}; known: {', '.join(sorted(known))}")
    for name, (least, most) in _WHOLE_NUMBERS.items():
        text = form.get(name)
        if text is not None and not (text.isdigit() and least <= int(text) <= most):
            raise CarrierError(400, 20001, f"{name} is {text!r}; allowed: {least} to {most}")
    for name in known & form.keys():
        if name.endswith("Method") and form[name] not in ("GET", "POST"):
            raise CarrierError(400, 20001, f"{name} is {form[name]!r}; allowed: GET, POST")
        if name.endswith(("Url", "Callback")) and not _reachable(form[name]):
            code = _CODE_OF_URL.get(name, 21205) if "Body" in known else 21205
            raise CarrierError(400, code, f"{name} is not a valid URL: {form[name]}")


def check_call(form: Form) -> None:
    if not form.get("To"):
        raise CarrierError(400, 21201, "No 'To' number is specified")
    if not form.get("From"):
        raise CarrierError(400, 21213, "'From' phone number is required")
    if not E164.match(form["From"]):
        raise CarrierError(400, 21212, f"Invalid 'From' Phone Number: {form['From']}")
    if not any(form.get(name) for name in ("Url", "Twiml", "ApplicationSid")):
        raise CarrierError(400, 21205, "Url, Twiml or ApplicationSid is required")
    if len(form.get("Twiml", "")) > 4000:
        raise CarrierError(400, 20001, "Twiml is longer than 4000 characters")
    unknown = set(form.getlist("StatusCallbackEvent")) - EVENTS
    if unknown:
        allowed = ", ".join(sorted(EVENTS))
        raise CarrierError(400, 20001, f"StatusCallbackEvent {min(unknown)!r} is unknown; allowed: {allowed}")
    if form.get("MachineDetection", "Enable") not in ("Enable", "DetectMessageEnd"):
        raise CarrierError(400, 20001, "MachineDetection; allowed: Enable, DetectMessageEnd")


def check_message(form: Form) -> None:
    if not form.get("To"):
        raise CarrierError(400, 21604, "'To' phone number is required")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        raise CarrierError(400, 21603, "A 'From' phone number is required")
    if form.get("From") and not _SENDER.match(form["From"]):
        raise CarrierError(400, 21212, f"Invalid 'From' Phone Number: {form['From']}")
    if not any(form.get(name) for name in ("Body", "MediaUrl", "ContentSid")):
        raise CarrierError(400, 21602, "Message body is required")
    if len(form.get("Body", "")) > 1600:
        raise CarrierError(400, 21617, "The concatenated message body exceeds the 1600 character limit")


def check_magic(form: Form, *, message: bool) -> None:
    """Raises CarrierError for a number that stands for one."""
    for refused in (MAGIC_FROM.get(form.get("From", "")), MAGIC_TO.get(form["To"])):
        if refused is not None and (message or refused[0] not in ONLY_MESSAGES):
            raise CarrierError(400, *refused)


def check_destination(to: str, exists: bool) -> None:
    if not E164.match(to) or not exists:
        raise CarrierError(400, 21211, f"Invalid 'To' Phone Number: {to}")


def _reachable(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "_" not in (parts.hostname or "")

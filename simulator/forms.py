"""What the carrier's requests to the product carry, field by field (Twilio's pages "Request parameters" of voice, of
status callbacks and of messaging). Blank fields are sent too, as Twilio does: they are part of the signature."""

import math

from simulator.gsm7 import segments
from simulator.resources import API_VERSION, Call, Message, now, rfc2822

_STATUS_OF_EVENT = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}


def voice_form(call: Call) -> dict[str, str]:
    form = {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "ApiVersion": API_VERSION,
        "CallStatus": call.status,
        "Direction": call.direction,
        **_parties({"From": call.from_, "To": call.to, "Caller": call.from_, "Called": call.to}),
    }
    if call.parent_sid:
        form["ParentCallSid"] = call.parent_sid
    if call.answered_by:
        form["AnsweredBy"] = call.answered_by
    return form


def call_status_form(call: Call, event: str, sequence: int) -> dict[str, str]:
    """Of a progress event; `completed` says how the call ended, whatever way that was."""
    form = {
        **voice_form(call),
        "CallStatus": _STATUS_OF_EVENT.get(event, call.status),
        "Timestamp": rfc2822(now()) or "",
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
    }
    if event == "completed" and call.ending is not None:
        form["CallDuration"] = str(call.duration_seconds)
        form["Duration"] = str(math.ceil(call.duration_seconds / 60))
        form["SipResponseCode"] = str(call.ending.sip_code)
    return form


def detection_form(call: Call, seconds: float) -> dict[str, str]:
    return {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "AnsweredBy": call.answered_by or "unknown",
        "MachineDetectionDuration": str(round(seconds * 1000)),
    }


def inbound_sms_form(message: Message) -> dict[str, str]:
    return {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsMessageSid": message.sid,
        "AccountSid": message.account_sid,
        "ApiVersion": API_VERSION,
        "Body": message.body,
        "NumMedia": "0",
        "NumSegments": str(segments(message.body)),
        "SmsStatus": "received",
        **_parties({"From": message.from_, "To": message.to}),
    }


def sms_status_form(message: Message) -> dict[str, str]:
    form = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "AccountSid": message.account_sid,
        "ApiVersion": API_VERSION,
        "From": message.from_,
        "To": message.to,
        "MessageStatus": message.status,
        "SmsStatus": message.status,
    }
    if message.error_code is not None:
        form["ErrorCode"] = str(message.error_code)
        form["ErrorMessage"] = message.error_message or ""
    if message.status == "delivered":
        form["RawDlrDoneDate"] = now().strftime("%y%m%d%H%M")
    return form


def _parties(numbers: dict[str, str]) -> dict[str, str]:
    form: dict[str, str] = {}
    for role, number in numbers.items():
        form[role] = number
        form[role + "Country"] = "ES" if number.startswith("+34") else ""
        form |= {role + part: "" for part in ("City", "State", "Zip")}
    return form

"""The carrier's side of the webhooks: correctly signed requests, and calls that follow the TwiML they are given."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from alerting.notifications.models import AttemptRow
from core.settings import Settings

SERVICE_NUMBER = "+34910000001"


@dataclass
class Carrier:
    """Posts as Twilio would. Sids count up, so that every call and message is its own."""

    client: FlaskClient
    settings: Settings
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def post(self, path: str, *, token: str | None = None, signature: str | None = None, **form: str) -> TestResponse:
        """`token`: sign with that one; `signature`: send that one instead of a right one."""
        parts = urlsplit(path)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        fields = {"AccountSid": self.settings.twilio_account_sid, "ApiVersion": "2010-04-01", **form}
        signer = RequestValidator(token or self.settings.twilio_auth_tokens[0])
        right = signer.compute_signature(self.settings.public_origin + target, fields)
        headers = {"X-Twilio-Signature": right if signature is None else signature}
        return self.client.post(target, data=fields, headers=headers)

    def sid(self, kind: str) -> str:
        return f"{kind}{next(self._numbers):032x}"

    # --- calls

    def picks_up(self, attempt: AttemptRow, sid: str | None = None, **more: str) -> Call:
        """The engineer answers the call of that attempt."""
        call = Call(self, str(attempt.address), sid or attempt.carrier_sid or self.sid("CA"))
        return call.load(f"/webhooks/twilio/voice/{attempt.token}", **more)

    def reports_call(self, attempt: AttemptRow, status: str, sequence: int, **more: str) -> TestResponse:
        form = {"CallSid": attempt.carrier_sid or "", "CallStatus": status, "SequenceNumber": str(sequence), **more}
        return self.post(f"/webhooks/twilio/status/{attempt.token}", **form)

    def detects(self, attempt: AttemptRow, answered_by: str) -> TestResponse:
        """The verdict of an asynchronous machine detection."""
        form = {"CallSid": attempt.carrier_sid or "", "AnsweredBy": answered_by, "MachineDetectionDuration": "3000"}
        return self.post(f"/webhooks/twilio/machine/{attempt.token}", **form)

    def reports_sms(self, attempt: AttemptRow, status: str, **more: str) -> TestResponse:
        form = {"MessageSid": attempt.carrier_sid or "", "MessageStatus": status, "SmsStatus": status, **more}
        return self.post(f"/webhooks/twilio/status/{attempt.token}", **form)

    # --- messages

    def text(self, sender: str, body: str, sid: str | None = None, **more: str) -> str | None:
        """An SMS to our number; the text of our answer, None when there is none."""
        answer = self.post(
            "/webhooks/twilio/sms", MessageSid=sid or self.sid("SM"), From=sender, To="+34600900900", Body=body, **more
        )
        assert answer.status_code == 200, answer.status
        assert answer.mimetype == "text/xml"
        return ElementTree.fromstring(answer.data).findtext("Message")


@dataclass
class Call:
    """A call in progress: what was said last, and where the next key goes."""

    carrier: Carrier
    to: str
    sid: str
    document: ElementTree.Element = field(default_factory=lambda: ElementTree.Element("Response"))
    caller: str = SERVICE_NUMBER

    def load(self, address: str, **form: str) -> Call:
        base = {"CallSid": self.sid, "CallStatus": "in-progress", "From": self.caller, "To": self.to}
        answer = self.carrier.post(address, **(base | form))
        assert answer.status_code == 200, answer.status
        assert answer.mimetype == "text/xml"
        self.document = ElementTree.fromstring(answer.data)
        return self

    @property
    def said(self) -> str:
        return " ".join("".join(say.itertext()) for say in self.document.iter("Say"))

    def hears(self, *texts: str) -> Call:
        for text in texts:
            assert text in self.said, f"{text!r} was not said, but {self.said!r}"
        return self

    def press(self, digits: str, **form: str) -> Call:
        return self.load(self.asked_at, Digits=digits, **form)

    def stays_silent(self) -> Call:
        return self.load(self.asked_at, Digits="")

    def waits(self) -> Call:
        """Follows the redirect of "one moment, please"; the carrier repeats the call's own parameters only."""
        return self.load(self.redirect)

    @property
    def asked_at(self) -> str:
        return self._element("Gather").attrib["action"]

    @property
    def redirect(self) -> str:
        return self._element("Redirect").text or ""

    @property
    def has_ended(self) -> bool:
        return self.document.find("Hangup") is not None

    @property
    def dialled(self) -> str | None:
        number = self.document.find("Dial/Number")
        return None if number is None else number.text

    def customer_picks_up(self, sid: str) -> Call:
        """The leg to the customer, at its whisper."""
        number = self._element("Dial/Number")
        return Call(self.carrier, number.text or "", sid).load(number.attrib["url"], ParentCallSid=self.sid)

    def dial_ends(self, status: str, leg_sid: str = "") -> Call:
        more = {"DialCallSid": leg_sid} if leg_sid else {}
        return self.load(self.ended_at, DialCallStatus=status, **more)

    @property
    def ended_at(self) -> str:
        return self._element("Dial").attrib["action"]

    def leg_reports(self, leg_sid: str, status: str, **more: str) -> TestResponse:
        number = self._element("Dial/Number")
        form = {"CallSid": leg_sid, "CallStatus": status, "To": number.text or "", **more}
        return self.carrier.post(number.attrib["statusCallback"], **form)

    def _element(self, path: str) -> ElementTree.Element:
        found = self.document.find(path)
        assert found is not None, f"no <{path}> in {ElementTree.tostring(self.document)!r}"
        return found

"""Messages and calls that prove something about a telephone: whose it is, or that its person can answer it."""

from __future__ import annotations

from alerting.notifications import messages, rendering, service, spoken
from alerting.notifications.messages import Sms
from alerting.notifications.reply_codes import free_code
from alerting.notifications.service import Way
from alerting.notifications.spoken import Spoken
from alerting.work import Work
from oncall.methods import service as methods
from oncall.schema import Person

TEST, VERIFICATION = "test", "verification"
NO_TICKET = ""


def send_test(work: Work, person: Person, way: Way) -> str:
    """A page that says it is none; the attempt's id. Confirmed by key 4, by the reply code, or in PagerDuty by whoever
    it is for; a mail only shows that mail arrives."""
    if way.channel == "voice":
        return service.send(work, person, way, spoken.ReachabilityTestCall(), TEST)
    code = free_code(work.session, way.address, NO_TICKET, work.planned()) if way.channel == "sms" else None
    return service.send(work, person, way, messages.ReachabilityTestSms(at=work.now), TEST, code)


def send_proof(work: Work, person: Person, way: Way) -> str:
    """The same through PagerDuty for what is not verified yet: there a yes proves as much as a code."""
    return service.send(work, person, way, messages.ReachabilityTestSms(at=work.now), VERIFICATION)


def send_code(work: Work, key: bytes, person: Person, way: Way) -> str:
    """Six digits over that very channel; the id of the attempt and of the code. They are made when they are said."""
    text: Sms | Spoken = messages.VerificationCodeSms(code="")
    if way.channel == "voice":
        text = spoken.VerificationCodeCall(code="")
    sent = service.send(work, person, way, text, VERIFICATION)
    code = rendering.method_code(key, sent)
    methods.keep_code(work.session, key, sent, person.id, way.channel, way.address, code, work.now)
    return sent

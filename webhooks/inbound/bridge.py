"""The call to the customer inside the engineer's call. Only the customer's key 1 is contact; every other end is a
documented try, written down once, whoever reports it first: the carrier's answer to our <Dial>, or the customer's own
leg when the engineer has hung up meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace

from alerting.escalation import paging
from alerting.escalation import service as escalations
from alerting.escalation.service import Contact
from alerting.notifications import spoken
from alerting.notifications.carriers.outcomes import BAD_NUMBERS
from alerting.notifications.models import AttemptRow
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from alerting.tickets.states import CLOSED
from alerting.work import Work
from core.audit.chain import LogActor
from webhooks import receipts, twiml
from webhooks.inbound import calls
from webhooks.inbound.addresses import Addresses
from webhooks.inbound.situations import language_at, looking, seen_by, ticket_of
from webhooks.voice import after_bridge

BRIDGE = "twilio-bridge"
REACHED = "reached"
# Picked up and no key 1: somebody else, or a machine.
OUTCOMES = {"completed": "voicemail", "busy": "busy", "no-answer": "no_answer", "failed": "no_answer"}
WHISPERS = 2  # times that the customer is asked after a wrong key


@dataclass(frozen=True)
class Leg:
    """How a leg to the customer ended. `sid` is the leg's own; `status` a CallStatus."""

    sid: str
    status: str
    sip_code: str | None = None

    @property
    def outcome(self) -> str | None:
        """Of the contract; None while it goes on, or when the engineer gave up before anybody could answer."""
        if self.status == "failed" and self.sip_code in BAD_NUMBERS:
            return "wrong_number"
        return OUTCOMES.get(self.status)


def ended(runtime: Runtime, token: str, turn: int, index: int | None, leg: Leg) -> str | None:
    """Back in the engineer's call. `index`: the place of the number among those known. None for an unknown token."""
    with runtime.work() as work:
        attempt = calls.by_token(work, token)
        ticket = ticket_of(work, attempt, locked=True) if attempt else None
        if attempt is None or ticket is None:
            return None
        numbers = paging.known_numbers(work, ticket)
        number = numbers[index] if index is not None and index < len(numbers) else None
        reached = _note(work, attempt, ticket, leg.sid, leg.outcome, number)
        seen = seen_by(work, attempt, ticket)
        if seen is None:
            return None
        situation = seen.situation if leg.outcome else replace(seen.situation, contact_untried=False)
        return calls.say(runtime, work, attempt, seen, turn, after_bridge(reached, situation))


def leg_ended(runtime: Runtime, token: str, leg: Leg, number: str) -> bool:
    """A callback of the customer's leg. False for an unknown token."""
    with runtime.work() as work:
        attempt = calls.by_token(work, token)
        ticket = ticket_of(work, attempt, locked=True) if attempt else None
        if attempt is None or ticket is None:
            return False
        if leg.outcome is not None:
            _note(work, attempt, ticket, leg.sid, leg.outcome, number)
        return True


def whisper(runtime: Runtime, token: str, number: str, again: int = 0) -> str | None:
    """To the customer who picks up; nobody hears them yet. None for an unknown token."""
    with looking(runtime) as work:
        attempt = calls.by_token(work, token)
        ticket = ticket_of(work, attempt, locked=False) if attempt else None
        if attempt is None or ticket is None:
            return None
        language = language_at(work, ticket, number)
        addresses = Addresses(runtime.settings.public_origin, token, language)
        said = spoken.spoken(spoken.Whisper(engineer=attempt.person_name), language, work.config.provider)
        return twiml.whisper([said], language, addresses.whisper_key(again))


def customer_pressed(runtime: Runtime, token: str, sid: str, number: str, digit: str | None, again: int) -> str | None:
    """Key 1 is contact and connects the two. Silence is a machine; a wrong key is asked once more."""
    if digit == "1":
        with runtime.work() as work:
            attempt = calls.by_token(work, token)
            ticket = ticket_of(work, attempt, locked=True) if attempt else None
            if attempt is None or ticket is None:
                return None
            _note(work, attempt, ticket, sid, REACHED, number)
        return twiml.connect()
    if digit and again + 1 < WHISPERS:
        return whisper(runtime, token, number, again + 1)
    return _goodbye(runtime, token, number)


def _goodbye(runtime: Runtime, token: str, number: str) -> str | None:
    with looking(runtime) as work:
        attempt = calls.by_token(work, token)
        ticket = ticket_of(work, attempt, locked=False) if attempt else None
        if ticket is None:
            return None
        language = language_at(work, ticket, number)
        said = spoken.spoken(spoken.WhisperGoodbye(), language, work.config.provider)
        return twiml.say_and_hang_up([said], language)


def _note(
    work: Work, attempt: AttemptRow, ticket: TicketRow, sid: str, outcome: str | None, number: str | None
) -> bool:
    """Write the try down, the first time; True when the customer was reached on that leg."""
    receipt = receipts.claim(work.session, BRIDGE, sid, work.now)
    if not receipt.first:
        return receipt.answer == REACHED
    if outcome is None or ticket.state == CLOSED:
        return False
    receipts.keep_answer(work.session, BRIDGE, sid, outcome)
    person = attempt.person_id
    escalations.record_contact(
        work, ticket, person, Contact(outcome, "voice", work.now, number), LogActor("person", person)
    )
    return outcome == REACHED

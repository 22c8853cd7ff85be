"""Whoever calls us and has nothing to type: put through to the engineer on call where the operator wants that, or told
when the office opens and how to leave a ticket. Never just "closed"."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from alerting.notifications import statuses
from alerting.notifications.attempts import AttemptState
from alerting.notifications.line_words import (
    KINDS,
    CallerWhisper,
    HowToReachUs,
    LineText,
    NobodyAnswered,
    PuttingThrough,
    line,
)
from alerting.notifications.models import AttemptRow
from alerting.notifications.service import TOKEN_LENGTH, way_to_tell
from alerting.notifications.wording import Language, Provider, from_facts
from alerting.runtime import Runtime
from alerting.web import provider_cache
from alerting.work import Work
from core.accounts.digests import digest
from core.audit.chain import SYSTEM, LogActor
from core.ids import opaque_token, ulid
from core.logs import masked
from core.settings import Settings
from oncall import history
from oncall.calendars import opening_state
from oncall.schema import Person
from webhooks import receipts, twiml
from webhooks.inbound import calls
from webhooks.inbound.addresses import LineAddresses
from webhooks.inbound.called_back import CALL_IN
from webhooks.inbound.callers import Caller
from webhooks.inbound.phone_pages import LATE
from webhooks.inbound.situations import as_language, looking

log = logging.getLogger(__name__)

ROUTED, ENDED = "line-routed", "line-ended"
MOST_TRIED = 3  # engineers that one call rings, one after the other
MOST_FROM_ONE, MOST_AT_ALL = 3, 10  # calls put through within an hour: nobody is woken by a machine that dials
STATES = {
    "completed": AttemptState.NO_INPUT,  # picked up, and no key 1
    "busy": AttemptState.BUSY,
    "no-answer": AttemptState.NO_ANSWER,
    "canceled": AttemptState.CANCELLED,
    "failed": AttemptState.FAILED,
}


@dataclass(frozen=True)
class Incoming:
    """A call of `number` to our number `to`."""

    sid: str
    number: str
    to: str
    language: Language


def put_through(
    runtime: Runtime, work: Work, incoming: Incoming, caller: Caller | None, says: Sequence[LineText] = ()
) -> str:
    """Say this, and dial whoever is on call; else how to reach us."""
    person = _next_on_call(runtime, work, incoming)
    if person is None:
        return _how_to_reach_us(runtime, work, incoming, caller, says)
    account = runtime.settings.carrier_account_at(incoming.to)
    attempt = _attempt(work, *person, incoming, caller, account.name)
    addresses = LineAddresses(runtime.settings.public_origin, incoming.language)
    return twiml.dial(
        [words(text, incoming.language, work.config.provider, incoming.to) for text in (*says, PuttingThrough())],
        incoming.language,
        number=attempt.address or "",
        caller_id=account.voice_from,
        whisper_url=addresses.whisper(attempt.token),
        action_url=addresses.ended(attempt.token),
    )


def whisper(runtime: Runtime, token: str) -> str | None:
    """To the engineer who picks up; nobody hears them yet. None for an unknown token."""
    with looking(runtime) as work:
        attempt = calls.by_token(work, token)
        if attempt is None or attempt.purpose != CALL_IN:
            return None
        language = as_language(attempt.language)
        text = from_facts(KINDS, attempt.template, attempt.facts)
        url = LineAddresses(runtime.settings.public_origin, language).whisper_key(token)
        return twiml.whisper([line(text, language, work.config.provider)], language, url)


def engineer_pressed(runtime: Runtime, token: str, digit: str | None) -> str | None:
    """Key 1 connects the two; a machine presses none."""
    with runtime.work() as work:
        attempt = statuses.locked(work, token)
        if attempt is None or attempt.purpose != CALL_IN:
            return None
        if digit == "1":
            statuses.conclude(work, attempt, AttemptState.CONFIRMED, LogActor("person", attempt.person_id))
        connected = digit == "1"
    return twiml.connect() if connected else twiml.say_and_hang_up([], as_language(attempt.language))


def ended(runtime: Runtime, token: str, incoming: Incoming, status: str) -> str | None:
    """Back in the caller's call. Nobody took it: the next person on call, or how to reach us. None for an unknown
    token."""
    with runtime.work() as work:
        attempt = statuses.locked(work, token)
        if attempt is None or attempt.purpose != CALL_IN:
            return None
        claimed = receipts.claim(work.session, ENDED, token, work.now)
        if not claimed.first and claimed.answer:
            return claimed.answer
        if attempt.state == AttemptState.CONFIRMED:
            heard = twiml.say_and_hang_up([], incoming.language)
        else:
            statuses.conclude(work, attempt, STATES.get(status, AttemptState.FAILED), SYSTEM)
            heard = put_through(
                runtime, work, incoming, None, () if _more(runtime, work, incoming) else (NobodyAnswered(),)
            )
        receipts.keep_answer(work.session, ENDED, token, heard)
    return heard


def words(text: LineText, language: Language, provider: Provider, to: str) -> str:
    """Nobody is told to call the very number that they are calling."""
    return line(text, language, replace(provider, emergency_phone="") if provider.emergency_phone == to else provider)


def without_database(settings: Settings, to: str) -> str:
    """The first words when nothing can be looked up."""
    provider = provider_without_database(settings)
    language = as_language(provider.language)
    text = HowToReachUs(mail=settings.mail_in_address or None)
    return twiml.say_and_hang_up([words(text, language, provider, to)], language)


def provider_without_database(settings: Settings) -> Provider:
    known = provider_cache.recall(settings)
    language = as_language(settings.language)
    return Provider(known.name, sms_name=known.name, emergency_phone=known.emergency_phone, language=language)


def _how_to_reach_us(
    runtime: Runtime, work: Work, incoming: Incoming, caller: Caller | None, says: Sequence[LineText]
) -> str:
    calendars = work.config.oncall.calendars
    named = caller.customer.contract.calendar if caller and caller.customer else None
    calendar = calendars.get(named or "") or next((one for _, one in sorted(calendars.items())), None)
    state = opening_state(calendar, work.now) if calendar else None
    text = HowToReachUs(
        opens_at=state.opens_at if state and not state.open else None, mail=runtime.settings.mail_in_address or None
    )
    said = [words(one, incoming.language, work.config.provider, incoming.to) for one in (*says, text)]
    return twiml.say_and_hang_up(said, incoming.language)


def _more(runtime: Runtime, work: Work, incoming: Incoming) -> bool:
    return _next_on_call(runtime, work, incoming) is not None


def _next_on_call(runtime: Runtime, work: Work, incoming: Incoming) -> tuple[Person, str] | None:
    """Somebody on call whom this call has not rung yet, and their telephone. None where nobody is to be rung for
    callers, or enough calls were put through this hour."""
    schedule = work.config.oncall.schedules.get(runtime.settings.callers_schedule)
    if schedule is None:
        return None
    rung = set(
        work.session.execute(
            select(AttemptRow.person_id).where(AttemptRow.carrier_sid == incoming.sid, AttemptRow.purpose == CALL_IN)
        ).scalars()
    )
    if len(rung) >= MOST_TRIED or (not rung and not _may_ring(work, incoming)):
        return None
    for one in history.on_call(work.session, work.config.oncall, schedule, work.now):
        person = work.config.oncall.people.get(one.person_id)
        way = way_to_tell(work, person, ("voice",)) if person and one.person_id not in rung else None
        if person is not None and way is not None:
            return person, way.address
    return None


def _may_ring(work: Work, incoming: Incoming) -> bool:
    since = work.now - LATE / 24
    number = digest(incoming.number)
    receipts.claim(work.session, ROUTED, f"{number}/{incoming.sid}", work.now)
    mine = receipts.count_since(work.session, ROUTED, f"{number}/", since)
    everybodys = receipts.count_since(work.session, ROUTED, "", since)
    if mine > MOST_FROM_ONE or everybodys > MOST_AT_ALL:
        log.warning("calls put through this hour: %d of %s, %d in all; told how else to reach us", mine,
                    masked(incoming.number), everybodys)  # fmt: skip
        return False
    return True


def _attempt(
    work: Work, person: Person, address: str, incoming: Incoming, caller: Caller | None, carrier: str
) -> AttemptRow:
    contact, customer = (caller.contact, caller.customer) if caller else (None, None)
    text = CallerWhisper(name=contact.name if contact else None, customer=customer.name if customer else None)
    attempt = AttemptRow(
        id=ulid(),
        token=opaque_token(TOKEN_LENGTH),
        episode=0,
        cycle=0,
        round=0,
        step=0,
        purpose=CALL_IN,
        person_id=person.id,
        person_name=person.name,
        channel="voice",
        address=address,
        language=person.language or work.config.provider.language,
        template=text.kind(),
        facts=text.facts(),
        state=AttemptState.RINGING.value,
        created_at=work.now,
        due_at=work.now,
        sent_at=work.now,
        handed_over_at=work.now,
        carrier=carrier,
        carrier_sid=incoming.sid,
        fence=0,
        tries=0,
        resends=0,
        sequence=-1,
        wrong_codes=0,
    )
    work.session.add(attempt)
    work.session.flush()
    data = {"attempt": attempt.id, "state": attempt.state, "purpose": CALL_IN, "carrier_sid": incoming.sid}
    personal = {"address": address, "caller": incoming.number}
    work.record(f"attempt:{attempt.id}", "attempt.status", data, personal=personal, about=person.id)
    return attempt

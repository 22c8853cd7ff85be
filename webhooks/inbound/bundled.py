"""A call for several tickets: which of them its person may still answer, all at once or one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from alerting.escalation import service as escalations
from alerting.notifications import spoken, statuses
from alerting.notifications.attempts import AttemptState
from alerting.notifications.models import AttemptRow
from alerting.notifications.spoken import Spoken
from alerting.runtime import Runtime
from alerting.tickets import service as tickets
from alerting.work import Work
from core.audit.chain import LogActor
from webhooks import receipts, several, twiml
from webhooks.inbound.addresses import Addresses
from webhooks.inbound.situations import Seen, as_language, looking, seen_by, ticket_of
from webhooks.several import Command, SeveralAnswer, SeveralState
from webhooks.voice import Standing

KEYS = "twilio-several-keys"


@dataclass(frozen=True)
class Told:
    """A page that the call tells of, and where it stands for its person."""

    attempt: AttemptRow
    seen: Seen


def open_pages(work: Work, attempt: AttemptRow) -> list[Told]:
    """One for each ticket that nobody has acknowledged, in the order in which they are told; empty for a call about one
    ticket."""
    if attempt.bundle_id is None:
        return []
    rows = work.session.scalars(
        select(AttemptRow).where(AttemptRow.bundle_id == attempt.bundle_id).order_by(AttemptRow.id)
    ).all()
    first_of_each = {row.ticket_id: row for row in reversed(rows)}
    found = []
    for row in reversed(first_of_each.values()):
        seen = seen_by(work, row, ticket_of(work, row, locked=False))
        if seen is not None and seen.situation.standing is Standing.OPEN:
            found.append(Told(row, seen))
    return found


def following(work: Work, attempt: AttemptRow) -> list[Told]:
    """What is still open besides the page in hand."""
    return [told for told in open_pages(work, attempt) if told.attempt.ticket_id != attempt.ticket_id]


def greeted(runtime: Runtime, work: Work, attempt: AttemptRow, pages: Sequence[Told]) -> str:
    """To whoever has just answered."""
    return _say(runtime, work, attempt, 0, several.begin(_greeting(attempt, pages)))


def pressed(runtime: Runtime, token: str, sid: str, state: SeveralState, turn: int, digit: str | None) -> str | None:
    """A key, or silence, while all of them are asked about at once: what is to be said, "" when one of them is to
    be told alone. The same request again does nothing and hears the same. None for an unknown token."""
    with runtime.work() as work:
        attempt = work.session.execute(select(AttemptRow).where(AttemptRow.token == token)).scalar_one_or_none()
        if attempt is None or attempt.bundle_id is None:
            return None
        key = f"{sid}/{turn}/{state.token}/{digit or ''}"
        receipt = receipts.claim(work.session, KEYS, key, work.now)
        if not receipt.first and receipt.answer is not None:
            return receipt.answer
        heard = _carried_out(runtime, work, attempt, state, turn, digit)
        receipts.keep_answer(work.session, KEYS, key, heard)
        return heard


def first_left(runtime: Runtime, token: str) -> str | None:
    """The token of the page to begin with when they are told one by one, or of the page in hand when none is open."""
    with looking(runtime) as work:
        attempt = work.session.execute(select(AttemptRow).where(AttemptRow.token == token)).scalar_one_or_none()
        if attempt is None:
            return None
        pages = open_pages(work, attempt)
        return pages[0].attempt.token if pages else attempt.token


def _carried_out(
    runtime: Runtime, work: Work, attempt: AttemptRow, state: SeveralState, turn: int, digit: str | None
) -> str:
    pages = open_pages(work, attempt)
    if len(pages) < 2:
        return ""
    answer = several.step(state, digit, _greeting(attempt, pages))
    match answer.command:
        case Command.ONE_BY_ONE:
            return ""
        case Command.ACKNOWLEDGE_ALL:
            return _ended(work, attempt, _acknowledged(work, pages))
        case Command.ESCALATE_ALL:
            return _ended(work, attempt, _escalated(work, pages))
        case Command.NO_INPUT:
            for told in pages:
                row = statuses.locked(work, told.attempt.token)
                if row is not None:
                    statuses.conclude(work, row, AttemptState.NO_INPUT, _person(row))
            return _ended(work, attempt, *answer.say)
    return _say(runtime, work, attempt, turn, answer)


def _acknowledged(work: Work, pages: Sequence[Told]) -> Spoken:
    won = 0
    for told in _in_order(pages):
        ticket = tickets.locked_by_id(work, str(told.attempt.ticket_id))
        person = str(told.attempt.person_id)
        won += escalations.acknowledge(work, ticket, person, "voice", attempt_id=told.attempt.id).won
    return spoken.AcceptedAll(total=won, taken=len(pages) - won or None)


def _escalated(work: Work, pages: Sequence[Told]) -> Spoken:
    for told in _in_order(pages):
        ticket = tickets.locked_by_id(work, str(told.attempt.ticket_id))
        escalations.decline(work, ticket, str(told.attempt.person_id), "voice", attempt_id=told.attempt.id)
    return spoken.EscalatedAll(total=len(pages))


def _in_order(pages: Sequence[Told]) -> Sequence[Told]:
    """As tickets are locked everywhere, so that two people never wait for each other."""
    return sorted(pages, key=lambda told: str(told.attempt.ticket_id))


def _greeting(attempt: AttemptRow, pages: Sequence[Told]) -> spoken.SeveralPages:
    customers = tuple(told.seen.situation.customer for told in pages)
    drill = all(told.seen.situation.drill for told in pages)
    return spoken.SeveralPages(person=attempt.person_name, total=len(pages), customers=customers, drill=drill)


def _say(runtime: Runtime, work: Work, attempt: AttemptRow, turn: int, answer: SeveralAnswer) -> str:
    language = as_language(attempt.language)
    addresses = Addresses(runtime.settings.public_origin, attempt.token, language, turn)
    says = [spoken.spoken(text, language, work.config.provider) for text in answer.say]
    return twiml.gather(says, language, addresses.several(answer.next))


def _ended(work: Work, attempt: AttemptRow, *texts: Spoken) -> str:
    language = as_language(attempt.language)
    says = [spoken.spoken(text, language, work.config.provider) for text in texts]
    return twiml.say_and_hang_up(says, language)


def _person(row: AttemptRow) -> LogActor:
    return LogActor("person", str(row.person_id))

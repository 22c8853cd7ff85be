"""Reading escalations: where they stand, the manager's list with its times, and who was on call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.escalation import paging
from alerting.escalation.models import ContactTryRow, EscalationRow
from alerting.escalation.schema import EscalationPolicy
from alerting.escalation.simulation import Answer, Simulation, simulate
from alerting.notifications.models import AttemptRow
from alerting.tickets.models import TicketRow
from alerting.tickets.queries import PAGE_SIZE, Page, read_cursor, write_cursor
from core.audit.models import LogEntry
from oncall import round_robin

ACKNOWLEDGED, CONTACT_MADE = "page.acknowledged", "contact.made"


@dataclass(frozen=True)
class Escalated:
    """One episode of a ticket and how long it took. Times count from `began_at`: the request, the opening hour for a
    queued one, the episode's start for a later one. None: it has not happened."""

    ticket: TicketRow
    escalation: EscalationRow
    began_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    contacted_at: datetime | None

    @property
    def time_to_acknowledge(self) -> timedelta | None:
        return self.acknowledged_at - self.began_at if self.acknowledged_at else None

    @property
    def time_to_contact(self) -> timedelta | None:
        return self.contacted_at - self.began_at if self.contacted_at else None


@dataclass(frozen=True)
class OnCallFact:
    """A person whom a page was for, and why (`oncall.reasons.reason_data`); `why` tells why they were not paged, None
    when they were. `person_id` None: the target named nobody."""

    person_id: str | None
    person_name: str
    reason: Mapping[str, Any] | None
    why: str | None


@dataclass(frozen=True)
class PagedStep:
    """One page of a step (or of the last resort, which keeps the numbers of the step before it) as it was."""

    episode: int
    cycle: int
    round: int
    step: int
    at: datetime
    last_resort: bool
    people: tuple[OnCallFact, ...]


def simulated(
    session: Session,
    config: Configuration,
    policy: EscalationPolicy,
    at: datetime,
    answers: Sequence[Answer] = (),
    *,
    drill: bool = False,
) -> Simulation:
    """Who would be reached for an activation at the instant, with the contact methods that are out of use today and
    the place in round robins that the next escalation has. Nothing is stored."""
    world = config.oncall
    return simulate(
        policy,
        world,
        at,
        answers,
        lambda now: paging.contacts_at(session, policy, config, now, drill=drill),
        turn=round_robin.next_turn(session, policy.id),
        drill=drill,
        services=frozenset(one.id for one in config.pagerduty.values() if one.configured),
    )


def current(session: Session, ticket_ids: Iterable[str]) -> dict[str, EscalationRow]:
    """The escalation of each ticket's latest episode, by ticket id; a rehearsed drill has none."""
    rows = session.scalars(
        select(EscalationRow).where(EscalationRow.ticket_id.in_(list(ticket_ids))).order_by(EscalationRow.episode)
    )
    return {row.ticket_id: row for row in rows}


def of_ticket(session: Session, ticket_id: str) -> list[EscalationRow]:
    """Every episode, oldest first."""
    return list(
        session.scalars(
            select(EscalationRow).where(EscalationRow.ticket_id == ticket_id).order_by(EscalationRow.episode)
        )
    )


def listing(
    session: Session,
    state: str | None = None,
    mode: str | None = None,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Escalated]:
    """Escalations of all customers, newest first, for staff. `state` is an escalation's state. BadCursor."""
    query = select(EscalationRow, TicketRow).join(TicketRow, TicketRow.id == EscalationRow.ticket_id)
    if state:
        query = query.where(EscalationRow.state == state)
    if mode:
        query = query.where(TicketRow.mode == mode)
    if cursor:
        at, id_ = read_cursor(cursor)
        query = query.where(
            or_(EscalationRow.started_at < at, and_(EscalationRow.started_at == at, EscalationRow.id < id_))
        )
    newest_first = query.order_by(EscalationRow.started_at.desc(), EscalationRow.id.desc()).limit(limit + 1)
    rows = [(escalation, ticket) for escalation, ticket in session.execute(newest_first)]
    last = rows[limit - 1][0] if rows[limit:] else None
    return Page(
        _with_times(session, rows[:limit]), write_cursor(last.started_at, last.id) if last is not None else None
    )


def escalated(session: Session, ticket: TicketRow) -> list[Escalated]:
    """Every episode of one ticket with its times, oldest first."""
    return _with_times(session, [(row, ticket) for row in of_ticket(session, ticket.id)])


def contact_tries(session: Session, ticket_id: str) -> list[ContactTryRow]:
    """Documented tries to reach the customer, in their order."""
    return list(
        session.scalars(
            select(ContactTryRow)
            .join(EscalationRow, EscalationRow.id == ContactTryRow.escalation_id)
            .where(EscalationRow.ticket_id == ticket_id)
            .order_by(ContactTryRow.at, ContactTryRow.id)
        )
    )


def paged_steps(attempts: Iterable[AttemptRow]) -> list[PagedStep]:
    """Who was on call at each page and why, from the ticket's attempts (`notifications.queries.of_ticket`): one page's
    attempts are rows of one transaction, so they share their instant."""
    pages = sorted((attempt for attempt in attempts if attempt.purpose == "page"), key=_page_key)
    steps = []
    for (at, episode, cycle, round_, step), group in groupby(pages, key=_page_key):
        rows = list(group)
        steps.append(PagedStep(episode, cycle, round_, step, at, any(map(_is_last_resort, rows)), _facts(rows)))
    return steps


def _page_key(row: AttemptRow) -> tuple[datetime, int, int, int, int]:
    return row.created_at, row.episode, row.cycle, row.round, row.step


def _is_last_resort(row: AttemptRow) -> bool:
    return row.template == "last_resort_sms" or bool(row.facts.get("last_resort"))


def _facts(rows: Sequence[AttemptRow]) -> tuple[OnCallFact, ...]:
    """Each person once; as paged when any attempt was made, else with the first reason why none was."""
    facts: dict[str, OnCallFact] = {}
    for row in sorted(rows, key=lambda row: (row.state == "skipped", row.id)):
        why = row.why if row.state == "skipped" else None
        key = row.person_id or f"{row.channel}:{row.reason}"
        facts.setdefault(key, OnCallFact(row.person_id, row.person_name, row.reason, why))
    return tuple(facts.values())


def _with_times(session: Session, rows: Sequence[tuple[EscalationRow, TicketRow]]) -> list[Escalated]:
    """An episode's answers are the log entries from its start until the start of the next."""
    starts: dict[str, list[datetime]] = {}
    episodes = select(EscalationRow.ticket_id, EscalationRow.started_at).where(
        EscalationRow.ticket_id.in_({ticket.id for _, ticket in rows})
    )
    for ticket_id, started_at in session.execute(episodes):
        starts.setdefault(ticket_id, []).append(started_at)
    answers: dict[str, list[LogEntry]] = {}
    entries = (
        select(LogEntry)
        .where(
            LogEntry.subject.in_({ticket.reference for _, ticket in rows}),
            LogEntry.kind.in_((ACKNOWLEDGED, CONTACT_MADE)),
        )
        .order_by(LogEntry.subject, LogEntry.seq)
    )
    for entry in session.scalars(entries):
        answers.setdefault(entry.subject, []).append(entry)
    return [_timed(row, ticket, starts[ticket.id], answers.get(ticket.reference, [])) for row, ticket in rows]


def _timed(row: EscalationRow, ticket: TicketRow, starts: Sequence[datetime], answers: Sequence[LogEntry]) -> Escalated:
    ends_at = min((at for at in starts if at > row.started_at), default=None)
    own = [a for a in answers if a.at >= row.started_at and (ends_at is None or a.at < ends_at)]
    yes = next((answer for answer in own if answer.kind == ACKNOWLEDGED), None)
    contact = next((answer for answer in own if answer.kind == CONTACT_MADE), None)
    return Escalated(
        ticket,
        row,
        began_at=(ticket.queued_until or ticket.opened_at) if row.episode == 1 else row.started_at,
        acknowledged_at=yes.at if yes else None,
        acknowledged_by=yes.data["person"] if yes else None,
        contacted_at=datetime.fromisoformat(contact.data["at"]) if contact else None,
    )

"""What the console alone shows: one escalation with everything around it, and schedules with their gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerting.escalation import queries as escalations
from alerting.escalation.models import ContactTryRow
from alerting.escalation.queries import Escalated, PagedStep
from alerting.notifications import queries as notifications
from alerting.notifications.models import AttemptRow, AttemptStatusRow
from alerting.tickets.models import TicketRow
from core.audit import log
from core.audit.chain import Finding, Link
from oncall import rota
from oncall.pieces import Shift, Span
from oncall.reasons import OnCall
from oncall.resolve import on_call
from oncall.schema import Schedule
from oncall.world import OnCallWorld

LOOK_AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class LoggedAttempt:
    """An attempt with what the carrier reported about it, in the order in which it came."""

    row: AttemptRow
    statuses: Sequence[AttemptStatusRow]


@dataclass(frozen=True)
class LoggedStep:
    """One page: who was on call and why, and the attempts that came of it."""

    paged: PagedStep
    attempts: Sequence[LoggedAttempt]


@dataclass(frozen=True)
class EscalationLog:
    """`findings` is empty when the chain is as it was written; `head` is its last hash, None for an empty chain."""

    ticket: TicketRow
    episodes: Sequence[Escalated]
    steps: Sequence[LoggedStep]
    others: Sequence[LoggedAttempt]
    tries: Sequence[ContactTryRow]
    entries: Sequence[Link]
    findings: Sequence[Finding]

    @property
    def head(self) -> str | None:
        return self.entries[-1].hash if self.entries else None


def escalation_log(session: Session, ticket: TicketRow) -> EscalationLog:
    rows = notifications.of_ticket(session, ticket.id)
    reported = notifications.statuses(session, [row.id for row in rows])
    return EscalationLog(
        ticket,
        escalations.escalated(session, ticket),
        [LoggedStep(step, _attempts(rows, reported, step)) for step in escalations.paged_steps(rows)],
        [LoggedAttempt(row, reported.get(row.id, ())) for row in rows if row.purpose != "page"],
        escalations.contact_tries(session, ticket.id),
        [entry.link for entry in log.read(session, ticket.reference)],
        log.verify(session, ticket.reference),
    )


def _attempts(
    rows: Sequence[AttemptRow], reported: Mapping[str, Sequence[AttemptStatusRow]], step: PagedStep
) -> list[LoggedAttempt]:
    """A page's attempts are rows of one transaction: they share its instant."""
    key = (step.at, step.episode, step.cycle, step.round, step.step)
    return [
        LoggedAttempt(row, reported.get(row.id, ()))
        for row in rows
        if row.purpose == "page" and (row.created_at, row.episode, row.cycle, row.round, row.step) == key
    ]


@dataclass(frozen=True)
class Line:
    """A stretch of a schedule; nobody is on call in a gap."""

    from_at: datetime
    to_at: datetime
    person: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class ScheduleView:
    schedule: Schedule
    now: Sequence[OnCall]
    lines: Sequence[Line]
    gaps: int


def schedules(world: OnCallWorld, at: datetime) -> list[ScheduleView]:
    """Who is on call now, and the next fourteen days of every schedule with its gaps, in the order of time."""
    return [_schedule(schedule, world, at) for schedule in sorted(world.schedules.values(), key=lambda one: one.id)]


def _schedule(schedule: Schedule, world: OnCallWorld, at: datetime) -> ScheduleView:
    window = Span(at, at + LOOK_AHEAD)
    empty = rota.gaps(schedule, world, window)
    shifts = rota.shifts(schedule, world, window)
    lines = [_line(shift) for shift in shifts] + [Line(gap.from_at, gap.to_at) for gap in empty]
    return ScheduleView(
        schedule,
        on_call(schedule.id, rota.pieces(schedule, world, rota.moment(at))),
        sorted(lines, key=lambda line: (line.from_at, line.person or "")),
        len(empty),
    )


def _line(shift: Shift) -> Line:
    return Line(shift.from_at, shift.to_at, shift.person, shift.source)

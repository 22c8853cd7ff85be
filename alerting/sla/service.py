"""The clocks of a ticket as commands: started when it opens, looked at again whenever something happens to it, and
when the clock finds that one has something to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, insert, select

from alerting.catalog.schema import METRICS
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.out_of_use import managers
from alerting.notifications.service import Place
from alerting.sla import clock, store, warnings
from alerting.sla.models import SlaClockRow
from alerting.sla.targets import targets
from alerting.tickets import spans
from alerting.tickets.models import TicketRow, TicketSpanRow
from alerting.tickets.service import locked_by_id
from alerting.work import Work
from core.db import run
from core.ids import short, ulid

AT_ONCE = 200
_INSERT = insert(cast(Table, SlaClockRow.__table__))


@dataclass(frozen=True)
class Moved:
    """A due time that is another one than before; None: not while it waits."""

    reference: str
    metric: str
    before: datetime | None
    after: datetime | None


def start(work: Work, ticket: TicketRow) -> dict[str, datetime | None]:
    """A clock for each metric that has a target; the due times by metric. A drill has none: it is no service. Written
    at once, because the ticket's row is not read again in this transaction."""
    customer = work.config.customer(ticket.customer_id)
    if customer is None or ticket.mode == "drill":
        return {}
    found = targets(work.config.sla, customer.contract, ticket.component, ticket.priority)
    rows = [_row(work, ticket, metric, minutes) for metric, minutes in found.items()]
    if not rows:
        return {}
    for row in rows:
        _keep(work, row, ticket, ())
    run(work.session, _INSERT, [_values(row) for row in rows])
    due = {row.metric: row.due_at for row in rows}
    data = {row.metric: {"minutes": row.target_minutes, "due_at": _iso(row.due_at)} for row in rows}
    work.record(ticket.reference, "sla.started", data)
    return due


def look(work: Work, ticket: TicketRow) -> list[Moved]:
    """After anything has happened to the ticket: due times and verdicts as they are now. The due times that moved."""
    rows = _of(work, ticket.id)
    if not rows:
        return []
    work.session.flush()  # what has just happened to the ticket and its spans
    lasted = spans.of_ticket(work.session, ticket.id)
    moved = []
    for row in rows:
        before = row.due_at
        _keep(work, row, ticket, lasted)
        if row.due_at != before and row.done_at is None:
            moved.append(Moved(ticket.reference, row.metric, before, row.due_at))
            work.record(ticket.reference, "sla.changed", {"metric": row.metric, "due_at": _iso(row.due_at)})
    return moved


def prioritised(work: Work, ticket: TicketRow) -> None:
    """The targets of the ticket's new priority, for all of its time (R8). A metric that has no target under it keeps
    the one that it had: nobody loses a promise by being more urgent."""
    customer = work.config.customer(ticket.customer_id)
    if customer is None:
        return
    found = targets(work.config.sla, customer.contract, ticket.component, ticket.priority)
    rows = {row.metric: row for row in _of(work, ticket.id)}
    for metric, minutes in found.items():
        if metric in rows:
            change = {"at": work.now.isoformat(), "minutes": minutes}
            rows[metric].target_changes = [*rows[metric].target_changes, change]
            rows[metric].warned = 0
        elif ticket.mode != "drill":
            work.session.add(_row(work, ticket, metric, minutes))
    work.session.flush()


def covered_anew(work: Work) -> list[Moved]:
    """After the configuration has changed: contracts count under their new coverage from now on (R8), calendars as they
    are now, for what is not done yet; what has its verdict keeps it. The due times that moved."""
    open_ids = work.session.scalars(
        select(SlaClockRow.ticket_id).where(SlaClockRow.done_at.is_(None)).distinct().order_by(SlaClockRow.ticket_id)
    ).all()
    moved = []
    for ticket_id in open_ids:
        ticket = locked_by_id(work, ticket_id)
        customer = work.config.customer(ticket.customer_id)
        coverage = customer.contract.coverage.get(ticket.component or "") if customer else None
        for row in _of(work, ticket_id):
            latest = row.coverage_changes[-1]["coverage"] if row.coverage_changes else row.coverage
            if row.done_at is None and coverage is not None and coverage != latest:
                change = {"at": work.now.isoformat(), "coverage": coverage}
                row.coverage_changes = [*row.coverage_changes, change]
            if row.done_at is None and customer is not None:
                row.calendar_id = customer.contract.calendar
        moved += look(work, ticket)
    return moved


def contact_due_at(work: Work, ticket: TicketRow) -> datetime | None:
    """Until when the customer must have been contacted by the SLA; None when there is no such promise."""
    return work.session.execute(
        select(SlaClockRow.due_at).where(
            SlaClockRow.ticket_id == ticket.id, SlaClockRow.metric == "contact", SlaClockRow.done_at.is_(None)
        )
    ).scalar_one_or_none()


def merged(work: Work, ticket: TicketRow, into: TicketRow) -> None:
    """The ticket that goes on counts from when the older of the two was opened."""
    for row in _of(work, into.id):
        row.opened_at = min(row.opened_at, ticket.opened_at)
    look(work, into)


def due(work: Work) -> Sequence[str]:
    """Tickets of which a clock has something to say, the longest overdue first."""
    return work.session.scalars(
        select(SlaClockRow.ticket_id)
        .where(SlaClockRow.next_at <= work.now)
        .order_by(SlaClockRow.next_at)
        .limit(AT_ONCE)
    ).all()


def say(work: Work, ticket_id: str) -> None:
    """What the ticket's clocks have to say now, each mark once: to whoever has the ticket, and from nine tenths on to
    the managers too."""
    ticket = locked_by_id(work, ticket_id)
    lasted = spans.of_ticket(work.session, ticket_id)
    for row in _of(work, ticket_id):
        case = store.case_of(row, ticket, lasted, work.config.oncall.calendars)
        percent = None if row.done_at else warnings.passed(case, row.warned, work.now)
        if percent is not None:
            row.warned = percent
            if percent == warnings.BREACH:
                row.breached_at = row.breached_at or work.now
            kind = "sla.breached" if percent == warnings.BREACH else "sla.warned"
            work.record(ticket.reference, kind, {"metric": row.metric, "percent": percent, "due_at": _iso(row.due_at)})
            _tell(work, ticket, row, percent)
        _keep(work, row, ticket, lasted)


def _tell(work: Work, ticket: TicketRow, row: SlaClockRow, percent: int) -> None:
    text = messages.SlaSms(
        reference=short(ticket.reference),
        customer=ticket.customer_name,
        metric=row.metric,
        percent=percent,
        due_at=row.due_at,
    )
    place = Place(None, ticket.episode)
    loud = percent >= warnings.LOUD_FROM
    if ticket.owner is not None:
        notifications.notify(work, ticket, place, ticket.owner, text, by=("sms", "email") if loud else ("email",))
    if loud or ticket.owner is None:
        for manager in managers(work, [ticket.owner] if ticket.owner else ()):
            if manager.id != ticket.owner:
                notifications.notify(work, ticket, place, manager.id, text, by=("email", "sms"))


def _keep(work: Work, row: SlaClockRow, ticket: TicketRow, lasted: Sequence[TicketSpanRow]) -> None:
    """What the clock finds out, into its row."""
    case = store.case_of(row, ticket, lasted, work.config.oncall.calendars)
    row.cancelled = store.is_cancelled(row.metric, ticket)
    row.done_at = case.stopped_at
    row.due_at = clock.due_at(case)
    if case.stopped_at is not None:
        row.elapsed_seconds = clock.elapsed(case, case.stopped_at).total_seconds()
        row.met = None if row.cancelled else clock.met(case)
        row.next_at = None
        return
    row.elapsed_seconds = row.met = None
    found = warnings.next_mark(case, row.warned)
    # What was passed unseen, by a new priority or an outage, is due at once.
    row.next_at = work.now if warnings.passed(case, row.warned, work.now) is not None else found.at


def _row(work: Work, ticket: TicketRow, metric: str, minutes: int) -> SlaClockRow:
    customer = work.config.customer(ticket.customer_id)
    contract = customer.contract if customer else None
    return SlaClockRow(
        id=ulid(),
        ticket_id=ticket.id,
        metric=metric,
        opened_at=ticket.opened_at,
        target_minutes=minutes,
        target_changes=[],
        calendar_id=contract.calendar if contract else None,
        coverage=(contract.coverage.get(ticket.component or "") if contract else None) or "24x7",
        coverage_changes=[],
        warned=0,
        cancelled=False,
    )


def _of(work: Work, ticket_id: str) -> list[SlaClockRow]:
    """In the order of the metrics."""
    rows = work.session.scalars(select(SlaClockRow).where(SlaClockRow.ticket_id == ticket_id)).all()
    return sorted(rows, key=lambda row: METRICS.index(row.metric))


def _values(row: SlaClockRow) -> Mapping[str, object]:
    return {column.key: getattr(row, column.key) for column in SlaClockRow.__table__.columns}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()

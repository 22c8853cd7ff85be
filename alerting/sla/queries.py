"""Reading the clocks of tickets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.catalog.schema import METRICS
from alerting.configuration import Configuration
from alerting.sla import clock, store
from alerting.sla.models import SlaClockRow
from alerting.tickets.models import TicketRow, TicketSpanRow
from core.time import iso, iso_or_none


def clocks_json(
    session: Session, tickets: Sequence[TicketRow], config: Configuration, now: datetime
) -> Mapping[str, list[dict[str, Any]]]:
    """By ticket id, in the order of the metrics. What is done is told as it was decided then."""
    rows, spans = _read(session, tickets)
    by_id = {ticket.id: ticket for ticket in tickets}
    found: dict[str, list[dict[str, Any]]] = {}
    for ticket_id, of_ticket in rows.items():
        found[ticket_id] = [_json(row, by_id[ticket_id], spans[ticket_id], config, now) for row in of_ticket]
    return found


def explained(session: Session, ticket: TicketRow, config: Configuration, now: datetime) -> list[dict[str, Any]]:
    """Each clock with its slices: what every stretch of time since the opening counted for, and why."""
    rows, spans = _read(session, [ticket])
    found = []
    for row in rows.get(ticket.id, []):
        lasted = spans[ticket.id]
        case = store.case_of(row, ticket, lasted, config.oncall.calendars)
        until = row.done_at or now
        slices = [
            {
                "from": iso(one.from_at),
                "to": iso(one.to_at),
                "minutes": round((one.to_at - one.from_at).total_seconds() / 60, 2),
                "why": one.why,
            }
            for one in clock.slices(case, until)
        ]
        found.append(_json(row, ticket, lasted, config, now) | {"slices": slices})
    return found


def _json(
    row: SlaClockRow, ticket: TicketRow, spans: Sequence[TicketSpanRow], config: Configuration, now: datetime
) -> dict[str, Any]:
    case = store.case_of(row, ticket, spans, config.oncall.calendars)
    at = row.done_at or now
    reading = clock.readings(case, [at])[0]
    seconds = row.elapsed_seconds if row.elapsed_seconds is not None else reading.elapsed.total_seconds()
    return {
        "metric": row.metric,
        "target_minutes": round(case.last_target.total_seconds() / 60),
        "due_at": iso_or_none(row.due_at),
        "elapsed_minutes": round(seconds / 60, 2),
        "state": "cancelled" if row.cancelled else reading.state,
        "met": row.met,
        "breached": not row.cancelled and (row.met is False or (row.met is None and reading.breached)),
        "breached_at": iso_or_none(row.breached_at),
        "coverage": row.coverage_changes[-1]["coverage"] if row.coverage_changes else row.coverage,
        "calendar": row.calendar_id,
    }


def _read(
    session: Session, tickets: Sequence[TicketRow]
) -> tuple[dict[str, list[SlaClockRow]], Mapping[str, list[TicketSpanRow]]]:
    ids = [ticket.id for ticket in tickets]
    rows: dict[str, list[SlaClockRow]] = {}
    for row in session.scalars(select(SlaClockRow).where(SlaClockRow.ticket_id.in_(ids))):
        rows.setdefault(row.ticket_id, []).append(row)
    for of_ticket in rows.values():
        of_ticket.sort(key=lambda row: METRICS.index(row.metric))
    spans: dict[str, list[TicketSpanRow]] = defaultdict(list)
    if rows:
        for span in session.scalars(
            select(TicketSpanRow).where(TicketSpanRow.ticket_id.in_(list(rows))).order_by(TicketSpanRow.from_at)
        ):
            spans[span.ticket_id].append(span)
    return rows, spans

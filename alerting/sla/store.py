"""Rows of a ticket's clocks as the values that the clock computes with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from alerting.sla.clock import Case, Gap, Metric, Pause, Target
from alerting.sla.models import SlaClockRow
from alerting.sla.open_time import Coverage, CoverageChange, Hours
from alerting.tickets.models import TicketRow, TicketSpanRow
from alerting.tickets.states import CLOSED
from oncall.schema import Calendar, WorkingCalendar

ALWAYS = WorkingCalendar(timezone="UTC")
NO_VERDICT = frozenset({"withdrawn", "duplicate"})


def case_of(
    row: SlaClockRow, ticket: TicketRow, spans: Sequence[TicketSpanRow], calendars: Mapping[str, Calendar]
) -> Case:
    """A calendar that is gone leaves its clock counting around the clock: what cannot be decided is decided in the
    customer's favour."""
    calendar = calendars.get(row.calendar_id or "")
    coverage: Coverage = "business" if row.coverage == "business" and calendar is not None else "24x7"
    stopped_at = done_at(row.metric, ticket)
    return Case(
        hours=Hours(calendar or ALWAYS, coverage, _coverages(row) if calendar is not None else ()),
        metric=_metric(row.metric),
        opened_at=row.opened_at,
        target=timedelta(minutes=row.target_minutes),
        pauses=tuple(Pause(one.from_at, one.to_at, one.reason) for one in spans if one.kind == "waiting"),
        stopped_at=stopped_at,
        gaps=tuple(
            Gap(one.from_at, one.to_at)
            for one in spans
            if one.kind == "closed" and one.to_at is not None and (stopped_at is None or one.to_at <= stopped_at)
        ),
        targets=tuple(
            Target(datetime.fromisoformat(one["at"]), timedelta(minutes=one["minutes"])) for one in row.target_changes
        ),
    )


def done_at(metric: str, ticket: TicketRow) -> datetime | None:
    """When what is measured was done. A closing ends whatever was not done before it."""
    done = {"response": ticket.acknowledged_at, "contact": ticket.contacted_at}.get(metric)
    return done or (ticket.closed_at if ticket.state == CLOSED else None)


def is_cancelled(metric: str, ticket: TicketRow) -> bool:
    """Withdrawn or a double before it was done: nobody can say any more whether it would have been."""
    done = {"response": ticket.acknowledged_at, "contact": ticket.contacted_at}.get(metric)
    return done is None and ticket.state == CLOSED and ticket.close_code in NO_VERDICT


def _coverages(row: SlaClockRow) -> tuple[CoverageChange, ...]:
    return tuple(CoverageChange(datetime.fromisoformat(one["at"]), one["coverage"]) for one in row.coverage_changes)


def _metric(name: str) -> Metric:
    return "response" if name == "response" else "contact" if name == "contact" else "resolution"

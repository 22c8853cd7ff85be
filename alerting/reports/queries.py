"""The verdicts and ratings of a span. Drills, withdrawn requests and doubles are left out: nobody was late for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.orm import Session

from alerting.ratings.models import RatingRow
from alerting.ratings.schema import Weights
from alerting.reports.frozen import Difference, Facts, intact
from alerting.reports.measures import NO_COMPONENT, Score, Verdict
from alerting.reports.models import MonthlyReportRow, ReportCorrectionRow
from alerting.reports.time_spent import NO_DEPARTMENT, Spent
from alerting.sla.models import SlaClockRow
from alerting.tickets.models import TicketRow
from core.audit.models import NOTES, LogEntry
from oncall.pieces import Span

LEFT_OUT = ("withdrawn", "duplicate")


def verdicts(session: Session, span: Span) -> list[Verdict]:
    """Decided in [from, to)."""
    found = session.execute(
        select(
            TicketRow.component,
            TicketRow.priority,
            SlaClockRow.metric,
            SlaClockRow.met,
            TicketRow.close_code,
            TicketRow.reference,
        )
        .join(TicketRow, TicketRow.id == SlaClockRow.ticket_id)
        .where(
            SlaClockRow.done_at >= span.from_at,
            SlaClockRow.done_at < span.to_at,
            SlaClockRow.met.is_not(None),
            SlaClockRow.cancelled.is_(False),
            *_counted(),
        )
    )
    return [
        Verdict(component or NO_COMPONENT, priority, metric, bool(met), code == "not_our_responsibility", reference)
        for component, priority, metric, met, code, reference in found
    ]


def scores(session: Session, span: Span) -> list[Score]:
    """Given in [from, to); the last word of each person on each closure."""
    found = session.execute(
        select(TicketRow.component, TicketRow.priority, RatingRow.score)
        .join(TicketRow, TicketRow.id == RatingRow.ticket_id)
        .where(RatingRow.rated_at >= span.from_at, RatingRow.rated_at < span.to_at, *_counted())
    )
    return [Score(component or NO_COMPONENT, priority, score) for component, priority, score in found]


def overdue(session: Session, span: Span) -> int:
    """Clocks of the span's tickets that are broken already and not decided yet: they count when they are."""
    return session.scalar(
        select(func.count())
        .select_from(SlaClockRow)
        .join(TicketRow, TicketRow.id == SlaClockRow.ticket_id)
        .where(
            SlaClockRow.breached_at >= span.from_at,
            SlaClockRow.breached_at < span.to_at,
            SlaClockRow.done_at.is_(None),
            SlaClockRow.cancelled.is_(False),
            *_counted(),
        )
    ) or 0  # fmt: skip


@dataclass(frozen=True)
class Correction:
    """`what` changed, noted at `at`."""

    at: datetime
    what: Difference


@dataclass(frozen=True)
class Frozen:
    """The report of a month that is over. `hash` is that of the latest correction, or its own; `intact` False: somebody
    has changed what was sealed."""

    frozen_at: datetime
    facts: Facts
    corrections: Sequence[Correction]
    hash: str
    intact: bool


def facts(session: Session, span: Span, weights: Weights) -> Facts:
    """As they are now."""
    return Facts(
        tuple(verdicts(session, span)),
        tuple(scores(session, span)),
        tuple(time_spent(session, span)),
        weights,
        overdue(session, span),
    )


def frozen_report(session: Session, first: date) -> Frozen | None:
    """Of the month that begins on this day; None while it is not frozen."""
    row = session.get(MonthlyReportRow, first)
    return as_frozen(session, row) if row else None


def as_frozen(session: Session, row: MonthlyReportRow) -> Frozen:
    later = session.scalars(
        select(ReportCorrectionRow).where(ReportCorrectionRow.month == row.month).order_by(ReportCorrectionRow.id)
    ).all()
    sealed = [(one.at, one.body, one.hash) for one in later]
    return Frozen(
        row.frozen_at,
        Facts.of(row.body),
        [Correction(one.at, Difference.of(one.body)) for one in later],
        later[-1].hash if later else row.hash,
        intact((row.frozen_at, row.body, row.hash), sealed),
    )


def satisfaction_of(session: Session, customer_id: str, span: Span) -> tuple[int, float | None]:
    """(ratings, their mean) of one customer; for those whose contract says that they may see it (S-4.4)."""
    given = session.execute(
        select(func.count(), func.avg(RatingRow.score))
        .join(TicketRow, TicketRow.id == RatingRow.ticket_id)
        .where(
            TicketRow.customer_id == customer_id,
            RatingRow.rated_at >= span.from_at,
            RatingRow.rated_at < span.to_at,
            *_counted(),
        )
    ).one()
    count, mean = given
    return count, float(mean) if mean is not None else None


def time_spent(session: Session, span: Span) -> list[Spent]:
    """What notes of [from, to) say was spent, drills too: somebody's time it was all the same."""
    found = session.execute(
        select(TicketRow.customer_name, TicketRow.department, LogEntry.data)
        .join(TicketRow, TicketRow.reference == LogEntry.subject)
        .where(text(f"log_entries.{NOTES}"), LogEntry.at >= span.from_at, LogEntry.at < span.to_at)
    )
    return [
        Spent(customer, department or NO_DEPARTMENT, data["minutes"])
        for customer, department, data in found
        if data.get("minutes") is not None
    ]


def _counted() -> tuple[ColumnElement[bool], ...]:
    code: Any = TicketRow.close_code
    return TicketRow.mode == "real", TicketRow.merged_into.is_(None), or_(code.is_(None), code.not_in(LEFT_OUT))

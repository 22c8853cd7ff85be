"""Freeze the months that are over, and note what changes in them afterwards."""

from __future__ import annotations

import logging
from datetime import date

from sqlalchemy import func, select

from alerting.reports import queries
from alerting.reports.frozen import FARTHEST, FIRST_HASH, Difference, chained, difference, to_freeze
from alerting.reports.models import MonthlyReportRow, ReportCorrectionRow
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.db import insert_row
from core.ids import ulid
from oncall.fairness import month
from oncall.walltime import to_local

log = logging.getLogger(__name__)


def freeze(work: Work) -> list[date]:
    """The months that were frozen, by their first day. A month is frozen once; safe to call at any time."""
    earliest = work.session.scalar(select(func.min(TicketRow.opened_at)))
    if earliest is None:
        return []
    timezone = work.config.oncall.timezone
    frozen = work.session.scalars(select(MonthlyReportRow.month)).all()
    done = to_freeze(to_local(earliest, timezone).date(), frozen, work.now, timezone)
    for one in done:
        body = queries.facts(work.session, month(one, timezone), work.config.ratings.weights).body()
        sealed = chained(FIRST_HASH, work.now, body)
        insert_row(work.session, MonthlyReportRow(month=one, frozen_at=work.now, body=body, hash=sealed))
        log.info("report of %s frozen: sha256 %s", f"{one:%Y-%m}", sealed)
    return done


def correct(work: Work) -> int:
    """How many months have got a correction: a ticket reopened, merged, withdrawn, or decided as of back then."""
    timezone, corrected = work.config.oncall.timezone, 0
    rows = work.session.scalars(select(MonthlyReportRow).order_by(MonthlyReportRow.month.desc()).limit(FARTHEST)).all()
    for row in rows:
        report = queries.as_frozen(work.session, row)
        now = queries.verdicts(work.session, month(row.month, timezone))
        changed = difference(report.facts.verdicts, [one.what for one in report.corrections], now)
        if changed != Difference((), ()):
            _note(work, row.month, report.hash, changed)
            corrected += 1
    return corrected


def _note(work: Work, of: date, before: str, changed: Difference) -> None:
    body = changed.body()
    row = ReportCorrectionRow(id=ulid(), month=of, at=work.now, body=body, hash=chained(before, work.now, body))
    insert_row(work.session, row)

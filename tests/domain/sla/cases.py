"""The example calendar and clocks for the tests of the SLA, in local time of Madrid."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from alerting.sla.clock import Case, Gap, Pause
from alerting.sla.open_time import Coverage, Hours
from oncall.schema import WorkingCalendar
from oncall.walltime import to_local, to_utc

ZONE = "Europe/Madrid"
MADRID = WorkingCalendar.model_validate(
    {
        "timezone": ZONE,
        "holidays": {"country": "ES", "subdivision": "MD"},
        "closed_dates": ["2026-05-15", "2026-11-09"],
        "rules": [
            {"dates": ["01-05", "12-24", "12-31"], "hours": ["08:00-15:00"]},
            {"from": "07-01", "to": "08-31", "hours": ["08:00-15:00"]},
            {"hours": ["09:00-18:00"]},
        ],
    }
)


def local(text: str) -> datetime:
    return to_utc(datetime.fromisoformat(text), ZONE, "start")


def shown(at: datetime | None) -> str | None:
    """As on a wall in Madrid, to the second."""
    return None if at is None else to_local(at, ZONE).isoformat(timespec="seconds").removesuffix(":00")


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def pause(from_at: str, to_at: str | None, reason: str = "customer") -> Pause:
    return Pause(local(from_at), None if to_at is None else local(to_at), reason)


def gap(resolved_at: str, reopened_at: str) -> Gap:
    return Gap(local(resolved_at), local(reopened_at))


def case(
    opened_at: str, target: float, *, coverage: Coverage = "business", done: str | None = None, **more: Any
) -> Case:
    metric = more.pop("metric", "resolution")
    changes = more.pop("changes", ())
    return Case(
        hours=Hours(MADRID, coverage, changes),
        metric=metric,
        opened_at=local(opened_at),
        target=minutes(target),
        stopped_at=None if done is None else local(done),
        **more,
    )

"""When a clock may run at all: the contract's coverage, as it was at each instant, over the working calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal

from oncall.calendars import OpenInterval, open_intervals
from oncall.schema import WorkingCalendar

Coverage = Literal["business", "24x7"]

YEAR = timedelta(days=366)
CLOSED_FOR_GOOD = 3
"""Years without a single opening after which a calendar counts as closed for good."""
END_OF_TIME = datetime(9990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CoverageChange:
    """From `at` on, UTC, the contract covers this much."""

    at: datetime
    coverage: Coverage


@dataclass(frozen=True)
class Hours:
    """`coverage` until the first of `changes`. A change is not retroactive: each instant counts under the coverage in
    force then (rule R8). 24x7 is absolute time: the days on which the clocks change have 23 and 25 hours (R5)."""

    calendar: WorkingCalendar
    coverage: Coverage
    changes: Sequence[CoverageChange] = ()

    def open_from(self, at: datetime) -> Iterator[OpenInterval]:
        """Covered time from `at` on, in order, without overlap, half open (R1); ends only when nothing opens again."""
        for from_at, to_at, coverage in self._reigns(at):
            if coverage == "24x7":
                yield OpenInterval(from_at, to_at)
            else:
                yield from _business(self.calendar, from_at, to_at)

    def _reigns(self, at: datetime) -> Iterator[tuple[datetime, datetime, Coverage]]:
        changes = sorted(self.changes, key=lambda one: one.at)
        reigns = [CoverageChange(datetime.min.replace(tzinfo=UTC), self.coverage), *changes]
        for reign, next_one in pairwise([*reigns, CoverageChange(END_OF_TIME, self.coverage)]):
            from_at = max(reign.at, at)
            if from_at < next_one.at:
                yield from_at, next_one.at, reign.coverage


def _business(calendar: WorkingCalendar, from_at: datetime, to_at: datetime) -> Iterator[OpenInterval]:
    """Year by year, because nobody says how far ahead it will be asked."""
    empty_years = 0
    while from_at < to_at and empty_years < CLOSED_FOR_GOOD:
        until = min(from_at + YEAR, to_at)
        empty_years += 1
        for interval in open_intervals(calendar, from_at, until):
            empty_years = 0
            yield interval
        from_at = until

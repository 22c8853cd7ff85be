"""Whether a contract's target can ever be later than the base's (support terms, clause 4: "en ningún caso podrán ser
inferiores", S-4.6): for any instant at which a ticket may be opened, not only for the minutes on paper. 600 minutes
around the clock are worse than 480 minutes of office hours for whoever opens a ticket on Monday at 9:00."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, takewhile

from alerting.sla.open_time import Hours
from oncall.calendars import OpenInterval

SEARCHED_YEARS = 28
"""After so many years weekdays, dates and leap years have met in every way."""
AFTER_YEARS = 10  # so that what is opened in the last of them still comes due
NUDGES = (timedelta(0), timedelta(seconds=1), -timedelta(seconds=1), timedelta(microseconds=1))
"""A due time jumps where the office opens or closes: both sides of an instant are tried, the instant itself first."""


@dataclass(frozen=True)
class Promise:
    """Due when `span` of the hours has passed."""

    hours: Hours
    span: timedelta


@dataclass(frozen=True)
class Worse:
    """A ticket opened at `opened_at` is due later by the contract than by the base; None: never."""

    opened_at: datetime
    base_due_at: datetime
    contract_due_at: datetime | None


def find_worse(base: Promise, contract: Promise, first_year: int) -> Worse | None:
    """An opening instant for which the contract is worse, an instant at which an office opens when there is one; None
    when there is none in the 28 years from `first_year` on."""
    if base.hours == contract.hours and contract.span <= base.span:
        return None
    start = datetime(first_year, 1, 1, tzinfo=UTC)
    known = start.replace(year=first_year + SEARCHED_YEARS + AFTER_YEARS)
    ours, theirs = _Measure(base, start, known), _Measure(contract, start, known)
    if contract.span <= base.span and theirs.covers(ours):
        return None
    end = start.replace(year=first_year + SEARCHED_YEARS)
    for opened_at in _candidates(ours, theirs, start, end):
        base_due_at, contract_due_at = ours.due_at(opened_at), theirs.due_at(opened_at)
        if base_due_at is not None and (contract_due_at is None or base_due_at < contract_due_at):
            return Worse(opened_at, base_due_at, contract_due_at)
    return None


def _candidates(ours: _Measure, theirs: _Measure, start: datetime, end: datetime) -> Iterator[datetime]:
    """Between these the two due times move along straight lines, so that if the contract is ever worse, it is at one of
    them. The openings come first: they are what people would look at."""
    yield start
    for edges in (sorted({*ours.opens, *theirs.opens}), sorted({*ours.edges(), *theirs.edges()})):
        inside = [one for one in edges if start <= one < end]
        for nudge in NUDGES:
            for edge in inside:
                yield max(start, edge + nudge)


class _Measure:
    """Open time as sums, so that a due time is found by bisection."""

    def __init__(self, promise: Promise, start: datetime, known_until: datetime) -> None:
        self._span = promise.span
        intervals = _until(promise.hours, start, known_until)
        self.opens = [one.opens_at for one in intervals]
        self._closes = [one.closes_at for one in intervals]
        self._sums = list(accumulate(one.closes_at - one.opens_at for one in intervals))

    def due_at(self, opened_at: datetime) -> datetime | None:
        return self._reached(self._before(opened_at) + self._span)

    def edges(self) -> Iterator[datetime]:
        """Where the due time, as a function of the opening, bends or jumps: where time begins or ceases to count, and
        whatever opening is due then."""
        yield from self.opens
        yield from self._closes
        for close in self._closes:
            earlier = self._before(close) - self._span
            if earlier >= timedelta(0) and (at := self._reached(earlier)) is not None:
                yield at

    def covers(self, other: _Measure) -> bool:
        """Whether it counts whenever the other one does; then the same span is never due later."""
        for opens, closes in zip(other.opens, other._closes, strict=True):
            number = bisect_right(self.opens, opens) - 1
            if number < 0 or self._closes[number] < closes:
                return False
        return True

    def _before(self, at: datetime) -> timedelta:
        number = bisect_right(self.opens, at) - 1
        if number < 0:
            return timedelta(0)
        return self._sums[number] - max(timedelta(0), self._closes[number] - at)

    def _reached(self, total: timedelta) -> datetime | None:
        """The earliest instant before which so much was open; None beyond what is known."""
        number = bisect_left(self._sums, total)
        if number == len(self._sums):
            return None
        return max(self.opens[number], self._closes[number] - (self._sums[number] - total))


def _until(hours: Hours, start: datetime, known_until: datetime) -> Sequence[OpenInterval]:
    found = takewhile(lambda one: one.opens_at < known_until, hours.open_from(start))
    joined: list[OpenInterval] = []
    for opens, closes in found:
        closes = min(closes, known_until)
        if joined and joined[-1].closes_at == opens:
            joined[-1] = OpenInterval(joined[-1].opens_at, closes)
        else:
            joined.append(OpenInterval(opens, closes))
    return joined

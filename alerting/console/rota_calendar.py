"""The shifts of a schedule as a calendar shows them: day by day on the wall clock of a zone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from oncall.pieces import Shift, Span
from oncall.walltime import to_local, to_utc

View = Literal["month", "week", "list"]
VIEWS: tuple[View, ...] = ("month", "week", "list")
LISTED = timedelta(days=28)
EARLIEST, LATEST = date(1970, 2, 1), date(2199, 11, 30)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Away:
    """`kind` of the absence; `span` in UTC."""

    person: str
    kind: str
    span: Span


@dataclass(frozen=True)
class Stretch:
    """`person` None is a gap. `begins` and `ends`: here somebody takes over or leaves; else it is only cut here."""

    span: Span
    person: str | None
    source: str | None
    begins: bool
    ends: bool

    @property
    def changed(self) -> bool:
        """Not as the rotation has it: an override, a temporary schedule, or somebody filling in."""
        return self.source is not None and not self.source.startswith(("rotation:", "pagerduty-rota:"))


@dataclass(frozen=True)
class Day:
    on: date
    stretches: tuple[Stretch, ...]
    away: tuple[Away, ...]
    inside: bool

    @property
    def has_gap(self) -> bool:
        return any(one.person is None for one in self.stretches)


@dataclass(frozen=True)
class Shown:
    """`previous` and `following` are days to show instead, None at the ends of the calendar."""

    view: View
    first: date
    last: date
    previous: date | None
    following: date | None


def shown(view: View, on: date) -> Shown:
    """The days from `first` to `last`, both shown. A month is whole weeks from Monday on."""
    on = min(max(on, EARLIEST), LATEST)
    if view == "month":
        begins = on.replace(day=1)
        follows = (begins + 31 * DAY).replace(day=1)
        first = begins - begins.weekday() * DAY
        last = follows - DAY + (6 - (follows - DAY).weekday()) * DAY
        before, after = (begins - DAY).replace(day=1), follows
    else:
        first = on - on.weekday() * DAY if view == "week" else on
        length = timedelta(days=7) if view == "week" else LISTED
        last, before, after = first + length - DAY, first - length, first + length
    return Shown(view, first, last, before if before >= EARLIEST else None, after if after <= LATEST else None)


def window(days: Shown, timezone: str) -> Span:
    return Span(_midnight(days.first, timezone), _midnight(days.last + DAY, timezone))


def stretches(shifts: Iterable[Shift], gaps: Iterable[Span], shown: Span) -> list[Stretch]:
    """Gaps among them, in the order of time, cut at the ends of what is shown; they may reach beyond it."""
    found = [Stretch(Span(*one[:2]), one.person, one.source, begins=True, ends=True) for one in shifts]
    found += [Stretch(gap, None, None, begins=True, ends=True) for gap in gaps]
    return sorted((_cut(one, shown) for one in found), key=lambda one: (one.span.from_at, one.person or ""))


def days(parts: Sequence[Stretch], away: Sequence[Away], when: Shown, month: int | None, timezone: str) -> list[Day]:
    """Each day with its part of every stretch. `month`: days of others are there to fill the weeks."""
    found = []
    on = when.first
    while on <= when.last:
        day = Span(_midnight(on, timezone), _midnight(on + DAY, timezone))
        found.append(
            Day(
                on,
                tuple(_cut(one, day) for one in parts if _touch(one.span, day)),
                tuple(one for one in away if _touch(one.span, day)),
                inside=month is None or on.month == month,
            )
        )
        on += DAY
    return found


def weeks(found: Sequence[Day]) -> list[Sequence[Day]]:
    return [found[place : place + 7] for place in range(0, len(found), 7)]


def today(now: datetime, timezone: str) -> date:
    return to_local(now, timezone).date()


def _cut(one: Stretch, inside: Span) -> Stretch:
    span = Span(max(one.span.from_at, inside.from_at), min(one.span.to_at, inside.to_at))
    begins = one.begins and one.span.from_at >= inside.from_at
    return Stretch(span, one.person, one.source, begins, one.ends and one.span.to_at <= inside.to_at)


def _touch(one: Span, day: Span) -> bool:
    return one.from_at < day.to_at and day.from_at < one.to_at


def _midnight(on: date, timezone: str) -> datetime:
    """The first instant of that day."""
    return to_utc(datetime.combine(on, datetime.min.time()), timezone, "start")

"""One's own shifts, with who comes before and after; and a month of them, day by day. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerting.duty.watches import Watch, relieved, relieving
from oncall.pieces import Span
from oncall.walltime import to_local, to_utc

DAY = timedelta(days=1)


@dataclass(frozen=True)
class OwnShift:
    """`besides` are on call on the same schedule at some time of it."""

    schedule: str
    span: Span
    before: tuple[str, ...]
    after: tuple[str, ...]
    besides: tuple[str, ...]


@dataclass(frozen=True)
class Stretch:
    """What of a shift lies in one day; `until` None: to the day's end."""

    schedule: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Day:
    on: date
    of_month: bool
    stretches: Sequence[Stretch]


def own_shifts(watches: Mapping[str, Sequence[Watch]], person: str) -> list[OwnShift]:
    """Of every schedule, in the order of time."""
    found = [
        _shift(schedule, watch, of_schedule)
        for schedule, of_schedule in watches.items()
        for watch in of_schedule
        if watch.person == person
    ]
    return sorted(found, key=lambda one: (one.span, one.schedule))


def month_of(local: date) -> date:
    return local.replace(day=1)


def next_month(first: date) -> date:
    return (first + 31 * DAY).replace(day=1)


def weeks(first: date, shifts: Sequence[OwnShift], timezone: str) -> list[list[Day]]:
    """The weeks that the month shows, from Monday to Sunday; `first` is its first day."""
    monday, end = first - first.weekday() * DAY, next_month(first)
    days = []
    while monday < end:
        days.append([_day(monday + number * DAY, first, shifts, timezone) for number in range(7)])
        monday += 7 * DAY
    return days


def bounds(first: date, timezone: str) -> Span:
    """The instants between which the weeks of the month lie."""
    monday = first - first.weekday() * DAY
    end = next_month(first)
    sunday = end + (-end.weekday() % 7) * DAY
    return Span(_midnight(monday, timezone), _midnight(sunday, timezone))


def _shift(schedule: str, watch: Watch, others: Sequence[Watch]) -> OwnShift:
    besides = {
        one.person
        for one in others
        if one.person != watch.person and one.starts_at < watch.ends_at and watch.starts_at < one.ends_at
    }
    return OwnShift(
        schedule,
        Span(watch.starts_at, watch.ends_at),
        tuple(sorted(set(relieved(watch, others)) - besides)),
        tuple(sorted(set(relieving(watch.ends_at, watch.person, others)) - besides)),
        tuple(sorted(besides)),
    )


def _day(day: date, first: date, shifts: Sequence[OwnShift], timezone: str) -> Day:
    start, end = _midnight(day, timezone), _midnight(day + DAY, timezone)
    stretches = [
        Stretch(
            one.schedule,
            to_local(max(one.span.from_at, start), timezone),
            to_local(one.span.to_at, timezone) if one.span.to_at < end else None,
        )
        for one in shifts
        if one.span.from_at < end and start < one.span.to_at
    ]
    return Day(day, month_of(day) == first, stretches)


def _midnight(day: date, timezone: str) -> datetime:
    return to_utc(datetime(day.year, day.month, day.day), timezone, "start")  # noqa: DTZ001 - local, as the name says

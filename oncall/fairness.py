"""What being on call has weighed on each person.

Everything is read on the wall clock of the person's own zone. A night is 22:00 to 06:00 (Estatuto de los Trabajadores,
article 36.1), a weekend Saturday 00:00 to Monday 00:00, a public holiday a closed day of the working calendar. Each
counts once for whoever is on call for any part of it, and belongs to the month in which it begins. A shift is time on
call without a break, by whatever schedules; it belongs to the month in which it begins. Hours belong to the month in
which they pass, and count once for somebody who is on call by two schedules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from typing import NamedTuple

from oncall.calendars import is_closed_day
from oncall.pieces import Shift, Span, union
from oncall.schema import WorkingCalendar
from oncall.walltime import to_local, to_utc

NIGHT_FROM, NIGHT_TO = time(22), time(6)
SATURDAY = 5
DAY = timedelta(days=1)
MARGIN = timedelta(days=3)
"""How far around a month shifts must be known: a weekend that begins on its last day ends in the next."""


class Load(NamedTuple):
    """`hours` on call; `pages_at_night` that rang the person between 22:00 and 06:00, drills apart."""

    person: str
    shifts: int = 0
    hours: timedelta = timedelta(0)
    nights: int = 0
    weekends: int = 0
    holidays: int = 0
    pages_at_night: int = 0

    @property
    def burden(self) -> float:
        """One for each 24 hours, night and page at night, two for each weekend, three for each public holiday."""
        counted = self.nights + 2 * self.weekends + 3 * self.holidays + self.pages_at_night
        return self.hours / DAY + counted


def widened(window: Span) -> Span:
    """For which the shifts must be known to count the load of the window."""
    return Span(window.from_at - MARGIN, window.to_at + MARGIN)


def month(first: date, timezone: str) -> Span:
    """The month of a date by the clock on that wall."""
    begin = first.replace(day=1)
    return Span(_at(begin, time(), timezone), _at((begin + 31 * DAY).replace(day=1), time(), timezone))


def loads(
    shifts: Iterable[Shift],
    window: Span,
    zones: Mapping[str, str],
    timezone: str,
    calendar: WorkingCalendar | None = None,
    night_pages: Mapping[str, int] | None = None,
) -> dict[str, Load]:
    """By person, of everybody who had a shift or a page; `shifts` of every schedule, for the widened window. `zones` by
    person; `timezone` of everybody else. Without a calendar no day is a holiday."""
    own: dict[str, list[Span]] = {}
    for shift in shifts:
        own.setdefault(shift.person, []).append(Span(shift.from_at, shift.to_at))
    pages = night_pages or {}
    found = {}
    for person in sorted({*own, *pages}):
        load = _load(person, union(own.get(person, ())), window, zones.get(person, timezone), calendar)
        load = load._replace(pages_at_night=pages.get(person, 0))
        if load != Load(person):
            found[person] = load
    return found


def total(loads: Iterable[Load], person: str = "") -> Load:
    together = list(loads)
    return Load(
        person,
        sum(one.shifts for one in together),
        sum((one.hours for one in together), timedelta(0)),
        sum(one.nights for one in together),
        sum(one.weekends for one in together),
        sum(one.holidays for one in together),
        sum(one.pages_at_night for one in together),
    )


def is_night(at: datetime, timezone: str) -> bool:
    """Whether the clock on that wall shows 22:00 to 06:00."""
    shown = to_local(at, timezone).time()
    return shown >= NIGHT_FROM or shown < NIGHT_TO


def _load(person: str, own: Sequence[Span], window: Span, timezone: str, calendar: WorkingCalendar | None) -> Load:
    days = list(_days(window, timezone))
    clipped = (Span(max(one.from_at, window.from_at), min(one.to_at, window.to_at)) for one in own)
    return Load(
        person,
        shifts=sum(window.from_at <= one.from_at < window.to_at for one in own),
        hours=sum((one.to_at - one.from_at for one in clipped if one.from_at < one.to_at), timedelta(0)),
        nights=_counted((_night(day, timezone) for day in days), own, window),
        weekends=_counted((_days_from(day, 2, timezone) for day in days if day.weekday() == SATURDAY), own, window),
        holidays=_counted((_days_from(day, 1, timezone) for day in days if _is_holiday(calendar, day)), own, window),
    )


def _counted(spans: Iterable[Span], own: Sequence[Span], window: Span) -> int:
    return sum(window.from_at <= span.from_at < window.to_at and _meets(span, own) for span in spans)


def _meets(span: Span, own: Sequence[Span]) -> bool:
    """`own` in order and without overlap."""
    place = bisect_right(own, span.from_at, key=attrgetter("to_at"))
    return place < len(own) and own[place].from_at < span.to_at


def _days(window: Span, timezone: str) -> Iterator[date]:
    day, last = to_local(window.from_at, timezone).date(), to_local(window.to_at, timezone).date()
    while day <= last:
        yield day
        day += DAY


def _night(day: date, timezone: str) -> Span:
    return Span(_at(day, NIGHT_FROM, timezone), _at(day + DAY, NIGHT_TO, timezone))


def _days_from(day: date, count: int, timezone: str) -> Span:
    return Span(_at(day, time(), timezone), _at(day + count * DAY, time(), timezone))


def _is_holiday(calendar: WorkingCalendar | None, day: date) -> bool:
    return calendar is not None and is_closed_day(calendar, day)


def _at(day: date, clock: time, timezone: str) -> datetime:
    return to_utc(datetime.combine(day, clock), timezone, "start")

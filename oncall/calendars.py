"""When the office is open (support terms, clause 2). Weekends, holidays and closed dates come before the rules, so a
reduced-hours day on a Saturday stays closed; then the first rule that matches the date gives its hours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

import holidays

from oncall.schema import CalendarRule, HolidayRegion, WorkingCalendar
from oncall.schema.fields import Hours
from oncall.walltime import to_local, to_utc

_DAY = timedelta(days=1)
SEARCH = timedelta(days=800)
"""How far ahead an opening is looked for: a calendar closed for two years is closed for good."""


class OpenInterval(NamedTuple):
    """Half-open: `opens_at` is open, `closes_at` is closed. UTC."""

    opens_at: datetime
    closes_at: datetime


class OpeningState(NamedTuple):
    """The stretch of open time that `at` lies in, or when closed the next one; None when there is none."""

    open: bool
    opens_at: datetime | None
    closes_at: datetime | None


def is_open(calendar: WorkingCalendar, at: datetime) -> bool:
    today = to_local(at, calendar.timezone).date()
    # Yesterday's 24:00 can lie after today's 00:00 where the clocks go back over midnight.
    return any(opens <= at < closes for day in (today, today - _DAY) for opens, closes in _of_day(calendar, day))


def next_opening(calendar: WorkingCalendar, at: datetime) -> datetime | None:
    """The first open instant that is not before `at`: `at` itself when open, None when it never opens again."""
    found = next(_stretches(calendar, at), None)
    return found and max(found.opens_at, at.astimezone(UTC))


def opening_state(calendar: WorkingCalendar, at: datetime) -> OpeningState:
    found = next(_stretches(calendar, at), None)
    if found is None:
        return OpeningState(False, None, None)
    return OpeningState(found.opens_at <= at, found.opens_at, found.closes_at)


def open_intervals(calendar: WorkingCalendar, from_at: datetime, to_at: datetime) -> Iterator[OpenInterval]:
    """The open time within [from_at, to_at), in order, without overlap, clipped; what the SLA clock measures."""
    start, end = from_at.astimezone(UTC), to_at.astimezone(UTC)
    for opens, closes in _stretches(calendar, start, end):
        yield OpenInterval(max(opens, start), min(closes, end))


def closed_days(calendar: WorkingCalendar, year: int, language: str = "es") -> dict[date, str]:
    """Holidays and closed dates of a year with their names, in order, for the list that customers see (S-2.5).
    A closed date of the calendar's own has an empty name."""
    own = {day: "" for day in calendar.closed_dates if day.year == year}
    return dict(sorted((own | _holidays(calendar.holidays, year, language)).items()))


def is_closed_day(calendar: WorkingCalendar, day: date) -> bool:
    """A holiday or a closed date; weekends are not meant."""
    return day in calendar.closed_dates or day in _holidays(calendar.holidays, day.year)


def _stretches(calendar: WorkingCalendar, at: datetime, to_at: datetime | None = None) -> Iterator[OpenInterval]:
    """Stretches of open time that end after `at` and begin before `to_at`, in order, whole: 00:00-24:00 on two days
    running is one. It starts to look a week back, because a weekend ends every stretch."""
    day = to_local(at, calendar.timezone).date()
    last = day + SEARCH if to_at is None else to_local(to_at, calendar.timezone).date()
    days = (day + _DAY * n for n in range(-7, (last - day).days + 1))
    stretch: OpenInterval | None = None
    for interval in (interval for day in days for interval in _of_day(calendar, day)):
        if stretch is not None and interval.opens_at <= stretch.closes_at:
            stretch = OpenInterval(stretch.opens_at, interval.closes_at)
            continue
        if stretch is not None and stretch.closes_at > at:
            yield stretch
        if to_at is not None and interval.opens_at >= to_at:
            return
        stretch = interval
    if stretch is not None and stretch.closes_at > at:
        yield stretch


def _of_day(calendar: WorkingCalendar, day: date) -> Iterator[OpenInterval]:
    midnight = datetime.combine(day, time())
    for opens, closes in sorted(_hours_of(calendar, day)):
        interval = OpenInterval(
            to_utc(midnight + opens, calendar.timezone, "start"), to_utc(midnight + closes, calendar.timezone, "end")
        )
        if interval.opens_at < interval.closes_at:  # a spring night can swallow hours whole
            yield interval


def _hours_of(calendar: WorkingCalendar, day: date) -> tuple[Hours, ...]:
    if day.weekday() >= 5 or is_closed_day(calendar, day):
        return ()
    return next((rule.hours for rule in calendar.rules if _matches(rule, f"{day:%m-%d}")), ())


def _matches(rule: CalendarRule, day: str) -> bool:
    if rule.dates is not None:
        return day in rule.dates
    if rule.from_ is None or rule.to is None:
        return True
    if rule.from_ <= rule.to:
        return rule.from_ <= day <= rule.to
    return day >= rule.from_ or day <= rule.to


def _holidays(region: HolidayRegion | None, year: int, language: str = "es") -> dict[date, str]:
    return {} if region is None else _holidays_of_year(region.country, region.subdivision, year, language)


@lru_cache(maxsize=512)
def _holidays_of_year(country: str, subdivision: str | None, year: int, language: str) -> dict[date, str]:
    """An explicit language: the library would otherwise name the days in the language of the process."""
    return dict(holidays.country_holidays(country, subdiv=subdivision, years=year, language=language))

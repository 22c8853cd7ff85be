"""Which lists of closed days are to be confirmed, and when managers are reminded. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple

from oncall.calendars import closed_days
from oncall.schema import Calendar
from oncall.walltime import to_local

ASKED_FROM_MONTH = 11
"""From November on next year's list is asked for: by then the official journals have published theirs."""
REMINDED_EVERY = timedelta(days=7)


class Standing(Enum):
    CONFIRMED = auto()
    CHANGED = auto()  # since it was confirmed
    UNCONFIRMED = auto()


class Key(NamedTuple):
    calendar: str
    year: int


class Confirmation(NamedTuple):
    """`days` as they were confirmed."""

    days: tuple[date, ...]
    at: datetime
    by: str


class HolidayList(NamedTuple):
    """`days` with their names, in order; a day of the calendar's own has none. `asked`: a manager should confirm it
    now."""

    key: Key
    days: Mapping[date, str]
    standing: Standing
    asked: bool
    confirmation: Confirmation | None

    @property
    def digest(self) -> str:
        return digest(self.days)

    @property
    def added(self) -> list[date]:
        """Since the confirmation, in order."""
        return sorted(self.days.keys() - set(self.confirmation.days)) if self.confirmation else []

    @property
    def removed(self) -> list[date]:
        return sorted(set(self.confirmation.days) - self.days.keys()) if self.confirmation else []


def digest(days: Iterable[date]) -> str:
    """Names do not count: they differ by language and by the library's version."""
    return hashlib.sha256(" ".join(sorted(day.isoformat() for day in days)).encode()).hexdigest()


def lists(
    calendars: Iterable[Calendar],
    confirmed: Mapping[Key, Confirmation],
    reminded: Iterable[Key],
    now: datetime,
    language: str = "es",
) -> list[HolidayList]:
    """This year's and next year's of each calendar. This year's is asked for when it was confirmed and has changed, or
    was asked for last year and never confirmed; an installation's first year is taken as it comes."""
    begun = set(reminded)
    found = []
    for calendar in sorted(calendars, key=lambda one: one.id):
        today = to_local(now, calendar.timezone).date()
        for year in (today.year, today.year + 1):
            key = Key(calendar.id, year)
            confirmation = confirmed.get(key)
            days = closed_days(calendar, year, language)
            standing = _standing(days, confirmation)
            due = key in begun or (year > today.year and today.month >= ASKED_FROM_MONTH)
            asked = standing is Standing.CHANGED or (standing is Standing.UNCONFIRMED and due)
            found.append(HolidayList(key, days, standing, asked, confirmation))
    return found


def to_remind(
    asked: Sequence[HolidayList], reminded: Mapping[Key, tuple[str, datetime]], now: datetime
) -> list[HolidayList]:
    """Those that managers have not been told of for a week, or not since the list has changed. `reminded`: of which
    list, by its digest, and when."""
    due = []
    for one in asked:
        told = reminded.get(one.key)
        if one.asked and (told is None or told[0] != one.digest or now - told[1] >= REMINDED_EVERY):
            due.append(one)
    return due


def _standing(days: Mapping[date, str], confirmation: Confirmation | None) -> Standing:
    if confirmation is None:
        return Standing.UNCONFIRMED
    return Standing.CONFIRMED if digest(confirmation.days) == digest(days) else Standing.CHANGED

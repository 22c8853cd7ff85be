"""Which plans have gone without a drill for too long, and when managers are told. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

REMINDED_EVERY = timedelta(days=30)


class Key(NamedTuple):
    customer: str
    plan: str


class Practice(NamedTuple):
    """How a plan is exercised. `known_since`: when its first version was recorded; `last_at`: the beginning of the
    latest drill that was gone through with, None when there was none; `next_at`: the planned one, None without."""

    key: Key
    customer_name: str
    plan_name: str
    known_since: datetime
    last_at: datetime | None
    next_at: datetime | None

    @property
    def counts_from(self) -> datetime:
        return self.last_at or self.known_since


def overdue(practices: Iterable[Practice], months: int, now: datetime) -> list[Practice]:
    """Those without a drill for `months`, the longest first; 0 asks for none. A new plan has as long as any other."""
    if months < 1:
        return []
    return sorted(
        (one for one in practices if months_later(one.counts_from, months) <= now), key=lambda one: one.counts_from
    )


def to_remind(late: Iterable[Practice], told: Mapping[Key, datetime], now: datetime) -> list[Practice]:
    """Those without a date, of which managers have not been told for thirty days."""
    return [
        one for one in late if one.next_at is None and (one.key not in told or now - told[one.key] >= REMINDED_EVERY)
    ]


def months_later(at: datetime, months: int) -> datetime:
    """The same day of a later month, or the month's last one where it has no such day."""
    years, month = divmod(at.month - 1 + months, 12)
    year, month = at.year + years, month + 1
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))

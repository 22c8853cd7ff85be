"""The course of a campaign: from its opening to its close date, two reminders at most, then the report."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum

from oncall.walltime import to_utc

REMINDERS = 2
SHORTEST = timedelta(days=7)
LONGEST = timedelta(days=120)


class SurveyState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    PUBLISHED = "published"


class NotLikeThis(ValueError):
    """A campaign that cannot be; `why` is a word for those who show it: too_short, too_long, exists, nobody,
    not_over."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"this survey cannot be made or published: {why}")


def closes_at(closes_on: date, now: datetime, timezone: str) -> datetime:
    """The last second of that day, for an opening now; NotLikeThis when people would have too little time, or would
    forget."""
    if closes_on <= now.date():  # before any sum: the first and the last day of the calendar are dates too
        raise NotLikeThis("too_short")
    if closes_on > (now + LONGEST).date():
        raise NotLikeThis("too_long")
    end = to_utc(datetime.combine(closes_on + timedelta(days=1), time()), timezone, "end")
    if end < now + SHORTEST:
        raise NotLikeThis("too_short")
    return end - timedelta(seconds=1)


def reminder_at(opened_at: datetime, closes: datetime, sent: int) -> datetime | None:
    """When the next reminder is due after `sent` of them: at a third and at two thirds of the time."""
    return opened_at + (closes - opened_at) * (sent + 1) / (REMINDERS + 1) if sent < REMINDERS else None

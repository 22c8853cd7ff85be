"""A calendar that somebody brings along, read as spans of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import recurring_ical_events
from icalendar import Calendar

from oncall.walltime import Edge, to_utc

LARGEST = 1_000_000
MOST = 500
MOST_RECURRING = 50
EARLIEST_YEAR = 1970
AHEAD = timedelta(days=366)


class BadCalendar(ValueError):
    """The file cannot be taken over; `why` is one of `WHYS`, `detail` what was found."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why, self.detail = why, detail


WHYS = frozenset({"too_large", "not_a_calendar", "no_events", "too_many"})


class Found(NamedTuple):
    """One event, or one occurrence of a recurring one. `uid` is the event's own; UTC."""

    uid: str
    title: str
    from_at: datetime
    to_at: datetime


def read(data: bytes, timezone: str, now: datetime) -> tuple[Found, ...]:
    """Events that have not ended by `now`, recurring ones for a year ahead, in the order of time. Whole days and times
    without a zone are local to `timezone`; cancelled events and those that take no time are left out. BadCalendar."""
    if len(data) > LARGEST:
        raise BadCalendar("too_large", f"{len(data)} > {LARGEST}")
    found: list[Found] = []
    try:
        calendar = Calendar.from_ical(data)
        if not isinstance(calendar, Calendar):
            raise BadCalendar("not_a_calendar", calendar.name or "")
        _check_rules(calendar)
        occurrences = recurring_ical_events.of(calendar, skip_bad_series=False).between(now, now + AHEAD)
        for event in occurrences:
            found += _found(event, timezone)
    except BadCalendar:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        # The libraries say what is wrong with a calendar in many ways.
        raise BadCalendar("not_a_calendar", str(error)[:200]) from error
    wanted = sorted({one for one in found if one.to_at > now}, key=lambda one: (one.from_at, one.to_at, one.uid))
    if not wanted:
        raise BadCalendar("no_events")
    if len(wanted) > MOST:
        raise BadCalendar("too_many", f"{len(wanted)} > {MOST}")
    return tuple(wanted)


def _check_rules(calendar: Any) -> None:
    """Rules that would be expanded for minutes are refused before they are: nobody is away every second."""
    rules = [event["rrule"] for event in calendar.walk("VEVENT") if "rrule" in event]
    if len(rules) > MOST_RECURRING:
        raise BadCalendar("too_many", f"{len(rules)} RRULE > {MOST_RECURRING}")
    for rule in rules:
        if not isinstance(rule, dict):
            raise BadCalendar("too_many", "2 RRULE in one event")
        often = {str(one).upper() for one in rule.get("FREQ", ())} - {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
        if (
            often
            or rule.get("INTERVAL", [1])[0] < 1
            or any(len(rule.get(part, ())) > 1 for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))
        ):
            raise BadCalendar("too_many", str(dict(rule))[:100])
    for event in calendar.walk("VEVENT"):
        if "rrule" in event and event["dtstart"].dt.year < EARLIEST_YEAR:
            raise BadCalendar("not_a_calendar", f"DTSTART {event['dtstart'].dt}")


def _found(event: Any, timezone: str) -> list[Found]:
    if str(event.get("status", "")).upper() == "CANCELLED":
        return []
    start, end = event["dtstart"].dt, event["dtend"].dt
    from_at, to_at = _instant(start, timezone, "start"), _instant(end, timezone, "end")
    title = " ".join(str(event.get("summary", "")).split())[:200]
    return [Found(str(event.get("uid", "")), title, from_at, to_at)] if from_at < to_at else []


def _instant(value: date | datetime, timezone: str, edge: Edge) -> datetime:
    """The end of a whole day is exclusive in iCalendar, as it is here."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return to_utc(value, timezone, edge) if value.tzinfo is None else value.astimezone(UTC)

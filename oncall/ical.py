"""Shifts as an iCalendar feed (RFC 5545) that calendars of people subscribe to. Times are UTC, so no zone definitions
are needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from icalendar import Calendar, Event

PAST, AHEAD = timedelta(days=92), timedelta(days=366)
REFRESH = timedelta(hours=1)
CONTENT_TYPE = "text/calendar; charset=utf-8"


class Entry(NamedTuple):
    """One shift in a calendar. `key` tells it apart for ever: the same shift with another end keeps it."""

    key: str
    from_at: datetime
    to_at: datetime
    title: str
    note: str


class Bounds(NamedTuple):
    from_at: datetime
    to_at: datetime


def bounds(now: datetime) -> Bounds:
    """Three months back and a year ahead, by whole days: within a day an unchanged rota gives the same bytes."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Bounds(today - PAST, today + AHEAD)


def feed(name: str, entries: Iterable[Entry], now: datetime) -> bytes:
    """`name` is what the calendar is called in people's programs. Stamped with the day, see `bounds`."""
    window = bounds(now)
    calendar = Calendar()
    calendar.add("prodid", "-//Guardia//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _words(name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in sorted(entries, key=lambda one: (one.from_at, one.key)):
        running = entry.from_at <= window.from_at
        if not running or entry.to_at > now:
            calendar.add_component(_event(entry, window, running))
    return bytes(calendar.to_ical())


def closed_days_feed(name: str, days: Mapping[date, str], now: datetime) -> bytes:
    """Whole days on which an office is closed, with their names; those without one are called as `name` is."""
    calendar = Calendar()
    calendar.add("prodid", "-//Guardia//calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _words(name))
    for day, title in sorted(days.items()):
        event = Event()
        event.add("uid", f"{hashlib.sha256(f'{name} {day}'.encode()).hexdigest()[:32]}@guardia")
        event.add("dtstamp", bounds(now).from_at + PAST)
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("summary", _words(title or name))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def _event(entry: Entry, window: Bounds, running: bool) -> Event:
    """A shift that began before the window has no beginning of its own: what the window cuts off moves every day."""
    begins = "running" if running else f"{entry.from_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    event = Event()
    event.add("uid", f"{hashlib.sha256(f'{entry.key} {begins}'.encode()).hexdigest()[:32]}@guardia")
    event.add("dtstamp", window.from_at + PAST)
    event.add("dtstart", entry.from_at.astimezone(UTC))
    event.add("dtend", entry.to_at.astimezone(UTC))
    event.add("summary", _words(entry.title))
    event.add("description", _words(entry.note))
    event.add("transp", "TRANSPARENT")
    return event


def _words(text: str) -> str:
    r"""The library writes `\N` as a line break before it escapes backslashes, and a name that has one would be torn."""
    return text.replace("\\N", "\\n")

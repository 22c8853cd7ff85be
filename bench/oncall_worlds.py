"""What the benchmark of the rota asks about: schedules as large companies have them, a bare loop, a peer's calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event, vRecur

from oncall.pieces import Span
from oncall.schema import Person, Rotation, Schedule
from oncall.world import OnCallWorld

ZONES = (
    "Europe/Madrid",
    "Atlantic/Canary",
    "America/Chicago",
    "America/Santiago",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
)
PEOPLE = tuple(f"p{number}" for number in range(8))
ANCHOR = datetime.fromisoformat("2026-01-05T09:00")
MID_MARCH = datetime.fromisoformat("2026-03-15T00:00")
MONTH = Span(datetime(2026, 3, 15, tzinfo=UTC), datetime(2026, 4, 15, tzinfo=UTC))
"""With a change of the clocks in Europe and in the Americas."""
WEEK, DAY = timedelta(days=7), timedelta(days=1)


def rotation(
    id_: str, kind: str = "weekly", zone: str = ZONES[0], anchor: datetime = ANCHOR, people: int = 3
) -> Rotation:
    body = {"id": id_, "kind": kind, "anchor": anchor.isoformat(), "timezone": zone, "participants": PEOPLE[:people]}
    return Rotation.model_validate(body)


def three_layers(id_: str, zone: str = ZONES[0], overrides: Sequence[dict[str, Any]] = ()) -> Schedule:
    """Weekly, the nights by somebody else, the weekends by a third."""
    nights = [{"days": ["mon", "tue", "wed", "thu"], "from": "18:00", "to": "09:00"}]
    weekends = [{"days": ["fri"], "from": "18:00", "to": "09:00", "to_day": "mon"}]
    layers = [
        {"rotation": f"{_word(zone)}-weekly"},
        {"rotation": f"{_word(zone)}-daily", "restrictions": nights},
        {"rotation": f"{_word(zone)}-second", "restrictions": weekends},
    ]
    return Schedule.model_validate({"id": id_, "timezone": zone, "layers": layers, "overrides": overrides})


def overrides(count: int, first: datetime, apart: timedelta) -> list[dict[str, Any]]:
    """Replacements of five hours, somebody by somebody, one after the other."""
    return [
        {
            "kind": "replace",
            "remove": PEOPLE[number % 3],
            "add": PEOPLE[3 + number % 5],
            "from": (first + number * apart).isoformat(),
            "to": (first + number * apart + timedelta(hours=5)).isoformat(),
        }
        for number in range(count)
    ]


def company(schedules: int) -> OnCallWorld:
    """So many schedules of three layers over six zones, every fourth with two overrides somewhere in the month."""
    rotations = [
        rotation(f"{_word(zone)}-{name}", kind, zone, people=people)
        for zone in ZONES
        for name, kind, people in (("weekly", "weekly", 3), ("daily", "daily", 5), ("second", "weekly", 4))
    ]
    made = []
    for number in range(schedules):
        first = MID_MARCH + timedelta(hours=number % 700)
        laid = overrides(2, first, DAY) if number % 4 == 0 else []
        made.append(three_layers(f"s{number}", ZONES[number % len(ZONES)], laid))
    return OnCallWorld(
        people={name: Person.model_validate({"id": name, "name": name}) for name in PEOPLE},
        rotations={one.id: one for one in rotations},
        schedules={one.id: one for one in made},
    )


def _word(zone: str) -> str:
    return zone.split("/")[1].lower().replace("_", "-")


@dataclass(frozen=True)
class Bare:
    """As little as one layer can be: an anchor, a length, people in order, on the wall clock of a zone."""

    id: str
    zone: ZoneInfo
    anchor: datetime
    length: timedelta
    order: tuple[str, ...]


def bare(count: int) -> list[Bare]:
    zones = [ZoneInfo(name) for name in ZONES]
    return [Bare(f"s{number}", zones[number % len(zones)], ANCHOR, WEEK, PEOPLE[:3]) for number in range(count)]


def bare_loop(rotas: Sequence[Bare], at: datetime) -> dict[str, str]:
    """Who is on call, with neither reason nor override, restriction, absence, nor a thought of the clocks' change."""
    return {
        one.id: one.order[(at.astimezone(one.zone).replace(tzinfo=None) - one.anchor) // one.length % len(one.order)]
        for one in rotas
    }


class Peer:
    """The same turns as recurring events, one for each person, read by recurring-ical-events."""

    def __init__(self, rota: Rotation, days: int) -> None:
        anchor = rota.anchor or ANCHOR
        zone = ZoneInfo(rota.timezone)
        calendar = Calendar()
        for place, person in enumerate(rota.participants):
            event = Event()
            event.add("uid", str(place))
            event.add("summary", str(person))
            event.add("dtstart", (anchor + place * days * DAY).replace(tzinfo=zone))
            event.add("dtend", (anchor + (place + 1) * days * DAY).replace(tzinfo=zone))
            event.add("rrule", vRecur({"FREQ": ["DAILY"], "INTERVAL": [days * len(rota.participants)]}))
            calendar.add_component(event)
        self._query = recurring_ical_events.of(calendar)

    def shifts(self, window: Span) -> list[tuple[datetime, datetime, str]]:
        """Clipped to the window, in order."""
        found = (
            (
                max(event["DTSTART"].dt.astimezone(UTC), window.from_at),
                min(event["DTEND"].dt.astimezone(UTC), window.to_at),
                str(event["SUMMARY"]),
            )
            for event in self._query.between(*window)
        )
        return sorted(found)

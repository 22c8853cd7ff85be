"""How a person is told apart on a calendar: a colour, and for those who do not see it two letters. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alerting.configuration import Configuration

COLOURS = 8


@dataclass(frozen=True)
class Mark:
    """`colour` is a class of the style sheet; `letters` are no two people's of the same colour, as far as names go."""

    colour: str
    letters: str


def marks(config: Configuration) -> Callable[[str], Mark]:
    """By person id; the same on every page as long as nobody is added."""
    places = {id_: place for place, id_ in enumerate(sorted({*config.oncall.people, *config.archived_people}))}

    def mark(person_id: str) -> Mark:
        return Mark(f"p{places.get(person_id, 0) % COLOURS}", initials(config.person_name(person_id)))

    return mark


def shared_names(config: Configuration) -> dict[str, Any]:
    """What the macros of these pages need."""
    schedules = config.oncall.schedules
    return {
        "name": config.person_name,
        "mark": marks(config),
        "schedule_name": lambda id_: (schedules[id_].name if id_ in schedules else None) or id_,
    }


def initials(name: str) -> str:
    """`AG` of Ana García, `AN` of ana."""
    words = name.split()
    letters = words[0][0] + words[-1][0] if len(words) > 1 else name[:2]
    return letters.upper()

"""Who should take time that nobody covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from oncall.absence import Out, spans_of_absence
from oncall.pieces import Span, gaps_between
from oncall.schema import FollowedRotation, Rotation, Schedule

LOOK = timedelta(days=14)
"""Own shifts further away than this count as this far."""


class Candidate(NamedTuple):
    """`distance` from the nearest own shift, LOOK when none is as near; `burden` as `oncall.fairness` counts it."""

    person: str
    distance: timedelta
    burden: float


def who_should_take(
    wanted: Span,
    people: Iterable[str],
    own: Mapping[str, Sequence[Span]],
    out: Sequence[Out],
    burden: Mapping[str, float],
) -> list[Candidate]:
    """Everybody who is free, the best first: the furthest from their own shifts, then the one with the lowest burden,
    then by id. `own`: when each person is on call, by whatever schedule. Whoever is absent or on call for any part of
    the time is not free."""
    free = []
    for person in sorted(set(people)):
        busy = [*own.get(person, ()), *spans_of_absence(out, person)]
        if not any(_overlap(span, wanted) for span in busy):
            distance = min((_between(span, wanted) for span in own.get(person, ())), default=LOOK)
            free.append(Candidate(person, min(distance, LOOK), burden.get(person, 0.0)))
    return sorted(free, key=lambda one: (-one.distance, one.burden, one.person))


def longest_free(
    wanted: Span, people: Iterable[str], own: Mapping[str, Sequence[Span]], out: Sequence[Out]
) -> Span | None:
    """The longest part of the time for which one of the people is free, the earliest of several; None when nobody is
    free for any of it."""
    parts = [
        part
        for person in set(people)
        for part in gaps_between([*own.get(person, ()), *spans_of_absence(out, person)], wanted)
    ]
    return min(parts, key=lambda part: (part.from_at - part.to_at, part.from_at), default=None)


def participants(schedule: Schedule, rotations: Mapping[str, Rotation]) -> list[str]:
    """Everybody who has turns in the schedule, now or by a dated change, each once: they know what it is about."""
    found: dict[str, None] = {}
    for layer in schedule.layers:
        if rotation := rotations.get(layer.rotation):
            found |= dict.fromkeys(_turns(rotation))
    return list(found)


def _turns(rotation: Rotation) -> Iterator[str]:
    lists = [rotation.participants, *(change.order for change in rotation.changes)]
    if rotation.days is not None:
        lists.append(rotation.days.in_order())
    if isinstance(rotation, FollowedRotation):
        lists.append(rotation.people)
    yield from (person for turns in lists for person in turns if person is not None)


def _overlap(one: Span, other: Span) -> bool:
    return one.from_at < other.to_at and other.from_at < one.to_at


def _between(one: Span, other: Span) -> timedelta:
    return max(one.from_at - other.to_at, other.from_at - one.to_at)

"""What a change of the rota would do, before it is made: who is on call before and after, the holes that it opens, and
who would be in two places at once. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from oncall import rota
from oncall.pieces import Shift, Span, gaps_between, spans_of, union
from oncall.schema import (
    Absence,
    FollowedRotation,
    Rotation,
    Schedule,
    StandingOverride,
    StandingTemporary,
    with_standing,
)
from oncall.world import OnCallWorld


@dataclass(frozen=True)
class Doubled:
    """The person would be on call on both schedules in those times, in order, and is not today."""

    person: str
    schedules: tuple[str, str]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Effect:
    """On one schedule, within the window: shifts in order. `new_gaps` are those that are not there today."""

    schedule: str
    before: tuple[Shift, ...]
    after: tuple[Shift, ...]
    new_gaps: tuple[Span, ...]
    closed_gaps: tuple[Span, ...]


@dataclass(frozen=True)
class Effects:
    """Of one change, on the schedules on which it changes anything, in the order of their ids."""

    window: Span
    schedules: tuple[Effect, ...]
    doubled: tuple[Doubled, ...]

    @property
    def fingerprint(self) -> str:
        """The same as long as the change would do the same: what a manager has seen is what they save."""
        seen = repr([(one.schedule, one.before, one.after) for one in self.schedules])
        return sha256(f"{self.window!r}{seen}".encode()).hexdigest()[:32]


def with_override(world: OnCallWorld, override: StandingOverride) -> OnCallWorld:
    """Laid on those that are there."""
    schedules = {id_: with_standing(one, [override], []) for id_, one in world.schedules.items()}
    return replace(world, schedules=schedules)


def without_override(world: OnCallWorld, schedule_id: str, override_id: str, ends_at: datetime) -> OnCallWorld:
    """From `ends_at` on it does not count."""
    schedule = world.schedules.get(schedule_id)
    if schedule is None:
        return world
    kept = tuple(
        one if one.id != override_id else one.model_copy(update={"to": ends_at})
        for one in schedule.overrides
        if one.id != override_id or _begins(one.from_, ends_at)
    )
    changed = schedule.model_copy(update={"overrides": kept})
    return replace(world, schedules={**world.schedules, schedule_id: changed})


def with_temporary(world: OnCallWorld, temporary: StandingTemporary) -> OnCallWorld:
    """In the place of the one of its id, else laid on those that are there."""
    schedule = world.schedules[temporary.schedule]
    there = schedule.temporary_schedules
    if not any(one.id == temporary.id for one in there):
        changed = with_standing(schedule, [], [temporary])
    else:
        new = temporary.as_part()
        changed = schedule.model_copy(
            update={"temporary_schedules": tuple(new if one.id == temporary.id else one for one in there)}
        )
    return replace(world, schedules={**world.schedules, schedule.id: changed})


def without_temporary(world: OnCallWorld, schedule_id: str, temporary_id: str) -> OnCallWorld:
    schedule = world.schedules.get(schedule_id)
    if schedule is None:
        return world
    kept = tuple(one for one in schedule.temporary_schedules if one.id != temporary_id)
    changed = schedule.model_copy(update={"temporary_schedules": kept})
    return replace(world, schedules={**world.schedules, schedule_id: changed})


def with_absence(world: OnCallWorld, absence: Absence) -> OnCallWorld:
    return replace(world, absences=(*world.absences, absence))


def without_absence(world: OnCallWorld, absence_id: str) -> OnCallWorld:
    return replace(world, absences=tuple(one for one in world.absences if one.id != absence_id))


def with_rotation(world: OnCallWorld, rotation: Rotation) -> OnCallWorld:
    return replace(world, rotations={**world.rotations, rotation.id: rotation})


def with_schedule(world: OnCallWorld, schedule: Schedule) -> OnCallWorld:
    return replace(world, schedules={**world.schedules, schedule.id: schedule})


def without_schedule(world: OnCallWorld, schedule_id: str) -> OnCallWorld:
    return replace(world, schedules={id_: one for id_, one in world.schedules.items() if id_ != schedule_id})


def effects(before: OnCallWorld, after: OnCallWorld, window: Span, schedules: Collection[str]) -> Effects:
    """Of the change from one world to the other on those of its schedules."""
    found = tuple(
        effect
        for schedule_id in sorted(schedules)
        if (effect := _effect(schedule_id, before, after, window)) is not None
    )
    return Effects(window, found, tuple(_doubled(found, after, window)))


def naming(world: OnCallWorld, person: str) -> list[str]:
    """Ids of the schedules on which the person may be on call."""
    return [id_ for id_, schedule in world.schedules.items() if person in taking_part(schedule, world)]


def taking_part(schedule: Schedule, world: OnCallWorld) -> set[str | None]:
    """Everybody who may ever be on call by it; None among them where a turn is nobody's."""
    people: set[str | None] = {override.add for override in schedule.overrides}
    people |= {shift.person for temporary in schedule.temporary_schedules for shift in temporary.shifts}
    for layer in schedule.layers:
        rotation = world.rotations.get(layer.rotation)
        if rotation is not None and layer.mode == "page":
            people |= {*rotation.order, *(one for change in rotation.changes for one in change.order)}
        if isinstance(rotation, FollowedRotation) and layer.mode == "page":
            people |= set(rotation.people)
    return people


def using(world: OnCallWorld, rotation_id: str) -> list[str]:
    return [id_ for id_, one in world.schedules.items() if any(layer.rotation == rotation_id for layer in one.layers)]


def _effect(schedule_id: str, before: OnCallWorld, after: OnCallWorld, window: Span) -> Effect | None:
    """Of a schedule that is not there before, every gap is new; of one that is not there afterwards none is."""
    was, will = (_shifts(schedule_id, world, window) for world in (before, after))
    if was == will:
        return None
    holes_before, holes_after = gaps_between(spans_of(was), window), gaps_between(spans_of(will), window)
    if schedule_id not in before.schedules:
        return Effect(schedule_id, was, will, holes_after, ())
    return Effect(schedule_id, was, will, _but(holes_after, holes_before), _but(holes_before, holes_after))


def _shifts(schedule_id: str, world: OnCallWorld, window: Span) -> tuple[Shift, ...]:
    schedule = world.schedules.get(schedule_id)
    return () if schedule is None else rota.shifts(schedule, world, window)


def _doubled(found: Sequence[Effect], after: OnCallWorld, window: Span) -> Iterator[Doubled]:
    """By person and pair of schedules. Only for the time that somebody gains: what was double before is not this
    change's doing."""
    shown: dict[str, tuple[Shift, ...]] = {one.schedule: one.after for one in found}
    met: dict[tuple[str, str, str], list[Span]] = {}
    for effect in found:
        for person in sorted({shift.person for shift in effect.after}):
            gained = _but(_of(effect.after, person), _of(effect.before, person))
            for other in naming(after, person) if gained else ():
                if other == effect.schedule:
                    continue
                if other not in shown:
                    shown[other] = rota.shifts(after.schedules[other], after, window)
                one, two = sorted((effect.schedule, other))
                met.setdefault((person, one, two), []).extend(_common(gained, _of(shown[other], person)))
    for (person, one, two), spans in met.items():
        if spans:
            yield Doubled(person, (one, two), tuple(union(spans)))


def _of(shifts: Iterable[Shift], person: str) -> list[Span]:
    return spans_of(shift for shift in shifts if shift.person == person)


def _but(spans: Sequence[Span], others: Sequence[Span]) -> tuple[Span, ...]:
    """The parts of `spans` that no other covers."""
    return tuple(hole for span in spans for hole in gaps_between(others, span))


def _common(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    met = (Span(max(a.from_at, b.from_at), min(a.to_at, b.to_at)) for a in spans for b in others)
    return union(span for span in met if span.from_at < span.to_at)


def _begins(from_: datetime, ends_at: datetime) -> bool:
    """Whether it has begun by then. What is entered in the console has an offset."""
    return from_.tzinfo is not None and from_ < ends_at

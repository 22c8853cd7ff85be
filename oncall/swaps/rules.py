"""Whose shift it is, who may take it, and what stands in the way. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from oncall import rota
from oncall.absence import during
from oncall.pieces import Span, gaps_between, spans_of
from oncall.schema import Schedule, StandingOverride, with_standing
from oncall.world import OnCallWorld

LONGEST = timedelta(days=62)
FARTHEST = timedelta(days=400)
MEMBERS_WITHIN = timedelta(days=120)
SOMEBODY = "somebody-who-is-never-absent"

Clash = Literal["absent", "on_call"]


@dataclass(frozen=True)
class Part:
    """A stretch of a schedule that goes from one person to another; `holder` None: nobody is on call there."""

    schedule: str
    holder: str | None
    span: Span


@dataclass(frozen=True)
class InTheWay:
    """What the taker has at that time: an absence, or a shift of `schedule`. The span is the one both share."""

    why: Clash
    span: Span
    schedule: str | None = None


def is_sound(span: Span, now: datetime) -> bool:
    """Forward, not over, and neither longer nor farther off than anybody plans."""
    return span.from_at < span.to_at <= now + FARTHEST and span.to_at > now and span.to_at - span.from_at <= LONGEST


def still_to_come(span: Span, now: datetime) -> Span:
    """Of a shift that has begun, the rest."""
    return Span(max(span.from_at, now), span.to_at)


def holds(part: Part, world: OnCallWorld) -> bool:
    """Whether the part is its holder's, or nobody's, from its first to its last instant."""
    schedule = world.schedules.get(part.schedule)
    if schedule is None or part.span.from_at >= part.span.to_at:
        return False
    shifts = rota.shifts(schedule, world, part.span)
    if part.holder is None:
        return not shifts
    return not gaps_between(spans_of(one for one in shifts if one.person == part.holder), part.span)


def in_the_way(
    person: str, span: Span, world: OnCallWorld, schedules: Sequence[str], given: Sequence[Part] = ()
) -> list[InTheWay]:
    """What the person has meanwhile, absences first, but for what they have `given` away for it. `schedules` are those
    that page somebody."""
    found = [
        InTheWay("absent", _shared(Span(out.from_at, out.to_at), span))
        for out in during(rota.absences(world), span)
        if out.person == person
    ]
    for schedule in schedules:
        shifts = rota.shifts(world.schedules[schedule], world, span)
        gone = [part.span for part in given if part.schedule == schedule]
        for one in spans_of(shift for shift in shifts if shift.person == person):
            found += [InTheWay("on_call", left, schedule) for left in gaps_between(gone, one)]
    return found


def override(id_: str, part: Part, taker: str, by: str, note: str) -> StandingOverride:
    """What is laid on the schedule so that the part is the taker's."""
    keys = {"id": id_, "schedule": part.schedule, "add": taker, "by": by, "note": note}
    who = {"kind": "add"} if part.holder is None else {"kind": "replace", "remove": part.holder}
    return StandingOverride.model_validate({**keys, **who, "from": part.span.from_at, "to": part.span.to_at})


def takes_effect(overrides: Sequence[StandingOverride], world: OnCallWorld) -> bool:
    """Whether with these laid on their schedules the takers are on call for the whole of their spans. A temporary
    schedule is stronger than any override, and somebody absent takes nothing."""
    schedules = {id_: with_standing(one, overrides, ()) for id_, one in world.schedules.items()}
    changed = replace(world, schedules=schedules)
    return all(holds(Part(one.schedule, one.add, Span(one.from_, one.to)), changed) for one in overrides)


def may_move(part: Part, world: OnCallWorld) -> bool:
    """Whether an override would move it at all, whoever takes it."""
    return takes_effect([override("trial", part, SOMEBODY, "", "")], world)


def members(schedule: Schedule, world: OnCallWorld, now: datetime) -> list[str]:
    """Who has a shift on it within the next months, by id."""
    shifts = rota.shifts(schedule, world, Span(now, now + MEMBERS_WITHIN))
    return sorted({shift.person for shift in shifts if shift.person in world.people})


def _shared(one: Span, other: Span) -> Span:
    return Span(max(one.from_at, other.from_at), min(one.to_at, other.to_at))

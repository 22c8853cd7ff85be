"""What else counts in the time of a temporary schedule, so that nobody is surprised by what it covers. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from oncall.absence import outs
from oncall.pieces import Span
from oncall.schema import Override, StandingTemporary, TemporaryShift
from oncall.walltime import instant
from oncall.world import OnCallWorld


class Clash(NamedTuple):
    """`span` is the time that both have. override: one that does not count in it; under and over: another temporary
    schedule that this one covers, or that covers it; absent: whoever was to take a shift is not there."""

    kind: Literal["override", "under", "over", "absent"]
    span: Span
    override: Override | None = None
    person: str | None = None


def clashes(entry: StandingTemporary, world: OnCallWorld) -> list[Clash]:
    """In the order of time."""
    return sorted((*_with_what_is_laid(entry, world), *_with_absences(entry, world)), key=lambda one: one.span)


def _with_what_is_laid(entry: StandingTemporary, world: OnCallWorld) -> Iterator[Clash]:
    schedule = world.schedules[entry.schedule]
    whole = _span(entry, schedule.timezone)
    for override, span in zip(schedule.overrides, schedule.override_spans, strict=True):
        if common := _common(whole, Span(*span)):
            yield Clash("override", common, override=override)
    after_it = False
    for temporary, span in zip(schedule.temporary_schedules, schedule.temporary_spans, strict=True):
        if temporary.id == entry.id:
            after_it = True  # a later one lies on top; one that is new comes last
        elif common := _common(whole, Span(*span)):
            yield Clash("over" if after_it else "under", common)


def _with_absences(entry: StandingTemporary, world: OnCallWorld) -> Iterator[Clash]:
    zone = world.schedules[entry.schedule].timezone
    for away in outs(world.absences, world.timezone, world.people):
        for shift in entry.shifts:
            common = _common(_span(shift, zone), Span(away.from_at, away.to_at))
            if shift.person == away.person and common:
                yield Clash("absent", common, person=shift.person)


def _span(one: StandingTemporary | TemporaryShift, zone: str) -> Span:
    return Span(instant(one.from_, zone, "start"), instant(one.to, zone, "end"))


def _common(one: Span, other: Span) -> Span | None:
    span = Span(max(one.from_at, other.from_at), min(one.to_at, other.to_at))
    return span if span.from_at < span.to_at else None

"""What is wrong with the shifts ahead: hours that nobody covers, people who stand in two places at once, people without
a second way to be reached, and people who are on call again before they have rested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from oncall.absence import Out, spans_of_absence
from oncall.pieces import Shift, Span, gaps_between, spans_of, union

REST = timedelta(hours=11)
"""Between the last page of a night and being on call again: the daily rest of Directive 2003/88/EC, article 3."""
WAYS = 2  # one to be reached by, and one for when that one is lost, flat or without signal

Shifts = Mapping[str, Sequence[Shift]]
"""By schedule; shadows are told, not paged, and have no part here."""


class Rung(NamedTuple):
    """One step of a policy, or with `is_last_resort` what comes after the last. `people` it pages whatever a schedule
    says; of these, `named` are meant themselves and not as members of a team or one of several in turn."""

    policy: str
    schedules: frozenset[str]
    people: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    is_last_resort: bool = False


class Gap(NamedTuple):
    """Time in which a step that pages this schedule would reach nobody."""

    from_at: datetime
    to_at: datetime
    schedule: str

    @property
    def span(self) -> Span:
        return Span(self.from_at, self.to_at)


class Doubled(NamedTuple):
    """On call in all of these schedules at once. `policies` would page the person in more than one of their steps, so
    that going on to the next step reaches nobody new; one schedule alone is named where a step names the person too."""

    from_at: datetime
    to_at: datetime
    person: str
    schedules: tuple[str, ...]
    policies: tuple[str, ...]


class FewWays(NamedTuple):
    """`ways`: verified contact methods that work. The rest is the first shift of the person that is ahead."""

    from_at: datetime
    person: str
    schedule: str
    ways: int


class NoRest(NamedTuple):
    """Paged at night, `last_at` for the last time, and on call from `from_at` on, before `rested_at`."""

    from_at: datetime
    rested_at: datetime
    person: str
    schedule: str
    pages: int
    last_at: datetime


def gaps(shifts: Shifts, rungs: Iterable[Rung], out: Sequence[Out], window: Span) -> list[Gap]:
    """In the order of time. A gap counts only where a step would page nobody at all: another schedule, or a person, of
    the same step may fill it. A schedule that no policy names pages nobody, so it has no gap."""
    found = []
    by_rung = list(rungs)
    for schedule, own in shifts.items():
        empty = gaps_between(spans_of(own), window)
        naming = [rung for rung in by_rung if schedule in rung.schedules]
        uncovered = union(
            part for rung in naming for part in _left(empty, _beside(rung, schedule, shifts, out, window))
        )
        found += [Gap(part.from_at, part.to_at, schedule) for part in uncovered]
    return sorted(found)


def doubled(shifts: Shifts, rungs: Iterable[Rung]) -> list[Doubled]:
    """In the order of time; a stretch of one person with the same schedules is one."""
    steps = [rung for rung in rungs if not rung.is_last_resort]
    found = []
    for person, places in _by_person(shifts).items():
        for span, schedules in _together(places):
            policies = _twice(person, schedules, steps)
            if len(schedules) > 1 or policies:
                found.append(Doubled(*span, person, tuple(sorted(schedules)), policies))
    return sorted(found)


def few_ways(shifts: Shifts, ways: Mapping[str, int]) -> list[FewWays]:
    """Each person once, with their first shift. `ways` of somebody who is not named are none."""
    first: dict[str, FewWays] = {}
    for person, places in _by_person(shifts).items():
        span, schedule = min(places)
        if ways.get(person, 0) < WAYS:
            first[person] = FewWays(span.from_at, person, schedule, ways.get(person, 0))
    return sorted(first.values())


def no_rest(
    shifts: Shifts, night_pages: Mapping[str, Sequence[datetime]], now: datetime, rest: timedelta = REST
) -> list[NoRest]:
    """Whoever was paged at night and is on call, now or again, before they have rested. `night_pages` by person."""
    found = []
    for person, places in _by_person(shifts).items():
        pages = night_pages.get(person, ())
        if not pages or max(pages) + rest <= now:
            continue
        rested_at = max(pages) + rest
        again = min((place for place in places if place[0].to_at > now and place[0].from_at < rested_at), default=None)
        if again is not None:
            span, schedule = again
            found.append(NoRest(max(span.from_at, now), rested_at, person, schedule, len(pages), max(pages)))
    return sorted(found)


def _beside(rung: Rung, schedule: str, shifts: Shifts, out: Sequence[Out], window: Span) -> list[Span]:
    """When the step pages somebody by something else than the schedule."""
    others = [one for other in sorted(rung.schedules - {schedule}) for one in spans_of(shifts.get(other, ()))]
    people = [one for person in sorted(rung.people) for one in gaps_between(spans_of_absence(out, person), window)]
    return union([*others, *people])


def _left(spans: Iterable[Span], covered: Sequence[Span]) -> Iterator[Span]:
    for span in spans:
        yield from gaps_between(covered, span)


Place = tuple[Span, str]


def _by_person(shifts: Shifts) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    for schedule, own in shifts.items():
        for shift in own:
            found.setdefault(shift.person, []).append((Span(shift.from_at, shift.to_at), schedule))
    return found


def _together(places: Sequence[Place]) -> Iterator[tuple[Span, frozenset[str]]]:
    """The stretches between one begin or end and the next, with the schedules that stand there; stretches with the same
    schedules as one."""
    begin: dict[datetime, list[str]] = {}
    end: dict[datetime, list[str]] = {}
    for span, schedule in places:
        begin.setdefault(span.from_at, []).append(schedule)
        end.setdefault(span.to_at, []).append(schedule)
    standing: list[str] = []
    last: tuple[Span, frozenset[str]] | None = None
    for at, following in pairwise(sorted({*begin, *end})):
        for schedule in end.get(at, ()):
            standing.remove(schedule)
        standing += begin.get(at, ())
        here = frozenset(standing)
        if last is not None and here == last[1]:
            last = (Span(last[0].from_at, following), here)
            continue
        if last is not None and last[1]:
            yield last
        last = (Span(at, following), here)
    if last is not None and last[1]:
        yield last


def _twice(person: str, schedules: frozenset[str], rungs: Iterable[Rung]) -> tuple[str, ...]:
    """Policies in which more than one step pages the person."""
    steps: dict[str, int] = {}
    named: set[str] = set()
    for rung in rungs:
        if rung.schedules & schedules:
            named.add(rung.policy)
        if rung.schedules & schedules or person in rung.named:
            steps[rung.policy] = steps.get(rung.policy, 0) + 1
    return tuple(sorted(policy for policy in named if steps[policy] > 1))

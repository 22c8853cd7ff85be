"""What a manager must know about the shifts ahead, and who could take time that nobody covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.coverage.rungs import rungs_of
from alerting.duty.schedule_use import used_schedules
from alerting.fairness import queries as fairness
from alerting.pagerduty import methods as pagerduty_methods
from oncall import coverage, disabled, history, rota
from oncall.assignment import Assigned, assign, merged, split
from oncall.contact_plan import PHONES
from oncall.coverage import REST, Doubled, FewWays, Gap, NoRest
from oncall.fairness import loads, widened
from oncall.pieces import Shift, Span, clip_shifts, spans_of
from oncall.schema import ContactMethod, Schedule
from oncall.suggestion import LOOK, Candidate, longest_free, participants, who_should_take

AHEAD = timedelta(days=60)
LOAD = timedelta(days=30)
"""The burden that decides between two people is that of this long before and after today."""
LONGEST = timedelta(days=7)
"""Of a longer gap the first part is offered: nobody takes a month with one click."""
LONGEST_SHIFT = timedelta(days=31)
SHORTEST = timedelta(hours=1)  # of a part: less is no shift to ask somebody for
MOST_PARTS = 62  # of one proposal: two months by the day
SHOWN = 100  # of each kind; the rest is counted
ENGINEER = "engineer"


@dataclass(frozen=True)
class Open:
    """A gap, the part of it that is offered, and who could take that, the best first. `ends` False: the gap is there
    still at the end of what was looked at."""

    gap: Gap
    offered: Span
    candidates: Sequence[Candidate]
    ends: bool


@dataclass(frozen=True)
class Proposal:
    """Who would take what, in the order of time, and the burden of each person before and after. `more`: parts that
    are left for another proposal."""

    parts: Sequence[Assigned] = ()
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)
    more: int = 0

    @property
    def shifts(self) -> list[Assigned]:
        """What is given: parts of one person that touch are one shift, of which they are told once."""
        return merged(self.parts, LONGEST_SHIFT)


@dataclass(frozen=True)
class Coverage:
    """`more`: gaps that are not shown. `meant`: schedules whose gaps are. `unused`: no policy pages them."""

    window: Span
    gaps: Sequence[Open]
    more: int
    doubled: Sequence[Doubled]
    few_ways: Sequence[FewWays]
    no_rest: Sequence[NoRest]
    meant: Sequence[str]
    unused: Sequence[str]

    @property
    def is_good(self) -> bool:
        return not (self.gaps or self.doubled or self.few_ways or self.no_rest)


def gaps_ahead(config: Configuration, now: datetime, ahead: timedelta = AHEAD) -> list[Gap]:
    """Of every schedule that a policy pages and whose gaps are not meant, in the order of time."""
    window = Span(now, now + ahead)
    used = used_schedules(config.policies.values(), config.oncall)
    shifts = {id_: rota.shifts(config.oncall.schedules[id_], config.oncall, window) for id_ in used}
    return _gaps(config, shifts, window)


def coverage_ahead(session: Session, config: Configuration, now: datetime) -> Coverage:
    """The next sixty days."""
    now = now.replace(second=0, microsecond=0)
    window, world = Span(now, now + AHEAD), config.oncall
    around = fairness.shifts(session, config, widened(Span(now - LOAD, window.to_at)))
    used = used_schedules(config.policies.values(), world)
    ahead = {id_: clip_shifts(around[id_], window) for id_ in used}
    ways = working_methods(session, config)
    gaps, rungs = _gaps(config, ahead, window), rungs_of(config.policies.values(), world)
    pages = fairness.night_pages(session, config, Span(now - REST, now))
    taking = _Taking(session, config, now, around, ways)
    return Coverage(
        window=window,
        gaps=[taking.offer(gap, window) for gap in gaps[:SHOWN]],
        more=max(0, len(gaps) - SHOWN),
        doubled=coverage.doubled(ahead, rungs)[:SHOWN],
        few_ways=coverage.few_ways(ahead, {person: len(methods) for person, methods in ways.items()}),
        no_rest=coverage.no_rest(ahead, pages, now),
        meant=[id_ for id_ in used if not world.schedules[id_].gap_warnings],
        unused=sorted(world.schedules.keys() - set(used)),
    )


def offers(session: Session, config: Configuration, now: datetime, gaps: Sequence[Gap]) -> list[Open]:
    """Of gaps that begin within the sixty days ahead, who could take what."""
    window = Span(now, now + AHEAD)
    around = fairness.shifts(session, config, widened(Span(now - LOAD, window.to_at)))
    taking = _Taking(session, config, now, around, working_methods(session, config))
    return [taking.offer(gap, window) for gap in gaps]


def proposal(
    session: Session, config: Configuration, now: datetime, schedule: Schedule, span: Span, days: int
) -> Proposal:
    """Who would take which part, of so many days, of the time of the span that nobody covers."""
    world = config.oncall
    window = Span(max(span.from_at, now.replace(second=0, microsecond=0)), span.to_at)
    if window.from_at >= window.to_at:
        return Proposal()
    around = fairness.shifts(session, config, widened(Span(now - LOAD, max(now + LOAD, span.to_at + LOOK))))
    taking = _Taking(session, config, now, around, working_methods(session, config), span.to_at)
    empty = rota.gaps(schedule, world, window)
    parts = [part for gap in empty for part in split(gap, days, schedule.timezone)]
    return replace(taking.propose(schedule, parts[:MOST_PARTS]), more=max(0, len(parts) - MOST_PARTS))


def candidates(
    session: Session, config: Configuration, now: datetime, schedule: Schedule, wanted: Span
) -> list[Candidate]:
    """Who could take the time, the best first."""
    window = Span(min(now - LOAD, wanted.from_at - LOOK), max(now + LOAD, wanted.to_at + LOOK))
    around = fairness.shifts(session, config, widened(window))
    return _Taking(session, config, now, around, working_methods(session, config)).candidates(schedule, wanted)


def is_empty(session: Session, config: Configuration, schedule: Schedule, wanted: Span) -> bool:
    """Whether nobody is on call by the schedule for all of the time."""
    return history.gaps(session, config.oncall, schedule, wanted) == (wanted,)


def working_methods(session: Session, config: Configuration) -> dict[str, list[ContactMethod]]:
    """By person: the verified methods that are not out of use, an address by one channel once. PagerDuty is one where
    its service has a key: it rings them past our carrier."""
    people = config.oncall.people.values()
    addresses = sorted({method.address for person in people for method in person.contact_methods})
    rows = disabled.rows_of(session, addresses)
    stopped = {("sms", row.address) if row.why == "opted_out" else (row.channel, row.address) for row in rows}
    found: dict[str, list[ContactMethod]] = {}
    for person in people:
        silent = pagerduty_methods.stopped(person, config.pagerduty, drill=False)
        usable = {
            (method.channel, method.address): method
            for method in person.contact_methods
            if method.verified and method.id not in silent and (method.channel, method.address) not in stopped
        }
        found[person.id] = list(usable.values())
    return found


def _gaps(config: Configuration, shifts: Mapping[str, Sequence[Shift]], window: Span) -> list[Gap]:
    world = config.oncall
    found = coverage.gaps(shifts, rungs_of(config.policies.values(), world), rota.absences(world), window)
    return [gap for gap in found if world.schedules[gap.schedule].gap_warnings]


class _Taking:
    """Who is free when; what many gaps need is looked up once."""

    def __init__(
        self,
        session: Session,
        config: Configuration,
        now: datetime,
        around: Mapping[str, Sequence[Shift]],
        ways: Mapping[str, Sequence[ContactMethod]],
        until: datetime | None = None,
    ) -> None:
        """The burden counts to `until`, when that is later than the usual end."""
        world = config.oncall
        self._config = config
        self._world = world
        self._out = rota.absences(world)
        self._reachable = {id_ for id_, methods in ways.items() if any(one.channel in PHONES for one in methods)}
        self._engineers = [one.id for one in world.people.values() if ENGINEER in one.roles]
        by_person: dict[str, list[Shift]] = {}
        for own in around.values():
            for shift in own:
                by_person.setdefault(shift.person, []).append(shift)
        self._own = {person: spans_of(shifts) for person, shifts in by_person.items()}
        window = Span(now - LOAD, max(now + LOAD, until or now))
        every = (shift for own in around.values() for shift in own)
        self._calendar = fairness.calendar_of(config)
        known = fairness.loads_of(every, session, config, window, self._calendar)
        self._burden = {person: load.burden for person, load in known.items()}

    def offer(self, gap: Gap, window: Span) -> Open:
        schedule = self._world.schedules[gap.schedule]
        offered = Span(gap.from_at, min(gap.to_at, gap.from_at + LONGEST))
        free = self.candidates(schedule, offered)
        if not free and (part := self._part(schedule, offered)):
            offered, free = part, self.candidates(schedule, part)
        return Open(gap, offered, free, gap.to_at < window.to_at)

    def candidates(self, schedule: Schedule, wanted: Span) -> list[Candidate]:
        """Of those who take part in the schedule, for they know what it is about; when none of them is free, of all
        engineers. Whoever has no telephone that works is nobody to give a shift to."""
        for known in self._pools(schedule):
            if free := who_should_take(wanted, known, self._own, self._out, self._burden):
                return free
        return []

    def propose(self, schedule: Schedule, parts: Sequence[Span]) -> Proposal:
        found = assign(parts, self._pools(schedule), self._own, self._out, self._burden, self._weigh)
        taken = sorted({one.person for one in found if one.person is not None})
        before = {person: self._burden.get(person, 0.0) for person in {*taken, *self._pools(schedule)[0]}}
        after = dict(before)
        own = {person: list(self._own.get(person, ())) for person in taken}
        for one in found:
            if one.person is not None:
                after[one.person] += self._weigh(one.person, one.span, own[one.person])
                own[one.person].append(one.span)
        return Proposal(found, before, after)

    def _weigh(self, person: str, part: Span, own: Sequence[Span]) -> float:
        """Only nights, weekends and holidays that the part touches can weigh more than before."""
        window = widened(part)
        near = [Shift(*one, person, "") for one in own if one.from_at < window.to_at and window.from_at < one.to_at]
        return self._burden_of(person, [*near, Shift(*part, person, "")], window) - self._burden_of(
            person, near, window
        )

    def _burden_of(self, person: str, shifts: Sequence[Shift], window: Span) -> float:
        found = loads(shifts, window, fairness.zones(self._config), self._world.timezone, self._calendar)
        return found[person].burden if person in found else 0.0

    def _part(self, schedule: Schedule, wanted: Span) -> Span | None:
        """When nobody is free for all of it: the part that somebody can take."""
        parts = (longest_free(wanted, known, self._own, self._out) for known in self._pools(schedule))
        part = next((one for one in parts if one is not None), None)
        return part if part is not None and part.to_at - part.from_at >= SHORTEST else None

    def _pools(self, schedule: Schedule) -> list[list[str]]:
        pools = (participants(schedule, self._world.rotations), self._engineers)
        return [[person for person in people if person in self._reachable] for people in pools]

"""Who is paged when a policy names a person, a schedule, a team, one of several in turn, or PagerDuty; and for each
person that is not, why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from oncall import rota
from oncall.absence import during, is_absent, outs
from oncall.pieces import Piece, Span
from oncall.reasons import NotPaged, OnCall, Reason
from oncall.schedule import NO_CALENDARS, pieces
from oncall.schema import (
    Absence,
    Calendar,
    PagerDutyTarget,
    PersonTarget,
    Rotation,
    RoundRobinTarget,
    Schedule,
    ScheduleTarget,
    Target,
    TeamTarget,
)
from oncall.world import OnCallWorld


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whom to page, in the order of the file (on one schedule: by person id); who is passed over; and the ids of the
    PagerDuty services to trigger."""

    people: tuple[OnCall, ...] = ()
    skipped: tuple[NotPaged, ...] = ()
    pagerduty: tuple[str, ...] = ()


def who_is_on_call(
    schedule: Schedule,
    rotations: Mapping[str, Rotation],
    absences: Iterable[Absence],
    at: datetime,
    calendars: Mapping[str, Calendar] = NO_CALENDARS,
) -> tuple[OnCall, ...]:
    """Everybody on call at the instant, by person id; nobody is an empty tuple."""
    out = outs(absences, schedule.timezone)
    return on_call(schedule.id, pieces(schedule, rotations, out, _moment(at), calendars))


def who_shadows(schedule: Schedule, world: OnCallWorld, at: datetime) -> tuple[OnCall, ...]:
    """Who is told by a notice and not paged, each person once."""
    return shadowing(schedule.id, rota.shadows(schedule, world, _moment(at)))


def everybody_on_call(world: OnCallWorld, at: datetime) -> dict[str, tuple[OnCall, ...]]:
    """By schedule id."""
    moment = _moment(at)
    out = during(rota.absences(world), moment)
    return {
        schedule.id: on_call(schedule.id, pieces(schedule, world.rotations, out, moment, world.calendars))
        for schedule in world.schedules.values()
    }


def on_call(schedule_id: str, standing: Iterable[Piece]) -> tuple[OnCall, ...]:
    """The people of the pieces that stand at one instant, by person id, each with the reason."""
    found = []
    for _, _, person, (kind, id_, from_at, to_at, instead_of) in standing:
        found.append(OnCall(person, Reason(kind, id_, from_at, to_at, instead_of, schedule_id)))
    if len(found) > 1:
        found.sort(key=lambda one: one.person_id)
    return tuple(found)


def shadowing(schedule_id: str, standing: Iterable[Piece]) -> tuple[OnCall, ...]:
    """The same for shadows, each person once though several layers show them."""
    return tuple({one.person_id: one for one in on_call(schedule_id, standing)}.values())


def resolve_targets(
    targets: Sequence[Target],
    world: OnCallWorld,
    at: datetime,
    counter: int = 0,
    *,
    page_the_absent: bool = False,
) -> Resolution:
    """All targets of a step together; each person is paged by the first target that names them."""
    people: dict[str, OnCall] = {}
    skipped: list[NotPaged] = []
    pagerduty: dict[str, None] = {}
    for target in targets:
        found = resolve_target(target, world, at, counter, page_the_absent=page_the_absent)
        for one in found.people:
            if one.person_id in people:
                skipped.append(NotPaged(one.person_id, "duplicate_in_step", *_name(target)))
            people.setdefault(one.person_id, one)
        skipped += found.skipped
        pagerduty |= dict.fromkeys(found.pagerduty)
    return Resolution(tuple(people.values()), tuple(skipped), tuple(pagerduty))


def resolve_target(
    target: Target,
    world: OnCallWorld,
    at: datetime,
    counter: int = 0,
    *,
    page_the_absent: bool = False,
) -> Resolution:
    """Whom one target means at the instant. `counter` is how many escalations round robin has served before: that many
    turns on from the first. `page_the_absent` pages named people and team members all the same, for a last resort that
    would otherwise reach nobody. A person who is not in the world is passed over as nobody."""
    if isinstance(target, PagerDutyTarget):
        return Resolution(pagerduty=(target.pagerduty,))
    if isinstance(target, RoundRobinTarget):
        return _in_turn(target, world, at, counter, page_the_absent)
    kind, name = _name(target)
    present, skipped = _present(_candidates(target, world, at), target, world, at, page_the_absent)
    if not present and not skipped:
        skipped = (NotPaged(None, "nobody_on_call", kind, name),)
    return Resolution(present, skipped)


def _in_turn(
    target: RoundRobinTarget, world: OnCallWorld, at: datetime, counter: int, page_the_absent: bool
) -> Resolution:
    """The person in turn, or the next who is not absent; those passed over on the way are skipped, the rest not
    mentioned."""
    candidates = _candidates(target, world, at)
    start = counter % len(candidates) if candidates else 0
    skipped: tuple[NotPaged, ...] = ()
    for candidate in (*candidates[start:], *candidates[:start]):
        present, absent = _present((candidate,), target, world, at, page_the_absent)
        skipped += absent
        if present:
            return Resolution(present, skipped)
    return Resolution((), skipped or (NotPaged(None, "nobody_on_call", *_name(target)),))


def _candidates(target: Target, world: OnCallWorld, at: datetime) -> tuple[OnCall, ...]:
    """Everybody a target names, the absent among them; a schedule has left them out already."""
    if isinstance(target, PersonTarget):
        return (OnCall(target.person, Reason("person", target.person)),)
    if isinstance(target, ScheduleTarget):
        schedule = world.schedules.get(target.schedule)
        if schedule is None:
            return ()
        return on_call(schedule.id, rota.pieces(schedule, world, _moment(at)))
    if isinstance(target, TeamTarget):
        team = world.teams.get(target.team)
        return () if team is None else tuple(OnCall(person, Reason("team", team.id)) for person in team.members)
    if isinstance(target, RoundRobinTarget):
        return tuple(OnCall(one.person_id, _by_turn(one.reason)) for one in _pool(target, world, at))
    return ()


def _pool(target: RoundRobinTarget, world: OnCallWorld, at: datetime) -> tuple[OnCall, ...]:
    if isinstance(target.round_robin, tuple):
        return tuple(OnCall(person, Reason("person", person)) for person in target.round_robin)
    return _candidates(target.round_robin, world, at)


def _present(
    candidates: Iterable[OnCall], target: Target, world: OnCallWorld, at: datetime, page_the_absent: bool
) -> tuple[tuple[OnCall, ...], tuple[NotPaged, ...]]:
    out = rota.absences(world)
    present: list[OnCall] = []
    skipped: list[NotPaged] = []
    for one in candidates:
        if one.person_id not in world.people:
            skipped.append(NotPaged(one.person_id, "nobody_on_call", *_name(target)))
        elif is_absent(out, one.person_id, at) and not page_the_absent:
            skipped.append(NotPaged(one.person_id, "absent", *_name(target)))
        else:
            present.append(one)
    return tuple(present), tuple(skipped)


def _by_turn(reason: Reason) -> Reason:
    return reason._replace(in_turn=True)


def _moment(at: datetime) -> Span:
    return rota.moment(at.astimezone(UTC))


def _name(target: Target) -> tuple[Literal["person", "schedule", "team", "round_robin"], str]:
    """How a record names the target; a list of people is named by its ids."""
    if isinstance(target, PersonTarget):
        return "person", target.person
    if isinstance(target, ScheduleTarget):
        return "schedule", target.schedule
    if isinstance(target, TeamTarget):
        return "team", target.team
    if isinstance(target, RoundRobinTarget):
        pool = target.round_robin
        return "round_robin", ",".join(pool) if isinstance(pool, tuple) else _name(pool)[1]
    raise TypeError(f"{target!r} names nobody who could be skipped")

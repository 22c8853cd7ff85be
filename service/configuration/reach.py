"""Whom a policy could ever reach. It answers for all times at once, so it looks at who may be on call, not who is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from oncall.schema import (
    ContactMethod,
    Defaults,
    NotificationRule,
    PagerDutyTarget,
    Person,
    PersonTarget,
    Rotation,
    RoundRobinTarget,
    ScheduleTarget,
    Target,
    Team,
    TeamTarget,
    Urgency,
)
from service.configuration.configuration import Configuration

PHONE_CHANNELS = frozenset({"sms", "voice"})


@dataclass(frozen=True)
class Reach:
    """Everybody who could ever be named. Not `complete` when an object on the way is missing or broken, which is a
    problem of its own: then more people may be meant."""

    people: frozenset[str]
    complete: bool = True

    def __or__(self, other: Reach) -> Reach:
        return Reach(self.people | other.people, self.complete and other.complete)


NOBODY = Reach(frozenset())
UNKNOWN = Reach(frozenset(), complete=False)


def people_of(targets: Iterable[Target], configuration: Configuration) -> Reach:
    found = NOBODY
    for target in targets:
        found |= _people_of(target, configuration)
    return found


def channels_of(targets: Sequence[Target], urgency: Urgency, configuration: Configuration) -> frozenset[str]:
    """On which channels the targets could ever be reached, as far as their objects are there."""
    people = people_of(targets, configuration).people
    methods = {method.channel for person in people for method in methods_used(person, urgency, configuration)}
    alone = {"pagerduty" for target in targets if isinstance(target, PagerDutyTarget)}
    return frozenset(methods | alone)


def methods_used(person_id: str, urgency: Urgency, configuration: Configuration) -> tuple[ContactMethod, ...]:
    """The verified methods that the person's rules lead to, else the defaults', else every verified phone: the same
    order in which a page is planned."""
    person = configuration.value("people", person_id, Person)
    if person is None:
        return ()
    verified = [method for method in person.contact_methods if method.verified]
    vias = {rule.via for rule in _rules(person, urgency, configuration)}
    by_rule = tuple(method for method in verified if {method.id, method.channel} & vias)
    return by_rule or tuple(method for method in verified if method.channel in PHONE_CHANNELS)


def _rules(person: Person, urgency: Urgency, configuration: Configuration) -> tuple[NotificationRule, ...]:
    defaults = configuration.value("defaults", "-", Defaults)
    for holder in (person, defaults):
        rules = holder.notification_rules if holder is not None else None
        own = None if rules is None else (rules.critical if urgency == "critical" else rules.normal)
        if own is not None:
            return own
    return ()


def _people_of(target: Target, configuration: Configuration) -> Reach:
    if isinstance(target, PagerDutyTarget):
        return NOBODY
    if isinstance(target, PersonTarget):
        return _known((target.person,), configuration)
    if isinstance(target, TeamTarget):
        team = configuration.value("teams", target.team, Team)
        return UNKNOWN if team is None else _known(team.members, configuration)
    if isinstance(target, ScheduleTarget):
        return _of_schedule(target.schedule, configuration)
    return _of_pool(target, configuration)


def _of_pool(target: RoundRobinTarget, configuration: Configuration) -> Reach:
    pool = target.round_robin
    if isinstance(pool, ScheduleTarget | TeamTarget):
        return _people_of(pool, configuration)
    return _known(pool, configuration)


def _of_schedule(schedule_id: str, configuration: Configuration) -> Reach:
    schedule = configuration.schedule(schedule_id)
    if schedule is None:
        return UNKNOWN
    found = NOBODY
    for layer in schedule.layers:
        rotation = configuration.rotation(layer.rotation)
        if layer.mode == "page":
            unknown = rotation is None or rotation.kind == "pagerduty"  # who that is, PagerDuty says
            found |= UNKNOWN if rotation is None or unknown else _known(_of_rotation(rotation), configuration)
    extra = [override.add for override in schedule.overrides if override.add is not None]
    extra.extend(shift.person for temporary in schedule.temporary_schedules for shift in temporary.shifts)
    return found | _known(extra, configuration)


def _of_rotation(rotation: Rotation) -> Iterator[str]:
    turns = [*rotation.participants, *(rotation.days.in_order() if rotation.days is not None else ())]
    for change in rotation.changes:
        turns.extend(change.order)
    return (person for person in turns if person is not None)


def _known(people: Iterable[str], configuration: Configuration) -> Reach:
    named = frozenset(people)
    found = frozenset(person for person in named if ("people", person) in configuration.items)
    return Reach(found, complete=found == named)

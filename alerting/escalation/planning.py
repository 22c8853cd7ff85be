"""Whom a page is for and by which of their contact methods: what the escalation carries out and the simulation shows.
Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerting.escalation.schema import EscalationPolicy
from oncall import resolve, rota
from oncall.contact_plan import ContactPlan, PlannedContact
from oncall.reasons import NotPaged, OnCall, reason_data
from oncall.resolve import Resolution, resolve_targets
from oncall.schema import Person, ScheduleTarget
from oncall.world import OnCallWorld

OWNER_AGAIN = {"kind": "owner"}
NOBODY_ELSE_LEFT = {"kind": "nobody_else_left"}

Contacts = Callable[[Person], ContactPlan]
"""How one person would be reached, were they paged at the instant in question."""


@dataclass(frozen=True)
class Unused:
    """A contact method, or what a rule named for want of one, that is not used; `why` as attempt.why."""

    why: str
    channel: str | None
    address: str | None = None


@dataclass(frozen=True)
class Called:
    """One person of a page, in the order in which they are planned. `reason` as in log entries
    (`oncall.reasons.reason_data`). Without contacts they cannot be reached."""

    person: Person
    reason: Mapping[str, Any]
    contacts: tuple[PlannedContact, ...]
    unused: tuple[Unused, ...]


@dataclass(frozen=True)
class PagePlan:
    """`skipped` are people and targets that are passed over; `pagerduty` ids of services."""

    people: tuple[Called, ...]
    skipped: tuple[NotPaged, ...] = ()
    pagerduty: tuple[str, ...] = ()

    @property
    def paged(self) -> list[str]:
        """Ids of the people for whom there is at least one contact."""
        return [one.person.id for one in self.people if one.contacts]


def of_step(
    policy: EscalationPolicy,
    step: int,
    world: OnCallWorld,
    now: datetime,
    turn: int,
    contacts: Contacts,
    owner: str | None = None,
) -> PagePlan:
    """`step` counts from 1; `turn` is the escalation's place in round robins. The owner, if there is one to ask again,
    comes first and once."""
    found = resolve_targets(policy.steps[step - 1].notify, world, now, turn)
    again = _called(world, owner, OWNER_AGAIN, contacts) if owner else ()
    return _plan(found, (*again, *_everybody(world, found.people, contacts, but=owner)))


def shadows(policy: EscalationPolicy, step: int, world: OnCallWorld, now: datetime) -> tuple[str, ...]:
    """Who learns along on the schedules that a step names: told by a notice, never paged. Ids, each once."""
    named = [target.schedule for target in policy.steps[step - 1].notify if isinstance(target, ScheduleTarget)]
    found: dict[str, None] = {}
    for schedule in (world.schedules[id_] for id_ in named if id_ in world.schedules):
        standing = rota.shadows(schedule, world, rota.moment(now))
        found |= dict.fromkeys(one.person_id for one in resolve.shadowing(schedule.id, standing))
    return tuple(found)


def of_last_resort(
    policy: EscalationPolicy, world: OnCallWorld, now: datetime, turn: int, contacts: Contacts
) -> PagePlan:
    """When nobody of the last resort can be reached any more, everybody who can be, is: silence is no choice."""
    found = resolve_targets(policy.last_resort.notify, world, now, turn, page_the_absent=True)
    named = tuple(_everybody(world, found.people, contacts))
    if not any(one.contacts for one in named):
        named += tuple(one for id_ in world.people for one in _called(world, id_, NOBODY_ELSE_LEFT, contacts))
    return _plan(found, named)


def _plan(found: Resolution, people: tuple[Called, ...]) -> PagePlan:
    return PagePlan(people, found.skipped, found.pagerduty)


def _everybody(
    world: OnCallWorld, people: Iterable[OnCall], contacts: Contacts, but: str | None = None
) -> Iterable[Called]:
    for one in people:
        if one.person_id != but:
            yield from _called(world, one.person_id, reason_data(one.reason), contacts)


def _called(world: OnCallWorld, person_id: str, reason: Mapping[str, Any], contacts: Contacts) -> tuple[Called, ...]:
    person = world.people.get(person_id)
    if person is None:
        return ()
    plan = contacts(person)
    addresses = {method.id: method.address for method in person.contact_methods}
    unused = [Unused(one.why, one.channel, addresses.get(one.method_id or "")) for one in plan.skipped]
    return (Called(person, reason, plan.contacts, tuple(unused)),)

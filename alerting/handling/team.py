"""Whose a ticket is while nobody has it: the people that its customer's plans would page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alerting.catalog.schema import Customer
from alerting.coverage.rungs import rungs_of
from alerting.escalation.schema import EscalationPolicy
from oncall.suggestion import participants
from oncall.world import OnCallWorld

ENGINEER = "engineer"


def team_of(
    world: OnCallWorld, policies: Mapping[str, EscalationPolicy], customer: Customer | None, component: str | None
) -> list[str]:
    """The teams of those whom the plans of the component name by a schedule, a team or in turn; without a plan those of
    the contract's default policy. People in no team stand for themselves. Of a customer for whom no policy names
    anybody, all engineers. By id, each once."""
    named = _named(world, [policies[one] for one in _policies(customer, component) if one in policies])
    if not named:
        return sorted(person.id for person in world.people.values() if ENGINEER in person.roles)
    of_teams = {member for team in world.teams.values() if named & set(team.members) for member in team.members}
    return sorted((named | of_teams) & world.people.keys())


def _policies(customer: Customer | None, component: str | None) -> list[str]:
    if customer is None:
        return []
    planned = [plan.escalation_policy for plan in customer.plans if component is None or plan.component == component]
    default = customer.contract.default_escalation_policy
    return planned or ([default] if default else [])


def _named(world: OnCallWorld, policies: Iterable[EscalationPolicy]) -> set[str]:
    """Who stands in a step as a person is called when all else has failed: a manager as a rule, and no team."""
    found: set[str] = set()
    for rung in rungs_of(policies, world):
        if rung.is_last_resort:
            continue
        found |= rung.people - rung.named
        for schedule in rung.schedules & world.schedules.keys():
            found.update(participants(world.schedules[schedule], world.rotations))
    return found

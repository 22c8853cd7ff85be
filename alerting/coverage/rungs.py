"""Whom the steps of policies page, as `oncall.coverage` needs it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alerting.escalation.schema import EscalationPolicy
from oncall.coverage import Rung
from oncall.schema import PersonTarget, RoundRobinTarget, ScheduleTarget, Target, TeamTarget
from oncall.world import OnCallWorld


def rungs_of(policies: Iterable[EscalationPolicy], world: OnCallWorld) -> list[Rung]:
    """In the order of the policies and of their steps. PagerDuty is nobody of ours, so it covers nothing."""
    found = []
    for policy in policies:
        found += [_rung(policy.id, step.notify, world, False) for step in policy.steps]
        found.append(_rung(policy.id, policy.last_resort.notify, world, True))
    return found


def _rung(policy: str, targets: Sequence[Target], world: OnCallWorld, is_last_resort: bool) -> Rung:
    schedules: set[str] = set()
    people: set[str] = set()
    named = {target.person for target in targets if isinstance(target, PersonTarget)}
    for target in targets:
        pool = target.round_robin if isinstance(target, RoundRobinTarget) else target
        if isinstance(pool, ScheduleTarget):
            schedules.add(pool.schedule)
        elif isinstance(pool, TeamTarget) and pool.team in world.teams:
            people |= set(world.teams[pool.team].members)
        elif isinstance(pool, tuple):
            people |= set(pool)
    known = world.people.keys()
    return Rung(policy, frozenset(schedules), frozenset((people | named) & known), frozenset(named), is_last_resort)

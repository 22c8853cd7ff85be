"""Which schedules policies page, and whom they would page next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from alerting.duty.watches import Watch, watches_of
from alerting.escalation.schema import EscalationPolicy
from oncall import rota
from oncall.pieces import Span
from oncall.resolve import resolve_targets
from oncall.schema import RoundRobinTarget, ScheduleTarget, Target
from oncall.world import OnCallWorld


def used_schedules(policies: Iterable[EscalationPolicy], world: OnCallWorld) -> list[str]:
    """Ids of the schedules that some policy names, in the order of the configuration."""
    named = {name for policy in policies for targets in _steps(policy) for name in named_schedules(targets)}
    return [schedule_id for schedule_id in world.schedules if schedule_id in named]


def named_schedules(targets: Sequence[Target]) -> set[str]:
    found = set()
    for target in targets:
        pool = target.round_robin if isinstance(target, RoundRobinTarget) else target
        if isinstance(pool, ScheduleTarget):
            found.add(pool.schedule)
    return found


def watches_in(schedule_id: str, world: OnCallWorld, window: Span) -> list[Watch]:
    """Clipped to the window."""
    return watches_of(schedule_id, rota.shifts(world.schedules[schedule_id], world, window))


def all_watches(policies: Mapping[str, EscalationPolicy], world: OnCallWorld, window: Span) -> dict[str, list[Watch]]:
    """By schedule, of every one that a policy uses."""
    used = used_schedules(policies.values(), world)
    return {schedule_id: watches_in(schedule_id, world, window) for schedule_id in used}


def next_in_line(
    policies: Iterable[EscalationPolicy], world: OnCallWorld, schedules: Sequence[str], at: datetime, but: str
) -> list[str]:
    """Who is on the step after the one that pages these schedules, of every policy; after the last step, the last
    resort. Each once."""
    people: dict[str, None] = {}
    for policy in policies:
        steps = [*(step.notify for step in policy.steps), policy.last_resort.notify]
        for targets, following in pairwise(steps):
            if named_schedules(targets) & set(schedules):
                people |= dict.fromkeys(one.person_id for one in resolve_targets(following, world, at).people)
    return [person for person in people if person != but]


def _steps(policy: EscalationPolicy) -> list[Sequence[Target]]:
    return [*(step.notify for step in policy.steps), policy.last_resort.notify]

"""What is allowed but probably not meant. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from alerting.catalog.schema import Customer
from alerting.escalation.schema import EscalationPolicy
from oncall.schedule import final_shifts
from oncall.schema import (
    Absence,
    Calendar,
    Override,
    PersonTarget,
    Rotation,
    Schedule,
    StandingOverride,
    TeamTarget,
)
from oncall.walltime import instant
from service.configuration.configuration import Configuration
from service.configuration.document import Path
from service.configuration.objects import Item
from service.configuration.problems import Problem, in_order


def warnings_of(configuration: Configuration) -> tuple[Problem, ...]:
    return in_order(warning for check in WARNINGS for warning in check(configuration))


def overrides_of_somebody_who_is_not_on(configuration: Configuration) -> Iterator[Problem]:
    """A replacement takes exactly the time that the other had, which is none here. Each override is laid on what the
    earlier ones left, so it is judged against those alone."""
    for item, schedule in configuration.of("schedules", Schedule):
        for index, override in enumerate(schedule.overrides):
            if override.kind != "replace":
                continue
            there = _on_before(schedule, index, override, configuration)
            yield from _replaces_nobody(item, ("overrides", index, "remove"), override, there)


def standing_overrides_of_somebody_who_is_not_on(configuration: Configuration) -> Iterator[Problem]:
    for item, override in configuration.of("overrides", StandingOverride):
        schedule = configuration.schedule(override.schedule)
        if schedule is None or override.kind != "replace":
            continue
        index = next(n for n, one in enumerate(schedule.overrides) if one == override.as_part())
        yield from _replaces_nobody(item, ("remove",), override, _on_before(schedule, index, override, configuration))


def _replaces_nobody(item: Item, path: Path, override: Override, there: frozenset[str] | None) -> Iterator[Problem]:
    if there is None or override.remove in there:
        return
    others = ", ".join(sorted(there)) or "nobody"
    message = f"{override.remove!r} is not on call in that span, so nothing is replaced; on call: {others}"
    yield item.problem(path, message, "correct the person or the span")


def _on_before(
    schedule: Schedule, index: int, override: Override, configuration: Configuration
) -> frozenset[str] | None:
    """None when the span is empty."""
    start = instant(override.from_, schedule.timezone, "start")
    end = instant(override.to, schedule.timezone, "end")
    if start >= end:
        return None
    beneath = schedule.model_copy(update={"overrides": schedule.overrides[:index], "temporary_schedules": ()})
    rotations = {rotation.id: rotation for _, rotation in configuration.of("rotations", Rotation)}
    calendars = {calendar.id: calendar for _, calendar in configuration.of("calendars", Calendar)}
    absences = tuple(absence for _, absence in configuration.of("absences", Absence))
    return frozenset(shift.person for shift in final_shifts(beneath, rotations, absences, start, end, calendars))


def last_resorts_on_schedules_alone(configuration: Configuration) -> Iterator[Problem]:
    for item, policy in configuration.of("escalation_policies", EscalationPolicy):
        if not any(isinstance(target, PersonTarget | TeamTarget) for target in policy.last_resort.notify):
            message = "the last resort depends on who is on call, and in a gap nobody is"
            yield item.problem(("last_resort", "notify"), message, "add a person or a team")


def plans_outside_the_contract(configuration: Configuration) -> Iterator[Problem]:
    for item, customer in configuration.of("customers", Customer):
        covered = customer.contract.coverage
        for index, plan in enumerate(customer.plans):
            if plan.component not in covered:
                names = ", ".join(covered) or "no component"
                message = f"the plan is for {plan.component!r}, but the contract covers {names}"
                remedy = f"add {plan.component} to contract.coverage, or change the plan's component"
                yield item.problem(("plans", index, "component"), message, remedy)


WARNINGS: tuple[Callable[[Configuration], Iterator[Problem]], ...] = (
    overrides_of_somebody_who_is_not_on,
    standing_overrides_of_somebody_who_is_not_on,
    last_resorts_on_schedules_alone,
    plans_outside_the_contract,
)

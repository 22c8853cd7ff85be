"""Whom a step of an escalation policy names: a person, a schedule, a team, one of several in turn, or PagerDuty."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, Discriminator, Field, Tag

from oncall.schema.fields import Id, Value

KINDS = ("person", "schedule", "team", "round_robin", "pagerduty")


class PersonTarget(Value):
    person: Id


class ScheduleTarget(Value):
    """Whoever is on call on the schedule at that moment."""

    schedule: Id


class TeamTarget(Value):
    """Every member at once."""

    team: Id


class PagerDutyTarget(Value):
    """A PagerDuty service of the file; `default` always exists."""

    pagerduty: Id


def _kind_of(target: object) -> str | None:
    """The first key that says what the target is; the chosen model then refuses any other key by name."""
    keys = target if isinstance(target, Mapping) else type(target).model_fields if isinstance(target, BaseModel) else ()
    return next((kind for kind in KINDS if kind in keys), None)


def _pool_kind_of(pool: object) -> str | None:
    return "ids" if isinstance(pool, (list, tuple)) else _kind_of(pool)


RoundRobinPool = Annotated[
    Annotated[tuple[Id, ...], Field(min_length=1), Tag("ids")]
    | Annotated[ScheduleTarget, Tag("schedule")]
    | Annotated[TeamTarget, Tag("team")],
    Discriminator(
        _pool_kind_of,
        custom_error_type="round_robin_pool",
        custom_error_message="round_robin takes a list of people, {schedule: id} or {team: id}; write one of these",
    ),
]


class RoundRobinTarget(Value):
    """One person per escalation, in turn."""

    round_robin: RoundRobinPool


Target = Annotated[
    Annotated[PersonTarget, Tag("person")]
    | Annotated[ScheduleTarget, Tag("schedule")]
    | Annotated[TeamTarget, Tag("team")]
    | Annotated[RoundRobinTarget, Tag("round_robin")]
    | Annotated[PagerDutyTarget, Tag("pagerduty")],
    Discriminator(
        _kind_of,
        custom_error_type="target",
        custom_error_message="a target is {person: id}, {schedule: id}, {team: id}, {round_robin: …} or "
        "{pagerduty: id}; write one of these",
    ),
]

"""The whole configuration: every section of the file, each typed by the room that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from alerting.catalog.schema import Customer, Email, Language, Name, Phone, Priority, SlaTarget
from alerting.escalation.schema import EscalationPolicy
from alerting.pagerduty.schema import DEFAULT, PagerDutyService
from alerting.ratings.schema import Ratings
from core.documents.store import SINGLE, Document
from oncall.schema import (
    Absence,
    Calendar,
    Defaults,
    Person,
    Rotation,
    Schedule,
    StandingChange,
    StandingOverride,
    StandingTemporary,
    Team,
    Value,
)
from oncall.schema.fields import Id, Timezone
from oncall.spans import Span

IntegrationFormat = Literal["generic", "alertmanager", "grafana"]
IncidentType = Literal["backup_not_run", "backup_failed", "restore_not_run", "restore_failed", "other"]
Role = Literal["owner", "activator", "reporter", "viewer", "engineer", "manager", "admin", "integration"]

CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute hour day month weekday

CUSTOMER_ROLES = frozenset({"owner", "activator", "reporter", "viewer", "integration"})
STAFF_ROLES = frozenset({"engineer", "manager", "admin"})


def _is_cron(text: str) -> str:
    if len(text.split()) != 5:
        raise ValueError(f"the cron expression {text!r} has not 5 fields; write minute hour day month weekday")
    for field, (low, high) in zip(text.split(), CRON_RANGES, strict=True):
        _check_cron_field(field, low, high)
    return text


def _check_cron_field(field: str, low: int, high: int) -> None:
    for part in field.split(","):
        span, _, step = part.partition("/")
        ends = [str(low), str(high)] if span == "*" else span.split("-")
        numbers = [int(end) for end in ends if end.isdecimal()]
        in_range = len(numbers) == len(ends) <= 2 and low <= numbers[0] <= numbers[-1] <= high
        if not in_range or (("/" in part) and not (step.isdecimal() and int(step) > 0)):
            raise ValueError(
                f"{part!r} is not a cron field between {low} and {high}; write numbers, ranges 1-5, lists 1,2 or */15"
            )


Cron = Annotated[str, AfterValidator(_is_cron)]
SenderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 ]*[A-Za-z][A-Za-z0-9 ]*$", max_length=11)]
ReferencePrefix = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,6}$")]


class Provider(Value):
    """Who runs the service. None = the environment's word, else the built-in default; the environment always wins.
    `sms_name` is an alphanumeric sender: 11 characters at most, one letter at least."""

    name: Name | None = None
    sms_name: SenderName | None = None
    reference_prefix: ReferencePrefix | None = None
    timezone: Timezone | None = None
    language: Language | None = None
    emergency_phone: Phone | None = None


class PagerDuty(Value):
    services: tuple[PagerDutyService, ...]


class OnEvent(Value):
    """What an event or a missed heartbeat opens: an incident ticket. `escalation_policy` None = nobody is paged;
    `suggest_plan` is offered to the customer, never activated by itself."""

    kind: IncidentType
    priority: Priority
    escalation_policy: Id | None = None
    suggest_plan: Id | None = None


class Integration(Value):
    id: Id
    customer: Id
    component: Id
    format: IntegrationFormat = "generic"
    on_event: OnEvent


class Heartbeat(Value):
    """Expected `every` span, or at the times of `cron` in `timezone`; late after `grace` more."""

    id: Id
    customer: Id
    component: Id
    job: Name
    machine: Name | None = None
    every: Span | None = None
    cron: Cron | None = None
    timezone: Timezone | None = None
    grace: Span
    max_runtime: Span | None = None
    on_late: OnEvent

    @model_validator(mode="after")
    def _has_one_rhythm(self) -> Self:
        if (self.every is None) == (self.cron is None):
            raise ValueError("a heartbeat is expected either every span or by cron; write exactly one of the two")
        if self.cron is not None and self.timezone is None:
            raise ValueError("cron is read on a local clock; add timezone, such as Europe/Madrid")
        if self.every is not None and not self.every:
            raise ValueError("every 0s is no rhythm; write a span such as 1h")
        return self


class User(Value):
    """Who may sign in or hold tokens. `person` for those who are also paged, `customer` for a customer's people."""

    email: Email
    person: Id | None = None
    customer: Id | None = None
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _stands_on_one_side(self) -> Self:
        customers, staff = CUSTOMER_ROLES.intersection(self.roles), STAFF_ROLES.intersection(self.roles)
        if customers and self.customer is None:
            raise ValueError(f"the role {min(customers)} belongs to a customer; add customer")
        if staff and self.customer is not None:
            raise ValueError(
                f"the role {min(staff)} sees every customer and {self.customer} is one; remove one of them"
            )
        return self


class World(Value):
    """Every section is optional: None = not named, so not owned and left as it is."""

    provider: Provider | None = None
    defaults: Defaults | None = None
    calendars: tuple[Calendar, ...] | None = None
    people: tuple[Person, ...] | None = None
    teams: tuple[Team, ...] | None = None
    rotations: tuple[Rotation, ...] | None = None
    rotation_changes: tuple[StandingChange, ...] | None = None
    schedules: tuple[Schedule, ...] | None = None
    overrides: tuple[StandingOverride, ...] | None = None
    temporary_schedules: tuple[StandingTemporary, ...] | None = None
    absences: tuple[Absence, ...] | None = None
    escalation_policies: tuple[EscalationPolicy, ...] | None = None
    pagerduty: PagerDuty | None = None
    sla: tuple[SlaTarget, ...] | None = None
    ratings: Ratings | None = None
    customers: tuple[Customer, ...] | None = None
    integrations: tuple[Integration, ...] | None = None
    heartbeats: tuple[Heartbeat, ...] | None = None
    users: tuple[User, ...] | None = None


SECTIONS: Mapping[str, type[BaseModel]] = {
    "provider": Provider,
    "defaults": Defaults,
    "calendars": Calendar,
    "people": Person,
    "teams": Team,
    "rotations": Rotation,
    "rotation_changes": StandingChange,
    "schedules": Schedule,
    "overrides": StandingOverride,
    "temporary_schedules": StandingTemporary,
    "absences": Absence,
    "escalation_policies": EscalationPolicy,
    "pagerduty": PagerDutyService,
    "sla": SlaTarget,
    "ratings": Ratings,
    "customers": Customer,
    "integrations": Integration,
    "heartbeats": Heartbeat,
    "users": User,
}
"""One object of each section, in the order of the file. `pagerduty` is its services."""

SINGLES = frozenset({"provider", "defaults", "ratings"})
DEFAULT_PAGERDUTY_SERVICE = DEFAULT


def object_id(section: str, body: Mapping[str, Any]) -> str | None:
    """What tells the objects of a section apart; None when the body does not say it. Users are known by their e-mail
    in lower case, SLA targets by their cell."""
    if section in SINGLES:
        return SINGLE
    if section == "users":
        return str(body["email"]).lower() if "email" in body else None
    if section == "sla":
        return f"{body['component']}/{body['priority']}" if {"component", "priority"} <= body.keys() else None
    return str(body["id"]) if "id" in body else None


def written(value: BaseModel) -> dict[str, Any]:
    """The body as it is stored and exported: only the keys that were written, spans and instants in canonical text."""
    return value.model_dump(mode="json", exclude_unset=True)


def world_of(documents: Iterable[Document]) -> World:
    """The live objects, typed. Raises ValidationError when a stored body is no longer of the shape."""
    bodies: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        if not document.archived and document.section in SECTIONS:
            bodies.setdefault(document.section, []).append(document.body)
    sections: dict[str, Any] = {name: found[0] if name in SINGLES else found for name, found in bodies.items()}
    if "pagerduty" in sections:
        sections["pagerduty"] = {"services": sections["pagerduty"]}
    return World.model_validate(sections)

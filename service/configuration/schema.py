"""The whole configuration: every section of the file, each typed by the room that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from alerting.catalog.schema import Customer, Email, Language, Name, Phone, SlaTarget
from alerting.catalog.terms import SupportTerms
from alerting.escalation.schema import EscalationPolicy
from alerting.monitoring.schema import Heartbeat, Integration
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

Role = Literal["owner", "activator", "reporter", "viewer", "engineer", "manager", "admin", "integration"]


CUSTOMER_ROLES = frozenset({"owner", "activator", "reporter", "viewer", "integration"})
STAFF_ROLES = frozenset({"engineer", "manager", "admin"})


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
    terms: tuple[SupportTerms, ...] | None = None
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
    "terms": SupportTerms,
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

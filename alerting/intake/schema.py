"""What a customer may tell about a ticket: groups A to D of the support terms, clause 3.1. Only the symptoms are
required: nobody is kept from opening a ticket at three in the morning by a form."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from alerting.catalog.phone import callable_number
from alerting.catalog.schema import Email, Language
from core.audit.chain import storable

Kind = Literal["incident", "request", "complaint"]
IncidentType = Literal["backup_not_run", "backup_failed", "restore_not_run", "restore_failed", "other"]
System = Literal["windows", "linux_unix", "solaris", "macos", "aix", "other"]
Level = Literal["low", "medium", "high"]


def _words(value: str) -> str:
    return str(storable(value))


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_words)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000), AfterValidator(_words)]
Symptoms = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), AfterValidator(_words)
]
LONGEST_OUTPUT = 2_000_000
Output = Annotated[str, StringConstraints(max_length=LONGEST_OUTPUT), AfterValidator(_words)]
Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(callable_number)]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Affected(_Told):
    """S-3.A3: an account or a machine, by its exact name, and the name it signs in with."""

    kind: Literal["user", "machine"]
    name: Line
    login: Line | None = None


class FollowUp(_Told):
    """S-3.C5: whom to get back to, and how."""

    name: Line | None = None
    phone: Phone | None = None
    email: Email | None = None
    language: Language | None = None
    preferred_channel: Literal["phone", "email", "portal"] | None = None
    best_time: Line | None = None


class Told(_Told):
    """Groups A (the problem), B (the business), C (circumstances), D (more). Every text as the customer wrote it.
    `critical_situation`: the business stands still; that makes it P1 (S-3.B3). `platform_login` is a user name and
    never a password (S-3.D2). An `error_output` of more than 200 kB becomes an attachment (`overflow`)."""

    symptoms: Symptoms
    error_output: Output | None = None
    affected: tuple[Affected, ...] = Field(default=(), max_length=100)
    steps_to_reproduce: Words | None = None
    desired_outcome: Words | None = None

    business_impact: Words | None = None
    affected_users: int | None = Field(default=None, ge=0, le=10_000_000)
    affected_machines: int | None = Field(default=None, ge=0, le=10_000_000)
    strategic_users: bool | None = None
    critical_situation: bool = False

    product_build: Line | None = None
    occurred_before: Literal["first", "again", "unknown"] | None = None
    earlier_ticket: Line | None = None
    preceding_events: Words | None = None
    recent_changes: Words | None = None
    contact: FollowUp | None = None

    os: System | None = None
    environment: Words | None = None
    platform_login: Line | None = None
    tried_steps: Words | None = None
    kb_articles: tuple[Line, ...] = Field(default=(), max_length=50)

    impact: Level | None = None
    urgency: Level | None = None

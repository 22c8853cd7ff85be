"""Customers as the configuration file writes them: contract, contacts in calling order, contingency plans.

The same frozen values are what entitlement and activation compute with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from oncall.schema import Value
from oncall.schema.fields import Id
from oncall.spans import Span

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;]{1,64}@[^@\s<>,;]{1,189}$")]
Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
Language = Literal["es", "en"]

Priority = Literal["P1", "P2", "P3", "P4"]
Metric = Literal["response", "contact", "resolution"]
Coverage = Literal["24x7", "business"]
ContractStatus = Literal["active", "trial", "suspended", "expired"]
OutOfCoverage = Literal["queue", "allow", "deny"]
Drills = Literal["page", "rehearse"]
ContactRole = Literal["owner", "activator", "reporter", "viewer"]
ContactMail = Literal["all", "own"]

METRICS: tuple[Metric, ...] = ("response", "contact", "resolution")

Minutes = Annotated[int, Field(gt=0, le=525_600)]


class SlaTarget(Value):
    """Minutes to each metric for one component and priority; None = no target for that metric. The provider's own
    list is the base; a contract's may only be better (support terms, clause 4.1)."""

    component: Id
    priority: Priority
    response_minutes: Minutes | None = None
    contact_minutes: Minutes | None = None
    resolution_minutes: Minutes | None = None

    @property
    def cell(self) -> tuple[str, Priority]:
        return self.component, self.priority

    def minutes(self, metric: Metric) -> int | None:
        found: int | None = getattr(self, f"{metric}_minutes")
        return found


class Agreement(Value):
    """That indicators of satisfaction are shown to this customer: what says so, and since when (S-4.4)."""

    document: Name
    agreed_on: date


class Contract(Value):
    """`coverage` is per component: a component that it does not name is not part of the contract.
    `default_escalation_policy` pages for an activation that names no plan, at P1. Without `share_csat_agreement` no
    figure about satisfaction is shown to the customer."""

    status: ContractStatus = "active"
    calendar: Id | None = None
    coverage: Mapping[Id, Coverage] = Field(default_factory=dict)
    out_of_coverage: OutOfCoverage = "queue"
    drills: Drills = "page"
    default_escalation_policy: Id | None = None
    sla: tuple[SlaTarget, ...] = ()
    share_csat_agreement: Agreement | None = None


class Contact(Value):
    """Somebody at the customer's. `mail: all` is told everything, `own` what they took part in. `language` None = the
    customer's. The roles decide what mail or calls from that address may do; signing in is `users`' business."""

    id: Id
    name: Name
    email: Email | None = None
    phone: Phone | None = None
    roles: tuple[ContactRole, ...] = ()
    language: Language | None = None
    mail: ContactMail = "own"


class Plan(Value):
    """A contingency plan: what is activated, for which component, and who is then paged."""

    id: Id
    name: Name
    component: Id
    priority: Priority
    escalation_policy: Id
    rto: Span | None = None
    rpo: Span | None = None
    instructions: str | None = None
    checklist: tuple[Name, ...] = ()


class Customer(Value):
    """A signatory organisation; the order of `contacts` is the order of calling."""

    id: Id
    name: Name
    language: Language = "es"
    contract: Contract
    contacts: tuple[Contact, ...] = ()
    plans: tuple[Plan, ...] = ()

    def plan(self, plan_id: str) -> Plan | None:
        return next((plan for plan in self.plans if plan.id == plan_id), None)

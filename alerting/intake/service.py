"""Open a ticket that pages nobody: an incident, a request or a complaint, by whatever channel it came. The same ticket
as that of an activation (S-2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerting.attachments import service as attachments
from alerting.attachments.limits import Limits
from alerting.attachments.service import Added, Prepared
from alerting.catalog.entitlement import coverage_of
from alerting.catalog.schema import Customer, Priority
from alerting.configuration import Configuration
from alerting.intake.priority import priority_of
from alerting.intake.schema import IncidentType, Kind, Told
from alerting.intake.secrets import without_secrets
from alerting.notifications import service as notifications
from alerting.sla import service as sla
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.audit.chain import SYSTEM, LogActor
from core.counters import next_reference
from core.db import insert_row
from core.ids import ulid
from oncall.calendars import next_opening

TITLE_LENGTH = 120
EARLIEST_OPENING = timedelta(days=30)
"""How far back the opening of a call that is entered afterwards may lie."""


class UnknownComponent(ValueError):
    """The contract has no such component; `allowed` names those it has."""

    def __init__(self, component: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"the contract has no component {component!r}; allowed: {', '.join(allowed) or 'none'}")
        self.allowed = allowed


@dataclass(frozen=True)
class NewTicket:
    """`requester_email` None: a machine or nobody known reports it, and the contacts with `mail: all` are told.
    `priority` None: by the matrix. `component` None: the only one of the contract, if it has but one. `opened_at` is
    earlier than now for a telephone call that is entered afterwards: in the customer's favour, never later (S-4.9).
    `suggested_plan`: what the mail offers the customer to activate; nothing is activated by itself. `files` become its
    attachments as far as `room` allows."""

    customer_id: str
    told: Told
    channel: str
    requester_email: str | None
    kind: Kind = "incident"
    incident_type: IncidentType | None = None
    title: str | None = None
    component: str | None = None
    priority: Priority | None = None
    department: str | None = None
    opened_at: datetime | None = None
    on_behalf: bool = False
    suggested_plan: str | None = None
    actor: LogActor = field(default=SYSTEM)
    files: Sequence[Prepared] = ()
    room: Limits | None = None


@dataclass(frozen=True)
class Opened:
    """`redacted`: fields out of which something that looked like a secret was taken. `offer_activation`: the situation
    is critical and the contract covers the component around the clock, so the customer may activate (S-3.B3).
    `files`: what became of them."""

    ticket: TicketRow
    redacted: tuple[str, ...]
    offer_activation: bool
    files: Added = field(default_factory=Added)


def open_ticket(work: Work, wanted: NewTicket) -> Opened:
    """UnknownComponent before anything is written. Nobody is rung: paging is what an activation is for."""
    customer = work.config.customers[wanted.customer_id]
    component = _component(customer, wanted.component)
    told, redacted = without_secrets(wanted.told.model_dump(mode="json", exclude_defaults=True))
    opened_at = min(wanted.opened_at or work.now, work.now)
    terms = work.config.terms_at(opened_at)
    contact = wanted.told.contact
    informed = [wanted.requester_email] if wanted.requester_email and not wanted.on_behalf else []
    if contact and contact.email and contact.email.lower() not in {one.lower() for one in informed}:
        informed.append(contact.email)
    if customer.contract.status in ("suspended", "expired"):
        informed += [one.email for one in customer.contacts if one.email and "owner" in one.roles]
    ticket = TicketRow(
        id=ulid(),
        reference=next_reference(work.session, work.config.provider.reference_prefix),
        kind=wanted.kind,
        incident_type=(wanted.incident_type or "other") if wanted.kind == "incident" else None,
        state="new",
        mode="real",
        priority=priority_of(wanted.told, wanted.priority),
        channel=wanted.channel,
        customer_id=customer.id,
        customer_name=customer.name,
        title=_title(wanted.title, told),
        component=component,
        department=wanted.department,
        intake=told,
        requester_email=wanted.requester_email,
        symptoms=told["symptoms"],
        critical=wanted.told.critical_situation,
        callback_phone=_phone(customer, wanted),
        callback_name=contact.name if contact else None,
        flags=_flags(customer),
        informed=informed,
        opened_at=opened_at,
        terms_version=terms.id if terms else None,
        sla_policy_version=work.config.version,
        contact_state="none",
        episode=1,
        reopen_count=0,
        version=1,
    )
    insert_row(work.session, ticket)
    data = {
        "kind": ticket.kind, "type": ticket.incident_type, "priority": ticket.priority, "mode": ticket.mode,
        "channel": ticket.channel, "on_behalf": wanted.on_behalf, "flags": ticket.flags, "redacted": redacted,
    }  # fmt: skip
    if ticket.opened_at < work.now:
        data["opened_at"] = ticket.opened_at.isoformat()
    work.record(ticket.reference, "ticket.opened", data, actor=wanted.actor)
    added = _attach(work, ticket, wanted)
    dues = sla.start(work, ticket) | {"attended_at": attended_at(work.config, ticket, work.now)}
    plan = customer.plan(wanted.suggested_plan) if wanted.suggested_plan else None
    notifications.tell_customer(work, ticket, "opened", dues=dues, suggested=plan)
    return Opened(ticket, redacted, offers_activation(customer, ticket), added)


def attended_at(config: Configuration, ticket: TicketRow, now: datetime) -> datetime | None:
    """When the office opens for the ticket; None while it is open, and where the contract covers it around the clock
    (S-1.1)."""
    customer = config.customer(ticket.customer_id)
    calendar = config.oncall.calendars.get(customer.contract.calendar or "") if customer else None
    if customer is None or calendar is None or coverage_of(customer.contract, ticket.component) == "24x7":
        return None
    opens_at = next_opening(calendar, now)
    return opens_at if opens_at and opens_at > now else None


def offers_activation(customer: Customer, ticket: TicketRow) -> bool:
    """The situation is critical, and the contract covers the component around the clock: the customer may activate."""
    covered = coverage_of(customer.contract, ticket.component) == "24x7"
    return ticket.kind != "contingency" and ticket.critical and covered and bool(customer.plans)


def _attach(work: Work, ticket: TicketRow, wanted: NewTicket) -> Added:
    if not wanted.files or wanted.room is None:
        return Added()
    by_us = wanted.channel == "phone" and wanted.actor.type == "person"
    return attachments.add(
        work, ticket, wanted.files, wanted.room, public=True, channel=wanted.channel,
        person=wanted.actor.id if by_us else None, actor=wanted.actor,
    )  # fmt: skip


def _component(customer: Customer, named: str | None) -> str | None:
    known = tuple(customer.contract.coverage)
    if named is not None and named not in known:
        raise UnknownComponent(named, known)
    return named or (known[0] if len(known) == 1 else None)


def _title(title: str | None, told: Mapping[str, Any]) -> str:
    """Given, or the first line of the symptoms."""
    if title:
        return title[:TITLE_LENGTH]
    line = next((line.strip(" .") for line in str(told["symptoms"]).splitlines() if line.strip(" .")), "")
    line = line or str(told["symptoms"])
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"


def _phone(customer: Customer, wanted: NewTicket) -> str | None:
    """The number told, else the requester's, else the first contact's that has one."""
    if wanted.told.contact and wanted.told.contact.phone:
        return wanted.told.contact.phone
    asked = (wanted.requester_email or "").lower()
    ordered = sorted(customer.contacts, key=lambda one: (one.email or "").lower() != asked)
    return next((one.phone for one in ordered if one.phone), None)


def _flags(customer: Customer) -> list[str]:
    status = customer.contract.status
    return [f"contract_{status}"] if status in ("suspended", "expired") else []

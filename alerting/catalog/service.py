"""The catalog request "Intervención por activación de plan de contingencia" as one command."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import bindparam, select

from alerting.catalog import entitlement, rehearsal
from alerting.catalog.entitlement import Granted, Queued, Refused
from alerting.catalog.models import ActivationRow
from alerting.catalog.schema import Contact, Customer, Plan
from alerting.escalation import service as escalations
from alerting.escalation.models import EscalationRow
from alerting.escalation.schema import EscalationPolicy
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.service import Place
from alerting.notifications.wording import NO_PLAN
from alerting.sla import service as sla
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.audit.chain import SYSTEM, LogActor
from core.counters import next_reference
from core.db import insert_row
from core.ids import short, ulid

log = logging.getLogger(__name__)

ITEM = "contingency-activation"
TITLES = {
    "es": "Intervención por activación de plan de contingencia",
    "en": "Intervention by activation of a contingency plan",
}

# Built once: on the way to the first page, building a statement takes longer than running it.
_OPEN = select(TicketRow).where(TicketRow.open_key.in_(bindparam("keys", expanding=True))).with_for_update()


class UnknownPlan(LookupError):
    """The customer has no such plan."""


class NotEntitled(Exception):
    """The request is refused; nothing was recorded but the refusal. `field` of the request is to blame."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.reason)
        self.field, self.reason = refused.field, refused.reason


class PlanRequired(ValueError):
    """The customer has several plans and no default policy: the request must name one."""

    def __init__(self, plans: Sequence[str]) -> None:
        super().__init__(f"name a plan; allowed: {', '.join(plans) or 'none is configured'}")
        self.plans = tuple(plans)


@dataclass(frozen=True)
class Activation:
    """What was asked, by whom. Texts are the customer's own and never logged. `callback_phone` is E.164. `received_at`
    is earlier than now for a request that waited in the journal: the ticket is opened as of then. `caller_email`: the
    customer's contact for whom staff act, who is told from then on; None: staff act for nobody in particular."""

    customer_id: str
    mode: Literal["real", "drill"]
    requester_email: str
    channel: str
    plan_id: str | None = None
    callback_phone: str | None = None
    symptoms: str | None = None
    critical: bool = False
    reason: str | None = None
    on_behalf: bool = False
    by_manager: bool = False
    caller_email: str | None = None
    received_at: datetime | None = None
    actor: LogActor = field(default=SYSTEM)

    @property
    def asker(self) -> str | None:
        """The address of whoever at the customer's asks; None when staff act for nobody in particular."""
        return self.caller_email if self.on_behalf else self.requester_email


@dataclass(frozen=True)
class Activated:
    """`joined`: a ticket was open already; `repaged`: it had been answered, and paging has begun anew."""

    reference: str
    state: str
    queued_until: datetime | None
    joined: bool = False
    repaged: bool = False


def request_activation(work: Work, wanted: Activation) -> Activated:
    """Open a ticket and start its escalation, or join the open one. UnknownPlan, PlanRequired or NotEntitled before
    anything is written. Two requests of the same moment: the second fails with IntegrityError on the ticket's open
    key and joins when the caller runs the command again."""
    customer = work.config.customers[wanted.customer_id]
    plan = _plan(customer, wanted.plan_id)
    key, drill_key = _open_key(customer.id, plan, wanted.mode), _open_key(customer.id, plan, "drill")
    under_way = _open(work, key, drill_key)
    if (open_ticket := under_way.get(key)) is not None:
        return _join(work, open_ticket, wanted, customer)
    contract = customer.contract
    entitled = entitlement.check(
        contract,
        plan.component if plan else None,
        wanted.mode,
        work.now,
        work.config.oncall.calendars,
        scheduled_by_manager=wanted.by_manager,
    )
    if isinstance(entitled, Refused):
        raise NotEntitled(entitled)
    if (drill := under_way.get(drill_key)) is not None:
        # A real emergency ends the exercise of the same plan.
        escalations.stand_down(work, drill, wanted.actor, by_customer=not wanted.on_behalf)
    return _open_new(work, wanted, customer, plan, key, entitled)


def available(work: Work, customer: Customer, plan: Plan | None) -> entitlement.Entitlement:
    """What a real activation at this instant would meet."""
    component = plan.component if plan else None
    return entitlement.check(customer.contract, component, "real", work.now, work.config.oncall.calendars)


def contact_of(customer: Customer, email: str) -> Contact | None:
    """The customer's contact of that address."""
    return next((c for c in customer.contacts if c.email and c.email.lower() == email.lower()), None)


def _open_new(
    work: Work,
    wanted: Activation,
    customer: Customer,
    plan: Plan | None,
    key: str,
    entitled: Granted | Queued,
) -> Activated:
    policy = _policy(work, customer, plan)
    phone, name = _callback(customer, wanted)
    until = entitled.until if isinstance(entitled, Queued) else None
    owners = [c.email for c in customer.contacts if c.email and "owner" in c.roles]
    opened_at = wanted.received_at or work.now
    terms = work.config.terms_at(opened_at)
    informed = [wanted.asker] if wanted.asker else []
    if customer.contract.status in ("suspended", "expired"):
        informed += owners
    ticket = TicketRow(
        id=ulid(),
        reference=next_reference(work.session, work.config.provider.reference_prefix),
        kind="contingency",
        state="new",
        mode=wanted.mode,
        requester_email=wanted.asker or wanted.requester_email,
        priority="P1" if plan is None or wanted.critical else plan.priority,
        channel=wanted.channel,
        customer_id=customer.id,
        customer_name=customer.name,
        plan_id=plan.id if plan else None,
        title=plan.name if plan else NO_PLAN[customer.language],
        component=plan.component if plan else None,
        open_key=key,
        symptoms=wanted.symptoms,
        critical=wanted.critical,
        callback_phone=phone,
        callback_name=name,
        flags=list(entitled.flags),
        informed=informed,
        opened_at=opened_at,
        terms_version=terms.id if terms else None,
        sla_policy_version=work.config.version,
        queued_until=until,
        contact_state="none",
        episode=1,
        reopen_count=0,
        version=1,
    )
    insert_row(work.session, ticket)
    _write_down(work, ticket, wanted, joined=False)
    data = {"kind": ticket.kind, "priority": ticket.priority, "mode": ticket.mode, "plan": ticket.plan_id}
    work.record(ticket.reference, "ticket.opened", data | {"flags": ticket.flags}, actor=wanted.actor)
    if until is not None:
        work.record(ticket.reference, "activation.queued", {"until": until.isoformat()})
    if wanted.mode == "drill":
        work.record(ticket.reference, "drill.started", {"drills": customer.contract.drills}, actor=wanted.actor)
    if wanted.mode == "drill" and customer.contract.drills == "rehearse":
        rehearsal.report(work, ticket, policy)
    else:
        escalations.start(work, ticket, policy, opens_at=until)
    dues = sla.start(work, ticket)
    notifications.tell_customer(work, ticket, "received" if until is None else "queued", dues=dues)
    return Activated(ticket.reference, ticket.state, until)


def _join(work: Work, ticket: TicketRow, wanted: Activation, customer: Customer) -> Activated:
    """The second request for what is under way (contract, section Activation)."""
    _write_down(work, ticket, wanted, joined=True)
    row = work.session.execute(
        select(EscalationRow)
        .where(EscalationRow.ticket_id == ticket.id)
        .order_by(EscalationRow.episode.desc())
        .limit(1)
    ).scalar_one_or_none()
    state = row.state if row else None
    repaged = row is not None and (state == "contacted" or ticket.state == "waiting")
    work.record(ticket.reference, "ticket.joined", {"repaged": repaged, "escalation": state}, actor=wanted.actor)
    told = {address.lower() for address, _name, _language in notifications.mail_recipients(work, ticket)}
    contact = contact_of(customer, wanted.asker or wanted.requester_email)
    if wanted.asker and wanted.asker.lower() not in told:
        ticket.informed = [*ticket.informed, wanted.asker]
        name = contact.name if contact else wanted.asker
        language = notifications.language_of(work, customer, contact)
        notifications.tell_joiner(work, ticket, wanted.asker, name, language)
    if repaged and row is not None:
        _new_episode(work, ticket, wanted)
    elif state == "acknowledged" and row is not None and row.owner:
        text = messages.JoinedOwnerSms(
            reference=short(ticket.reference),
            name=contact.name if contact else wanted.asker or wanted.requester_email,
            customer=customer.name,
            phone=wanted.callback_phone or (contact.phone if contact else None),
            drill=ticket.mode == "drill",
        )
        notifications.notify(work, ticket, Place(row.id, row.episode, row.cycle), row.owner, text)
    return Activated(ticket.reference, ticket.state, ticket.queued_until, joined=True, repaged=repaged)


def _new_episode(work: Work, ticket: TicketRow, wanted: Activation) -> None:
    """The customer asks again after having been contacted: somebody must be found again."""
    customer = work.config.customers[ticket.customer_id]
    ticket.contact_state = "pending"
    if wanted.callback_phone:
        ticket.callback_phone, ticket.callback_name = _callback(customer, wanted)
    _page_again(work, ticket, customer, wanted.actor)


def page_again(work: Work, ticket: TicketRow, actor: LogActor) -> bool:
    """A new episode of paging for a ticket that was closed. False when it is none that pages: it never has, or its
    customer is gone."""
    customer = work.config.customer(ticket.customer_id)
    if customer is None:
        return False
    if ticket.kind != "contingency":
        policy = work.config.policies.get(escalations.policy_of(work, ticket) or "")
        return policy is not None and escalations.page_again(work, ticket, policy, actor)
    _page_again(work, ticket, customer, actor)
    return True


def open_key_of(ticket: TicketRow) -> str | None:
    """What makes further activations join it; None for a ticket that is none of an activation."""
    return f"{ticket.customer_id}/{ticket.plan_id or '-'}/{ticket.mode}" if ticket.kind == "contingency" else None


def _page_again(work: Work, ticket: TicketRow, customer: Customer, actor: LogActor) -> None:
    ticket.episode += 1
    plan = customer.plan(ticket.plan_id) if ticket.plan_id else None
    escalations.start(work, ticket, _policy(work, customer, plan), opens_at=None, actor=actor)


def _write_down(work: Work, ticket: TicketRow, wanted: Activation, *, joined: bool) -> None:
    customer = work.config.customers[wanted.customer_id]
    contact = contact_of(customer, wanted.requester_email)
    activation = ActivationRow(
        id=ulid(),
        ticket_id=ticket.id,
        customer_id=customer.id,
        plan_id=ticket.plan_id,
        mode=wanted.mode,
        requester_email=wanted.requester_email,
        requester_name=contact.name if contact else wanted.requester_email,
        on_behalf=wanted.on_behalf,
        callback_phone=wanted.callback_phone,
        symptoms=wanted.symptoms,
        reason=wanted.reason,
        critical=wanted.critical,
        requested_at=wanted.received_at or work.now,
        joined=joined,
    )
    insert_row(work.session, activation)
    work.record(
        ticket.reference,
        "activation.requested",
        {"activation": activation.id, "mode": wanted.mode, "plan": ticket.plan_id, "on_behalf": wanted.on_behalf,
         "channel": wanted.channel, "critical": wanted.critical},
        actor=wanted.actor,
        personal={"requester": wanted.requester_email}
        | ({"caller": wanted.caller_email} if wanted.caller_email else {}),
        about=wanted.requester_email.lower(),
    )  # fmt: skip


def _plan(customer: Customer, plan_id: str | None) -> Plan | None:
    """None only where the contract's default policy stands in for a plan."""
    if plan_id is not None:
        plan = customer.plan(plan_id)
        if plan is None:
            raise UnknownPlan(plan_id)
        return plan
    if len(customer.plans) == 1:
        return customer.plans[0]
    if customer.contract.default_escalation_policy is None:
        raise PlanRequired([plan.id for plan in customer.plans])
    return None


def _policy(work: Work, customer: Customer, plan: Plan | None) -> EscalationPolicy:
    """The plan's, else the contract's default. Should neither be there any more, the first critical one: an accepted
    request always pages somebody."""
    for name in (plan.escalation_policy if plan else None, customer.contract.default_escalation_policy):
        if name and name in work.config.policies:
            return work.config.policies[name]
    log.error("customer %s has no escalation policy left; another one is used", customer.id)
    policies = sorted(work.config.policies.values(), key=lambda policy: policy.urgency != "critical")
    return policies[0]


def _callback(customer: Customer, wanted: Activation) -> tuple[str | None, str | None]:
    """(number, name): the request's number, else the requester's, else the contacts' in order."""
    requester = contact_of(customer, wanted.asker or wanted.requester_email)
    if wanted.callback_phone:
        named = next((c for c in customer.contacts if c.phone == wanted.callback_phone), requester)
        return wanted.callback_phone, named.name if named else None
    for contact in ([requester] if requester else []) + list(customer.contacts):
        if contact.phone:
            return contact.phone, contact.name
    return None, requester.name if requester else None


def _open(work: Work, *keys: str) -> dict[str | None, TicketRow]:
    """Open tickets by their keys, locked."""
    found = work.session.execute(_OPEN, {"keys": keys}).scalars()
    return {ticket.open_key: ticket for ticket in found}


def _open_key(customer_id: str, plan: Plan | None, mode: str) -> str:
    return f"{customer_id}/{plan.id if plan else '-'}/{mode}"

"""A ticket that a machine opens: with its facts, paging by the policy that its rule names; and what is said on it while
it is open. Nobody but people closes it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select

from alerting.catalog.schema import Customer
from alerting.escalation import service as escalations
from alerting.handling.progress import report
from alerting.intake import service as intake
from alerting.intake.schema import Affected, IncidentType, Told
from alerting.intake.service import NewTicket
from alerting.monitoring.schema import OnEvent
from alerting.monitoring.wording import Written
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.service import Place
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.audit.chain import LogActor
from core.ids import short

log = logging.getLogger(__name__)

NAME_LENGTH = 200


@dataclass(frozen=True)
class Trouble:
    """`output` is what the machine said itself; `actor` the machine, by the id of its heartbeat or integration."""

    customer: Customer
    component: str
    channel: Literal["heartbeat", "monitoring"]
    kind: IncidentType
    rule: OnEvent
    written: Written
    actor: LogActor
    machine: str | None = None
    output: str | None = None


def open_ticket(work: Work, trouble: Trouble) -> TicketRow:
    """An incident, told to the customer; paged when the rule says by what policy."""
    rule = trouble.rule
    covered = trouble.component in trouble.customer.contract.coverage
    told = Told(
        symptoms=trouble.written.symptoms,
        error_output=trouble.output,
        affected=(Affected(kind="machine", name=trouble.machine[:NAME_LENGTH]),) if trouble.machine else (),
    )
    wanted = NewTicket(
        customer_id=trouble.customer.id,
        told=told,
        channel=trouble.channel,
        requester_email=None,
        incident_type=trouble.kind,
        title=trouble.written.title,
        component=trouble.component if covered else None,
        priority=rule.priority,
        suggested_plan=rule.suggest_plan,
        actor=trouble.actor,
    )
    ticket = intake.open_ticket(work, wanted).ticket
    page(work, ticket, rule, trouble.actor)
    return ticket


def page(work: Work, ticket: TicketRow, rule: OnEvent, actor: LogActor) -> None:
    """By the rule's policy, if it names one: at first, and anew when what had been dealt with comes back. Nothing where
    somebody is being paged, or has said yes and is on the way."""
    if rule.escalation_policy is None:
        return
    policy = work.config.policies.get(rule.escalation_policy)
    if policy is None:
        log.error(
            "there is no escalation policy %s any more: %s pages nobody", rule.escalation_policy, ticket.reference
        )
        return
    escalations.page_again(work, ticket, policy, actor)


def still_open(work: Work, ticket_id: str | None) -> TicketRow | None:
    """The ticket, locked; None when there is none, or it is closed."""
    if ticket_id is None:
        return None
    query = select(TicketRow).where(TicketRow.id == ticket_id, TicketRow.state != "closed").with_for_update()
    return work.session.execute(query).scalar_one_or_none()


def note(
    work: Work,
    ticket: TicketRow,
    kind: str,
    data: Mapping[str, Any],
    personal: Mapping[str, Any],
    actor: LogActor,
    *,
    tell: bool = True,
) -> None:
    """On the ticket for everybody to read; with `tell` the customer gets it by mail too, and so does whoever has the
    ticket."""
    work.record(ticket.reference, kind, data, actor=actor, personal=personal, about=ticket.customer_id)
    if tell:
        report(work, ticket, kind, data, personal, but=None)
        if ticket.owner is not None:
            text = messages.MachineSms(reference=short(ticket.reference), customer=ticket.customer_name, event=kind)
            place = Place(None, ticket.episode)
            notifications.notify(work, ticket, place, ticket.owner, text, by=("email", "sms"))

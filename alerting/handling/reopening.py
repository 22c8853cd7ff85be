"""The customer may reopen at any time (support terms, clause 3.2); a ticket that turns out to be another one's double
is merged into it."""

from __future__ import annotations

from sqlalchemy import select

from alerting.catalog import entitlement
from alerting.catalog import service as catalog
from alerting.escalation import service as escalations
from alerting.escalation import standing as standings
from alerting.handling.service import Author
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.out_of_use import managers
from alerting.notifications.service import Place
from alerting.sla import service as sla
from alerting.tickets import spans, states
from alerting.tickets.models import TicketRow
from alerting.tickets.states import TicketEvent, TicketState
from alerting.work import Work
from core.ids import short

OFTEN = 2
"""Reopenings from which on the managers are told (S-3.2.8)."""


class NotTheSameCustomer(ValueError):
    """Two tickets of different customers are never one."""


def reopen(work: Work, ticket: TicketRow, by: Author, reason: str | None = None, channel: str = "api") -> bool:
    """From closed to new, whatever its age; owner and history stay (S-3.2.6, S-3.2.8). P1 under a contract that covers
    this hour pages as at the first time. IllegalTransition when it is open; True when somebody is paged."""
    ticket.state = states.after(TicketState(ticket.state), TicketEvent.REOPEN)
    ticket.closed_at = ticket.close_code = ticket.explanation = ticket.merged_into = None
    ticket.reopen_count += 1
    ticket.contact_state = "none"
    ticket.open_key = _free_key(work, ticket)
    ticket.version += 1
    spans.end(work, ticket)
    paged = _covered_now(work, ticket) and ticket.priority == "P1" and catalog.page_again(work, ticket, by.actor)
    data = {"count": ticket.reopen_count, "channel": channel, "person": by.person, "paged": paged}
    said = {"reason": reason} if reason else None
    work.record(ticket.reference, "ticket.reopened", data, actor=by.actor, personal=said, about=ticket.customer_id)
    sla.look(work, ticket)
    notifications.tell_customer(work, ticket, "reopened")
    _tell_us(work, ticket, by)
    return paged


def merge(work: Work, ticket: TicketRow, into: TicketRow, by: Author) -> None:
    """Close `ticket` as a duplicate of `into`, where it goes on; whoever was told about the one is told about the
    other from now on. NotTheSameCustomer, IllegalTransition. Both must be locked."""
    if into.customer_id != ticket.customer_id:
        raise NotTheSameCustomer(into.reference)
    if into.state == states.CLOSED:
        raise states.IllegalTransition(into.state, "merge into", ("reopen",))
    escalations.close(work, ticket, by.actor, "duplicate", None)
    ticket.merged_into = into.reference
    known = {address.lower() for address in into.informed}
    into.informed = [*into.informed, *(one for one in ticket.informed if one.lower() not in known)]
    into.version += 1
    sla.merged(work, ticket, into)
    work.record(ticket.reference, "ticket.merged", {"into": into.reference, "person": by.person}, actor=by.actor)
    work.record(into.reference, "ticket.merged", {"from": ticket.reference, "person": by.person}, actor=by.actor)


def _covered_now(work: Work, ticket: TicketRow) -> bool:
    customer = work.config.customer(ticket.customer_id)
    if customer is None or ticket.mode == "drill":
        return False
    calendars = work.config.oncall.calendars
    found = entitlement.check(customer.contract, ticket.component, "real", work.now, calendars)
    return isinstance(found, entitlement.Granted)


def _free_key(work: Work, ticket: TicketRow) -> str | None:
    """What makes further activations join it, unless another ticket of the plan is open meanwhile."""
    key = catalog.open_key_of(ticket)
    if key is None:
        return None
    taken = work.session.execute(select(TicketRow.id).where(TicketRow.open_key == key)).first()
    return None if taken else key


def _tell_us(work: Work, ticket: TicketRow, by: Author) -> None:
    row = standings.latest_escalation(work.session, ticket.id)
    place = Place(row.id if row else None, ticket.episode)
    text = messages.ReopenedSms(
        reference=short(ticket.reference), customer=ticket.customer_name, times=ticket.reopen_count,
        drill=ticket.mode == "drill",
    )  # fmt: skip
    told = set()
    if ticket.owner and ticket.owner != by.person:
        told.add(ticket.owner)
    if ticket.reopen_count >= OFTEN or ticket.owner is None:
        owners = [ticket.owner] if ticket.owner else []
        told |= {manager.id for manager in managers(work, owners) if manager.id != by.person}
    for person in sorted(told):
        notifications.notify(work, ticket, place, person, text)

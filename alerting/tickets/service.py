"""Commands on the ticket row itself. They take the work in hand, never commit, and leave paging to `escalation`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from alerting.tickets import spans, states
from alerting.tickets.models import TicketRow
from alerting.tickets.states import TicketEvent, TicketState
from alerting.work import Work
from core.audit.chain import SYSTEM, LogActor


class UnknownTicket(LookupError):
    """No such ticket, or not for this caller: the two are told apart by nobody."""


def locked(work: Work, reference: str, customer_id: str | None = None) -> TicketRow:
    """The ticket, locked until the end of the transaction where the database can. `customer_id` limits it to one
    customer's; UnknownTicket otherwise."""
    query = select(TicketRow).where(TicketRow.reference == reference).with_for_update()
    if customer_id is not None:
        query = query.where(TicketRow.customer_id == customer_id)
    found = work.session.execute(query).scalar_one_or_none()
    if found is None:
        raise UnknownTicket(reference)
    return found


def locked_by_id(work: Work, ticket_id: str) -> TicketRow:
    return work.session.execute(select(TicketRow).where(TicketRow.id == ticket_id).with_for_update()).scalar_one()


def take(
    work: Work, ticket: TicketRow, person: str, via: str, contact_due_at: datetime | None, at: datetime | None = None
) -> None:
    """The engineer has the ticket, since `at` or now. `acknowledged_at` and `acknowledged_by` stay the first; `owner`
    is the latest."""
    ticket.state = states.after(TicketState(ticket.state), TicketEvent.ACKNOWLEDGE)
    if ticket.acknowledged_at is None:
        ticket.acknowledged_at, ticket.acknowledged_by, ticket.acknowledged_via = at or work.now, person, via
    ticket.owner = person
    ticket.contact_due_at = contact_due_at
    if ticket.contact_state != "reached":
        ticket.contact_state = "pending"
    ticket.version += 1


def assign(ticket: TicketRow, person: str) -> None:
    """Another engineer has the ticket; everything else stays."""
    ticket.owner = person
    ticket.version += 1


def contact_made(work: Work, ticket: TicketRow, person: str | None, at: datetime) -> None:
    """The customer has been spoken with; the first time is kept."""
    ticket.state = states.after(TicketState(ticket.state), TicketEvent.CONTACT)
    ticket.contact_state = "reached"
    if ticket.contacted_at is None:
        ticket.contacted_at, ticket.contacted_by = at, person
    if ticket.owner is None:
        ticket.owner = person
    ticket.contact_due_at = None
    ticket.version += 1


def contact_missing(ticket: TicketRow, state: str) -> None:
    """`pending`, `unreachable` or `disputed`: the customer has not been reached."""
    ticket.contact_state = state
    ticket.contact_due_at = None
    ticket.version += 1


def close(
    work: Work,
    ticket: TicketRow,
    code: str,
    explanation: str | None,
    *,
    event: TicketEvent = TicketEvent.CLOSE,
    actor: LogActor = SYSTEM,
) -> None:
    """Closed with its code (`withdrawn` for a stand-down); IllegalTransition when it is closed already."""
    ticket.state = states.after(TicketState(ticket.state), event)
    ticket.closed_at = work.now
    ticket.close_code = code
    ticket.explanation = explanation
    ticket.open_key = None
    ticket.contact_due_at = None
    ticket.waiting_reason = None
    ticket.version += 1
    spans.begin(work, ticket, "closed", code)
    said = {"explanation": explanation} if explanation else None
    work.record(ticket.reference, "ticket.closed", {"code": code}, actor=actor, personal=said, about=ticket.customer_id)

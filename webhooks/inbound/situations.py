"""Rows turned into what a person on the telephone must know: where their page stands, and whom to call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from alerting.catalog.schema import Contact
from alerting.escalation import paging
from alerting.escalation import standing as standings
from alerting.escalation.standing import Stand
from alerting.notifications import rendering
from alerting.notifications.models import AttemptRow
from alerting.notifications.service import language_of
from alerting.notifications.wording import Language
from alerting.runtime import Runtime
from alerting.tickets import service as tickets
from alerting.tickets.models import TicketRow
from alerting.work import Work
from webhooks.voice import Situation, Standing

TEST = "test"


@dataclass(frozen=True)
class Customer:
    """Who is dialled next: `index` is the number's place among all that are known, which may stand in an address.
    `untried`: nobody has tried it in this escalation."""

    index: int
    number: str
    name: str
    untried: bool = True


@dataclass(frozen=True)
class Seen:
    """`stand` is None for a call about no ticket; `customer` when there is nobody to call."""

    situation: Situation
    stand: Stand | None = None
    customer: Customer | None = None


@contextmanager
def looking(runtime: Runtime) -> Iterator[Work]:
    """A fresh look, without a write lock; nothing done with this work is ever written."""
    with runtime.database.reading() as session:
        yield Work(session, runtime.now(session), runtime.configurations.current(session))


def seen_by(work: Work, attempt: AttemptRow, ticket: TicketRow | None) -> Seen | None:
    """Where the attempt's page stands for its person; None when it is neither a page nor a test."""
    if attempt.purpose == TEST:
        return Seen(Situation(Standing.TEST, person=attempt.person_name))
    stand = standings.stand(work, ticket, attempt.person_id) if ticket else None
    if ticket is None or stand is None:
        return None
    customer = next_customer(work, ticket, stand)
    return Seen(_situation(work, attempt, stand, customer), stand, customer)


def ticket_of(work: Work, attempt: AttemptRow, *, locked: bool) -> TicketRow | None:
    if attempt.ticket_id is None:
        return None
    if locked:
        return tickets.locked_by_id(work, attempt.ticket_id)
    return work.session.get(TicketRow, attempt.ticket_id)


def next_customer(work: Work, ticket: TicketRow, stand: Stand) -> Customer | None:
    """The first known number, and after a try without an answer the next one: the least tried comes first."""
    numbers = paging.known_numbers(work, ticket)
    if not numbers:
        return None
    tried = dict(standings.tries(work.session, stand.escalation.id))
    index = min(range(len(numbers)), key=lambda i: (tried.get(numbers[i], 0), i))
    number = numbers[index]
    return Customer(index, number, _name_at(work, ticket, number), untried=number not in tried)


def language_at(work: Work, ticket: TicketRow, number: str) -> Language:
    """Of whoever is likely to pick up there."""
    customer = work.config.customer(ticket.customer_id)
    return as_language(language_of(work, customer, _contact_at(work, ticket, number)))


def as_language(code: str | None) -> Language:
    return "en" if code == "en" else "es"


def _situation(work: Work, attempt: AttemptRow, stand: Stand, customer: Customer | None) -> Situation:
    ticket, escalation = stand.ticket, stand.escalation
    organisation = work.config.customer(ticket.customer_id)
    plan = organisation.plan(ticket.plan_id) if organisation and ticket.plan_id else None
    return Situation(
        Standing[stand.standing.name],
        person=attempt.person_name,
        customer=ticket.customer_name,
        plan=ticket.plan_name,
        reference=ticket.reference.rpartition("-")[2],
        priority=ticket.priority,
        opened_at=ticket.opened_at,
        symptoms=ticket.symptoms,
        instructions=plan.instructions if plan else None,
        owner=stand.owner,
        owned_at=stand.owned_at,
        contact=customer.name if customer else None,
        contact_untried=customer is not None and customer.untried,
        contact_due_at=ticket.contact_due_at,
        contacted_at=ticket.contacted_at,
        next_person=standings.last_paged(work, escalation.id, attempt.person_id),
        tries=sum(count for _, count in standings.tries(work.session, escalation.id)),
        late_minutes=rendering.late_minutes(attempt, attempt.sent_at or work.now),
        overdue_minutes=_overdue_minutes(work, stand),
        last_resort=bool(attempt.facts.get("last_resort")),
        drill=ticket.mode == "drill",
    )


def _overdue_minutes(work: Work, stand: Stand) -> int | None:
    """None unless paging has begun again because an acknowledgement was not followed by contact."""
    ticket = stand.ticket
    again = stand.standing is standings.Standing.OPEN and stand.escalation.cycle > 1
    if not again or ticket.acknowledged_at is None or ticket.contact_state == "reached":
        return None
    return int((work.now - ticket.acknowledged_at).total_seconds() // 60)


def _name_at(work: Work, ticket: TicketRow, number: str) -> str:
    contact = _contact_at(work, ticket, number)
    if contact:
        return contact.name
    return (number == ticket.callback_phone and ticket.callback_name) or ticket.customer_name


def _contact_at(work: Work, ticket: TicketRow, number: str) -> Contact | None:
    customer = work.config.customer(ticket.customer_id)
    return next((c for c in customer.contacts if c.phone == number), None) if customer else None

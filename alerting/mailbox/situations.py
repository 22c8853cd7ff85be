"""What the rows and the configuration say about a mail, for `decision.decide`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select

from alerting.catalog.schema import Contact, Customer
from alerting.mailbox.decision import STORM_WITHIN, Known, Situation
from alerting.mailbox.models import InboxRow
from alerting.mailbox.received import Received
from alerting.mailbox.words import reference_in
from alerting.notifications import threads
from alerting.notifications.models import AttemptRow, MailThreadRow
from alerting.tickets.models import TicketRow
from alerting.tickets.queries import seen_by
from alerting.work import Work
from core.accounts.models import User
from core.accounts.sessions import actor_of
from core.settings import Settings

MOST_MERGES = 5


@dataclass(frozen=True)
class Found:
    """`tickets`: those that the situation names, locked, by reference."""

    situation: Situation
    tickets: dict[str, TicketRow]


def look(work: Work, row: InboxRow, mail: Received, settings: Settings) -> Found:
    """Tickets are locked, so that what is decided is still true when it is done."""
    tickets: dict[str, TicketRow] = {}
    thread = threads.find(work.session, threads.tokens_in(mail.recipients, mail.references))
    valid = thread is not None and thread.revoked_at is None
    by_token = _ticket(work, TicketRow.id == thread.ticket_id) if valid and thread is not None else None
    written = reference_in(mail.subject, work.config.provider.reference_prefix)
    by_subject = _ticket(work, TicketRow.reference == written) if written else None
    if by_subject is not None and _hidden_from(work, mail.sender, by_subject):
        by_subject = None
    for one in (by_token, by_subject):
        if one is not None:
            tickets[one.reference] = one
    roles: dict[str, tuple[str, ...]] = {}
    for customer, contact in contacts(work, mail.sender):
        roles[customer.id] = (*roles.get(customer.id, ()), *contact.roles)
    return Found(
        Situation(
            own_addresses=settings.own_mail_addresses,
            by_token=_known(by_token),
            by_subject=_known(by_subject),
            roles=roles,
            former=not roles and _was_somebody(work, mail.sender),
            staff=_is_ours(work, mail.sender),
            lately=_lately(work, row, mail.sender),
            since_our_mail=_since_our_mail(work, row, by_token or by_subject, mail.sender),
        ),
        tickets,
    )


def contacts(work: Work, address: str) -> list[tuple[Customer, Contact]]:
    """Everybody whose address it is, at customers that are not archived."""
    return [
        (customer, contact)
        for customer in work.config.customers.values()
        for contact in customer.contacts
        if address and contact.email and contact.email.lower() == address
    ]


def _hidden_from(work: Work, address: str, ticket: TicketRow) -> bool:
    """Whether the sender signs in and does not see this ticket in the portal: its code in a subject is then no
    reference at all for them. Our own mail's token is one: they were told of the ticket."""
    users = work.session.scalars(
        select(User).where(User.email == address, User.customer_id == ticket.customer_id, User.archived_at.is_(None))
    )
    return any(not seen_by(ticket, actor_of(user, "email")) for user in users)


def _known(ticket: TicketRow | None) -> Known | None:
    return None if ticket is None else Known(ticket.reference, ticket.customer_id, ticket.state == "closed")


def _ticket(work: Work, which: object) -> TicketRow | None:
    """The one it goes on in, if it was merged."""
    found = work.session.execute(
        select(TicketRow).where(which).with_for_update()  # type: ignore[arg-type]  # a condition on a column
    ).scalar_one_or_none()
    for _ in range(MOST_MERGES):
        if found is None or found.merged_into is None:
            break
        found = work.session.execute(
            select(TicketRow).where(TicketRow.reference == found.merged_into).with_for_update()
        ).scalar_one_or_none()
    return found


def _was_somebody(work: Work, address: str) -> bool:
    """We have written to this address about a ticket, or it was a contact's or a user's."""
    if not address:
        return False
    if any(
        contact.email and contact.email.lower() == address
        for customer in work.config.archived_customers.values()
        for contact in customer.contacts
    ):
        return True
    written = select(MailThreadRow.id).where(MailThreadRow.address == address).limit(1)
    signed_in = select(User.id).where(User.email == address, User.customer_id.is_not(None)).limit(1)
    return any(work.session.execute(one).first() for one in (written, signed_in))


def _is_ours(work: Work, address: str) -> bool:
    """One of our people, also at an address that only pages them."""
    return any(
        address in {(person.email or "").lower(), *(method.address.lower() for method in person.contact_methods)}
        for person in work.config.oncall.people.values()
        if address
    )


def _lately(work: Work, row: InboxRow, address: str) -> int:
    """Only those that a person seems to have written, or nobody could write after an autoresponder's storm."""
    since = row.received_at - STORM_WITHIN
    earlier = work.session.execute(
        select(func.count())
        .select_from(InboxRow)
        .where(
            InboxRow.sender == address,
            InboxRow.received_at > since,
            InboxRow.received_at <= row.received_at,
            InboxRow.id != row.id,
            InboxRow.state != "ignored",
        )
    ).scalar_one()
    return earlier + 1


def _since_our_mail(work: Work, row: InboxRow, ticket: TicketRow | None, address: str) -> timedelta | None:
    if ticket is None:
        return None
    left_at = work.session.execute(
        select(func.max(AttemptRow.handed_over_at)).where(
            AttemptRow.ticket_id == ticket.id,
            AttemptRow.channel == "email",
            or_(AttemptRow.address == address, func.lower(AttemptRow.address) == address),
            AttemptRow.handed_over_at <= row.received_at,
        )
    ).scalar_one_or_none()
    return None if left_at is None else row.received_at - left_at

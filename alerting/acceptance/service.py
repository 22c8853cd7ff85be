"""Accept a version of the terms, and tell owners of those that wait for it (support terms, 7)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from alerting.acceptance.models import TermsAcceptanceRow, TermsNoticeRow
from alerting.acceptance.queries import waiting
from alerting.catalog.schema import Contact, Customer
from alerting.catalog.terms import SupportTerms
from alerting.notifications import service as notifications
from alerting.notifications.mails import TermsMail
from alerting.work import Work
from core.accounts.models import User
from core.accounts.permissions import Actor, Role
from core.db import insert_row
from core.ids import ulid

PAGE = "/portal/terms"


def accept(work: Work, actor: Actor, terms_id: str) -> bool:
    """False when this owner has accepted it before: the first click counts. LookupError for a version that is none, or
    an actor without a customer."""
    if terms_id not in work.config.terms or actor.customer_id is None:
        raise LookupError(terms_id)
    known = work.session.scalars(
        select(TermsAcceptanceRow.id).where(
            TermsAcceptanceRow.terms_id == terms_id,
            TermsAcceptanceRow.customer_id == actor.customer_id,
            TermsAcceptanceRow.user_id == actor.user_id,
        )
    ).first()
    if known is not None:
        return False
    insert_row(
        work.session,
        TermsAcceptanceRow(
            id=ulid(), terms_id=terms_id, customer_id=actor.customer_id, user_id=actor.user_id, email=actor.email,
            accepted_at=work.now,
        ),
    )  # fmt: skip
    data = {"version": terms_id, "user": actor.user_id}
    work.record(f"terms:{actor.customer_id}", "terms.accepted", data, actor=actor.as_logged)
    return True


def tell(work: Work) -> int:
    """One mail to each owner for each version that their organisation has not accepted; how many mails. Whoever becomes
    owner later is told then. Idempotent."""
    if not work.config.terms:
        return 0
    told = {
        (row.terms_id, row.customer_id, row.address)
        for row in work.session.execute(
            select(TermsNoticeRow.terms_id, TermsNoticeRow.customer_id, TermsNoticeRow.address)
        )
    }
    sent = 0
    for customer in work.config.customers.values():
        owners = dict(_owners(work, customer))
        for terms in waiting(work.session, work.config, customer.id, work.now):
            for address, contact in owners.items():
                if (terms.id, customer.id, address) not in told:
                    _mail(work, customer, terms, address, contact)
                    sent += 1
    return sent


def _owners(work: Work, customer: Customer) -> Iterator[tuple[str, Contact | None]]:
    """Who signed, as contacts; and who may click, as users. Addresses in lower case."""
    contacts = {one.email.lower(): one for one in customer.contacts if one.email}
    yield from ((address, one) for address, one in contacts.items() if "owner" in one.roles)
    users = work.session.scalars(
        select(User).where(User.customer_id == customer.id, User.archived_at.is_(None)).order_by(User.email)
    )
    yield from ((user.email, contacts.get(user.email)) for user in users if Role.OWNER in user.roles)


def _mail(work: Work, customer: Customer, terms: SupportTerms, address: str, contact: Contact | None) -> None:
    language = notifications.language_of(work, customer, contact)
    mail = TermsMail(
        reference="",
        customer=customer.name,
        ticket_url=PAGE,
        version=terms.id,
        from_day=f"{terms.from_:%d/%m/%Y}",
        notice=terms.notice_in(language),
        document_url=terms.url,
    )
    name = contact.name if contact else address
    attempt_id = notifications.plan_mail(work, None, mail, address, name, language, work.now)
    insert_row(
        work.session,
        TermsNoticeRow(
            terms_id=terms.id, customer_id=customer.id, address=address, attempt_id=attempt_id, told_at=work.now
        ),
    )
    data = {"version": terms.id, "attempt": attempt_id}
    work.record(f"terms:{customer.id}", "terms.announced", data)

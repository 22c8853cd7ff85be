"""Reading acceptances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.acceptance.models import TermsAcceptanceRow, TermsNoticeRow
from alerting.catalog.schema import Customer
from alerting.catalog.terms import SupportTerms, to_accept
from alerting.configuration import Configuration


@dataclass(frozen=True)
class Standing:
    """Of one customer and one version: who accepted it, in order, and who was told when."""

    customer: Customer
    accepted: tuple[TermsAcceptanceRow, ...]
    told: tuple[TermsNoticeRow, ...]


def acceptances(session: Session, customer_id: str) -> list[TermsAcceptanceRow]:
    """Of one customer, the oldest first."""
    return list(
        session.scalars(
            select(TermsAcceptanceRow)
            .where(TermsAcceptanceRow.customer_id == customer_id)
            .order_by(TermsAcceptanceRow.accepted_at, TermsAcceptanceRow.id)
        )
    )


def waiting(session: Session, config: Configuration, customer_id: str, now: datetime) -> list[SupportTerms]:
    """The versions that nobody at this customer has accepted yet: the one in force, then those to come."""
    if not config.terms:
        return []
    accepted = {one.terms_id for one in acceptances(session, customer_id)}
    return to_accept(config.terms.values(), accepted, now.astimezone(config.provider.zone).date())


def register(session: Session, config: Configuration, terms_id: str) -> Sequence[Standing]:
    """How one version stands with every customer, by name."""
    clicks = session.scalars(
        select(TermsAcceptanceRow)
        .where(TermsAcceptanceRow.terms_id == terms_id)
        .order_by(TermsAcceptanceRow.accepted_at, TermsAcceptanceRow.id)
    ).all()
    notices = session.scalars(
        select(TermsNoticeRow).where(TermsNoticeRow.terms_id == terms_id).order_by(TermsNoticeRow.told_at)
    ).all()
    customers = sorted(config.customers.values(), key=lambda one: one.name.casefold())
    return [
        Standing(
            customer,
            tuple(one for one in clicks if one.customer_id == customer.id),
            tuple(one for one in notices if one.customer_id == customer.id),
        )
        for customer in customers
    ]

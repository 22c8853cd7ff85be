"""Whose number calls us. It only says who it may be: numbers are forged in a minute, and the PIN says who it is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from alerting.catalog.schema import Contact, Customer
from alerting.notifications.service import language_of
from alerting.notifications.wording import Language
from alerting.work import Work
from core.accounts.models import TelephonePin, User
from oncall.schema import Person
from webhooks.inbound.phone_pages import people_at
from webhooks.inbound.situations import as_language

ACTIVATOR = "activator"
Known = tuple[str | None, bool]
NOBODY: Known = (None, False)


@dataclass(frozen=True)
class Caller:
    """Somebody whose telephone it is: of ours, or a contact of a customer's. `user_id` is None for whoever has no
    user here, and so no PIN."""

    language: Language
    user_id: str | None
    has_pin: bool
    person: Person | None = None
    customer: Customer | None = None
    contact: Contact | None = None

    @property
    def may_activate(self) -> bool:
        """A contact's roles decide what calls from their telephone may do."""
        return self.contact is not None and ACTIVATOR in self.contact.roles

    @property
    def may_type_pin(self) -> bool:
        return self.has_pin and (self.person is not None or self.may_activate)

    @property
    def group(self) -> str:
        """Whose PINs are guessed together."""
        return self.customer.id if self.customer else "staff"


def callers_at(work: Work, number: str) -> list[Caller]:
    """Everybody who shares this number, ours first."""
    people = people_at(work, number)
    contacts = [(customer, contact) for customer in work.config.customers.values() for contact in customer.contacts
                if contact.phone == number]  # fmt: skip
    if not people and not contacts:
        return []
    emails = [contact.email.lower() for _, contact in contacts if contact.email]
    rows = work.session.execute(
        select(User.id, User.person_id, User.customer_id, User.email, TelephonePin.user_id)
        .outerjoin(TelephonePin, TelephonePin.user_id == User.id)
        .where(User.archived_at.is_(None))
        .where(or_(User.person_id.in_([person.id for person in people]), User.email.in_(emails)))
    ).all()
    by_person: dict[str, Known] = {person: (user, bool(pin)) for user, person, _, _, pin in rows if person}
    by_contact: dict[tuple[str, str], Known] = {
        (customer, email): (user, bool(pin)) for user, _, customer, email, pin in rows if customer
    }
    found = []
    for person in people:
        user, has_pin = by_person.get(person.id, NOBODY)
        language = as_language(person.language or work.config.provider.language)
        found.append(Caller(language, user, has_pin, person=person))
    for customer, contact in contacts:
        user, has_pin = by_contact.get((customer.id, (contact.email or "").lower()), NOBODY)
        language = as_language(language_of(work, customer, contact))
        found.append(Caller(language, user, has_pin, customer=customer, contact=contact))
    return found


def caller_of(work: Work, number: str, user_id: str) -> Caller | None:
    """The caller whose PIN was right on this call; None when they have lost the telephone or the PIN meanwhile."""
    return next((c for c in callers_at(work, number) if c.user_id == user_id and c.may_type_pin), None)

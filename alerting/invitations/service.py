"""Invite somebody, or send the invitation again."""

from __future__ import annotations

from alerting.catalog.schema import Contact, Customer
from alerting.notifications import service as notifications
from alerting.notifications.mails import INVITATION_PATH, InvitationMail
from alerting.work import Work
from core.accounts import managed
from core.accounts.models import User
from core.accounts.permissions import Actor
from core.accounts.service import INVITATION_LIFETIME, ConfiguredUser


def invite(work: Work, actor: Actor, wanted: ConfiguredUser) -> None:
    """Give access and mail the link. NotManaged, and nothing is done."""
    _send(work, actor, managed.give_access(work.session, actor, wanted, work.now))


def send_again(work: Work, actor: Actor, user_id: str) -> str:
    """A new link; earlier ones are void. Also for who has a password and has lost it, and for accounts of the file. The
    address it went to. NotManaged."""
    user = managed.managed(work.session, actor, user_id)
    _send(work, actor, user)
    return user.email


def _send(work: Work, actor: Actor, user: User) -> None:
    managed.may_invite(work.session, user, work.now)
    customer = work.config.customer(user.customer_id) if user.customer_id else None
    person = work.config.oncall.people.get(user.person_id or "")
    contact = contact_at(customer, user.email)
    if person is not None:
        name, language = person.name, person.language or work.config.provider.language
    else:
        name = contact.name if contact else user.email
        language = notifications.language_of(work, customer, contact)
    mail = InvitationMail(
        reference="",
        customer=customer.name if customer else work.config.provider.name,
        ticket_url="/",
        inviter=_name(work, actor, customer),
        until=work.now + INVITATION_LIFETIME,
        invitation_url=INVITATION_PATH,
    )
    attempt_id = notifications.plan_mail(work, None, mail, user.email, name, language, work.now)
    managed.invited(work.session, actor, user, attempt_id, work.now)


def _name(work: Work, actor: Actor, customer: Customer | None) -> str:
    """Of who invites; the provider's where the actor is nobody's contact or person."""
    if actor.person_id:
        return work.config.person_name(actor.person_id)
    contact = contact_at(customer, actor.email) if actor.customer_id else None
    if contact is not None:
        return contact.name
    return customer.name if actor.customer_id and customer else work.config.provider.name


def contact_at(customer: Customer | None, email: str) -> Contact | None:
    contacts = customer.contacts if customer else ()
    return next((one for one in contacts if one.email and one.email.lower() == email.lower()), None)

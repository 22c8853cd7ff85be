"""Accounts that people manage on pages: invited, their roles changed, their access ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.accounts import service
from core.accounts.models import ApiToken, Invitation, TelephonePin, User
from core.accounts.permissions import Actor, Role, Visibility, checked_roles, may_give
from core.accounts.service import FILE, INVITATION_LIFETIME, LOG_SUBJECT, ConfiguredUser
from core.audit import log
from core.audit.chain import Entry
from core.ids import ulid

AGAIN_AFTER = timedelta(minutes=1)
"""How long after an invitation the next one to the same address may go: a second click is not a second mail."""
MOST_A_DAY = 50
"""Invitations of one customer, so that nobody uses us to flood others' mailboxes."""


class Refusal(StrEnum):
    NOT_YOURS = "not_yours"  # the address, the account or a role is not the actor's to manage
    EXISTS = "exists"
    FILE_OWNED = "file_owned"  # the configuration file says what this account may do
    ONESELF = "oneself"
    TOO_SOON = "too_soon"
    TOO_MANY = "too_many"


class NotManaged(ValueError):
    """Nothing was done; `why` says what stands against it."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


def give_access(session: Session, actor: Actor, wanted: ConfiguredUser, now: datetime) -> User:
    """A user who has yet to choose a password. Who had access once and comes back begins anew: neither the password nor
    the tokens and PIN of then count, for they may belong to another employer's time. NotManaged."""
    if not set(wanted.roles) <= may_give(actor, wanted.customer):
        raise NotManaged(Refusal.NOT_YOURS)
    found = session.scalars(select(User).where(User.email == wanted.email)).first()
    if found is not None and found.archived_at is None:
        ours = found.customer_id == wanted.customer
        raise NotManaged(Refusal.EXISTS if ours else Refusal.NOT_YOURS)
    user_id = service.add_user(session, wanted, now, by=actor.as_logged)
    user = session.get_one(User, user_id)
    user.password_hash, user.visibility, user.department = None, Visibility.ORGANISATION.value, None
    session.execute(
        update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)).values(revoked_at=now)
    )
    pin = session.get(TelephonePin, user_id)
    if pin is not None:
        session.delete(pin)
    session.flush()
    return user


def may_invite(session: Session, user: User, now: datetime) -> None:
    """NotManaged when the next invitation has to wait."""
    latest, today = session.execute(
        select(
            select(func.max(Invitation.created_at)).where(Invitation.user_id == user.id).scalar_subquery(),
            select(func.count())
            .select_from(Invitation)
            .join(User, User.id == Invitation.user_id)
            .where(User.customer_id == user.customer_id, Invitation.created_at > now - timedelta(days=1))
            .scalar_subquery(),
        )
    ).one()
    if latest is not None and now - latest < AGAIN_AFTER:
        raise NotManaged(Refusal.TOO_SOON)
    if today >= MOST_A_DAY:
        raise NotManaged(Refusal.TOO_MANY)


def invited(session: Session, actor: Actor, user: User, attempt_id: str, now: datetime) -> Invitation:
    """Notes the mail that has just been planned; every link before it is void."""
    service.close_links(session, user.id, now)
    made = Invitation(
        id=ulid(),
        user_id=user.id,
        attempt_id=attempt_id,
        invited_by=actor.user_id,
        created_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
    session.add(made)
    session.flush()
    _log(session, now, "account.invited", actor, user)
    return made


def accept(session: Session, invitation_id: str, password: str, now: datetime) -> Actor | None:
    """Uses the invitation up, sets the password and signs in; None when it is used, void or over. Of two at once one
    wins. WeakPassword: the caller's transaction fails, and the invitation is as good as before."""
    user_id = session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.used_at.is_(None),
            Invitation.voided_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(used_at=now)
        .returning(Invitation.user_id)
    ).scalar()
    user = session.get(User, user_id) if user_id else None
    if user is None or user.archived_at is not None:
        return None
    service.set_password(session, user.email, password, now)
    return service.signed_in(session, user, "invitation", now)


def managed(session: Session, actor: Actor, user_id: str) -> User:
    """The user whose access the actor manages. NotManaged, for an unknown id just the same."""
    user = session.get(User, user_id)
    if user is None or user.archived_at is not None or not manages(actor, user):
        raise NotManaged(Refusal.NOT_YOURS)
    return user


def manages(actor: Actor, user: User) -> bool:
    """Programs' accounts (role integration) are nobody's to invite: their tokens are made at the command line."""
    return set(user.roles) <= may_give(actor, user.customer_id)


def change_roles(session: Session, actor: Actor, user: User, roles: Iterable[str], now: datetime) -> None:
    """NotManaged: of an account that the file owns, of one's own, or with a role that is not the actor's to give.
    RolesMismatch when none is left. Idempotent; the file's word stays the file's."""
    _not_of_the_file_nor_oneself(actor, user)
    wanted = checked_roles(roles, user.customer_id)
    if not set(wanted) <= may_give(actor, user.customer_id):
        raise NotManaged(Refusal.NOT_YOURS)
    if list(wanted) != list(user.roles):
        user.roles = list(wanted)
        session.flush()
        _log(session, now, "account.changed", actor, user)


def limit(
    session: Session, actor: Actor, user: User, visibility: Visibility, department: str | None, now: datetime
) -> None:
    """Which tickets the user sees from now on; also of an account of the file, which says nothing of it. NotManaged for
    one's own. It counts while the roles are reporter and viewer alone (`permissions.visibility_of`)."""
    if user.id == actor.user_id:
        raise NotManaged(Refusal.ONESELF)
    if (user.visibility, user.department) != (visibility.value, department):
        user.visibility, user.department = visibility.value, department
        session.flush()
        _log(session, now, "account.changed", actor, user)


def end_access(session: Session, actor: Actor, user: User, now: datetime) -> None:
    """Signed out everywhere, tokens dead, no link opens. NotManaged as for `change_roles`."""
    _not_of_the_file_nor_oneself(actor, user)
    service.archive(session, user, now)
    session.flush()
    _log(session, now, "account.archived", actor, user)


def _not_of_the_file_nor_oneself(actor: Actor, user: User) -> None:
    if user.origin == FILE:
        raise NotManaged(Refusal.FILE_OWNED)
    if user.id == actor.user_id:
        raise NotManaged(Refusal.ONESELF)


def of_side(session: Session, customer_id: str | None) -> list[User]:
    """Everybody with access at this customer, None for the provider's own people, by address; programs left out."""
    users = session.scalars(
        select(User).where(User.customer_id == customer_id, User.archived_at.is_(None)).order_by(User.email)
    )
    return [user for user in users if Role.INTEGRATION not in user.roles]


def _log(session: Session, now: datetime, kind: str, actor: Actor, user: User) -> None:
    data = {"user": user.id, "roles": user.roles, "customer": user.customer_id, "visibility": user.visibility}
    log.append(session, LOG_SUBJECT, now, [Entry(kind, actor.as_logged, data)])

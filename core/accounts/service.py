"""Commands on accounts: keep users as the configuration says, sign in, set passwords, hand out tokens and links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.accounts import guesses, passwords, sessions, throttle, tokens
from core.accounts.digests import digest
from core.accounts.models import Invitation, LoginThrottle, SignInLink, User
from core.accounts.permissions import Actor, checked_roles
from core.accounts.sessions import actor_of
from core.audit import log
from core.audit.chain import SYSTEM, Entry, LogActor
from core.ids import opaque_token
from core.mail import is_address

LOG_SUBJECT = "accounts"
FILE, CONSOLE = "file", "console"
LINK_LIFETIME = timedelta(minutes=30)
INVITATION_LIFETIME = timedelta(hours=72)


class UnknownUser(LookupError):
    """No user with this address signs in here."""

    def __init__(self, email: str) -> None:
        super().__init__(f"no user {email!r}: add it under `users` and apply, or with `guardia user add`")


class UserExists(ValueError):
    """The address is taken."""


@dataclass(frozen=True, slots=True)
class ConfiguredUser:
    """One item of the section `users`. ValueError (RolesMismatch) when its roles do not fit its side."""

    email: str
    roles: tuple[str, ...]
    person: str | None = None
    customer: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "email", normal_email(self.email))
        if not is_address(self.email):
            raise ValueError(f"{self.email!r} is not one mail address; write it like ana@itsafer.example")
        object.__setattr__(self, "roles", checked_roles(self.roles, self.customer))

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """From the file's item `{email, roles, person?, customer?}`."""
        return cls(item["email"], tuple(item["roles"]), item.get("person"), item.get("customer"))


@dataclass(frozen=True, slots=True)
class Synced:
    """The addresses that changed, in the order of the file."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too many wrong guesses: nothing was looked at, and nothing is before `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """A guess that may be looked at, already counted as a failure. Verify it outside of a transaction: on SQLite the
    50 ms of a hash would otherwise keep every page waiting."""

    email: str
    user_id: str | None
    password_hash: str | None
    keys: tuple[str, ...]

    def verify(self, password: str) -> bool:
        """As slow for an unknown user as for a known one."""
        return passwords.verify(self.password_hash, password)


def normal_email(email: str) -> str:
    return email.strip().lower()


def find_user(session: Session, email: str) -> User | None:
    """The user of this address who is not archived."""
    return session.scalars(select(User).where(User.email == normal_email(email), User.archived_at.is_(None))).first()


def sync_users(
    session: Session, configured: Iterable[ConfiguredUser], now: datetime, *, by: LogActor = SYSTEM
) -> Synced:
    """Makes the users of the file as it says. Users of a file that are no longer in it are archived and signed out;
    those made by hand stay. Passwords and tokens are never touched. Idempotent."""
    wanted = {user.email: user for user in configured}
    known = {user.email: user for user in session.scalars(select(User))}
    synced = Synced()
    for email, item in wanted.items():
        if (user := known.get(email)) is None:
            _add(session, item, FILE, now)
            synced.created.append(email)
        else:
            _bring_into_line(user, item, synced)
    for user in known.values():
        if user.origin == FILE and user.archived_at is None and user.email not in wanted:
            archive(session, user, now)
            synced.archived.append(user.email)
    session.flush()
    _log_sync(session, synced, now, by)
    return synced


def add_user(session: Session, user: ConfiguredUser, now: datetime, *, by: LogActor = SYSTEM) -> str:
    """A user made by hand; its id. An archived one comes back with the given roles. UserExists when there is one."""
    found = session.scalars(select(User).where(User.email == user.email)).first()
    if found is not None and found.archived_at is None:
        raise UserExists(f"{user.email} is a user already, with the roles {', '.join(found.roles)}")
    event = "account.created" if found is None else "account.restored"
    if found is None:
        found = _add(session, user, CONSOLE, now)
    else:
        _bring_into_line(found, user, Synced())
        found.origin = CONSOLE
    session.flush()
    _log(session, now, event, by, user=found.id, roles=found.roles, customer=found.customer_id)
    return found.id


def sign_in(
    session: Session, email: str, password: str, now: datetime, *, address: str | None = None
) -> Actor | Throttled | None:
    """The whole of it in one transaction: `admit`, verify, `conclude`. None for a wrong address or password, which
    nobody can tell apart. A web process calls the three itself, with verify between two transactions."""
    attempt = admit(session, email, now, address=address)
    if isinstance(attempt, Throttled):
        return attempt
    return conclude(session, attempt, attempt.verify(password), now, password=password)


def admit(session: Session, email: str, now: datetime, *, address: str | None = None) -> Attempt | Throttled:
    """Counts the guess as a failure before it is looked at, so that a thousand guesses at once are not all looked at.
    `address` is the network address of the browser. Unknown accounts are throttled like known ones."""
    email = normal_email(email)
    limits = {digest(f"account:{email}"): throttle.ACCOUNT}
    if address:
        limits[digest(f"address:{address}")] = throttle.ADDRESS
    if until := guesses.open_at(session, limits, now):
        return Throttled(until)
    counts = {key: guesses.count(session, key, now) for key in sorted(limits)}  # one order: no deadlock
    for key, limit in limits.items():
        if counts[key] == limit.free:
            _log(session, now, "account.throttled", SYSTEM, key=key, failures=counts[key])
    user = find_user(session, email)
    return Attempt(email, user.id if user else None, user.password_hash if user else None, tuple(limits))


def conclude(
    session: Session, attempt: Attempt, verified: bool, now: datetime, *, password: str | None = None
) -> Actor | None:
    """Signs in when the guess was right. With `password`, a hash made with older parameters is made anew."""
    user = find_user(session, attempt.email) if verified else None
    if user is None or user.password_hash != attempt.password_hash or user.password_hash is None:
        return None
    if password is not None and passwords.needs_rehash(user.password_hash):
        user.password_hash = passwords.hashed(password)
    guesses.take_back(session, attempt.keys)
    return signed_in(session, user, "password", now)


def take_back(session: Session, attempt: Attempt) -> None:
    """The guess was right, and no sign-in: somebody who is signed in has shown once more who they are."""
    guesses.take_back(session, attempt.keys)


def sign_in_link(
    session: Session,
    email: str,
    now: datetime,
    *,
    lifetime: timedelta = LINK_LIFETIME,
    by: LogActor = SYSTEM,
) -> str | None:
    """The token of a link that signs in once; None when nobody has this address. Say the same to both on the page."""
    user = find_user(session, email)
    if user is None:
        return None
    token = opaque_token(sessions.TOKEN_LENGTH)
    session.add(SignInLink(digest=digest(token), user_id=user.id, created_at=now, expires_at=now + lifetime))
    session.flush()
    _log(session, now, "account.link_created", by, user=user.id)
    return token


def link_is_open(session: Session, token: str, now: datetime) -> bool:
    """Whether the link would still sign in; for the page that shows the button (mail scanners open every link)."""
    return session.execute(select(SignInLink.digest).where(*_open_link(token, now))).first() is not None


def use_link(session: Session, token: str, now: datetime) -> Actor | None:
    """Signs in and closes the link; None when it is used, over or unknown. Of two at once one wins."""
    user_id = session.execute(
        update(SignInLink).where(*_open_link(token, now)).values(used_at=now).returning(SignInLink.user_id)
    ).scalar()
    user = session.get(User, user_id) if user_id else None
    if user is None or user.archived_at is not None:
        return None
    return signed_in(session, user, "link", now)


def set_password(
    session: Session, email: str, password: str, now: datetime, *, keep: str | None = None, by: LogActor | None = None
) -> None:
    """Sets it, ends every other session (`keep` is the cookie of the one that asks) and every open link, and forgets
    failures. WeakPassword when it is refused, UnknownUser."""
    user = find_user(session, email)
    if user is None:
        raise UnknownUser(email)
    passwords.check_strength(password, user.email)
    user.password_hash = passwords.hashed(password)
    session.flush()
    sessions.revoke_all(session, user.id, keep=keep)
    close_links(session, user.id, now)
    session.execute(delete(LoginThrottle).where(LoginThrottle.key == digest(f"account:{user.email}")))
    _log(session, now, "account.password_set", by or actor_of(user, "session").as_logged, user=user.id)


def close_links(session: Session, user_id: str, now: datetime) -> None:
    """No link that was made or mailed for the user opens anything any more."""
    session.execute(delete(SignInLink).where(SignInLink.user_id == user_id))
    session.execute(
        update(Invitation)
        .where(Invitation.user_id == user_id, Invitation.used_at.is_(None), Invitation.voided_at.is_(None))
        .values(voided_at=now)
    )


def create_token(
    session: Session,
    email: str,
    name: str,
    now: datetime,
    *,
    expires_at: datetime | None = None,
    by: LogActor = SYSTEM,
) -> str:
    """A bearer token for the user, to be shown this once. UnknownUser."""
    user = find_user(session, email)
    if user is None:
        raise UnknownUser(email)
    token = tokens.issue(session, user.id, name, now, expires_at=expires_at)
    _log(session, now, "account.token_created", by, user=user.id, name=name)
    return token


def revoke_token(session: Session, token_id: str, now: datetime, *, by: LogActor = SYSTEM) -> bool:
    """False when there is no such token, or it already was revoked."""
    revoked = tokens.revoke(session, token_id, now)
    if revoked:
        _log(session, now, "account.token_revoked", by, token=token_id)
    return revoked


def purge(session: Session, now: datetime) -> None:
    """Removes what is over: sessions, links, forgotten failures. For the clock, every hour or so."""
    sessions.purge(session, now)
    session.execute(delete(SignInLink).where(SignInLink.expires_at <= now))
    session.execute(delete(LoginThrottle).where(LoginThrottle.last_failed_at <= now - throttle.FORGOTTEN_AFTER))


def _add(session: Session, item: ConfiguredUser, origin: str, now: datetime) -> User:
    user = User(
        email=item.email,
        person_id=item.person,
        customer_id=item.customer,
        roles=list(item.roles),
        origin=origin,
        created_at=now,
    )
    session.add(user)
    return user


def _bring_into_line(user: User, item: ConfiguredUser, synced: Synced) -> None:
    before = (user.person_id, user.customer_id, list(user.roles), user.origin)
    after = (item.person, item.customer, list(item.roles), FILE)
    if user.archived_at is not None:
        user.archived_at = None
        synced.restored.append(user.email)
    elif before != after:
        synced.changed.append(user.email)
    user.person_id, user.customer_id, user.roles, user.origin = after


def archive(session: Session, user: User, now: datetime) -> None:
    """Ends the access until somebody gives it again: signed out everywhere, no link opens. The caller logs it."""
    user.archived_at = now
    sessions.revoke_all(session, user.id)
    close_links(session, user.id, now)


def _log_sync(session: Session, synced: Synced, now: datetime, by: LogActor) -> None:
    by_event: dict[Literal["created", "changed", "restored", "archived"], Sequence[str]] = {
        "created": synced.created,
        "changed": synced.changed,
        "restored": synced.restored,
        "archived": synced.archived,
    }
    emails = [email for group in by_event.values() for email in group]
    users = {user.email: user for user in session.scalars(select(User).where(User.email.in_(emails)))}
    log.append(
        session,
        LOG_SUBJECT,
        now,
        [
            Entry(f"account.{event}", by, {"user": user.id, "roles": user.roles, "customer": user.customer_id})
            for event, group in by_event.items()
            for user in map(users.__getitem__, group)
        ],
    )


def _log(session: Session, now: datetime, kind: str, by: LogActor, **data: Any) -> None:
    log.append(session, LOG_SUBJECT, now, [Entry(kind, by, data)])


def signed_in(session: Session, user: User, way: str, now: datetime) -> Actor:
    """Notes the sign-in and by which `way`; who has signed in."""
    actor = actor_of(user, "session")
    _log(session, now, "account.signed_in", actor.as_logged, user=user.id, way=way)
    return actor


def _open_link(token: str, now: datetime) -> tuple[Any, ...]:
    return (SignInLink.digest == digest(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)

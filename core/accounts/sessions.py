"""Browsers that are signed in. They end after 12 h without use, and 7 days after sign-in in any case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from core.accounts.digests import digest
from core.accounts.models import User, UserSession
from core.accounts.permissions import Actor, Via
from core.ids import opaque_token

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=5)
TOKEN_LENGTH = 43  # base62: 256 bits


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`seen_due`: the row's last use is old enough that `seen` should be called; looking up writes nothing, so that
    reading a page takes no write lock."""

    actor: Actor
    seen_due: bool


def create(session: Session, user_id: str, now: datetime, *, replacing: str | None = None) -> str:
    """A new session for the cookie. `replacing` is the cookie the browser came with: it ends, so that a cookie planted
    before the sign-in is worth nothing after it."""
    if replacing:
        revoke(session, replacing)
    token = opaque_token(TOKEN_LENGTH)
    session.add(
        UserSession(id=digest(token), user_id=user_id, created_at=now, last_seen_at=now, expires_at=now + ABSOLUTE)
    )
    session.flush()
    return token


def look_up(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Who the cookie's bearer is; None when it is unknown, over, or its user is archived. One SELECT."""
    return owner(session, digest(token), now)


def owner(session: Session, token_digest: str, now: datetime) -> SignedIn | None:
    """`look_up` for a cookie of which only the digest was kept."""
    row = session.execute(
        select(User, UserSession.last_seen_at)
        .join(UserSession, UserSession.user_id == User.id)
        .where(
            UserSession.id == token_digest,
            UserSession.expires_at > now,
            UserSession.last_seen_at > now - IDLE,
            User.archived_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    user, last_seen_at = row
    actor = actor_of(user, "session")
    return SignedIn(actor, seen_due=now - last_seen_at >= SEEN_EVERY)


def actor_of(user: User, via: Via) -> Actor:
    return Actor(
        user.id,
        user.email,
        user.person_id,
        user.customer_id,
        frozenset(user.roles),
        via,
        user.visibility,
        user.department,
    )


def seen(session: Session, token: str, now: datetime) -> None:
    """Notes the use; at most every five minutes, so that a page that polls does not write."""
    session.execute(
        update(UserSession)
        .where(UserSession.id == digest(token), UserSession.last_seen_at <= now - SEEN_EVERY)
        .values(last_seen_at=now)
    )


def revoke(session: Session, token: str) -> None:
    """Signs this browser out; nothing when it already is."""
    session.execute(delete(UserSession).where(UserSession.id == digest(token)))


def revoke_all(session: Session, user_id: str, *, keep: str | None = None) -> None:
    """Signs the user out everywhere, apart from the browser whose cookie is `keep`."""
    session.execute(
        delete(UserSession).where(UserSession.user_id == user_id, UserSession.id != (digest(keep) if keep else ""))
    )


def purge(session: Session, now: datetime) -> None:
    """Removes the rows of sessions that are over."""
    session.execute(
        delete(UserSession).where(or_(UserSession.expires_at <= now, UserSession.last_seen_at <= now - IDLE))
    )

"""Bearer tokens of programs: `gdt_` and 256 random bits, shown once, stored as a digest."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from core.accounts.digests import digest
from core.accounts.models import ApiToken, User
from core.accounts.permissions import Actor
from core.db import READ_ONLY, UTCDateTime, run
from core.ids import opaque_token

PREFIX = "gdt_"
RANDOM_LENGTH = 43  # base62: 256 bits
USED_EVERY = timedelta(hours=1)
_OWNER = (
    select(
        *(User.id, User.email, User.person_id, User.customer_id, User.roles),
        *(User.visibility, User.department),
        *(ApiToken.id.label("token_id"), ApiToken.last_used_at),
    )
    .join(ApiToken, ApiToken.user_id == User.id)
    .where(
        ApiToken.digest == bindparam("of"),
        ApiToken.revoked_at.is_(None),
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("at", type_=UTCDateTime())),
        User.archived_at.is_(None),
    )
)
_NOTE_USE = (
    update(ApiToken)
    .where(
        ApiToken.id == bindparam("of"),
        or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= bindparam("before", type_=UTCDateTime())),
    )
    .values(last_used_at=bindparam("at", type_=UTCDateTime()))
    .execution_options(synchronize_session=False)
)


def issue(session: Session, user_id: str, name: str, now: datetime, *, expires_at: datetime | None = None) -> str:
    """A new token, returned this once."""
    token = PREFIX + opaque_token(RANDOM_LENGTH)
    session.add(ApiToken(digest=digest(token), name=name[:100], user_id=user_id, created_at=now, expires_at=expires_at))
    session.flush()
    return token


def authenticate(session: Session, bearer: str, now: datetime) -> Actor | None:
    """Whose token it is; None when it is unknown, revoked, expired, or its user is archived. One SELECT; in a
    transaction that may write, also the hour of its last use."""
    return owner(session, digest(bearer), now) if bearer.startswith(PREFIX) else None


def owner(session: Session, token_digest: str, now: datetime) -> Actor | None:
    """`authenticate` for a token of which only the digest was kept."""
    row = run(session, _OWNER, {"of": token_digest, "at": now}).one_or_none()
    if row is None:
        return None
    if row.last_used_at is None or now - row.last_used_at >= USED_EVERY:
        _note_use(session, row.token_id, now)
    roles = frozenset(row.roles)
    return Actor(row.id, row.email, row.person_id, row.customer_id, roles, "token", row.visibility, row.department)


def revoke(session: Session, token_id: str, now: datetime) -> bool:
    """False when there is no such token, or it already was revoked."""
    revoked = session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiToken.id)
    )
    return revoked.first() is not None


def of_user(session: Session, user_id: str) -> list[ApiToken]:
    """The user's tokens, newest first, revoked ones too."""
    return list(
        session.scalars(
            select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
        )
    )


def _note_use(session: Session, token_id: str, now: datetime) -> None:
    if session.connection().get_execution_options().get(READ_ONLY):
        return
    run(session, _NOTE_USE, {"of": token_id, "before": now - USED_EVERY, "at": now})

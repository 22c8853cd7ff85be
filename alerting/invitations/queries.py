"""Reading invitations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerting.invitations.standing import Latest, Standing, standing
from alerting.notifications.models import AttemptRow
from core.accounts import managed
from core.accounts.models import Invitation, User
from core.accounts.service import FILE

TOKEN_LENGTH = range(20, 65)
NOT_DELIVERED = ("failed", "skipped")


@dataclass(frozen=True)
class Account:
    """`until`: when the invitation that is open ends."""

    user: User
    standing: Standing
    until: datetime | None

    @property
    def of_file(self) -> bool:
        return self.user.origin == FILE


def accounts(session: Session, customer_id: str | None, now: datetime) -> list[Account]:
    """Of a customer, None for the provider's own people, by address."""
    users = managed.of_side(session, customer_id)
    latest = _latest(session, [user.id for user in users])
    return [
        Account(
            user,
            standing(user.password_hash is not None, (one := latest.get(user.id)), now),
            one.expires_at if one else None,
        )
        for user in users
    ]


def behind(session: Session, token: str, now: datetime) -> tuple[Invitation, User] | None:
    """The invitation that the end of a link opens; None when it is used, void, over or made up."""
    if len(token) not in TOKEN_LENGTH or not (token.isascii() and token.isalnum()):
        return None
    found = session.execute(
        select(Invitation, User)
        .join(AttemptRow, AttemptRow.id == Invitation.attempt_id)
        .join(User, User.id == Invitation.user_id)
        .where(
            AttemptRow.link_digest == hashlib.sha256(token.encode()).hexdigest(),
            Invitation.used_at.is_(None),
            Invitation.voided_at.is_(None),
            Invitation.expires_at > now,
            User.archived_at.is_(None),
        )
    ).one_or_none()
    return (found[0], found[1]) if found else None


def _latest(session: Session, user_ids: Iterable[str]) -> dict[str, Latest]:
    newest = select(func.max(Invitation.id)).where(Invitation.user_id.in_(list(user_ids))).group_by(Invitation.user_id)
    rows = session.execute(
        select(Invitation, AttemptRow.state)
        .outerjoin(AttemptRow, AttemptRow.id == Invitation.attempt_id)
        .where(Invitation.id.in_(newest))
    )
    return {
        one.user_id: Latest(
            one.expires_at,
            closed=one.used_at is not None or one.voided_at is not None,
            delivered=state not in NOT_DELIVERED,
        )
        for one, state in rows
    }

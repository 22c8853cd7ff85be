"""Threads of mail: what a recipient's mails about a ticket have in common, and the token by which an answer finds its
ticket. It cannot be guessed, says nothing by itself, is one recipient's, and can be ended."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from alerting.notifications.models import MailThreadRow
from core.ids import ulid

# Letters and digits of base32 in lower case: mail servers may fold the case of an address. 26 of them are 130 bits.
TOKEN_LENGTH = 26
ROOT = "thread"
_LETTERS = r"([a-z2-7]{26})"
_IN_ADDRESS = re.compile(rf"[^@+\s]+\+{_LETTERS}@[^@\s]+", re.IGNORECASE)
_IN_MESSAGE_ID = re.compile(rf"<?{ROOT}\.{_LETTERS}@[^@\s>]+>?", re.IGNORECASE)

_threads = cast(Table, MailThreadRow.__table__)


@dataclass(frozen=True)
class Thread:
    token: str
    first_message_id: str

    def reply_address(self, base: str) -> str:
        """`soporte@…` -> `soporte+TOKEN@…` (RFC 5233)."""
        local, _, domain = base.partition("@")
        return f"{local}+{self.token}@{domain}"

    def root(self, domain: str) -> str:
        """An id that no mail has and all of the thread refer to: it carries the token where the mail server of the
        reply address drops what follows the plus sign."""
        return f"<{ROOT}.{self.token}@{domain}>"


def thread_of(
    session: Session, key: bytes, ticket_id: str, address: str, first_message_id: str, now: datetime
) -> Thread:
    """The recipient's thread; begun with `first_message_id` when there is none yet. Two at once get the same."""
    thread_id = ulid()
    token = _token(key, thread_id)
    session.execute(
        _insert(session)
        .values(
            id=thread_id,
            ticket_id=ticket_id,
            address=address.lower(),
            digest=_digest(token),
            first_message_id=first_message_id,
            created_at=now,
        )
        .on_conflict_do_nothing()
    )
    row = session.execute(
        select(MailThreadRow.id, MailThreadRow.first_message_id).where(
            MailThreadRow.ticket_id == ticket_id, MailThreadRow.address == address.lower()
        )
    ).one()
    return Thread(_token(key, row.id), row.first_message_id)


def tokens_in(addresses: Collection[str], message_ids: Collection[str]) -> tuple[str, ...]:
    """What may be tokens in the addresses a mail came to and in the ids it refers to, each once."""
    found = [match[1].lower() for one in addresses if (match := _IN_ADDRESS.fullmatch(one.strip()))]
    found += [match[1].lower() for one in message_ids if (match := _IN_MESSAGE_ID.fullmatch(one.strip()))]
    return tuple(dict.fromkeys(found))


def find(session: Session, tokens: Sequence[str]) -> MailThreadRow | None:
    """The first thread that one of the tokens is of, an ended one too; None when all are made up."""
    if not tokens:
        return None
    digests = [_digest(token) for token in tokens]
    rows = {row.digest: row for row in session.scalars(select(MailThreadRow).where(MailThreadRow.digest.in_(digests)))}
    return next((rows[one] for one in digests if one in rows), None)


def of_ticket(session: Session, ticket_id: str) -> Sequence[MailThreadRow]:
    """In the order in which they began."""
    return session.scalars(
        select(MailThreadRow).where(MailThreadRow.ticket_id == ticket_id).order_by(MailThreadRow.id)
    ).all()


def revoke(session: Session, ticket_id: str, thread_id: str, now: datetime) -> bool:
    """Answers with its token prove nothing any more, for good. False when there is no such thread, or it is ended."""
    ended = session.execute(
        update(MailThreadRow)
        .where(MailThreadRow.id == thread_id, MailThreadRow.ticket_id == ticket_id, MailThreadRow.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def _token(key: bytes, thread_id: str) -> str:
    digest = hmac.new(key, f"mail-thread:{thread_id}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:TOKEN_LENGTH]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _insert(session: Session) -> Any:
    """The same words on SQLite and PostgreSQL, but SQLAlchemy has one construct for each."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(_threads) if dialect == "postgresql" else sqlite.insert(_threads)

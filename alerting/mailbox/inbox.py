"""Mails as they come: kept once, claimed by one worker at a time, and forgotten when their time is over."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from alerting.mailbox.models import InboxRow, MailAnswerRow
from alerting.mailbox.parsing import message_id_of
from core.audit.chain import storable
from core.ids import ulid
from core.queue import nudge

HANDLE = "alerting.mailbox.jobs.handle"
LEASE = timedelta(minutes=2)
MOST_TRIES = 5
AT_ONCE = 100
KEPT = timedelta(days=90)
ANSWER_AGAIN = timedelta(hours=24)
UNKEPT = ("ignored", "quarantined", "refused", "discarded", "failed")
MOST_RECIPIENTS = 50

_inbox = cast(Table, InboxRow.__table__)
_answers = cast(Table, MailAnswerRow.__table__)


@dataclass(frozen=True)
class Envelope:
    """`sender` is "" for the null sender (also written `<>`), None when it is not known."""

    sender: str | None = None
    recipients: tuple[str, ...] = ()


def keep(session: Session, raw: bytes, envelope: Envelope, source: str, now: datetime) -> bool:
    """In the caller's transaction: once it is committed the mail is ours. False when we have it already."""
    message_id = message_id_of(raw)
    inbox_id = ulid()
    kept = session.execute(
        _insert(session, _inbox)
        .values(
            id=inbox_id,
            dedup_key=_key(message_id, raw),
            source=source,
            envelope_from=None if envelope.sender is None else str(storable(envelope.sender)).strip("<> ")[:320],
            envelope_to=[str(storable(one))[:320] for one in envelope.recipients[:MOST_RECIPIENTS]],
            received_at=now,
            size=len(raw),
            raw=raw,
            state="new",
            fence=0,
            message_id=message_id[:255] if message_id else None,
            sender="",
            sender_name="",
            subject="",
        )
        .on_conflict_do_nothing()
        .returning(_inbox.c.id)
    ).scalar_one_or_none()
    if kept is not None:
        nudge(session, "notices", HANDLE, inbox_id)
    return kept is not None


def claim(session: Session, inbox_id: str, now: datetime) -> InboxRow | None:
    """The mail for ourselves alone until its lease ends; None when it is handled, or somebody else is at it. After
    MOST_TRIES it is put before a person instead."""
    row: InboxRow | None = session.execute(
        update(InboxRow)
        .where(InboxRow.id == inbox_id, InboxRow.state == "new")
        .where(or_(InboxRow.lease_until.is_(None), InboxRow.lease_until <= now))
        .values(fence=InboxRow.fence + 1, lease_until=now + LEASE)
        .returning(InboxRow)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if row is not None and row.fence > MOST_TRIES:
        row.state, row.reason, row.handled_at = "failed", "cannot_be_handled", now
        return None
    return row


def ours(session: Session, inbox_id: str, fence: int) -> InboxRow | None:
    """The row, locked, if our claim is still the latest."""
    return session.execute(
        select(InboxRow)
        .where(InboxRow.id == inbox_id, InboxRow.state == "new", InboxRow.fence == fence)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def waiting(session: Session, now: datetime) -> Sequence[str]:
    """Ids of mails that nobody is at, oldest first."""
    return session.scalars(
        select(InboxRow.id)
        .where(InboxRow.state == "new", or_(InboxRow.lease_until.is_(None), InboxRow.lease_until <= now))
        .order_by(InboxRow.received_at)
        .limit(AT_ONCE)
    ).all()


def may_answer(session: Session, address: str, now: datetime, most_an_hour: int) -> bool:
    """Whether a stranger's address is to be answered now, and noted as answered: once in ANSWER_AGAIN, and not many
    strangers an hour, because a forged sender makes us write to somebody who never asked."""
    lately = select(MailAnswerRow.address).where(MailAnswerRow.at > now - timedelta(hours=1)).limit(most_an_hour)
    if len(session.scalars(lately).all()) >= most_an_hour:
        return False
    insert = _insert(session, _answers).values(address=address, at=now)
    noted = session.execute(
        insert.on_conflict_do_update(
            index_elements=[_answers.c.address], set_={"at": now}, where=_answers.c.at <= now - ANSWER_AGAIN
        ).returning(_answers.c.address)
    ).scalar_one_or_none()
    return noted is not None


def forget_old(session: Session, now: datetime) -> None:
    """What became part of no ticket is personal data without a purpose."""
    session.execute(delete(InboxRow).where(InboxRow.state.in_(UNKEPT), InboxRow.received_at < now - KEPT))
    session.execute(delete(MailAnswerRow).where(MailAnswerRow.at < now - 2 * ANSWER_AGAIN))


def _key(message_id: str | None, raw: bytes) -> str:
    """Of id and content: each mail server on the way adds lines to the header."""
    parts = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)
    content = parts[1] if message_id and len(parts) == 2 else raw
    plain = content.replace(b"\r\n", b"\n").rstrip(b"\n")
    return hashlib.sha256((message_id or "").encode() + b"\0" + hashlib.sha256(plain).digest()).hexdigest()


def _insert(session: Session, table: Table) -> Any:
    """The same words on SQLite and PostgreSQL, but SQLAlchemy has one construct for each."""
    return postgresql.insert(table) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(table)

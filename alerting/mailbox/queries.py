"""Reading the mailbox: what waits for a person, and what became of a ticket's mails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from alerting.mailbox.models import InboxRow

FOR_A_PERSON = ("quarantined", "refused", "failed")
PAGE_SIZE = 50


def waiting(session: Session, before: str | None = None) -> Sequence[InboxRow]:
    """Mails that a person has to look at, newest first, at most PAGE_SIZE; `before`: older than the mail of this id."""
    query = select(InboxRow).where(InboxRow.state.in_(FOR_A_PERSON)).options(defer(InboxRow.raw))
    if before:
        query = query.where(InboxRow.id < before)
    return session.scalars(query.order_by(InboxRow.id.desc()).limit(PAGE_SIZE)).all()


def count(session: Session) -> int:
    return session.execute(
        select(func.count()).select_from(InboxRow).where(InboxRow.state.in_(FOR_A_PERSON))
    ).scalar_one()


def of_ticket(session: Session, ticket_id: str) -> Sequence[InboxRow]:
    """What came in and became part of the ticket, oldest first."""
    return session.scalars(
        select(InboxRow).where(InboxRow.ticket_id == ticket_id).options(defer(InboxRow.raw)).order_by(InboxRow.id)
    ).all()


def oldest_unhandled(session: Session) -> datetime | None:
    """Since when a mail waits for a worker; None when none does."""
    return session.execute(select(func.min(InboxRow.received_at)).where(InboxRow.state == "new")).scalar_one_or_none()

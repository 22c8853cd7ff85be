"""Which files a ticket has. Whose ticket it is has been asked before; who sees internal files is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from alerting.attachments.limits import Held
from alerting.attachments.models import AttachmentRow
from alerting.tickets.models import TicketRow
from core.time import iso


def of_ticket(session: Session, ticket: TicketRow, *, staff: bool) -> Sequence[AttachmentRow]:
    """In the order in which they came; internal ones for staff alone."""
    return session.scalars(
        _visible(ticket, staff).order_by(AttachmentRow.added_at, AttachmentRow.id)
    ).all()  # fmt: skip


def find(session: Session, ticket: TicketRow, attachment_id: str, *, staff: bool) -> AttachmentRow | None:
    """None for one of another ticket, a removed one, and one that is not the reader's to see, all the same."""
    return session.scalars(_visible(ticket, staff).where(AttachmentRow.id == attachment_id[:26])).one_or_none()


def same(session: Session, ticket: TicketRow, name: str, received_sha256: str, *, public: bool) -> AttachmentRow | None:
    """The file that was sent before by the same name with the very same content."""
    return session.scalars(
        _kept(ticket).where(
            AttachmentRow.received_sha256 == received_sha256,
            AttachmentRow.name == name,
            AttachmentRow.public.is_(public),
        )
    ).first()


def held(session: Session, ticket: TicketRow, *, public: bool) -> Held:
    """The ticket's on one side alone: a customer shall not learn from a limit what staff keep for themselves."""
    files, size = session.execute(
        select(func.count(), func.coalesce(func.sum(AttachmentRow.size), 0)).where(
            AttachmentRow.ticket_id == ticket.id, AttachmentRow.removed_at.is_(None), AttachmentRow.public.is_(public)
        )
    ).one()
    customer = session.execute(
        select(func.coalesce(func.sum(AttachmentRow.size), 0)).where(
            AttachmentRow.customer_id == ticket.customer_id, AttachmentRow.removed_at.is_(None)
        )
    ).scalar_one()
    return Held(int(files), int(size), int(customer))


def known(session: Session, ids: Iterable[str]) -> set[str]:
    """Those that a row still keeps."""
    return set(
        session.scalars(
            select(AttachmentRow.id).where(AttachmentRow.id.in_(list(ids)), AttachmentRow.removed_at.is_(None))
        )
    )


def latest(session: Session, count: int) -> Sequence[AttachmentRow]:
    """The newest ones of all tickets."""
    return session.scalars(
        select(AttachmentRow)
        .where(AttachmentRow.removed_at.is_(None))
        .order_by(AttachmentRow.id.desc())
        .limit(count)
    ).all()  # fmt: skip


def attachments_json(rows: Iterable[AttachmentRow], *, staff: bool) -> list[dict[str, Any]]:
    """`public` for staff alone: a customer sees no other ones."""
    return [
        {
            "id": row.id,
            "name": row.name,
            "media_type": row.media_type,
            "size": row.size,
            "sha256": row.sha256,
            "received_sha256": row.received_sha256,
            "added_at": iso(row.added_at),
        }
        | ({"public": row.public, "person": row.person} if staff else {})
        for row in rows
    ]


def _kept(ticket: TicketRow) -> Select[AttachmentRow]:
    return select(AttachmentRow).where(AttachmentRow.ticket_id == ticket.id, AttachmentRow.removed_at.is_(None))


def _visible(ticket: TicketRow, staff: bool) -> Select[AttachmentRow]:
    return _kept(ticket) if staff else _kept(ticket).where(AttachmentRow.public.is_(True))

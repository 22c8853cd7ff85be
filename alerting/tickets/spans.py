"""The spans in which a ticket waited or was closed: what the SLA clock leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from alerting.tickets.models import TicketRow, TicketSpanRow
from alerting.work import Work
from core.db import insert_row
from core.ids import ulid

Kind = Literal["waiting", "closed"]


def begin(work: Work, ticket: TicketRow, kind: Kind, reason: str, note: str | None = None) -> None:
    """From now on; whatever span lasted ends here, so that no two ever overlap."""
    end(work, ticket)
    insert_row(
        work.session,
        TicketSpanRow(
            id=ulid(), ticket_id=ticket.id, kind=kind, reason=reason, note=note, from_at=work.now, to_at=None
        ),
    )


def end(work: Work, ticket: TicketRow) -> None:
    """What lasts ends now; nothing happens when nothing lasts."""
    work.session.execute(
        update(TicketSpanRow)
        .where(TicketSpanRow.ticket_id == ticket.id, TicketSpanRow.to_at.is_(None))
        .values(to_at=work.now)
        .execution_options(synchronize_session=False)
    )


def of_ticket(session: Session, ticket_id: str) -> Sequence[TicketSpanRow]:
    """In the order of time."""
    return session.scalars(
        select(TicketSpanRow)
        .where(TicketSpanRow.ticket_id == ticket_id)
        .order_by(TicketSpanRow.from_at, TicketSpanRow.id)
    ).all()

"""What the desk shows: open tickets, those first that want the engineer who looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.escalation import queries as escalations
from alerting.escalation.machine import PAGING
from alerting.escalation.models import EscalationRow
from alerting.notifications.models import AttemptRow
from alerting.tickets.models import TicketRow
from core.audit import log

SHOWN = 200


class Urgency(IntEnum):
    """The order of the list."""

    PAGES_ME = 0
    MY_CONTACT_PENDING = 1
    WANTS_SOMEBODY = 2
    MINE = 3
    OTHERS = 4


@dataclass(frozen=True)
class DeskItem:
    """`escalation` is None for a drill on paper."""

    ticket: TicketRow
    escalation: EscalationRow | None
    urgency: Urgency

    @property
    def is_mine(self) -> bool:
        return self.urgency in (Urgency.PAGES_ME, Urgency.MY_CONTACT_PENDING, Urgency.MINE)


def open_tickets(session: Session, person_id: str | None) -> list[DeskItem]:
    """Mine first, then what wants somebody, each by priority and age."""
    tickets = list(
        session.scalars(
            select(TicketRow)
            .where(TicketRow.state != "closed")
            .order_by(TicketRow.priority, TicketRow.opened_at)
            .limit(SHOWN)
        )
    )
    standing = escalations.current(session, [ticket.id for ticket in tickets])
    paging_me = _paging(session, person_id, [row.id for row in standing.values()])
    items = [
        DeskItem(ticket, row, urgency(ticket, row, person_id, row is not None and row.id in paging_me))
        for ticket in tickets
        for row in (standing.get(ticket.id),)
    ]
    return sorted(items, key=lambda item: item.urgency)


def urgency(ticket: TicketRow, escalation: EscalationRow | None, person_id: str | None, paged: bool) -> Urgency:
    """`paged`: the escalation has paged this person. One that waits for opening hours wants nobody yet."""
    is_owner = person_id is not None and ticket.owner == person_id
    unseen = escalation is None and ticket.kind != "contingency" and ticket.state == "new" and ticket.owner is None
    wanted = unseen or (escalation is not None and escalation.state in PAGING)
    if wanted and (paged or is_owner):
        return Urgency.PAGES_ME
    if is_owner and ticket.contact_state in ("pending", "unreachable", "disputed"):
        return Urgency.MY_CONTACT_PENDING
    if wanted:
        return Urgency.WANTS_SOMEBODY
    return Urgency.MINE if is_owner else Urgency.OTHERS


def _paging(session: Session, person_id: str | None, escalation_ids: list[str]) -> set[str]:
    """Escalations in which the person has been paged."""
    if person_id is None:
        return set()
    rows = session.scalars(
        select(AttemptRow.escalation_id)
        .where(
            AttemptRow.escalation_id.in_(escalation_ids),
            AttemptRow.person_id == person_id,
            AttemptRow.purpose == "page",
            AttemptRow.state != "skipped",
        )
        .distinct()
    )
    return {row for row in rows if row}


@dataclass(frozen=True)
class InternalNote:
    """`minutes` None: nobody counted."""

    at: datetime
    person: str | None
    text: str
    minutes: int | None


def internal_notes(session: Session, reference: str) -> list[InternalNote]:
    """What staff wrote for themselves alone, oldest first."""
    return [
        InternalNote(one.link.at, one.link.data.get("person"), str(one.personal["text"]), one.link.data.get("minutes"))
        for one in log.read(session, reference)
        if one.link.kind == "ticket.updated" and not one.link.data.get("public") and one.personal
    ]

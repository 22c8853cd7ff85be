"""Where paging stands for one person: what the telephone, a reply and the link in a message all ask first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerting.escalation.machine import EscalationState
from alerting.escalation.models import ContactTryRow, EscalationRow
from alerting.notifications.models import AttemptRow
from alerting.tickets.models import TicketRow
from alerting.tickets.states import CLOSED as TICKET_CLOSED
from alerting.work import Work
from core.audit.models import LogEntry


class Standing(StrEnum):
    OPEN = "open"  # somebody is wanted
    OWNED = "owned"  # acknowledged by this person
    TAKEN = "taken"  # acknowledged by somebody else
    CLOSED = "closed"
    CANCELLED = "cancelled"


WANTED = frozenset({EscalationState.SCHEDULED, EscalationState.RUNNING, EscalationState.EXHAUSTED})
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Stand:
    """`owner` is the name of whoever acknowledged last and `owned_at` when; "" and None before anybody has."""

    ticket: TicketRow
    escalation: EscalationRow
    standing: Standing
    owner: str
    owned_at: datetime | None


def stand(work: Work, ticket: TicketRow, person: str | None) -> Stand | None:
    """None when the ticket has never had anybody paged."""
    row = latest_escalation(work.session, ticket.id)
    if row is None:
        return None
    owner = row.owner or ticket.owner
    at = acknowledged_at(work.session, ticket.reference) if owner else None
    return Stand(ticket, row, _standing(ticket, row, person), work.config.person_name(owner), at)


def latest_escalation(session: Session, ticket_id: str) -> EscalationRow | None:
    """That of the ticket's present episode."""
    return session.execute(
        select(EscalationRow)
        .where(EscalationRow.ticket_id == ticket_id)
        .order_by(EscalationRow.episode.desc())
        .limit(1)
    ).scalar_one_or_none()


def acknowledged_at(session: Session, reference: str) -> datetime | None:
    """Of the latest yes: the ticket keeps the first one only, and the log all of them."""
    found = session.execute(
        select(LogEntry.at, LogEntry.data)
        .where(LogEntry.subject == reference, LogEntry.kind == "page.acknowledged")
        .order_by(LogEntry.seq.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    said_at = found.data.get("said_at")  # earlier than the entry when it could not be written at once
    return datetime.fromisoformat(said_at) if said_at else found.at


def last_paged(work: Work, escalation_id: str, but: str | None) -> str | None:
    """The names of whom the newest page went to, `but` apart; None when it went to nobody else. Pages planned in this
    same transaction count."""
    pages = [*_stored(work.session, escalation_id), *_planned(work, escalation_id)]
    newest = max((at for at, _, _ in pages), default=None)
    names = dict.fromkeys(name for at, person, name in pages if at == newest and person != but)
    return ", ".join(names) or None


def tries(session: Session, escalation_id: str) -> Sequence[tuple[str | None, int]]:
    """(number, documented tries that did not reach the customer) of this escalation."""
    return [
        (address, count)
        for address, count in session.execute(
            select(ContactTryRow.address, func.count())
            .where(ContactTryRow.escalation_id == escalation_id, ContactTryRow.outcome != "reached")
            .group_by(ContactTryRow.address)
        )
    ]


def _standing(ticket: TicketRow, row: EscalationRow, person: str | None) -> Standing:
    if ticket.state == TICKET_CLOSED:
        return Standing.CANCELLED if ticket.close_code == WITHDRAWN else Standing.CLOSED
    state = EscalationState(row.state)
    if state in WANTED:
        return Standing.OPEN
    if state in (EscalationState.CANCELLED, EscalationState.FINISHED):
        return Standing.CANCELLED if state is EscalationState.CANCELLED else Standing.CLOSED
    return Standing.OWNED if person is not None and row.owner == person else Standing.TAKEN


def _stored(session: Session, escalation_id: str) -> list[tuple[datetime, str | None, str]]:
    rows = session.execute(
        select(AttemptRow.created_at, AttemptRow.person_id, AttemptRow.person_name).where(
            AttemptRow.escalation_id == escalation_id, AttemptRow.purpose == "page", AttemptRow.state != "skipped"
        )
    )
    return [(at, person, name) for at, person, name in rows]


def _planned(work: Work, escalation_id: str) -> list[tuple[datetime, str | None, str]]:
    def is_page(attempt: Any) -> bool:
        return bool(
            attempt["escalation_id"] == escalation_id and attempt["purpose"] == "page" and attempt["state"] != "skipped"
        )

    return [(a["created_at"], a["person_id"], a["person_name"]) for a in work.planned() if is_page(a)]

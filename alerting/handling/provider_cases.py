"""The second timer: a case at the cloud provider, whose answer is due by the support that the customer has there
(S-4.11). When that time has passed, whoever has the ticket is reminded to press them, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from alerting.handling.models import ProviderCaseRow
from alerting.handling.service import Author
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.out_of_use import managers
from alerting.notifications.service import Place
from alerting.tickets import states
from alerting.tickets.models import TicketRow
from alerting.tickets.service import locked_by_id
from alerting.work import Work
from core.db import insert_row
from core.ids import short, ulid
from core.time import iso, iso_or_none

AT_ONCE = 100


@dataclass(frozen=True)
class Case:
    """`target`: how long the provider has for its answer; None when nobody knows. `opened_at` UTC."""

    provider: str
    number: str
    plan: str | None
    severity: str | None
    opened_at: datetime
    target: timedelta | None


def add(work: Work, ticket: TicketRow, by: Author, case: Case) -> None:
    """The customer reads that there is one, and its number. IllegalTransition on a closed ticket."""
    if ticket.state == states.CLOSED:
        raise states.IllegalTransition(ticket.state, "add a case to", ("reopen",))
    row = ProviderCaseRow(
        id=ulid(),
        ticket_id=ticket.id,
        provider=case.provider,
        plan=case.plan,
        case_number=case.number,
        severity=case.severity,
        opened_at=case.opened_at,
        due_at=case.opened_at + case.target if case.target else None,
    )
    insert_row(work.session, row)
    ticket.version += 1
    data = {"public": True, "person": by.person, "case": row.id}
    text = f"{case.provider}, {case.number}"
    work.record(
        ticket.reference, "ticket.updated", data, actor=by.actor, personal={"case": text}, about=ticket.customer_id
    )


def close(work: Work, ticket: TicketRow, case_id: str) -> bool:
    """The provider has answered. False when there is no such open case."""
    closed = work.session.execute(
        update(ProviderCaseRow)
        .where(
            ProviderCaseRow.id == case_id,
            ProviderCaseRow.ticket_id == ticket.id,
            ProviderCaseRow.closed_at.is_(None),
        )
        .values(closed_at=work.now)
    )
    return bool(closed.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def overdue(work: Work) -> Sequence[str]:
    """Ids of open cases whose time has passed and of which nobody was reminded, oldest first."""
    return work.session.scalars(
        select(ProviderCaseRow.id)
        .where(
            ProviderCaseRow.due_at <= work.now,
            ProviderCaseRow.closed_at.is_(None),
            ProviderCaseRow.reminded_at.is_(None),
        )
        .order_by(ProviderCaseRow.due_at)
        .limit(AT_ONCE)
    ).all()


def remind(work: Work, case_id: str) -> None:
    """Tell the owner, or the managers when nobody has the ticket; of a closed ticket nobody."""
    row = work.session.get_one(ProviderCaseRow, case_id)
    ticket = locked_by_id(work, row.ticket_id)
    row.reminded_at = work.now
    if ticket.state == states.CLOSED or row.closed_at is not None:
        return
    text = messages.ProviderCaseSms(
        reference=short(ticket.reference), customer=ticket.customer_name, name=row.provider, case_number=row.case_number
    )
    people = [ticket.owner] if ticket.owner else [manager.id for manager in managers(work)]
    for person in people:
        notifications.notify(work, ticket, Place(None, ticket.episode), person, text)


def cases_json(session: Session, ticket: TicketRow) -> list[dict[str, Any]]:
    """Oldest first; the customer may read them, because the support there is theirs."""
    rows = session.scalars(
        select(ProviderCaseRow)
        .where(ProviderCaseRow.ticket_id == ticket.id)
        .order_by(ProviderCaseRow.opened_at, ProviderCaseRow.id)
    )
    return [
        {
            "id": row.id,
            "provider": row.provider,
            "plan": row.plan,
            "case": row.case_number,
            "severity": row.severity,
            "opened_at": iso(row.opened_at),
            "due_at": iso_or_none(row.due_at),
            "closed_at": iso_or_none(row.closed_at),
        }
        for row in rows
    ]

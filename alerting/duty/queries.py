"""Open tickets around a shift."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from alerting.duty.schedule_use import named_schedules
from alerting.escalation import queries as escalations
from alerting.escalation.models import EscalationRow
from alerting.escalation.schema import EscalationPolicy
from alerting.tickets.models import TicketRow
from alerting.work import Work

SHOWN = 200


def tickets_owned(session: Session, person_id: str) -> list[TicketRow]:
    """Open tickets of the person, the most urgent first."""
    return list(
        session.scalars(
            select(TicketRow)
            .where(TicketRow.state != "closed", TicketRow.owner == person_id)
            .order_by(TicketRow.priority, TicketRow.opened_at)
            .limit(SHOWN)
        )
    )


def tickets_of(work: Work, schedule_id: str, *people: str) -> list[TicketRow]:
    """Open tickets that these people have, or whose policy pages the schedule and nobody has."""
    rows = work.session.scalars(
        select(TicketRow)
        .where(TicketRow.state != "closed", or_(TicketRow.owner.in_(people), TicketRow.owner.is_(None)))
        .order_by(TicketRow.priority, TicketRow.opened_at)
        .limit(SHOWN)
    ).all()
    standing = escalations.current(work.session, [ticket.id for ticket in rows])
    return [one for one in rows if one.owner or _pages(standing.get(one.id), schedule_id)]


def _pages(escalation: EscalationRow | None, schedule_id: str) -> bool:
    if escalation is None:
        return False
    policy = EscalationPolicy.model_validate(escalation.policy)
    steps = [*(step.notify for step in policy.steps), policy.last_resort.notify]
    return any(schedule_id in named_schedules(targets) for targets in steps)

"""The customer has written on their ticket: whoever has it knows at once, and once for what comes in one go."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from alerting.escalation import standing
from alerting.handling.team import team_of
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.models import AttemptRow
from alerting.notifications.service import Place
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.audit.models import LogEntry
from core.ids import short

BURST = timedelta(minutes=5)
"""What the customer adds within it is the same answer, unless whoever was told has done something meanwhile."""
TEMPLATE = messages.AnsweredSms.kind()
SHOWN = 1000  # characters of the answer in a mail; the rest stands on the ticket


def tell(work: Work, ticket: TicketRow, text: str) -> None:
    """The ticket's owner; while nobody has it, the team by mail. An SMS goes only to an owner who was paged for it and
    is at it: nobody's telephone lights up at night for an answer that can wait."""
    told = _told(work, ticket)
    notice = messages.AnsweredSms(
        reference=short(ticket.reference),
        customer=ticket.customer_name,
        drill=ticket.mode == "drill",
        desk_url=f"/desk/tickets/{ticket.reference}",
        lines=(text[:SHOWN],),
    )
    row = standing.latest_escalation(work.session, ticket.id)
    at_it = row is not None and row.state in ("acknowledged", "contacted")
    for person in [ticket.owner] if ticket.owner else _team(work, ticket):
        before = told.get(person)
        if before is not None and work.now - before < BURST and not _acted(work, ticket, person, before):
            continue
        by = ("sms", "email") if ticket.owner and at_it else ("email", "sms") if ticket.owner else ("email",)
        notifications.notify(work, ticket, Place(row.id if row else None, ticket.episode), person, notice, by=by)


def _team(work: Work, ticket: TicketRow) -> list[str]:
    customer = work.config.customer(ticket.customer_id)
    return team_of(work.config.oncall, work.config.policies, customer, ticket.component)


def _told(work: Work, ticket: TicketRow) -> dict[str, datetime]:
    """When each was last told of an answer on this ticket."""
    rows = work.session.execute(
        select(AttemptRow.person_id, func.max(AttemptRow.created_at))
        .where(AttemptRow.ticket_id == ticket.id, AttemptRow.template == TEMPLATE)
        .group_by(AttemptRow.person_id)
    ).all()
    return {person: at for person, at in rows if person}


def _acted(work: Work, ticket: TicketRow, person: str, since: datetime) -> bool:
    """Whether the person has done something on the ticket: then the answer has been read."""
    actors = work.session.scalars(
        select(LogEntry.actor).where(LogEntry.subject == ticket.reference, LogEntry.at > since)
    )
    return any(actor.get("type") == "person" and actor.get("id") == person for actor in actors)

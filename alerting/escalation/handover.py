"""A ticket goes from one engineer to another, by their own will."""

from __future__ import annotations

from sqlalchemy import update

from alerting.escalation import standing as standings
from alerting.escalation.machine import ENDED
from alerting.escalation.models import EscalationRow
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.service import Place
from alerting.tickets import service as tickets
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.audit.chain import LogActor
from core.ids import short

HANDOFF = "handoff"


def hand_over(work: Work, ticket: TicketRow, giver: str, taker: str) -> bool:
    """The open ticket of `giver` is `taker`'s from now on, with the acknowledgement and its deadline: what is overdue
    pages the new owner. Both are told. False when it is closed or not the giver's any more; a second time changes
    nothing. `ticket` must be locked."""
    if ticket.state == "closed" or ticket.owner != giver or giver == taker:
        return False
    tickets.assign(ticket, taker)
    row = standings.latest_escalation(work.session, ticket.id)
    if row is not None and row.state not in ENDED:
        work.session.execute(
            update(EscalationRow)
            .where(EscalationRow.id == row.id, EscalationRow.owner == giver)
            .values(owner=taker, version=EscalationRow.version + 1)
        )
    work.record(ticket.reference, "ticket.assigned", {"person": taker, "by": giver}, actor=LogActor("person", giver))
    _tell(work, ticket, Place(row.id if row else None, ticket.episode), giver, taker)
    return True


def _tell(work: Work, ticket: TicketRow, place: Place, giver: str, taker: str) -> None:
    reference, drill = short(ticket.reference), ticket.mode == "drill"
    given = messages.HandedOverSms(
        reference=reference,
        name=work.config.person_name(giver),
        customer=ticket.customer_name,
        phone=ticket.callback_phone,
        contact_due_at=ticket.contact_due_at,
        drill=drill,
    )
    gone = messages.HandedOverByYouSms(reference=reference, name=work.config.person_name(taker), drill=drill)
    notifications.notify(work, ticket, place, taker, given, HANDOFF)
    notifications.notify(work, ticket, place, giver, gone, HANDOFF)

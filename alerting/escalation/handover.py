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
    follow(work, ticket, giver, taker, giver)
    work.record(ticket.reference, "ticket.assigned", {"person": taker, "by": giver}, actor=LogActor("person", giver))
    return True


def follow(work: Work, ticket: TicketRow, before: str | None, taker: str, by: str | None) -> None:
    """The escalation that `before` had acknowledged is `taker`'s; `taker` is told, and `before` too, each unless they
    did it themselves. Nobody is given a page that nobody has answered."""
    row = standings.latest_escalation(work.session, ticket.id)
    if before is not None and row is not None and row.state not in ENDED:
        work.session.execute(
            update(EscalationRow)
            .where(EscalationRow.id == row.id, EscalationRow.owner == before)
            .values(owner=taker, version=EscalationRow.version + 1)
        )
    _tell(work, ticket, Place(row.id if row else None, ticket.episode), before, taker, by)


def _tell(work: Work, ticket: TicketRow, place: Place, before: str | None, taker: str, by: str | None) -> None:
    reference, drill = short(ticket.reference), ticket.mode == "drill"
    given = messages.HandedOverSms(
        reference=reference,
        name=work.config.person_name(by) or work.config.provider.name,
        customer=ticket.customer_name,
        phone=ticket.callback_phone,
        contact_due_at=ticket.contact_due_at,
        drill=drill,
    )
    gone = messages.HandedOverByYouSms(reference=reference, name=work.config.person_name(taker), drill=drill)
    if taker != by:
        notifications.notify(work, ticket, place, taker, given, HANDOFF)
    if before is not None:
        notifications.notify(work, ticket, place, before, gone, HANDOFF)

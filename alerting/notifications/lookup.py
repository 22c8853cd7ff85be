"""What every command on an attempt asks first: whose it is, and whether anybody still needs it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from alerting.escalation.models import EscalationRow
from alerting.notifications.models import AttemptRow
from alerting.tickets.models import TicketRow
from core.db import run

PAGING_STATES = ("running", "exhausted")
# Built once: on the way to the first page, building a statement takes longer than running it.
_REFERENCE = select(TicketRow.reference).where(TicketRow.id == bindparam("of"))


def reference_of(session: Session, attempt: AttemptRow) -> str:
    """The chain that the attempt's entries go to: the ticket's."""
    found = run(session, _REFERENCE, {"of": attempt.ticket_id}).scalar_one_or_none()
    return found or f"attempt:{attempt.id}"


def still_wanted() -> Any:
    """A page only while its cycle of the escalation is paging; everything else always."""
    return (AttemptRow.purpose != "page") | exists().where(
        EscalationRow.id == AttemptRow.escalation_id,
        EscalationRow.cycle == AttemptRow.cycle,
        EscalationRow.state.in_(PAGING_STATES),
    )

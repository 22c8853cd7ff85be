"""Every progress of a ticket reaches the customer by mail (support terms, clause 2), and what happens within half a
minute in one mail: each recipient's own, in their language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from alerting.notifications import mails, service
from alerting.notifications.models import AttemptRow
from alerting.tickets.models import TicketRow
from alerting.work import Work

GATHERED = timedelta(seconds=30)
TEMPLATE = mails.UpdatedMail.kind()
BETWEEN = "\n\n"


def tell(work: Work, ticket: TicketRow, sentence: Callable[[str], str | None], but: str | None = None) -> None:
    """`sentence` gives what happened in a language, None: nothing that this recipient may read. `but` is the address of
    whoever did it and need not be told."""
    for address, name, language in service.mail_recipients(work, ticket):
        text = sentence(language)
        if text is not None and address.lower() != (but or "").lower():
            _tell(work, ticket, address, name, language, text)


def _tell(work: Work, ticket: TicketRow, address: str, name: str, language: str, text: str) -> None:
    for planned in work.planned():
        if (planned["ticket_id"], planned["template"], planned["address"]) == (ticket.id, TEMPLATE, address):
            planned["facts"]["updates"] += BETWEEN + text
            return
    if not _added(work, ticket, address, text):
        mail = service.progress_mail(ticket, text)
        service.plan_mail(work, ticket, mail, address, name, language, work.now + GATHERED)


def _added(work: Work, ticket: TicketRow, address: str, text: str) -> bool:
    """Into the mail that is still waiting; False when there is none, or it leaves at this very moment."""
    waiting = work.session.execute(
        select(AttemptRow.id, AttemptRow.facts)
        .where(
            AttemptRow.ticket_id == ticket.id,
            AttemptRow.template == TEMPLATE,
            AttemptRow.address == address,
            AttemptRow.state == "pending",
            AttemptRow.due_at > work.now,
        )
        .order_by(AttemptRow.created_at.desc())
        .limit(1)
    ).one_or_none()
    if waiting is None:
        return False
    facts: dict[str, Any] = waiting.facts | {"updates": waiting.facts["updates"] + BETWEEN + text}
    added = work.session.execute(
        update(AttemptRow)
        .where(AttemptRow.id == waiting.id, AttemptRow.state == "pending")
        .values(facts=facts)
        .execution_options(synchronize_session=False)
    )
    return bool(added.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult

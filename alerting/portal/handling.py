"""What a customer does with an open or closed ticket: add something, or reopen it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for

from alerting.handling import reopening, service
from alerting.handling.service import Author, Note
from alerting.intake.secrets import redacted
from alerting.tickets.models import TicketRow
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.tickets import carry_out
from alerting.web.visitor import needs, signed_in
from alerting.work import Work
from core.accounts.permissions import Permission

LONGEST = 20_000


def register(portal: Blueprint) -> None:
    @portal.post("/tickets/<reference>/updates")
    @needs(Permission.UPDATE_TICKET, side="customer")
    def update(reference: str) -> Any:
        typed = text(request.form.get("text", ""), LONGEST)
        if not typed:
            flash(gettext("Write what is new; then send it."), "problem")
            return _to_ticket(reference)
        said = redacted(typed)

        def command(work: Work, ticket: TicketRow) -> bool:
            service.add_note(work, ticket, _author(), Note(said, channel="portal"))
            return True

        if carry_out(reference, command):
            flash(gettext("Added. The team reads it in the ticket."), "done")
            if said != typed:
                flash(gettext("We have removed what looked like a password or key from what you wrote."), "problem")
        return _to_ticket(reference)

    @portal.post("/tickets/<reference>/reopening")
    @needs(Permission.REOPEN, side="customer")
    def reopen(reference: str) -> Any:
        reason = redacted(text(request.form.get("reason", ""), LONGEST)) or None

        def command(work: Work, ticket: TicketRow) -> bool:
            reopening.reopen(work, ticket, _author(), reason, "portal")
            return True

        if carry_out(reference, command):
            flash(gettext("The ticket is open again, and whoever had it is being told."), "done")
        return _to_ticket(reference)


def _author() -> Author:
    actor = signed_in()
    return Author(actor.as_logged, None, actor.email, customer=True)


def _to_ticket(reference: str) -> Any:
    return redirect(url_for("portal.ticket", reference=reference), 303)

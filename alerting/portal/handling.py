"""What a customer does with an open or closed ticket: add something, or reopen it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for

from alerting.attachments.service import Added
from alerting.handling import files, reopening, service
from alerting.handling.service import Author, Note
from alerting.intake.secrets import redacted
from alerting.tickets.models import TicketRow
from alerting.web import uploads
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in
from alerting.work import Work
from core.accounts.permissions import Permission

LONGEST = 20_000


def register(portal: Blueprint) -> None:
    @portal.post("/tickets/<reference>/updates")
    @needs(Permission.UPDATE_TICKET, side="customer")
    @uploads.taking_files
    def update(reference: str) -> Any:
        typed = text(request.form.get("text", ""), LONGEST)
        if not typed and not uploads.chosen():
            flash(gettext("Write what is new, or choose a file; then send it."), "problem")
            return _to_ticket(reference)
        said = redacted(typed)
        sent = uploads.uploaded(reference)

        def command(work: Work, ticket: TicketRow) -> Added:
            if said:
                service.add_note(work, ticket, _author(), Note(said, channel="portal"))
            return files.attach(
                work, ticket, _author(), sent.prepared, sent.store.limits, channel="portal", told=bool(said)
            )

        if (added := uploads.carry_out_with(sent, reference, command)) and (said or added.kept):
            flash(gettext("Added. The team reads it in the ticket."), "done")
            if said != typed:
                flash(gettext("We have removed what looked like a password or key from what you wrote."), "problem")
        return _to_ticket(reference)

    @portal.post("/tickets/<reference>/reopening")
    @needs(Permission.REOPEN, side="customer")
    @uploads.taking_files
    def reopen(reference: str) -> Any:
        reason = redacted(text(request.form.get("reason", ""), LONGEST)) or None
        sent = uploads.uploaded(reference)

        def command(work: Work, ticket: TicketRow) -> Added:
            reopening.reopen(work, ticket, _author(), reason, "portal")
            return files.attach(work, ticket, _author(), sent.prepared, sent.store.limits, channel="portal", told=True)

        if uploads.carry_out_with(sent, reference, command) is not None:
            flash(gettext("The ticket is open again, and whoever had it is being told."), "done")
        return _to_ticket(reference)


def _author() -> Author:
    actor = signed_in()
    return Author(actor.as_logged, None, actor.email, customer=True)


def _to_ticket(reference: str) -> Any:
    return redirect(url_for("portal.ticket", reference=reference), 303)

"""What engineers do with a ticket besides paging: notes, waiting, priority, assignment, causes, reopening, merging."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for

from alerting.attachments import queries as attachments
from alerting.attachments.service import Added
from alerting.catalog.schema import Priority
from alerting.handling import files, reopening, service
from alerting.handling.reopening import NotTheSameCustomer
from alerting.handling.service import Author, Note, WaitingReason
from alerting.intake.completeness import completeness
from alerting.intake.secrets import redacted
from alerting.tickets import queries
from alerting.tickets.models import TicketRow
from alerting.web import language, uploads
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.tickets import carry_out
from alerting.web.visitor import needs, signed_in, visitor
from alerting.work import Work
from core.accounts.permissions import Permission

PRIORITIES: tuple[Priority, ...] = get_args(Priority)
REASONS: tuple[WaitingReason, ...] = get_args(WaitingReason)
LONGEST = 20_000
MOST_MINUTES = 10_000


def register(desk: Blueprint) -> None:
    @desk.post("/tickets/<reference>/updates")
    @needs(Permission.WORK_TICKET, side="staff")
    @uploads.taking_files
    def update(reference: str) -> Any:
        note, causes, remedy = _typed("text"), _typed("causes"), _typed("remedy")
        minutes = request.form.get("minutes", "").strip()
        if minutes and not (minutes.isdecimal() and int(minutes) <= MOST_MINUTES):
            flash(gettext("The time spent is a whole number of minutes, up to 10,000."), "problem")
            return _to_ticket(reference)
        if not (note or causes or remedy or uploads.chosen()):
            flash(gettext("Write what is new, or choose a file; then send it."), "problem")
            return _to_ticket(reference)
        public = request.form.get("public") == "yes"
        sent = uploads.uploaded(reference)

        def command(work: Work, ticket: TicketRow) -> Added:
            service.describe(work, ticket, _author(), causes, remedy)
            if note:
                spent = int(minutes) if minutes else None
                shown = request.form.get("show_minutes") == "yes"
                service.add_note(work, ticket, _author(), Note(note, public, spent, shown, "portal"))
            return files.attach(
                work, ticket, _author(), sent.prepared, sent.store.limits, public=public, channel="portal"
            )

        added = uploads.carry_out_with(sent, reference, command)
        if added is not None and (note or causes or remedy or added.kept):
            told = gettext("Noted, and the customer is told by mail.") if public else gettext("Noted for us alone.")
            flash(told, "done")
        return _to_ticket(reference)

    @desk.get("/tickets/<reference>/attachments/<attachment>")
    @needs(Permission.VIEW_STAFF, side="staff")
    def attachment(reference: str, attachment: str) -> Any:
        return uploads.file_of(reference, attachment)

    @desk.get("/tickets/<reference>/attachments/<attachment>/preview")
    @needs(Permission.VIEW_STAFF, side="staff")
    def attachment_preview(reference: str, attachment: str) -> Any:
        return uploads.file_of(reference, attachment, preview=True)

    @desk.post("/tickets/<reference>/attachments/<attachment>/removal")
    @needs(Permission.WORK_TICKET, side="staff")
    def remove_attachment(reference: str, attachment: str) -> Any:
        def command(work: Work, ticket: TicketRow) -> bool:
            row = attachments.find(work.session, ticket, attachment, staff=True)
            if row is not None:
                files.remove(work, ticket, _author(), row, uploads.folder())
            return row is not None

        done = carry_out(reference, command)
        flash(gettext("The file is removed.") if done else gettext("It is so already."), "done")
        return _to_ticket(reference)

    @desk.post("/tickets/<reference>/waiting")
    @needs(Permission.WORK_TICKET, side="staff")
    def wait(reference: str) -> Any:
        reason, note = request.form.get("reason", ""), _typed("note")
        if reason not in REASONS:
            abort(400)
        if not note:
            flash(gettext("Tell the customer what the ticket waits for; then it can wait."), "problem")
            return _to_ticket(reference)

        def command(work: Work, ticket: TicketRow) -> bool:
            service.wait(work, ticket, _author(), reason, note)
            return True

        return _done(reference, command, gettext("It waits, and the customer reads why."))

    @desk.post("/tickets/<reference>/ask")
    @needs(Permission.WORK_TICKET, side="staff")
    def ask(reference: str) -> Any:
        """One click: the missing fields are asked for, and the ticket waits for the customer (S-3.2.2)."""

        def command(work: Work, ticket: TicketRow) -> bool:
            missing = completeness(ticket.intake or {"symptoms": ticket.symptoms}).missing
            customer = work.config.customer(ticket.customer_id)
            with language.spoken(customer.language if customer else work.config.provider.language):
                asked = gettext("Please tell us:") + " " + "; ".join(_field(name) for name in missing) + "."
            service.wait(work, ticket, _author(), "customer", asked)
            return True

        return _done(reference, command, gettext("The customer is asked for what is missing, and the ticket waits."))

    @desk.post("/tickets/<reference>/resuming")
    @needs(Permission.WORK_TICKET, side="staff")
    def resume(reference: str) -> Any:
        def command(work: Work, ticket: TicketRow) -> bool:
            service.resume(work, ticket, _author())
            return True

        return _done(reference, command, gettext("Work goes on."))

    @desk.post("/tickets/<reference>/priority")
    @needs(Permission.WORK_TICKET, side="staff")
    def prioritise(reference: str) -> Any:
        priority = request.form.get("priority", "")
        if priority not in PRIORITIES:
            abort(400)
        reason = _typed("reason")
        message = gettext("The priority is changed; its times count from the opening on.")
        return _done(
            reference, lambda work, ticket: service.prioritise(work, ticket, _author(), priority, reason), message
        )

    @desk.post("/tickets/<reference>/assignment")
    @needs(Permission.ASSIGN, side="staff")
    def assign(reference: str) -> Any:
        person = request.form.get("person", "")
        if person not in visitor().config.oncall.people:
            abort(400)
        message = gettext("%(who)s has the ticket and is told.", who=visitor().config.person_name(person))
        return _done(reference, lambda work, ticket: service.assign(work, ticket, _author(), person), message)

    @desk.post("/tickets/<reference>/reopening")
    @needs(Permission.REOPEN, side="staff")
    def reopen(reference: str) -> Any:
        reason = _typed("reason")

        def command(work: Work, ticket: TicketRow) -> bool:
            reopening.reopen(work, ticket, _author(), reason, "portal")
            return True

        return _done(reference, command, gettext("The ticket is open again."))

    @desk.post("/tickets/<reference>/merge")
    @needs(Permission.WORK_TICKET, side="staff")
    def merge(reference: str) -> Any:
        into = request.form.get("into", "").strip()

        def command(work: Work, ticket: TicketRow) -> bool:
            prefix = work.config.provider.reference_prefix
            other = queries.find_locked(work.session, into, signed_in(), prefix)
            if other is None or other.id == ticket.id:
                return False
            try:
                reopening.merge(work, ticket, other, _author())
            except NotTheSameCustomer:
                return False
            return True

        if carry_out(reference, command):
            flash(gettext("It goes on in the other ticket."), "done")
        else:
            flash(gettext("There is no other open ticket of this customer with that code."), "problem")
        return _to_ticket(reference)


def _done(reference: str, command: Callable[[Work, TicketRow], bool], message: str) -> Any:
    done = carry_out(reference, command)
    if done:
        flash(message, "done")
    elif done is False:
        flash(gettext("It is so already."), "done")
    return _to_ticket(reference)


def _field(name: str) -> str:
    """The name of a field as the form has it."""
    words = current_app.jinja_env.get_template("web/intake_words.html").make_module({})
    return str(words.field(name)).strip()  # type: ignore[attr-defined]  # a macro of the template


def _typed(field: str) -> str | None:
    return redacted(text(request.form.get(field, ""), LONGEST)) or None


def _author() -> Author:
    actor = signed_in()
    return Author(actor.as_logged, actor.person_id, actor.email)


def _to_ticket(reference: str) -> Any:
    return redirect(url_for("desk.ticket", reference=reference), 303)

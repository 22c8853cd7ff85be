"""Mail that waits for a person, and the mails of a ticket: what left, what did not arrive, what came in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.mailbox import queries, service
from alerting.mailbox.service import NotWaiting
from alerting.notifications import queries as attempts
from alerting.notifications import threads, undelivered
from alerting.notifications.wording import Language
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from alerting.web import language
from alerting.web.language import gettext
from alerting.web.tickets import carry_out, found
from alerting.web.visitor import needs, signed_in, visitor
from alerting.work import Work
from core.accounts.permissions import Permission


def register(desk: Blueprint, runtime: Runtime) -> None:
    @desk.get("/mail", endpoint="mail")
    @needs(Permission.VIEW_STAFF, side="staff")
    def waiting() -> str:
        before = request.args.get("before", "")[:26]
        with runtime.database.reading() as session:
            mails = queries.waiting(session, before or None)
            return render_template(
                "desk/mail.html",
                mails=mails,
                older=mails[-1].id if len(mails) == queries.PAGE_SIZE else None,
                customers=sorted(visitor().config.customers.values(), key=lambda one: one.name),
                address=runtime.settings.mail_in_address,
            )

    @desk.post("/mail/<inbox_id>/ticket")
    @needs(Permission.WORK_TICKET, side="staff")
    def take_mail(inbox_id: str) -> Any:
        customer = visitor().config.customers.get(request.form.get("customer", ""))
        if customer is None:
            flash(gettext("Choose the customer whose mail it is; then it becomes a ticket."), "problem")
            return redirect(url_for("desk.mail"), 303)
        try:
            reference = service.take_as_ticket(runtime, inbox_id, customer, signed_in().as_logged).reference
        except NotWaiting:
            return _gone()
        flash(gettext("It is a ticket now, and the customer's contacts are told."), "done")
        return redirect(url_for("desk.ticket", reference=reference), 303)

    @desk.post("/mail/<inbox_id>/discard")
    @needs(Permission.WORK_TICKET, side="staff")
    def discard_mail(inbox_id: str) -> Any:
        try:
            with runtime.work() as work:
                service.discard(work, inbox_id)
        except NotWaiting:
            return _gone()
        flash(gettext("Put away."), "done")
        return redirect(url_for("desk.mail"), 303)

    @desk.get("/tickets/<reference>/mail")
    @needs(Permission.VIEW_STAFF, side="staff")
    def ticket_mail(reference: str) -> str:
        spoken: Language = "en" if language.current() == "en" else "es"
        with runtime.database.reading() as session:
            ticket = found(session, reference)
            return render_template(
                "desk/ticket_mail.html",
                ticket=ticket,
                out=[one for one in attempts.of_ticket(session, ticket.id) if one.channel == "email"],
                received=queries.of_ticket(session, ticket.id),
                threads=threads.of_ticket(session, ticket.id),
                subject=lambda attempt: (attempt.message or "").partition("\n")[0],
                why=lambda attempt: undelivered.in_words(undelivered.reason_of(attempt.error_code), spoken),
            )

    @desk.post("/tickets/<reference>/mail/<thread>/end")
    @needs(Permission.WORK_TICKET, side="staff")
    def end_reply_address(reference: str, thread: str) -> Any:
        def command(work: Work, ticket: TicketRow) -> bool:
            return threads.revoke(work.session, ticket.id, thread, work.now)

        if not carry_out(reference, command):
            abort(404)
        flash(gettext("Answers to that address prove nothing any more."), "done")
        return redirect(url_for("desk.ticket_mail", reference=reference), 303)


def _gone() -> Any:
    flash(gettext("Somebody else has seen to that mail."), "problem")
    return redirect(url_for("desk.mail"), 303)

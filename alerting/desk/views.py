"""Engineers' pages: what is open, and the few things to do with a ticket. Every button is a command that may come
twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.attachments import queries as attachments
from alerting.catalog.schema import Plan
from alerting.configuration import Configuration
from alerting.desk import absence_import, calendars, calls, handling, handover, mail, methods, queries, shifts, swaps
from alerting.drills import queries as drills
from alerting.escalation import queries as escalation_queries
from alerting.escalation import service as escalations
from alerting.escalation.machine import ENDED
from alerting.escalation.paging import known_numbers
from alerting.escalation.service import Acknowledgement, Contact
from alerting.escalation.standing import WANTED, acknowledged_at
from alerting.intake.completeness import completeness
from alerting.intake.service import attended_at, offers_activation
from alerting.monitoring import queries as monitoring
from alerting.products import queries as products
from alerting.ratings.queries import of_ticket as ratings_of_ticket
from alerting.runtime import Runtime
from alerting.sla.queries import clocks_json
from alerting.tickets import queries as tickets
from alerting.tickets.models import TicketRow
from alerting.web import language, telephone
from alerting.web.formats import short_clock
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.tickets import carry_out, found
from alerting.web.visitor import needs, signed_in, visitor
from alerting.work import Work
from core.accounts.permissions import Permission

OUTCOMES = ("reached", "no_answer", "busy", "voicemail", "wrong_number", "refused")
CHANNELS = ("voice", "email", "sms")
CLOSE_CODES = ("resolved", "not_our_responsibility", "duplicate")
TEXT_LENGTH = 4000


def blueprint(runtime: Runtime) -> Blueprint:
    desk = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates")
    database = runtime.database

    @desk.get("")
    @needs(Permission.VIEW_STAFF, side="staff")
    def home() -> str:
        with database.reading() as session:
            items = queries.open_tickets(session, signed_in().person_id)
            return render_template("desk/home.html", items=items, name=visitor().config.person_name)

    @desk.get("/tickets/<reference>")
    @needs(Permission.VIEW_STAFF, side="staff")
    def ticket(reference: str) -> str:
        config = visitor().config
        with database.reading() as session:
            ticket = found(session, reference)
            row = escalation_queries.current(session, [ticket.id]).get(ticket.id)
            return render_template(
                "desk/ticket.html",
                ticket=ticket,
                escalation=row,
                wanted=row is not None and row.state in WANTED,
                owner=config.person_name(row.owner if row else None) or config.person_name(ticket.owner),
                is_mine=_is_mine(row.owner if row else ticket.owner),
                accepted_at=acknowledged_at(session, ticket.reference),
                plan=_plan(config, ticket),
                drill=drills.of_ticket(session, ticket.reference) if ticket.mode == "drill" else None,
                numbers=known_numbers(Work(session, visitor().now, config), ticket),
                tries=escalation_queries.contact_tries(session, ticket.id),
                timeline=tickets.timeline(session, ticket, config, language.current()),
                name=config.person_name,
                outcomes=OUTCOMES,
                channels=CHANNELS,
                close_codes=CLOSE_CODES,
                pages=ticket.kind == "contingency" or row is not None,
                source=monitoring.source_of(session, ticket),
                occurrences=monitoring.occurrences(session, [ticket.id]).get(ticket.id),
                sla=clocks_json(session, [ticket], config, visitor().now).get(ticket.id, ()),
                files=attachments.of_ticket(session, ticket, staff=True),
                notes=queries.internal_notes(session, ticket.reference),
                ratings=ratings_of_ticket(session, ticket.id),
                terms=config.terms.get(ticket.terms_version or ""),
                offer=_offer(config, ticket),
                newer_build=products.update_for(session, config, ticket, visitor().now),
                attended_at=attended_at(config, ticket, visitor().now),
                completeness=completeness(ticket.intake) if ticket.intake else None,
                priorities=handling.PRIORITIES,
                reasons=handling.REASONS,
                people=sorted(config.oncall.people.values(), key=lambda person: person.name),
            )

    @desk.post("/tickets/<reference>/acknowledgement")
    @needs(Permission.ACKNOWLEDGE, side="staff")
    def acknowledge(reference: str) -> Any:
        person = _person()
        done = carry_out(reference, lambda work, ticket: escalations.acknowledge(work, ticket, person, "portal"))
        if done is not None:
            _tell_who_has_it(done)
        return _to_ticket(reference)

    @desk.post("/tickets/<reference>/decline")
    @needs(Permission.ACKNOWLEDGE, side="staff")
    def decline(reference: str) -> Any:
        person, reason = _person(), _text("reason", 500)
        done = carry_out(
            reference, lambda work, ticket: escalations.decline(work, ticket, person, "portal", reason=reason)
        )
        if done is not None:
            message = (
                gettext("Noted. The next person is being called.")
                if done
                else gettext("Noted. It changes nothing: somebody else has it, or your turn has passed.")
            )
            flash(message, "done")
        return _to_ticket(reference)

    @desk.post("/tickets/<reference>/contact")
    @needs(Permission.RECORD_CONTACT, side="staff")
    def contact(reference: str) -> Any:
        outcome, channel = request.form.get("outcome", ""), request.form.get("channel", "voice")
        if outcome not in OUTCOMES or channel not in CHANNELS:
            abort(400)
        actor = signed_in()

        def record(work: Work, ticket: TicketRow) -> bool:
            tried = Contact(outcome, channel, work.now, _number(work, ticket), _text("note", TEXT_LENGTH))
            escalations.record_contact(work, ticket, actor.person_id, tried, actor.as_logged)
            return True

        if carry_out(reference, record):
            message = (
                gettext("Contact recorded. Nobody else is called.")
                if outcome == "reached"
                else gettext("The try is recorded. Try again: the customer still waits for your call.")
            )
            flash(message, "done")
        return _to_ticket(reference)

    @desk.post("/tickets/<reference>/closure")
    @needs(Permission.CLOSE, side="staff")
    def close(reference: str) -> Any:
        code, explanation = request.form.get("code", ""), _text("explanation", TEXT_LENGTH)
        if code not in CLOSE_CODES:
            abort(400)
        if code == "not_our_responsibility" and not explanation:
            flash(
                gettext("Explain to the customer why it is not our responsibility; then it can be closed."), "problem"
            )
            return _to_ticket(reference)
        actor = signed_in().as_logged

        def command(work: Work, ticket: TicketRow) -> bool:
            escalations.close(work, ticket, actor, code, explanation)
            return True

        if carry_out(reference, command):
            flash(gettext("The ticket is closed and the customer is being told."), "done")
        return _to_ticket(reference)

    @desk.get("/tickets/<reference>/stand-down")
    @needs(Permission.STAND_DOWN, side="staff")
    def stand_down_question(reference: str) -> str:
        with database.reading() as session:
            ticket = found(session, reference)
            return render_template(
                "web/stand_down.html",
                ticket=ticket,
                action=url_for("desk.stand_down", reference=ticket.reference),
                back=url_for("desk.ticket", reference=ticket.reference),
            )

    @desk.post("/tickets/<reference>/stand-down")
    @needs(Permission.STAND_DOWN, side="staff")
    def stand_down(reference: str) -> Any:
        actor, reason = signed_in().as_logged, _text("reason", 500)

        def command(work: Work, ticket: TicketRow) -> bool:
            escalations.stand_down(work, ticket, actor, reason, by_customer=False)
            return True

        if carry_out(reference, command):
            flash(gettext("The request is withdrawn. Everybody who was called is being told."), "done")
        return _to_ticket(reference)

    calls.register(desk, runtime)
    handling.register(desk)
    handover.register(desk, runtime)
    methods.register(desk, runtime)
    telephone.register(desk, runtime, Permission.MANAGE_OWN_METHODS, "staff")
    calendars.register(desk, runtime)
    shifts.register(desk, runtime)
    swaps.register(desk, runtime)
    mail.register(desk, runtime)
    absence_import.register(desk, runtime)
    return desk


def _is_mine(owner: str | None) -> bool:
    return owner is not None and owner == signed_in().person_id


def _person() -> str:
    """Only somebody who can be on call can take a ticket: an administrator's user is nobody to call back."""
    person = signed_in().person_id
    if person is None:
        abort(403)
    return person


def _text(field: str, longest: int) -> str | None:
    return text(request.form.get(field, ""), longest) or None


def _number(work: Work, ticket: TicketRow) -> str | None:
    """One of the customer's known numbers; anything else counts as not said."""
    number = request.form.get("address", "")
    return number if number in known_numbers(work, ticket) else None


def _plan(config: Configuration, ticket: TicketRow) -> Plan | None:
    customer = config.customer(ticket.customer_id)
    return customer.plan(ticket.plan_id) if customer and ticket.plan_id else None


def _offer(config: Configuration, ticket: TicketRow) -> Sequence[Plan]:
    """The plans that can be activated for whoever called: offered, never done by itself (S-3.B3)."""
    customer = config.customer(ticket.customer_id)
    offered = customer is not None and ticket.state != "closed" and offers_activation(customer, ticket)
    return customer.plans if customer is not None and offered else ()


def _tell_who_has_it(done: Acknowledgement) -> None:
    config = visitor().config
    if done.won:
        flash(gettext("It is yours. Call the customer now."), "done")
    elif done.state in ENDED:
        flash(gettext("The ticket is closed: there is nothing to accept."), "problem")
    elif done.owner and done.at:
        at = short_clock(done.at, config.provider.zone, visitor().now, language.current())
        text = gettext("%(who)s has it since %(at)s.", who=config.person_name(done.owner), at=at)
        flash(text, "problem")
    else:
        flash(gettext("The customer has been called already: there is nothing to accept."), "problem")


def _to_ticket(reference: str) -> Any:
    return redirect(url_for("desk.ticket", reference=reference), 303)

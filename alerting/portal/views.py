"""Customers' pages. Each view reads, or opens a transaction, calls one command and goes to a page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from alerting.acceptance import queries as acceptance
from alerting.attachments import queries as attachments
from alerting.catalog.schema import Customer
from alerting.catalog.service import TITLES
from alerting.catalog.terms import SupportTerms
from alerting.drills import queries as drill_queries
from alerting.escalation import queries as escalation_queries
from alerting.escalation import service as escalations
from alerting.escalation.models import EscalationRow
from alerting.escalation.standing import acknowledged_at
from alerting.intake.completeness import completeness
from alerting.intake.service import attended_at, offers_activation
from alerting.monitoring import queries as monitoring
from alerting.portal import drills, handling, intake, rating, suggestions, surveys, terms
from alerting.portal.status import Facts, Now, happening
from alerting.products import queries as products
from alerting.ratings.queries import asked
from alerting.runtime import Runtime
from alerting.sla.queries import clocks_json
from alerting.tickets import queries as tickets
from alerting.tickets.models import TicketRow
from alerting.tickets.queries import BadCursor, TimelineItem
from alerting.web import activation_pages, language, people, telephone, uploads
from alerting.web.activation import NO_PLAN, ActivationForm
from alerting.web.availability import availability
from alerting.web.forms import text
from alerting.web.journalling import journalling
from alerting.web.language import gettext
from alerting.web.tickets import carry_out, found
from alerting.web.visitor import needs, runtime, signed_in, visitor
from alerting.work import Work
from core.accounts.permissions import Permission, can
from core.audit.chain import LogActor

PAST_SHOWN = 10
OPEN_SHOWN = 100


@dataclass(frozen=True)
class TicketPage:
    """All that a ticket's page and its polled part show; its `version` changes when any of it does."""

    ticket: TicketRow
    escalation: EscalationRow | None
    now: Now
    timeline: list[TimelineItem]
    sla: Sequence[Mapping[str, Any]] = ()

    @property
    def version(self) -> str:
        escalation = self.escalation
        shown = (
            self.ticket.version,
            escalation and (escalation.version, escalation.state, escalation.due_at),
            self.now,
            self.timeline,
            [(one["due_at"], one["state"], one["met"], one["breached"]) for one in self.sla],
            language.current(),
        )
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:32]


def blueprint(runtime: Runtime) -> Blueprint:
    portal = Blueprint("portal", __name__, url_prefix="/portal", template_folder="templates")
    database = runtime.database

    @portal.get("")
    @needs(Permission.VIEW_TICKET, side="customer")
    def home() -> str:
        who, customer = visitor(), _own_customer()
        calendars = who.config.oncall.calendars
        with database.reading() as session:
            under_way = tickets.listing(session, signed_in(), tickets.OPEN, limit=OPEN_SHOWN).items
            past = _past(session)
            standing = escalation_queries.current(session, [ticket.id for ticket in under_way])
            plans = [
                (
                    plan,
                    availability(customer, plan, who.now, calendars),
                    _open_for(under_way, plan.id),
                )
                for plan in customer.plans
            ]
            other = (
                (availability(customer, None, who.now, calendars), _open_for(under_way, None))
                if activation_pages.offered_without_plan(customer) and len(customer.plans) != 1
                else None
            )
            return render_template(
                "portal/home.html",
                item=TITLES[language.current()],
                customer=customer,
                plans=plans,
                other=other,
                no_plan=NO_PLAN,
                under_way=[(ticket, standing.get(ticket.id)) for ticket in under_way],
                past=past,
                new_terms=_new_terms(session),
            )

    @portal.get("/activate/<plan>")
    @needs(Permission.ACTIVATE, side="customer")
    def activation(plan: str) -> str:
        return activation_pages.confirmation(_own_customer(), plan, _proposed(request.args.get("ticket")))

    @portal.post("/activate/<plan>")
    @journalling
    @needs(Permission.ACTIVATE, side="customer")
    def activate(plan: str) -> Any:
        return activation_pages.press(_own_customer(), plan, lambda ref: url_for("portal.ticket", reference=ref))

    @portal.get("/tickets/<reference>")
    @needs(Permission.VIEW_TICKET)
    def ticket(reference: str) -> Any:
        if signed_in().is_staff:  # links in mails lead here, whoever opens them
            return redirect(url_for("desk.ticket", reference=reference), 303)
        with database.reading() as session:
            page = _ticket_page(session, reference)
            row = page.ticket
            customer = visitor().config.customer(row.customer_id)
            return render_template(
                "portal/ticket.html",
                page=page,
                ticket=row,
                terms=visitor().config.terms.get(row.terms_version or ""),
                files=attachments.of_ticket(session, row, staff=False),
                completeness=completeness(row.intake) if row.intake else None,
                offer_activation=customer is not None and offers_activation(customer, row),
                newer_build=products.update_for(session, visitor().config, row, visitor().now),
                offer=asked(session, row, signed_in().email, visitor().now),
                suggested=monitoring.suggested_plan(session, visitor().config, row),
                occurrences=monitoring.occurrences(session, [row.id]).get(row.id),
                drill=drill_queries.of_ticket(session, row.reference) if row.mode == "drill" else None,
            )

    @portal.get("/tickets/<reference>/status")
    @needs(Permission.VIEW_TICKET, side="customer")
    def status(reference: str) -> Any:
        """The part of the page that changes. The tag is of what is shown, not of the bytes: a form's token is another
        each time."""
        with database.reading() as session:
            page = _ticket_page(session, reference)
            if page.version in request.if_none_match:
                return "", 304, {"ETag": f'"{page.version}"'}
            fragment = render_template("portal/status.html", page=page, ticket=page.ticket)
        return fragment, 200, {"ETag": f'"{page.version}"', "Cache-Control": "private, no-cache"}

    @portal.post("/tickets/<reference>/contact")
    @needs(Permission.CONFIRM_CONTACT, side="customer")
    def contact(reference: str) -> Any:
        reached = request.form.get("reached")
        if reached not in ("yes", "no"):
            abort(400)
        actor = signed_in().as_logged
        if reached == "yes":
            done = carry_out(reference, lambda work, ticket: confirm(work, ticket, actor))
            message = gettext("Thank you. We have noted that you have spoken with the engineer.")
        else:
            done = carry_out(reference, lambda work, ticket: dispute(work, ticket, actor))
            message = gettext("Thank you for telling us. We are calling the team on duty again.")
        return _to_ticket(reference, message if done else None)

    @portal.get("/tickets/<reference>/attachments/<attachment>")
    @needs(Permission.VIEW_TICKET, side="customer")
    def attachment(reference: str, attachment: str) -> Any:
        return uploads.file_of(reference, attachment)

    @portal.get("/tickets/<reference>/attachments/<attachment>/preview")
    @needs(Permission.VIEW_TICKET, side="customer")
    def attachment_preview(reference: str, attachment: str) -> Any:
        return uploads.file_of(reference, attachment, preview=True)

    drills.register(portal, runtime)
    rating.register(portal, runtime)
    suggestions.register(portal, runtime)
    surveys.register(portal, runtime)
    terms.register(portal, runtime)
    telephone.register(portal, runtime, Permission.ACTIVATE, "customer")
    people.register(portal, runtime, "customer")

    @portal.get("/tickets/<reference>/stand-down")
    @needs(Permission.STAND_DOWN, side="customer")
    def stand_down_question(reference: str) -> Any:
        with database.reading() as session:
            ticket = found(session, reference)
            return render_template(
                "web/stand_down.html",
                ticket=ticket,
                action=url_for("portal.stand_down", reference=ticket.reference),
                back=url_for("portal.ticket", reference=ticket.reference),
            )

    @portal.post("/tickets/<reference>/stand-down")
    @needs(Permission.STAND_DOWN, side="customer")
    def stand_down(reference: str) -> Any:
        reason = text(request.form.get("reason", ""), 500) or None
        actor = signed_in().as_logged
        done = carry_out(reference, lambda work, ticket: stand_down_command(work, ticket, actor, reason))
        message = gettext("The request is withdrawn. Everybody who was called is being told.")
        return _to_ticket(reference, message if done else None)

    handling.register(portal)
    intake.register(portal, runtime)
    return portal


def _new_terms(session: Session) -> list[SupportTerms]:
    """Those that wait for the click of an owner; nobody else is asked."""
    who, actor = visitor(), signed_in()
    if not can(actor, Permission.ACCEPT_TERMS):
        return []
    return acceptance.waiting(session, who.config, actor.customer_id or "", who.now)


def _proposed(reference: str | None) -> ActivationForm | None:
    """What the ticket of a suggestion says, with its reference. A link that has gone wrong keeps nobody from the form,
    and shows nothing of another customer's."""
    if not reference:
        return None
    with runtime().database.reading() as session:
        ticket = tickets.find(session, reference, signed_in(), visitor().config.provider.reference_prefix)
    return ActivationForm.blank(None, f"{ticket.reference}: {ticket.symptoms}") if ticket else None


def _own_customer() -> Customer:
    """Of the signed-in user; 404 when it is no customer any more."""
    customer = visitor().config.customer(signed_in().customer_id or "")
    if customer is None:
        abort(404)
    return customer


def _ticket_page(session: Session, reference: str) -> TicketPage:
    ticket = found(session, reference)
    config = visitor().config
    row = escalation_queries.current(session, [ticket.id]).get(ticket.id)
    facts = Facts(
        state=ticket.state,
        pages=ticket.kind == "contingency" or row is not None,
        waits_for=ticket.waiting_reason,
        attended_at=attended_at(config, ticket, visitor().now),
        close_code=ticket.close_code,
        contact_state=ticket.contact_state,
        drill=ticket.mode == "drill",
        owner=config.person_name(ticket.owner),
        accepted_at=acknowledged_at(session, ticket.reference) if ticket.owner else None,
        contact_due_at=ticket.contact_due_at,
        contacted_at=ticket.contacted_at,
        queued_until=ticket.queued_until,
        closed_at=ticket.closed_at,
        escalation=row.state if row else None,
        step=row.step if row else 0,
        cycle=row.cycle if row else 1,
        due_at=row.due_at if row else None,
    )
    items = tickets.timeline(session, ticket, config, language.current())
    sla = clocks_json(session, [ticket], config, visitor().now).get(ticket.id, ())
    return TicketPage(ticket, row, happening(facts), items, sla)


def _past(session: Session) -> Any:
    try:
        return tickets.listing(session, signed_in(), "closed", cursor=request.args.get("before"), limit=PAST_SHOWN)
    except BadCursor:
        abort(404)


def _open_for(under_way: list[TicketRow], plan_id: str | None) -> TicketRow | None:
    """The real intervention of the plan that is under way."""
    return next(
        (one for one in under_way if (one.kind, one.plan_id, one.mode) == ("contingency", plan_id, "real")), None
    )


def confirm(work: Work, ticket: TicketRow, actor: LogActor) -> bool:
    escalations.customer_confirms(work, ticket, actor)
    return True


def dispute(work: Work, ticket: TicketRow, actor: LogActor) -> bool:
    """Also when somebody is being paged already: the customer hears the same, and it is true."""
    escalations.dispute(work, ticket, actor)
    return True


def stand_down_command(work: Work, ticket: TicketRow, actor: LogActor, reason: str | None) -> bool:
    escalations.stand_down(work, ticket, actor, reason)
    return True


def _to_ticket(reference: str, message: str | None) -> Any:
    if message:
        flash(message, "done")
    return redirect(url_for("portal.ticket", reference=reference), 303)

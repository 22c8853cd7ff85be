"""Managers' pages: the escalation log, one escalation in full, who is on call, and activation for a customer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from alerting.catalog.schema import Customer
from alerting.catalog.service import contact_of
from alerting.console import (
    assignment,
    coverage,
    drills,
    fairness,
    holidays,
    monitoring,
    products,
    queries,
    report,
    rota,
    rota_changes,
    rota_entries,
    rota_rotations,
    rota_schedules,
    rota_temporary,
    shift_import,
    simulation,
    suggestions,
    surveys,
    swaps,
    terms,
    words,
)
from alerting.console import readiness as ready
from alerting.escalation import queries as escalations
from alerting.escalation.machine import EscalationState
from alerting.escalation.queries import OnCallFact
from alerting.runtime import Runtime
from alerting.tickets import queries as tickets
from alerting.tickets.models import TicketRow
from alerting.tickets.queries import BadCursor
from alerting.web import activation_pages, language, people
from alerting.web.activation import NO_PLAN, ActivationForm
from alerting.web.formats import masked
from alerting.web.journalling import journalling
from alerting.web.language import gettext
from alerting.web.tickets import found
from alerting.web.visitor import needs, runtime, signed_in, visitor
from core.accounts.permissions import Permission, can
from core.audit.chain import Link
from oncall.reasons import OnCall, reason_data

MODES = ("real", "drill")
PAGE = 50


def blueprint(runtime: Runtime) -> Blueprint:
    console = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
    database = runtime.database

    @console.get("/escalations", endpoint="escalations")
    @needs(Permission.VIEW_ESCALATIONS, side="staff")
    def escalations_page() -> str:
        state, mode = _one_of("state", tuple(EscalationState)), _one_of("mode", MODES)
        with database.reading() as session:
            try:
                page = escalations.listing(session, state, mode, request.args.get("before"), PAGE)
            except BadCursor:
                abort(404)
            return render_template(
                "console/escalations.html",
                page=page,
                state=state,
                mode=mode,
                states=tuple(EscalationState),
                name=visitor().config.person_name,
            )

    @console.get("/escalations/<reference>")
    @needs(Permission.VIEW_ESCALATIONS, side="staff")
    def escalation(reference: str) -> str:
        with database.reading() as session:
            ticket = found(session, reference)
            return render_template(
                "console/escalation.html",
                log=queries.escalation_log(session, ticket),
                ticket=ticket,
                name=visitor().config.person_name,
                address=_address,
                reason=_reason,
                why=words.why_in_words,
                who=_who,
            )

    @console.get("/schedules")
    @needs(Permission.VIEW_SCHEDULES, side="staff")
    def schedules() -> str:
        who = visitor()
        return render_template(
            "console/schedules.html",
            schedules=queries.schedules(who.config.oncall, who.now),
            name=who.config.person_name,
            reason=_on_call_reason,
        )

    @console.get("/readiness")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def readiness() -> str:
        with database.reading() as session:
            lines = ready.readiness(session, visitor().config, visitor().now)
            return render_template("console/readiness.html", lines=lines, name=visitor().config.person_name)

    @console.get("/activate")
    @needs(Permission.ACTIVATE, side="staff")
    def choose_activation() -> str:
        customers = sorted(visitor().config.customers.values(), key=lambda customer: customer.name.casefold())
        offered = [(customer, activation_pages.offered_without_plan(customer)) for customer in customers]
        return render_template("console/activate.html", customers=offered, no_plan=NO_PLAN)

    @console.get("/activate/<customer>/<plan>")
    @needs(Permission.ACTIVATE, side="staff")
    def activation(customer: str, plan: str) -> str:
        ticket, proposed = _called_about(customer), None
        if ticket is not None:
            said = f"{ticket.reference}: {ticket.symptoms}"
            proposed = replace(
                ActivationForm.blank(ticket.callback_phone, said),
                critical=ticket.critical,
                reason=gettext("By telephone, ticket %(reference)s", reference=ticket.reference),
            )
        return activation_pages.confirmation(_customer(customer), plan, proposed)

    @console.post("/activate/<customer>/<plan>")
    @journalling
    @needs(Permission.ACTIVATE, side="staff")
    def activate(customer: str, plan: str) -> Any:
        ticket, whose = _called_about(customer), _customer(customer)
        caller = contact_of(whose, ticket.requester_email) if ticket and ticket.requester_email else None
        return activation_pages.press(
            whose,
            plan,
            lambda reference: url_for("desk.ticket", reference=reference),
            caller.email if caller else None,
        )

    assignment.register(console, runtime)
    coverage.register(console, runtime)
    drills.register(console, runtime)
    fairness.register(console, runtime)
    holidays.register(console, runtime)
    monitoring.register(console, runtime)
    rota.register(console, runtime)
    rota_entries.register(console, runtime)
    rota_changes.register(console, runtime)
    rota_rotations.register(console, runtime)
    rota_schedules.register(console, runtime)
    rota_temporary.register(console, runtime)
    simulation.register(console, runtime)
    swaps.register(console, runtime)
    suggestions.register(console, runtime)
    surveys.register(console, runtime)
    report.register(console, runtime)
    shift_import.register(console, runtime)
    people.register(console, runtime, "staff")
    products.register(console, runtime)
    terms.register(console, runtime)
    return console


def _called_about(customer_id: str) -> TicketRow | None:
    """The ticket that the address names, if it is this customer's: whoever called about it now asks for more."""
    with runtime().database.reading() as session:
        prefix = visitor().config.provider.reference_prefix
        ticket = tickets.find(session, request.args.get("ticket", ""), signed_in(), prefix)
    return ticket if ticket is not None and ticket.customer_id == customer_id else None


def _one_of(field: str, values: tuple[str, ...]) -> str | None:
    """A filter of the address; an unknown value shows everything."""
    value = request.args.get(field)
    return value if value in values else None


def _customer(customer_id: str) -> Customer:
    customer = visitor().config.customers.get(customer_id)
    if customer is None:
        abort(404)
    return customer


def _address(address: str | None) -> str:
    """In full for managers, who must be able to check it with the carrier; for engineers it is somebody's private
    number."""
    if address is None:
        return ""
    return address if can(signed_in(), Permission.EXPORT_EVIDENCE) else masked(address)


def _names() -> dict[str, str]:
    return visitor().config.person_names()


def _reason(fact: OnCallFact) -> str:
    return words.fact_in_words(fact, language.current(), _names(), visitor().config.provider.timezone)


def _on_call_reason(one: OnCall) -> str:
    timezone = visitor().config.provider.timezone
    return words.reason_in_words(reason_data(one.reason), language.current(), _names(), timezone)


def _who(entry: Link) -> str:
    """The actor of a log entry: a person by name, anybody else by kind and id."""
    kind, id_ = entry.actor.get("type"), entry.actor.get("id")
    return visitor().config.person_name(id_) if kind == "person" else f"{kind} {id_ or ''}".strip()

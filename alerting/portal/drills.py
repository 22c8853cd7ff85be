"""The customer's contingency plans, to read and print; their drills with the reports, which an owner signs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from alerting.catalog import plan_versions
from alerting.catalog.schema import Customer
from alerting.catalog.service import contact_of
from alerting.drills import agreement, queries
from alerting.drills.service import By, TooLate
from alerting.runtime import Runtime
from alerting.tickets import queries as tickets
from alerting.web import drill_pages
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission


def register(portal: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    @portal.get("/plans", endpoint="plans")
    @needs(Permission.VIEW_TICKET, side="customer")
    def plans_page() -> str:
        customer = _own()
        with database.reading() as session:
            return render_template(
                "portal/plans.html",
                customer=customer,
                practices={
                    one.key.plan: one
                    for one in queries.practices(session, visitor().config, visitor().now, customer.id)
                },
                coming=queries.listing(session, customer.id, open_=True),
                past=queries.listing(session, customer.id, open_=False),
            )

    @portal.get("/plans/<plan>", endpoint="plan")
    @needs(Permission.VIEW_TICKET, side="customer")
    def plan_page(plan: str) -> str:
        customer = _own()
        with database.reading() as session:
            versions = plan_versions.of_plan(session, customer.id, plan)
        shown = drill_pages.chosen(customer, plan, versions)
        if shown is None:
            abort(404)
        return render_template("portal/plan.html", customer=customer, **shown)

    @portal.get("/drills/<drill>", endpoint="drill")
    @needs(Permission.VIEW_TICKET, side="customer")
    def drill_page(drill: str) -> str:
        with database.reading() as session:
            found = queries.find(session, drill, _own().id)
            if found is None or _hidden(session, found.drill.reference):
                abort(404)
            return render_template(
                "portal/drill.html", exercise=found, side=queries.CUSTOMER, name=visitor().config.person_name
            )

    @portal.post("/drills/<drill>/signature", endpoint="sign_drill")
    @needs(Permission.SIGN_DRILL, side="customer")
    def sign(drill: str) -> Any:
        customer, actor = _own(), signed_in()
        with database.reading() as session:
            if queries.find(session, drill, customer.id) is None:
                abort(404)
        contact = contact_of(customer, actor.email)
        who = By(actor.email, contact.name if contact else actor.email, actor.as_logged)
        try:
            with runtime.work() as work:
                agreement.sign(work, drill, queries.CUSTOMER, request.form.get("seen", ""), who)
        except TooLate:
            flash(gettext("The report has changed meanwhile: look at it again, then sign it."), "problem")
        else:
            flash(gettext("Signed."), "done")
        return redirect(url_for("portal.drill", drill=drill), 303)


def _hidden(session: Session, reference: str | None) -> bool:
    """The report tells what the drill's ticket holds, so it is for those who see that ticket (S-5.1)."""
    if reference is None:
        return False
    return tickets.find(session, reference, signed_in(), visitor().config.provider.reference_prefix) is None


def _own() -> Customer:
    customer = visitor().config.customer(signed_in().customer_id or "")
    if customer is None:
        abort(404)
    return customer

"""Opening a ticket in the portal: one form in four groups, of which only the symptoms are required."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.catalog import idempotency
from alerting.catalog.idempotency import Kept
from alerting.catalog.schema import Customer
from alerting.catalog.service import contact_of
from alerting.intake.overflow import spilled
from alerting.intake.schema import Told
from alerting.intake.service import NewTicket, UnknownComponent, open_ticket
from alerting.products import queries as products
from alerting.runtime import Runtime
from alerting.web import intake_forms, uploads
from alerting.web.intake_forms import KEY_LENGTH
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from alerting.web.visitor import runtime as web_runtime
from core.accounts.permissions import Permission
from core.ids import opaque_token


def register(portal: Blueprint, runtime: Runtime) -> None:
    @portal.get("/tickets")
    @needs(Permission.VIEW_TICKET, side="customer")
    def tickets() -> Any:
        return redirect(url_for("portal.home"), 303)

    @portal.get("/tickets/new")
    @needs(Permission.OPEN_TICKET, side="customer")
    def new_ticket() -> Any:
        customer = _customer()
        contact = contact_of(customer, signed_in().email)
        form = {
            "key": opaque_token(KEY_LENGTH),
            "kind": "incident",
            "contact_name": contact.name if contact else "",
            "contact_phone": contact.phone if contact else "",
            "department": signed_in().department or "",
        }
        return _page(customer, form, {})

    @portal.post("/tickets")
    @needs(Permission.OPEN_TICKET, side="customer")
    @uploads.taking_files
    def open_ticket() -> Any:
        customer = _customer()
        form = intake_forms.typed(request.form)
        told, problems = intake_forms.told(form)
        if told is not None and form.get("component") and form["component"] not in customer.contract.coverage:
            told, problems = None, {"component": gettext("Choose one of the services of your contract.")}
        if told is None:
            if uploads.chosen():
                problems[uploads.FIELD] = gettext("Choose the files again: a browser does not keep them.")
            return _page(customer, form, problems), 422
        files = uploads.uploaded()
        try:
            reference, redacted = _opened(runtime, customer, form, told, files)
        except UnknownComponent:  # the contract has changed this very moment
            files.discard()
            return _page(customer, form, {"component": gettext("Choose one of the services of your contract.")}), 422
        flash(gettext("Your ticket is open. We have sent you its code by mail."), "done")
        if form.get("key"):
            flash(form["key"][:KEY_LENGTH], "draft-sent")  # the browser need not keep what was typed any longer
        if redacted:
            flash(gettext("We have removed what looked like a password or key from what you wrote."), "problem")
        return redirect(url_for("portal.ticket", reference=reference), 303)


def _opened(
    runtime: Runtime, customer: Customer, form: Mapping[str, str], told: Told, files: uploads.Uploaded
) -> tuple[str, bool]:
    """The second click of the same form leads to the same ticket. Files that cannot be kept keep nobody from opening
    one; the next page says which."""
    actor = signed_in()
    key = f"portal:{form.get('key', '')[:KEY_LENGTH]}"
    told, output = spilled(told, files.store, customer.language)
    with runtime.work() as work:
        kept = idempotency.kept(work.session, actor.user_id, key, "", work.now) if form.get("key") else None
        if kept is not None:
            files.store.discard([*files.prepared, *output])
            return str(kept.answer["reference"]), False
        wanted = NewTicket(
            customer_id=customer.id,
            told=told,
            channel="portal",
            requester_email=actor.email,
            **intake_forms.kind_and_type(form),
            component=form.get("component") or None,
            department=form.get("department", "")[:100] or None,
            actor=actor.as_logged,
            files=[*output, *files.prepared],
            room=files.store.limits,
        )
        opened = open_ticket(work, wanted)
        if form.get("key"):
            answer = Kept(201, {"reference": opened.ticket.reference})
            idempotency.keep(work.session, actor.user_id, key, "", answer, work.now)
    files.settle(opened.files)
    return opened.ticket.reference, bool(opened.redacted)


def _page(customer: Customer, form: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    with web_runtime().database.reading() as session:
        builds = products.builds(session)
    return render_template(
        "portal/new_ticket.html",
        builds=builds,
        form=dict(form),
        problems=dict(problems),
        components=tuple(customer.contract.coverage),
        opened=intake_forms.opened_groups(problems),
    )


def _customer() -> Customer:
    customer = visitor().config.customer(signed_in().customer_id or "")
    if customer is None:
        abort(404)
    return customer

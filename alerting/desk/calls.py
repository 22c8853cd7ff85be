"""A telephone call becomes a ticket: find who is calling, write down what they say (S-2.1, S-4.9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.catalog import idempotency
from alerting.catalog.idempotency import Kept
from alerting.catalog.schema import Contact, Customer, Priority
from alerting.desk import callers
from alerting.intake.overflow import spilled
from alerting.intake.schema import Told
from alerting.intake.service import EARLIEST_OPENING, NewTicket, UnknownComponent, open_ticket
from alerting.notifications.wording import digit_by_digit
from alerting.products import queries as products
from alerting.runtime import Runtime
from alerting.web import intake_forms, local_times, uploads
from alerting.web.forms import text
from alerting.web.intake_forms import KEY_LENGTH
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from alerting.web.visitor import runtime as web_runtime
from core.accounts.permissions import Permission
from core.ids import opaque_token, short

MOST_SHOWN = 50
PRIORITIES: tuple[Priority, ...] = get_args(Priority)


def register(desk: Blueprint, runtime: Runtime) -> None:
    @desk.get("/calls/new")
    @needs(Permission.WORK_TICKET, side="staff")
    def new_call() -> str:
        if "customer" not in request.args:
            return _search(text(request.args.get("q", ""), 100))
        customer = _customer(request.args["customer"])
        contact = _contact(customer, request.args.get("contact", ""))
        form = {"key": opaque_token(KEY_LENGTH), "kind": "incident"}
        if contact is not None:
            form |= {
                "contact_name": contact.name,
                "contact_phone": contact.phone or "",
                "contact_email": contact.email or "",
            }
        return _page(customer, contact, form, {})

    @desk.post("/calls")
    @needs(Permission.WORK_TICKET, side="staff")
    @uploads.taking_files
    def log_call() -> Any:
        form = intake_forms.typed(request.form)
        customer = _customer(form.get("customer", ""))
        contact = _contact(customer, form.get("contact", ""))
        told, problems = intake_forms.told(form)
        opened_at, problem = _came_at(form.get("opened_at", ""))
        problems |= {"opened_at": problem} if problem else {}
        if form.get("component") and form["component"] not in customer.contract.coverage:
            problems["component"] = gettext("Choose one of the services of the contract.")
        if told is None or problems:
            if uploads.chosen():
                problems[uploads.FIELD] = gettext("Choose the files again: a browser does not keep them.")
            return _page(customer, contact, form, problems), 422
        files = uploads.uploaded()
        try:
            reference, redacted = _opened(runtime, customer, contact, form, told, opened_at, files)
        except UnknownComponent:  # the contract has changed this very moment
            files.discard()
            problems = {"component": gettext("Choose one of the services of the contract.")}
            return _page(customer, contact, form, problems), 422
        code = digit_by_digit(short(reference))
        flash(gettext("The call is a ticket now. Tell the caller its code: %(code)s", code=code), "done")
        if redacted:
            flash(gettext("We have removed what looked like a password or key from what you wrote."), "problem")
        return redirect(url_for("desk.ticket", reference=reference), 303)


def _opened(
    runtime: Runtime,
    customer: Customer,
    contact: Contact | None,
    form: Mapping[str, str],
    told: Told,
    opened_at: datetime | None,
    files: uploads.Uploaded,
) -> tuple[str, bool]:
    """The second click of the same form leads to the same ticket."""
    actor, key = signed_in(), f"call:{form.get('key', '')[:KEY_LENGTH]}"
    told, output = spilled(told, files.store, customer.language)
    with runtime.work() as work:
        kept = idempotency.kept(work.session, actor.user_id, key, "", work.now) if form.get("key") else None
        if kept is not None:
            files.store.discard([*files.prepared, *output])
            return str(kept.answer["reference"]), False
        wanted = NewTicket(
            customer_id=customer.id,
            told=told,
            channel="phone",
            requester_email=contact.email if contact else None,
            **intake_forms.kind_and_type(form),
            component=form.get("component") or None,
            priority=next((one for one in PRIORITIES if one == form.get("priority")), None),
            department=form.get("department", "")[:100] or None,
            opened_at=opened_at,
            on_behalf=True,
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


def _came_at(typed: str) -> tuple[datetime | None, str | None]:
    """When the call came, and what is wrong with it; None: now. Of an hour that comes twice the first, in the
    customer's favour."""
    if not typed:
        return None, None
    now, timezone = visitor().now, visitor().config.provider.timezone
    at = local_times.read(typed, timezone, "start")
    if at is None:
        return None, gettext("This is no time: write day and time, or leave it empty for now.")
    if at > now:
        return None, gettext("This lies in the future: the call has come already. Leave it empty for now.")
    if at < now - EARLIEST_OPENING:
        return None, gettext("This is too long ago: %(days)s days are the most.", days=EARLIEST_OPENING.days)
    return at, None


def _search(wanted: str) -> str:
    found = callers.matching(visitor().config.customers.values(), wanted)
    return render_template(
        "desk/calls.html", found=found[:MOST_SHOWN], more=len(found) > MOST_SHOWN, wanted=wanted,
        may_open=callers.may_open,
    )  # fmt: skip


def _page(customer: Customer, contact: Contact | None, form: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    with web_runtime().database.reading() as session:
        builds = products.builds(session)
    return render_template(
        "desk/new_call.html",
        builds=builds,
        customer=customer,
        contact=contact,
        unauthorised=contact is None or not callers.may_open(contact),
        authorised=[one for one in customer.contacts if callers.may_open(one)],
        form=dict(form),
        problems=dict(problems),
        components=tuple(customer.contract.coverage),
        priorities=PRIORITIES,
        zone=visitor().config.provider.timezone,
        opened=intake_forms.opened_groups(problems) | {"C": True},
    )


def _customer(customer_id: str) -> Customer:
    customer = visitor().config.customers.get(customer_id)
    if customer is None:
        abort(404)
    return customer


def _contact(customer: Customer, contact_id: str) -> Contact | None:
    """None: somebody who is none of the customer's contacts."""
    found = next((one for one in customer.contacts if one.id == contact_id), None)
    if contact_id and found is None:
        abort(404)
    return found

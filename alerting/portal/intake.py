"""Opening a ticket in the portal: one form in four groups, of which only the symptoms are required."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from pydantic import ValidationError

from alerting.catalog import idempotency
from alerting.catalog.idempotency import Kept
from alerting.catalog.schema import Customer
from alerting.catalog.service import contact_of
from alerting.intake.completeness import WANTED
from alerting.intake.schema import Told
from alerting.intake.service import NewTicket, UnknownComponent, open_ticket
from alerting.runtime import Runtime
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission
from core.ids import opaque_token

KEY_LENGTH = 22
KINDS = ("incident", "request", "complaint")
TYPES = ("backup_not_run", "backup_failed", "restore_not_run", "restore_failed", "other")
TEXTS = (
    *("symptoms", "steps_to_reproduce", "desired_outcome", "business_impact", "product_build", "occurred_before"),
    *("preceding_events", "recent_changes", "os", "environment", "platform_login", "tried_steps", "impact", "urgency"),
)
IN_GROUP = {"machines": "A", "users": "A", "contact_name": "C", "contact_phone": "C", "kb_articles": "D"}
IN_GROUP |= {name: group for group, names in WANTED.items() for name in names if name != "symptoms"}


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
        }
        return _page(customer, form, {})

    @portal.post("/tickets")
    @needs(Permission.OPEN_TICKET, side="customer")
    def open_ticket() -> Any:
        customer = _customer()
        form = {name: text(value, 200_000) for name, value in request.form.items()}
        told, problems = _told(form)
        if told is None:
            return _page(customer, form, problems), 422
        try:
            reference, redacted = _opened(runtime, customer, form, told)
        except UnknownComponent:
            return _page(customer, form, {"component": gettext("Choose one of the services of your contract.")}), 422
        flash(gettext("Your ticket is open. We have sent you its code by mail."), "done")
        if redacted:
            flash(gettext("We have removed what looked like a password or key from what you wrote."), "problem")
        return redirect(url_for("portal.ticket", reference=reference), 303)


def _opened(runtime: Runtime, customer: Customer, form: Mapping[str, str], told: Told) -> tuple[str, bool]:
    """The second click of the same form leads to the same ticket."""
    actor = signed_in()
    key = f"portal:{form.get('key', '')[:KEY_LENGTH]}"
    with runtime.work() as work:
        kept = idempotency.kept(work.session, actor.user_id, key, "", work.now) if form.get("key") else None
        if kept is not None:
            return str(kept.answer["reference"]), False
        kind = form.get("kind") if form.get("kind") in KINDS else "incident"
        wanted = NewTicket(
            customer_id=customer.id,
            told=told,
            channel="portal",
            requester_email=actor.email,
            kind=kind,  # type: ignore[arg-type]  # one of KINDS
            incident_type=form["type"] if kind == "incident" and form.get("type") in TYPES else None,  # type: ignore[arg-type]  # one of TYPES
            component=form.get("component") or None,
            department=form.get("department", "")[:100] or None,
            actor=actor.as_logged,
        )
        opened = open_ticket(work, wanted)
        if form.get("key"):
            answer = Kept(201, {"reference": opened.ticket.reference})
            idempotency.keep(work.session, actor.user_id, key, "", answer, work.now)
        return opened.ticket.reference, bool(opened.redacted)


def _told(form: Mapping[str, str]) -> tuple[Told | None, dict[str, str]]:
    """What the form says; or None, and by field what is wrong with it in the customer's words."""
    said: dict[str, Any] = {name: form[name] for name in TEXTS if form.get(name)}
    said["symptoms"] = form.get("symptoms", "")
    if form.get("error_output"):
        said["error_output"] = form["error_output"]
    affected = [{"kind": kind, "name": line} for kind, box in (("machine", "machines"), ("user", "users"))
                for line in _lines(form.get(box, ""))]  # fmt: skip
    contact = {
        "name": form.get("contact_name"),
        "phone": form.get("contact_phone"),
        "preferred_channel": form.get("preferred_channel"),
        "best_time": form.get("best_time"),
    }
    said |= {
        "affected": affected,
        "affected_users": form.get("affected_users") or None,
        "affected_machines": form.get("affected_machines") or None,
        "strategic_users": {"yes": True, "no": False}.get(form.get("strategic_users", "")),
        "critical_situation": form.get("critical_situation") == "yes",
        "kb_articles": _lines(form.get("kb_articles", "")),
        "contact": {name: value for name, value in contact.items() if value} or None,
    }
    try:
        return Told.model_validate(said), {}
    except ValidationError as error:
        return None, {_field(one["loc"]): _problem(_field(one["loc"])) for one in error.errors()}


def _field(location: tuple[int | str, ...]) -> str:
    if location[0] == "contact":
        return {"phone": "contact_phone", "name": "contact_name"}.get(str(location[-1]), str(location[-1]))
    return "machines" if location[0] == "affected" else str(location[0])


def _problem(field: str) -> str:
    if field == "symptoms":
        return gettext("Write what you see: one sentence is enough, 20,000 characters are the most.")
    if field == "contact_phone":
        return gettext("This is no telephone number that can be called: write it like +34 611 000 001.")
    if field in ("affected_users", "affected_machines"):
        return gettext("Write a whole number, 0 or more.")
    return gettext("This is too long or none of the choices.")


def _lines(text_: str) -> list[str]:
    return [line.strip()[:200] for line in text_.splitlines() if line.strip()][:50]


def _page(customer: Customer, form: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    opened = {IN_GROUP.get(field, "") for field in problems}
    return render_template(
        "portal/new_ticket.html",
        form=dict(form),
        problems=dict(problems),
        components=tuple(customer.contract.coverage),
        opened={group: group in opened for group in WANTED},
    )


def _customer() -> Customer:
    customer = visitor().config.customer(signed_in().customer_id or "")
    if customer is None:
        abort(404)
    return customer

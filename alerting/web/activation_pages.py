"""The confirmation page of an activation and what follows its button; portal and console differ only in whose plan it
is and where they go afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request

from alerting.catalog.schema import Customer, Plan
from alerting.catalog.service import TITLES, Activated, NotEntitled, PlanRequired, UnknownPlan
from alerting.escalation.schema import EscalationPolicy
from alerting.web import language
from alerting.web.activation import NO_PLAN, ActivationForm, activate, callback_number
from alerting.web.availability import Availability, availability
from alerting.web.language import gettext
from alerting.web.visitor import Visitor, runtime, signed_in, visitor


def offered_without_plan(customer: Customer) -> bool:
    """Whether the page offers an activation that names no plan: the contract says who is then paged."""
    return customer.contract.default_escalation_policy is not None


def confirmation(customer: Customer, plan_id: str, proposed: ActivationForm | None = None) -> str:
    """The page before the second click, filled in with what is `proposed`; nothing is sent until the button is
    pressed."""
    plan = _plan(customer, plan_id)
    email = None if signed_in().is_staff else signed_in().email
    form = proposed or ActivationForm.blank(None)
    if not form.callback_phone:
        form = replace(form, callback_phone=callback_number(customer, email) or "")
    return _page(customer, plan, plan_id, form, {})


def press(customer: Customer, plan_id: str, ticket_page: Callable[[str], str], caller_email: str | None = None) -> Any:
    """The second click: the ticket's page, or the form again with what is wrong with it. `caller_email`: the contact
    for whom staff press it."""
    plan = _plan(customer, plan_id)
    form = ActivationForm.of(request.form)
    problems = {field: gettext(text) for field, text in form.problems().items()}
    if problems:
        return _page(customer, plan, plan_id, form, problems), 422
    try:
        done = activate(runtime(), signed_in(), customer.id, plan.id if plan else None, form, caller_email)
    except NotEntitled as refused:
        return _page(customer, plan, plan_id, form, {"refused": _refusal(refused)}), 422
    except (UnknownPlan, PlanRequired):
        abort(404)
    _tell(done)
    return redirect(ticket_page(done.reference), 303)


def _plan(customer: Customer, plan_id: str) -> Plan | None:
    if plan_id == NO_PLAN and offered_without_plan(customer):
        return None
    plan = customer.plan(plan_id)
    if plan is None:
        abort(404)
    return plan


def _page(customer: Customer, plan: Plan | None, plan_id: str, form: ActivationForm, problems: dict[str, str]) -> str:
    who = visitor()
    return render_template(
        "web/activation.html",
        item=TITLES[language.current()],
        customer=customer,
        plan=plan,
        plan_id=plan_id,
        form=form,
        problems=problems,
        steps=_steps(who, customer, plan),
        availability=_availability(who, customer, plan),
        numbers=sorted({contact.phone for contact in customer.contacts if contact.phone}),
    )


def _availability(who: Visitor, customer: Customer, plan: Plan | None) -> Availability:
    return availability(customer, plan, who.now, who.config.oncall.calendars)


def _steps(who: Visitor, customer: Customer, plan: Plan | None) -> EscalationPolicy | None:
    name = plan.escalation_policy if plan else customer.contract.default_escalation_policy
    return who.config.policies.get(name) if name else None


def _refusal(refused: NotEntitled) -> str:
    if refused.reason == "trial":
        return gettext("The contract is on trial: only drills can be activated. In an emergency, call us.")
    return gettext("The plan is outside its hours, and the contract does not cover that. In an emergency, call us.")


def _tell(done: Activated) -> None:
    if done.repaged:
        flash(gettext("This intervention was open already. We are calling the team on duty again."), "done")
    elif done.joined:
        flash(gettext("This intervention was open already: you follow it from now on."), "done")
    else:
        flash(gettext("We have your request."), "done")

"""Who would be reached for an activation at any instant, by what, when and why; with answers that one supposes. The
code that escalates computes it; nothing is sent, nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from flask import Blueprint, render_template, request

from alerting.configuration import Configuration
from alerting.console import rota_forms as forms
from alerting.escalation.queries import simulated
from alerting.escalation.schema import EscalationPolicy
from alerting.escalation.simulated_words import Language, ending, why
from alerting.escalation.simulation import LONGEST, Answer, Simulation
from alerting.runtime import Runtime
from alerting.web import language
from alerting.web.formats import masked
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission, can
from oncall.spans import format_span

ROWS = range(1, 6)
SAYS = ("acknowledge", "decline")
LONGEST_MINUTES = int(LONGEST.total_seconds() // 60)


@dataclass
class Supposed:
    """One line of the form, as it was typed."""

    number: int
    person: str
    says: str
    after: str
    problem: str | None = None


@dataclass
class Form:
    """`what` is `policy:<id>` or `plan:<customer>/<id>`."""

    what: str
    at: str
    mode: str
    supposed: list[Supposed]
    problems: dict[str, str] = field(default_factory=dict)


def register(console: Blueprint, runtime: Runtime) -> None:
    @console.get("/simulate", endpoint="simulate")
    @needs(Permission.SIMULATE, side="staff")
    def simulate() -> str:
        config, now = visitor().config, visitor().now
        form = _form(config, now)
        found, policy = None, _policy(config, form.what)
        if request.args.get("what") is not None:
            if policy is None:
                form.problems["what"] = gettext("Choose one of the list.")
            at, answers = _at(form, config), []
            if at is not None:
                answers = [one for line in form.supposed if (one := _answer(line, config, at)) is not None]
            if policy is not None and at is not None and not _wrong(form):
                with runtime.database.reading() as session:
                    found = simulated(session, config, policy, at, answers, drill=form.mode == "drill")
        return _page(config, form, found, policy)


def _page(config: Configuration, form: Form, found: Simulation | None, policy: EscalationPolicy | None) -> str:
    names = config.person_names()
    spoken: Language = "es" if language.current() == "es" else "en"
    zone = config.provider.timezone
    return render_template(
        "console/simulation.html",
        form=form,
        found=found,
        end=ending(found, spoken, names) if found else None,
        every=format_span(policy.last_resort.every) if policy else None,
        why=lambda one: why(one, spoken, names, zone),
        address=lambda one: one if can(signed_in(), Permission.EXPORT_EVIDENCE) else masked(one),
        policies=sorted(config.policies.values(), key=lambda one: one.id),
        customers=sorted(config.customers.values(), key=lambda one: one.name.casefold()),
        people=sorted(config.oncall.people.values(), key=lambda one: one.name.casefold()),
        name=config.person_name,
        timezone=zone,
        longest=LONGEST_MINUTES,
    )


def _form(config: Configuration, now: datetime) -> Form:
    given = {name: text(value, 200) for name, value in request.args.items()}
    lines = [
        Supposed(
            number,
            given.get(f"person_{number}", ""),
            given.get(f"says_{number}", SAYS[0]),
            given.get(f"after_{number}", ""),
        )
        for number in ROWS
    ]
    mode = "drill" if given.get("mode") == "drill" else "real"
    return Form(given.get("what", ""), given.get("at") or forms.typed(now, config), mode, lines)


def _policy(config: Configuration, what: str) -> EscalationPolicy | None:
    """Of a plan, its own."""
    kind, _, id_ = what.partition(":")
    if kind == "policy":
        return config.policies.get(id_)
    customer_id, _, plan_id = id_.partition("/")
    customer = config.customers.get(customer_id)
    plan = next((one for one in customer.plans if one.id == plan_id), None) if customer else None
    return config.policies.get(plan.escalation_policy) if plan else None


def _at(form: Form, config: Configuration) -> datetime | None:
    asked = forms.Asked({"at": form.at})
    found = forms.instant(asked, "at", config)
    form.problems |= asked.problems
    return found


def _answer(line: Supposed, config: Configuration, at: datetime) -> Answer | None:
    if not line.person and not line.after:
        return None
    if line.person not in config.oncall.people:
        line.problem = gettext("Choose a person of the list.")
        return None
    if not line.after.isascii() or not line.after.isdigit() or int(line.after[:6]) > LONGEST_MINUTES:
        line.problem = gettext("Say after how many minutes: 0 to %(most)s.", most=LONGEST_MINUTES)
        return None
    says: Literal["acknowledge", "decline"] = "decline" if line.says == "decline" else "acknowledge"
    return Answer(at + timedelta(minutes=int(line.after)), line.person, says)


def _wrong(form: Form) -> bool:
    return bool(form.problems) or any(line.problem for line in form.supposed)

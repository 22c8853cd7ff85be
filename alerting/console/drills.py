"""Drills for staff: what is planned, what is overdue, reports with their actions and our signature; plans to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError

from alerting.catalog import plan_versions
from alerting.drills import agreement, queries, service
from alerting.drills.overdue import overdue
from alerting.drills.service import By, TooLate, Wanted
from alerting.drills.timing import NotPossible
from alerting.runtime import Runtime
from alerting.web import drill_pages
from alerting.web.drill_pages import ACTION_LENGTH, OWNER_LENGTH, PURPOSE_LENGTH
from alerting.web.forms import text
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission, can
from oncall.walltime import to_utc

EXISTS = marked("A drill of this plan is planned or under way already: call it off first, or wait for its end.")
OBSTACLES = {
    "past": marked("That moment has passed: choose a later one."),
    "soon": marked("The customer is told beforehand: choose a moment at least an hour from now."),
    "far": marked("Choose a date within the next thirteen months."),
    "closed": marked("The office is closed then. A manager may choose such an hour on purpose."),
    "exists": EXISTS,
    "nobody_to_tell": marked("No contact of the customer has a mail address: nobody could be told beforehand."),
}
CHANGED = marked("The report has changed meanwhile: look at it again, then sign it.")


@dataclass(frozen=True)
class Filled:
    """The form as it was sent."""

    plan: str = ""
    day: str = ""
    hour: str = "10:00"
    purpose: str = ""
    out_of_hours: bool = False

    @classmethod
    def of_request(cls) -> Filled:
        sent = request.form
        return cls(
            sent.get("plan", ""),
            sent.get("day", ""),
            sent.get("hour", ""),
            text(sent.get("purpose", ""), PURPOSE_LENGTH),
            sent.get("out_of_hours") == "yes",
        )


def register(console: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    def shown(filled: Filled, problem: str | None = None) -> str:
        config, now = visitor().config, visitor().now
        months = runtime.settings.drill_months
        with database.reading() as session:
            practices = queries.practices(session, config, now)
            return render_template(
                "console/drills.html",
                late=overdue(practices, months, now),
                months=months,
                practices=practices,
                coming=queries.listing(session, open_=True),
                past=queries.listing(session, open_=False),
                actions=queries.actions_open(session),
                today=now.astimezone(config.provider.zone).date(),
                filled=filled,
                problem=problem,
                longest=PURPOSE_LENGTH,
            )

    @console.get("/drills", endpoint="drills")
    @needs(Permission.VIEW_ESCALATIONS, side="staff")
    def drills_page() -> str:
        return shown(Filled(plan=request.args.get("plan", "")))

    @console.post("/drills", endpoint="plan_drill")
    @needs(Permission.PLAN_DRILL, side="staff")
    def plan() -> Any:
        filled = Filled.of_request()
        customer_id, _, plan_id = filled.plan.partition("/")
        starts_at = _instant(filled, customer_id)
        if starts_at is None:
            return shown(filled, gettext("Give the date and the hour, such as 10:00.")), 422
        out_of_hours = filled.out_of_hours and can(signed_in(), Permission.SCHEDULE_DRILL)
        wanted = Wanted(customer_id, plan_id, starts_at, out_of_hours, filled.purpose or None)
        try:
            with runtime.work() as work:
                service.plan_drill(work, wanted, by())
        except LookupError:
            return shown(filled, gettext("Choose a plan of the list.")), 422
        except NotPossible as refused:
            return shown(filled, drill_pages.refusal(gettext(OBSTACLES[refused.why]), refused.opens_at)), 422
        except IntegrityError:  # two at one moment: one of them was first
            return shown(filled, gettext(EXISTS)), 422
        flash(gettext("Planned. The customer is told by mail now, and again on the day before."), "done")
        return redirect(url_for("console.drills"), 303)

    @console.get("/drills/<drill>", endpoint="drill")
    @needs(Permission.VIEW_ESCALATIONS, side="staff")
    def drill_page(drill: str) -> str:
        with database.reading() as session:
            found = queries.find(session, drill)
            if found is None:
                abort(404)
            return render_template(
                "console/drill.html",
                exercise=found,
                side=queries.PROVIDER,
                name=visitor().config.person_name,
                today=visitor().now.astimezone(visitor().config.provider.zone).date(),
                longest={"text": ACTION_LENGTH, "owner": OWNER_LENGTH},
            )

    @console.post("/drills/<drill>/cancellation", endpoint="call_off_drill")
    @needs(Permission.PLAN_DRILL, side="staff")
    def call_off(drill: str) -> Any:
        try:
            with runtime.work() as work:
                service.call_off(work, drill, by())
        except LookupError:
            abort(404)
        except TooLate:
            flash(gettext("It has begun or is over: stand its ticket down instead."), "problem")
        else:
            flash(gettext("Called off. The customer is told by mail."), "done")
        return _to(drill)

    @console.post("/drills/<drill>/actions", endpoint="add_drill_action")
    @needs(Permission.PLAN_DRILL, side="staff")
    def add_action(drill: str) -> Any:
        said = text(request.form.get("text", ""), ACTION_LENGTH)
        owner, due_on = text(request.form.get("owner", ""), OWNER_LENGTH), _day(request.form.get("due_on", ""))
        if not said or not owner or due_on is None:
            flash(gettext("Say what is to be done, by whom, and until which day."), "problem")
            return _to(drill)
        try:
            with runtime.work() as work:
                agreement.add_action(work, drill, said, owner, due_on, by())
        except LookupError:
            abort(404)
        except TooLate:
            flash(gettext("The drill has not ended yet: actions follow from its report."), "problem")
        else:
            flash(gettext("Noted. Whoever had signed is asked again, for the report says more now."), "done")
        return _to(drill)

    @console.post("/drills/<drill>/actions/<action>/done", endpoint="finish_drill_action")
    @needs(Permission.PLAN_DRILL, side="staff")
    def finish_action(drill: str, action: str) -> Any:
        try:
            with runtime.work() as work:
                agreement.finish_action(work, drill, action, by())
        except LookupError:
            abort(404)
        flash(gettext("Noted as done."), "done")
        return _to(drill)

    @console.post("/drills/<drill>/signature", endpoint="sign_drill")
    @needs(Permission.SIGN_DRILL, side="staff")
    def sign(drill: str) -> Any:
        try:
            with runtime.work() as work:
                agreement.sign(work, drill, queries.PROVIDER, request.form.get("seen", ""), by())
        except LookupError:
            abort(404)
        except TooLate:
            flash(gettext(CHANGED), "problem")
        else:
            flash(gettext("Signed."), "done")
        return _to(drill)

    @console.get("/plans/<customer>/<plan>", endpoint="plan")
    @needs(Permission.VIEW_ESCALATIONS, side="staff")
    def plan_page(customer: str, plan: str) -> str:
        whose = visitor().config.customer(customer)
        with database.reading() as session:
            versions = plan_versions.of_plan(session, customer, plan)
        shown_plan = drill_pages.chosen(whose, plan, versions)
        if whose is None or shown_plan is None:
            abort(404)
        return render_template("console/plan.html", customer=whose, **shown_plan)


def by() -> By:
    """Whoever is signed in, as staff."""
    actor = signed_in()
    return By(actor.email, visitor().config.person_name(actor.person_id) or actor.email, actor.as_logged)


def _instant(filled: Filled, customer_id: str) -> datetime | None:
    """The customer's office clock counts; None when it is no date or hour."""
    customer = visitor().config.customers.get(customer_id)
    calendar = visitor().config.oncall.calendars.get((customer.contract.calendar if customer else None) or "")
    timezone = calendar.timezone if calendar else visitor().config.provider.timezone
    try:
        return to_utc(
            datetime.combine(date.fromisoformat(filled.day), time.fromisoformat(filled.hour).replace(tzinfo=None)),
            timezone,
            "start",
        )
    except (ValueError, OverflowError):
        return None


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _to(drill: str) -> Any:
    return redirect(url_for("console.drill", drill=drill), 303)

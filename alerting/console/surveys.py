"""Yearly surveys for managers: make one, see who has answered and what came of it, publish it to customers."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.exc import IntegrityError

from alerting.runtime import Runtime
from alerting.surveys import queries, service
from alerting.surveys.campaign import NotLikeThis
from alerting.surveys.questions import QUESTIONS
from alerting.surveys.results import FEWEST
from alerting.web.forms import text
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission
from oncall.walltime import to_local

SUMMARY_LENGTH = 4000
EXISTS = marked("There is a survey of that year already.")
REFUSED = {
    "too_short": marked("Choose a close date at least a week away."),
    "too_long": marked("Choose a close date within four months: people forget."),
    "exists": EXISTS,
    "nobody": marked("There is nobody to ask: no contact has the role owner and a mail address."),
    "not_over": marked("The survey is still open; it can be published when it is over."),
}


def register(console: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    @console.get("/surveys", endpoint="surveys")
    @needs(Permission.MANAGE_SURVEYS, side="staff")
    def surveys_page() -> str:
        with database.reading() as session:
            found = queries.reports(session, published=False)
        return render_template(
            "console/surveys.html",
            reports=found,
            questions=QUESTIONS,
            fewest=FEWEST,
            longest=SUMMARY_LENGTH,
            this_year=to_local(visitor().now, visitor().config.oncall.timezone).year,
            name=visitor().config.person_name,
        )

    @console.post("/surveys", endpoint="open_survey")
    @needs(Permission.MANAGE_SURVEYS, side="staff")
    def open_survey() -> Any:
        year, closes_on = _year(request.form.get("year", "")), _day(request.form.get("closes_on", ""))
        actor = signed_in()
        if year is None or closes_on is None:
            flash(gettext("Give the year in four digits, and the close date."), "problem")
            return redirect(url_for("console.surveys"), 303)
        try:
            with runtime.work() as work:
                person = actor.person_id or actor.user_id
                invited = service.open_survey(work, year, closes_on, actor.as_logged, person)
        except NotLikeThis as refused:
            flash(gettext(REFUSED[refused.why]), "problem")
        except IntegrityError:  # two managers at one moment: one of them was first
            flash(gettext(EXISTS), "problem")
        else:
            flash(gettext("The survey is open. Invited: %(invited)s.", invited=invited), "done")
        return redirect(url_for("console.surveys"), 303)

    @console.post("/surveys/<year>/publication", endpoint="publish_survey")
    @needs(Permission.MANAGE_SURVEYS, side="staff")
    def publish(year: str) -> Any:
        wanted, actor = _year(year), signed_in()
        if wanted is None:
            abort(404)
        summary = text(request.form.get("summary", ""), SUMMARY_LENGTH) or None
        try:
            with runtime.work() as work:
                service.publish(work, wanted, summary, actor.as_logged, actor.person_id or actor.user_id)
        except LookupError:
            abort(404)
        except NotLikeThis as refused:
            flash(gettext(REFUSED[refused.why]), "problem")
        else:
            flash(gettext("Published: every customer can read it in the portal."), "done")
        return redirect(url_for("console.surveys"), 303)


def _year(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 and typed >= "2000" else None


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None

"""Closed days of each calendar, this year and the next: looked at, and confirmed by a manager."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.holidays import queries, service
from alerting.holidays.lists import Key
from alerting.holidays.service import Confirmed
from alerting.runtime import Runtime
from alerting.web import language
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission

TOLD = {
    Confirmed.DONE: (marked("Confirmed. If the list changes, it is asked for again."), "done"),
    Confirmed.ALREADY: (marked("It was confirmed already."), "done"),
    Confirmed.CHANGED: (marked("The list has changed meanwhile: look at it again, then confirm it."), "problem"),
}


def register(console: Blueprint, runtime: Runtime) -> None:
    @console.get("/holidays", endpoint="holidays")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def holidays_page() -> str:
        with runtime.database.reading() as session:
            found = queries.holiday_lists(session, visitor().config, visitor().now, language.current())
        return render_template("console/holidays.html", lists=found, name=visitor().config.person_name)

    @console.post("/holidays/<calendar>/<int:year>", endpoint="confirm_holidays")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def confirm(calendar: str, year: int) -> Any:
        actor = signed_in()
        try:
            with runtime.work() as work:
                by = actor.person_id or actor.email
                done = service.confirm(work, Key(calendar, year), request.form.get("seen", ""), by)
        except LookupError:
            abort(404)
        message, kind = TOLD[done]
        flash(gettext(message), kind)
        return redirect(url_for("console.holidays"), 303)

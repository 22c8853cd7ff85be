"""The suggestion box: say it, and see what came of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from alerting.runtime import Runtime
from alerting.suggestions import queries, service
from alerting.suggestions.service import Suggestion
from alerting.suggestions.states import TEXT_LENGTH
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in
from core.accounts.permissions import Permission


def register(portal: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    def shown(problem: str | None = None) -> str:
        with database.reading() as session:
            own = queries.own(session, signed_in().email)
        return render_template("portal/suggestions.html", own=own, problem=problem, longest=TEXT_LENGTH)

    @portal.get("/suggestions", endpoint="suggestions")
    @needs(Permission.SUGGEST, side="customer")
    def suggestions_page() -> str:
        return shown()

    @portal.post("/suggestions", endpoint="suggest")
    @needs(Permission.SUGGEST, side="customer")
    def suggest() -> Any:
        said, who = text(request.form.get("text", ""), TEXT_LENGTH), signed_in()
        if not said:
            return shown(gettext("Write what you suggest.")), 422
        with runtime.work() as work:
            made = service.suggest(work, Suggestion(who.customer_id or "", who.email, said, "portal", who.as_logged))
            reference = made.reference
        flash(gettext("Thank you. Your suggestion is %(reference)s; we answer it.", reference=reference), "done")
        return redirect(url_for("portal.suggestions"), 303)

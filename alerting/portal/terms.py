"""The support terms for a customer's owner: read what is new, accept it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from alerting.acceptance import queries, service
from alerting.runtime import Runtime
from alerting.web import language
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission


def register(portal: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    @portal.get("/terms", endpoint="terms")
    @needs(Permission.ACCEPT_TERMS, side="customer")
    def terms_page() -> str:
        who = visitor()
        customer_id = signed_in().customer_id or ""
        with database.reading() as session:
            clicks = queries.acceptances(session, customer_id)
            waiting = queries.waiting(session, who.config, customer_id, who.now)
        versions = sorted(who.config.terms.values(), key=lambda one: one.from_, reverse=True)
        accepted = {one.id: [click for click in clicks if click.terms_id == one.id] for one in versions}
        return render_template(
            "portal/terms.html",
            versions=[one for one in versions if one in waiting or accepted[one.id]],
            accepted=accepted,
            in_force=who.config.terms_at(who.now),
            notice=lambda one: one.notice_in(language.current()),
            me=signed_in().user_id,
        )

    @portal.post("/terms/<version>/acceptance", endpoint="accept_terms")
    @needs(Permission.ACCEPT_TERMS, side="customer")
    def accept(version: str) -> Any:
        try:
            with runtime.work() as work:
                service.accept(work, signed_in(), version)
        except LookupError:
            abort(404)
        flash(gettext("Thank you. It is noted that you accept version %(version)s.", version=version), "done")
        return redirect(url_for("portal.terms"), 303)

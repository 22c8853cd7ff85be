"""Who has accepted which version of the support terms, and who was told of it."""

from __future__ import annotations

from flask import Blueprint, render_template

from alerting.acceptance import queries
from alerting.runtime import Runtime
from alerting.web.visitor import needs, visitor
from core.accounts.permissions import Permission


def register(console: Blueprint, runtime: Runtime) -> None:
    @console.get("/terms", endpoint="terms")
    @needs(Permission.VIEW_REPORTS, side="staff")
    def terms_page() -> str:
        config = visitor().config
        versions = sorted(config.terms.values(), key=lambda one: one.from_, reverse=True)
        with runtime.database.reading() as session:
            found = [(one, queries.register(session, config, one.id)) for one in versions]
        return render_template("console/terms.html", versions=found, in_force=config.terms_at(visitor().now))

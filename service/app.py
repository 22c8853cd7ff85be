"""The web application: every room's pages and endpoints under one roof."""

from __future__ import annotations

from flask import Flask
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI

from alerting.api import blueprint as api
from alerting.console import views as console
from alerting.desk import calendars, link
from alerting.desk import views as desk
from alerting.portal import feedback
from alerting.portal import views as portal
from alerting.runtime import Runtime
from alerting.web import plumbing
from service import version
from webhooks.inbound import fallback, heartbeats, mail, monitoring, pagerduty, replaying, twilio

API_PREFIX = "/api/v1"


def create_app(runtime: Runtime) -> Flask:
    """The application for one runtime; tests make as many as they like."""
    app = OpenAPI(
        __name__,
        info=Info(title="Guardia", version=version.text()),
        doc_prefix=API_PREFIX,
        static_folder=None,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default JSON provider has it
    api.register(app, runtime, (replaying.figures,))
    for inbound in (twilio, pagerduty, heartbeats, monitoring, mail):
        app.register_blueprint(inbound.blueprint(runtime))
    app.register_blueprint(fallback.blueprint(runtime.settings))
    app.register_blueprint(link.blueprint(runtime))
    app.register_blueprint(calendars.blueprint(runtime))
    plumbing.install(app, runtime)
    for room in (portal, desk, console, feedback):
        app.register_blueprint(room.blueprint(runtime))
    return app

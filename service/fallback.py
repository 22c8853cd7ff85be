"""The process that the carrier turns to when the web process does not answer: one blueprint, the settings and a disk.
It starts and answers while database and Redis are away, and takes up what it has kept when they are back."""

from __future__ import annotations

import threading

from flask import Flask, Response

from core.logs import configure
from core.settings import Settings
from service import wiring
from webhooks.inbound import fallback, replaying


def create_app(settings: Settings) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(fallback.blueprint(settings))

    @app.get("/healthz")
    def healthz() -> Response:
        return Response('{"status": "ok"}', content_type="application/json")

    return app


def application() -> Flask:
    """What gunicorn loads."""
    settings = Settings()
    configure(settings)
    runtime = wiring.runtime(settings, pool_size=1)  # connects to nothing before it is needed
    threading.Thread(
        target=replaying.keep_replaying, args=(runtime, threading.Event()), name="kept-answers", daemon=True
    ).start()
    return create_app(settings)

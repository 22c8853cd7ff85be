"""Gives an application its pages' foundations; called once by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, request, url_for
from markupsafe import Markup

from alerting.attachments.service import Store
from alerting.runtime import Runtime
from alerting.web import assets, errors, forgery, formats, headers, language, signing_in, uploads
from alerting.web.visitor import EXTENSION, note_use, visitor
from core.accounts.permissions import Permission, can
from oncall.schema.fields import write_clock

POLLED = "status"  # the last part of the address of what pages fetch by themselves


def install(app: Flask, runtime: Runtime) -> None:
    """Session cookies, forms' tokens, headers, languages, error pages and the sign-in pages. Pages of the rooms are
    registered besides."""
    https = runtime.settings.public_origin.startswith("https://")
    app.extensions[EXTENSION] = runtime
    app.secret_key = runtime.settings.signing_key()
    app.config.update(
        # Flask's own signed cookie: form tokens and messages alone; who is signed in stands in the database.
        SESSION_COOKIE_NAME="__Host-guardia-form" if https else "guardia-form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_PATH="/",
        MAX_FORM_MEMORY_SIZE=200_000,
        MAX_CONTENT_LENGTH=2_000_000,  # a form is read before anybody has looked who sends it; `uploads` has more
    )
    headers.install(app, https=https)
    uploads.install(app, Store(runtime.settings).limits)
    forgery.install(app, runtime.settings.public_origin)
    language.install(app)
    errors.install(app, runtime)
    app.register_blueprint(signing_in.blueprint(runtime))
    _prepare_templates(app, runtime)

    @app.after_request
    def keep_signed_in(response: Any) -> Any:
        if response.status_code < 500 and "signed_in_token" in g and not request.path.endswith(f"/{POLLED}"):
            note_use()
        return response


def _prepare_templates(app: Flask, runtime: Runtime) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    filters: dict[str, Callable[..., str]] = {
        "clock": lambda at: formats.element(at, formats.clock(at, _zone(), visitor().now)),
        "clock_of": lambda iso: formats.element(
            datetime.fromisoformat(iso), formats.clock(datetime.fromisoformat(iso), _zone(), visitor().now)
        ),
        "dated": lambda at: formats.element(at, formats.dated(at, _zone())),
        "hhmm": lambda at: formats.element(at, formats.short_clock(at, _zone(), visitor().now, language.current())),
        "day": lambda at: formats.element(at, formats.weekday_clock(at, _zone(), language.current())),
        "weekday_date": lambda day: formats.weekday_date(day, language.current()),
        "hand_off": lambda at: formats.element(at, formats.hand_off(at, _zone())),
        "wall": write_clock,
        "span": formats.span,
        "bytes": lambda size: formats.size(size, language.current()),
        "month": lambda first: formats.month(first, language.current()),
        "decimal": lambda number: formats.decimal(number, language.current()),
        "masked": formats.masked,
        "phone": formats.grouped,
        "tel": telephone_link,
    }
    app.jinja_env.filters |= filters
    app.jinja_env.globals |= {"asset": _asset, "may": _may, "Permission": Permission}
    app.jinja_env.globals["upload_limits"] = Store(runtime.settings).limits

    @app.context_processor
    def shared() -> dict[str, Any]:
        """For the frame of every page; no database here, because error pages have the same frame."""
        known = errors.known_provider(runtime)
        return {
            "language": language.current(),
            "other_languages": [one for one in language.LANGUAGES if one != language.current()],
            "provider": known,
            "telephones_url": _telephones(runtime),
            "here": request.full_path.rstrip("?") if request.method == "GET" else request.path,
            "actor": g.visitor.actor if "visitor" in g else None,
        }


def telephone_link(phone: str) -> Markup:
    return Markup('<a class="tel" href="tel:{}">{}</a>').format(phone, formats.grouped(phone))


def _telephones(runtime: Runtime) -> str | None:
    """Where the simulated telephones lie; None when real ones ring."""
    if not runtime.settings.uses_simulated_telephony:
        return None
    parts = urlsplit(runtime.settings.twilio_api_url)
    return f"{parts.scheme}://{parts.netloc}/simulator/phones"


def _asset(name: str) -> str:
    return url_for("web.asset", name=name, v=assets.version(name))


def _may(permission: Permission) -> bool:
    return can(visitor().actor, permission)


def _zone() -> Any:
    return visitor().config.provider.zone

"""Who is looking at a page, and what they may see."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from alerting.configuration import Configuration
from alerting.runtime import Runtime
from alerting.web import provider_cache
from core.accounts import sessions
from core.accounts.permissions import Actor, Permission, can

EXTENSION = "guardia"
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Visitor:
    """`actor` is None for somebody who is not signed in; `now` is the instant of the request."""

    actor: Actor | None
    config: Configuration
    now: datetime


def runtime() -> Runtime:
    return cast(Runtime, current_app.extensions[EXTENSION])


def session_cookie() -> str:
    """`__Host-` ties the cookie to this host and to https; browsers refuse it without."""
    return "__Host-guardia" if is_https() else "guardia"


def is_https() -> bool:
    return runtime().settings.public_origin.startswith("https://")


def visitor() -> Visitor:
    """Looked up once for each request, in one read."""
    if "visitor" not in g:
        g.visitor = _look_up()
    return cast(Visitor, g.visitor)


def signed_in() -> Actor:
    """The actor of a page that `needs` a permission."""
    actor = visitor().actor
    if actor is None:
        abort(403)
    return actor


def public(view: View) -> View:
    """A page for everybody. Every view says who may see it; one that says nothing fails the tests."""
    view.declared = "public"  # type: ignore[attr-defined]
    return view


def needs(permission: Permission, *, side: str = "any") -> Callable[[View], View]:
    """Sends strangers to sign in and refuses those without the permission. `side` is `customer`, `staff` or `any`:
    whose pages these are."""

    def declare(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = visitor().actor
            if actor is None:
                return to_sign_in()
            if not can(actor, permission) or not _on_side(actor, side):
                abort(403)
            return view(*args, **kwargs)

        guarded.declared = permission  # type: ignore[attr-defined]
        return cast(View, guarded)

    return declare


def to_sign_in() -> Response:
    """Back to the same page afterwards, when it was one that can be looked at."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("web.sign_in", next=wanted), 303)


def note_use() -> None:
    """Keeps the session alive; written at most every five minutes. A page that polls does not call it, so a browser
    left open ends by itself."""
    found = g.get("signed_in_token")
    if found:
        with runtime().database.transaction() as session:
            sessions.seen(session, found, runtime().now(session))


def _on_side(actor: Actor, side: str) -> bool:
    return side == "any" or actor.is_staff == (side == "staff")


def _look_up() -> Visitor:
    token = request.cookies.get(session_cookie())
    ours = runtime()
    with ours.database.reading() as session:
        now = ours.now(session)
        config = ours.configurations.current(session)
        found = sessions.look_up(session, token, now) if token else None
    provider_cache.remember(ours.settings, config.provider)
    if found is not None and found.seen_due:
        g.signed_in_token = token
    return Visitor(found.actor if found else None, config, now)

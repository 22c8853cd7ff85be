"""The moment in which a browser becomes signed in: the same for every way in."""

from __future__ import annotations

from flask import redirect, request
from flask import session as form_session
from werkzeug.wrappers import Response

from alerting.web.visitor import is_https, session_cookie
from core.accounts import sessions


def own_cookie() -> str | None:
    """What this browser came with, somebody's who is signed in or not."""
    return request.cookies.get(session_cookie())


def enter(token: str, where: str) -> Response:
    """The browser becomes signed in; what it held for forms before is worth nothing any more."""
    form_session.clear()
    answer = redirect(where, 303)
    answer.set_cookie(
        session_cookie(),
        token,
        max_age=int(sessions.ABSOLUTE.total_seconds()),
        secure=is_https(),
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return answer

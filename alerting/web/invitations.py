"""Behind the link of an invitation: choose a password, and be signed in. No account begins by any other way here."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from alerting.invitations import queries
from alerting.runtime import Runtime
from alerting.web.entering import enter, own_cookie
from alerting.web.language import gettext
from alerting.web.visitor import public
from core.accounts import managed, passwords, sessions

LENGTHS = {"minimum": passwords.MIN_LENGTH, "maximum": passwords.MAX_LENGTH}


def register(web: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    def shown(token: str, problem: str | None = None) -> Response:
        with database.reading() as session:
            found = queries.behind(session, token, runtime.now(session))
            email = found[1].email if found else None
            until = found[0].expires_at if found else None
        page = render_template("web/invitation.html", email=email, until=until, problem=problem, **LENGTHS)
        return make_response(page, 404 if email is None else 422 if problem else 200)

    @web.get("/invitation/<token>")
    @public
    def invitation(token: str) -> Response:
        """Mail scanners open every link: only the button uses it up."""
        return shown(token)

    @web.post("/invitation/<token>", endpoint="accept_invitation")
    @public
    def accept(token: str) -> Any:
        chosen, cookie = request.form.get("password", "")[:1000], None
        try:
            with database.transaction() as session:
                now = runtime.now(session)
                found = queries.behind(session, token, now)
                actor = managed.accept(session, found[0].id, chosen, now) if found else None
                if actor is not None:
                    cookie = sessions.create(session, actor.user_id, now, replacing=own_cookie())
        except passwords.WeakPassword as refused:
            return shown(token, gettext(str(refused)))
        if cookie is None:
            return shown(token)
        answer = enter(cookie, url_for("web.home"))
        flash(gettext("Your password is set."), "done")
        return answer

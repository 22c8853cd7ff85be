"""Sign in by password or by a link that works once, sign out, choose a language; and the files of the pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask import session as form_session
from werkzeug.wrappers import Response

from alerting.runtime import Runtime
from alerting.web import assets, invitations, language, terms
from alerting.web.addresses import local_path
from alerting.web.entering import enter, own_cookie
from alerting.web.formats import clock
from alerting.web.language import gettext, marked
from alerting.web.visitor import is_https, public, session_cookie, to_sign_in, visitor
from core.accounts import passwords, service, sessions
from core.accounts.permissions import Actor, Role
from core.accounts.service import Throttled

WRONG = marked("The e-mail address or the password is wrong.")
PASSWORD_LENGTHS = {"minimum": passwords.MIN_LENGTH, "maximum": passwords.MAX_LENGTH}
MAY_SET_PASSWORD = "may_set_password"  # noqa: S105 - the name of a note, not a secret
SET_PASSWORD_SECONDS = 30 * 60
YEAR_SECONDS = 365 * 24 * 3600

# What `core.accounts.passwords` says of a password, noted for the catalogue.
REFUSALS = (
    marked("a password has at least 8 characters; 15 or more are better"),
    marked("a password has at most 128 characters"),
    marked("this password is on the lists that are tried first: choose another"),
    marked("a password is not one's own address: choose another"),
)


def blueprint(runtime: Runtime) -> Blueprint:
    web = Blueprint("web", __name__, template_folder="templates")
    database = runtime.database

    @web.get("/")
    @public
    def home() -> Response:
        actor = visitor().actor
        return redirect(home_of(actor), 303) if actor else to_sign_in()

    @web.get("/sign-in")
    @public
    def sign_in() -> Any:
        if visitor().actor:
            return redirect(url_for("web.home"), 303)
        return render_template("web/sign_in.html", next=local_path(request.args.get("next")))

    @web.post("/sign-in")
    @public
    def sign_in_now() -> Any:
        email, password = request.form.get("email", "")[:254], request.form.get("password", "")[:1000]
        with database.transaction() as session:
            attempt = service.admit(session, email, runtime.now(session), address=request.remote_addr)
        if isinstance(attempt, Throttled):
            return _throttled(attempt)
        verified = attempt.verify(password)
        with database.transaction() as session:
            now = runtime.now(session)
            actor = service.conclude(session, attempt, verified, now, password=password)
            token = sessions.create(session, actor.user_id, now, replacing=own_cookie()) if actor else None
        if token is None:
            return _sign_in_again(gettext(WRONG)), 422
        return enter(token, local_path(request.form.get("next")) or url_for("web.home"))

    @web.get("/sign-in/<token>")
    @public
    def link(token: str) -> Any:
        """Mail scanners open every link: only the button signs in."""
        with database.reading() as session:
            is_open = service.link_is_open(session, token, runtime.now(session))
        return render_template("web/link.html", is_open=is_open), 200 if is_open else 404

    @web.post("/sign-in/<token>")
    @public
    def use_link(token: str) -> Any:
        with database.transaction() as session:
            now = runtime.now(session)
            actor = service.use_link(session, token, now)
            cookie = sessions.create(session, actor.user_id, now, replacing=own_cookie()) if actor else None
        if actor is None or cookie is None:
            return render_template("web/link.html", is_open=False), 404
        answer = enter(cookie, url_for("web.password"))
        form_session[MAY_SET_PASSWORD] = [actor.user_id, int(now.timestamp())]
        return answer

    @web.get("/password")
    @public
    def password() -> Any:
        actor = visitor().actor
        if actor is None:
            return to_sign_in()
        if not _may_set_password(actor):
            abort(404)
        return render_template("web/password.html", email=actor.email, **PASSWORD_LENGTHS)

    @web.post("/password")
    @public
    def set_password() -> Any:
        actor = visitor().actor
        if actor is None or not _may_set_password(actor):
            abort(403)
        chosen = request.form.get("password", "")[:1000]
        try:
            with database.transaction() as session:
                service.set_password(session, actor.email, chosen, runtime.now(session), keep=own_cookie())
        except passwords.WeakPassword as refused:
            problem = gettext(str(refused))
            page = render_template("web/password.html", email=actor.email, problem=problem, **PASSWORD_LENGTHS)
            return page, 422
        form_session.pop(MAY_SET_PASSWORD, None)
        flash(gettext("Your password is set."), "done")
        return redirect(url_for("web.home"), 303)

    @web.post("/sign-out")
    @public
    def sign_out() -> Response:
        token = own_cookie()
        if token:
            with database.transaction() as session:
                sessions.revoke(session, token)
        form_session.clear()
        answer = redirect(url_for("web.sign_in"), 303)
        answer.delete_cookie(session_cookie(), secure=is_https(), httponly=True, samesite="Lax")
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    @web.get("/language/<chosen>")
    @public
    def choose_language(chosen: str) -> Response:
        if chosen not in language.LANGUAGES:
            abort(404)
        answer = redirect(local_path(request.args.get("next")) or url_for("web.home"), 303)
        answer.set_cookie(
            language.COOKIE, chosen, max_age=YEAR_SECONDS, secure=is_https(), httponly=True, samesite="Lax"
        )
        return answer

    @web.get("/static/<name>")
    @public
    def asset(name: str) -> Response:
        kind = assets.TYPES.get(name.rpartition(".")[2])
        if kind is None or not (assets.FOLDER / name).is_file():
            abort(404)
        answer = current_app.response_class((assets.FOLDER / name).read_bytes(), mimetype=kind)
        is_current = request.args.get("v") == assets.version(name)
        answer.headers["Cache-Control"] = assets.FOR_EVER if is_current else "public, max-age=60"
        return answer

    terms.register(web)
    invitations.register(web, runtime)
    return web


def home_of(actor: Actor) -> str:
    """Where somebody's work begins."""
    if not actor.is_staff:
        return url_for("portal.home")
    if {Role.MANAGER, Role.ADMIN} & set(actor.roles):
        return url_for("console.escalations")
    return url_for("desk.home")


def _throttled(attempt: Throttled) -> Any:
    who = visitor()
    until = clock(attempt.until, who.config.provider.zone, who.now)
    message = gettext("Too many tries. The next one is looked at from %(until)s.", until=until)
    seconds = max(1, int((attempt.until - who.now).total_seconds()) + 1)
    return _sign_in_again(message), 429, {"Retry-After": str(seconds)}


def _sign_in_again(problem: str) -> str:
    return render_template(
        "web/sign_in.html",
        problem=problem,
        email=request.form.get("email", "")[:254],
        next=local_path(request.form.get("next")),
    )


def _may_set_password(actor: Actor) -> bool:
    """Only just after a link was used: a browser left open must not become somebody else's account."""
    user_id, at = form_session.get(MAY_SET_PASSWORD, (None, 0))
    return bool(user_id == actor.user_id and visitor().now.timestamp() - at < SET_PASSWORD_SECONDS)

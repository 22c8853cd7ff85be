"""Rating a closed ticket, in the portal and behind the link of a mail: one page, two ways to be known. Looking changes
nothing; the link needs no sign-in, because whoever was asked should not need a password to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from alerting.ratings import queries
from alerting.ratings.offers import COMMENT_LENGTH, SCORES, NotOffered
from alerting.ratings.opt_outs import opt_in, opt_out, opted_out
from alerting.ratings.queries import Asked
from alerting.ratings.service import Rater
from alerting.ratings.service import rate as rate_ticket
from alerting.runtime import Runtime
from alerting.tickets import service as tickets
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.tickets import carry_out, found
from alerting.web.visitor import needs, public, signed_in, visitor
from alerting.work import Work
from core.accounts.permissions import Permission
from core.audit.chain import LogActor

HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
DONE = "done"


def register(portal: Blueprint, runtime: Runtime) -> None:
    """For those who are signed in."""
    database = runtime.database

    def shown(session: Session, reference: str, problem: str | None = None) -> str:
        ticket = found(session, reference)
        address = signed_in().email
        asked = queries.asked(session, ticket, address, visitor().now)
        if asked is None:
            return render_template("portal/rating.html", asked=None, ticket=ticket)
        action = url_for("portal.rate", reference=ticket.reference)
        surveys = url_for("portal.surveys_wanted", reference=ticket.reference)
        return _page(session, asked, address, action, surveys, problem)

    @portal.get("/tickets/<reference>/rating")
    @needs(Permission.RATE, side="customer")
    def rating(reference: str) -> str:
        with database.reading() as session:
            return shown(session, reference)

    @portal.post("/tickets/<reference>/rating")
    @needs(Permission.RATE, side="customer")
    def rate(reference: str) -> Any:
        score, comment = _typed()
        if score is None:
            with database.reading() as session:
                return shown(session, reference, _choose()), 422
        rater = Rater(signed_in().email, signed_in().as_logged, "portal")
        carry_out(reference, lambda work, ticket: _taken(lambda: rate_ticket(work, ticket, rater, score, comment)))
        return redirect(url_for("portal.rating", reference=reference, said=DONE), 303)

    @portal.post("/tickets/<reference>/surveys")
    @needs(Permission.RATE, side="customer")
    def surveys_wanted(reference: str) -> Any:
        actor = signed_in()
        carry_out(reference, lambda work, ticket: _wanted(work, actor.email, ticket.customer_id, actor.as_logged))
        return redirect(url_for("portal.rating", reference=reference), 303)


def register_links(pages: Blueprint, runtime: Runtime) -> None:
    """For whoever holds the link of a mail."""
    database = runtime.database

    @pages.after_request
    def private(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    def shown(token: str, problem: str | None = None) -> Response:
        with database.reading() as session:
            known = queries.behind(session, token, visitor().now)
            if known is None:
                return make_response(render_template("portal/rating.html", asked=None), 404)
            asked, address = known
            action, surveys = url_for("feedback.rate", token=token), url_for("feedback.surveys_wanted", token=token)
            return make_response(_page(session, asked, address, action, surveys, problem), 422 if problem else 200)

    @pages.get("/rate/<token>")
    @public
    def rating(token: str) -> Response:
        return shown(token)

    @pages.post("/rate/<token>")
    @public
    def rate(token: str) -> Any:
        score, comment = _typed()
        if score is None:
            return shown(token, _choose())
        with runtime.work() as work:
            known = queries.behind(work.session, token, work.now)
            if known is None:
                abort(404)
            asked, address = known
            ticket = tickets.locked_by_id(work, asked.ticket.id)
            rater = Rater(address, LogActor("contact"), "link")
            if asked.standing == "open":  # an older link rates nothing but its own closure
                _taken(lambda: rate_ticket(work, ticket, rater, score, comment))
        return redirect(url_for("feedback.rating", token=token, said=DONE), 303)

    @pages.post("/rate/<token>/surveys")
    @public
    def surveys_wanted(token: str) -> Any:
        with runtime.work() as work:
            known = queries.behind(work.session, token, work.now)
            if known is None:
                abort(404)
            _wanted(work, known[1], known[0].ticket.customer_id, LogActor("contact"))
        return redirect(url_for("feedback.rating", token=token), 303)


def _page(session: Session, asked: Asked, address: str, action: str, surveys: str, problem: str | None) -> str:
    return render_template(
        "portal/rating.html",
        asked=asked,
        address=address,
        action=action,
        surveys=surveys,
        problem=problem,
        comment=_typed()[1] if request.method == "POST" else asked.comment or "",
        silent=bool(opted_out(session, [address])),
        done=request.args.get("said") == DONE and asked.score is not None,
        back=url_for("portal.ticket", reference=asked.ticket.reference),
    )


def _typed() -> tuple[int | None, str]:
    score = request.form.get("score", "")
    comment = text(request.form.get("comment", ""), COMMENT_LENGTH)
    return next((one for one in SCORES if str(one) == score), None), comment


def _choose() -> str:
    return gettext("Choose one of the five answers.")


def _taken(command: Callable[[], object]) -> bool:
    """False when the offer ended meanwhile: the page then says how things stand."""
    try:
        command()
    except NotOffered:
        return False
    return True


def _wanted(work: Work, address: str, customer_id: str, actor: LogActor) -> bool:
    change = {"yes": opt_in, "no": opt_out}.get(request.form.get("wanted", ""))
    if change is None:
        abort(400)
    change(work, address, customer_id, actor)
    return True

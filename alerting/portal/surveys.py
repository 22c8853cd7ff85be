"""The yearly survey: answering it behind the link of a mail, and reading what a published one says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from alerting.ratings.opt_outs import opt_in, opt_out, opted_out
from alerting.reports.queries import satisfaction_of
from alerting.runtime import Runtime
from alerting.surveys import queries, service
from alerting.surveys.queries import Report
from alerting.surveys.questions import COMMENT_LENGTH, QUESTIONS, SCALE, SCORES
from alerting.surveys.results import FEWEST
from alerting.surveys.service import TooLate
from alerting.web import formats, language
from alerting.web.forms import text
from alerting.web.language import gettext, marked
from alerting.web.paper import Paragraph, Part, Table, pdf
from alerting.web.visitor import needs, public, signed_in, visitor
from core.accounts.permissions import Permission
from core.audit.chain import LogActor
from oncall.pieces import Span

TITLE = marked("Survey results")
HIDDEN = marked("Groups of fewer than %(fewest)s are not shown, nor whatever would let their figures be computed.")
YEAR = timedelta(days=365)
INSTANT = timedelta(microseconds=1)


def register(portal: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    @portal.get("/surveys", endpoint="surveys")
    @needs(Permission.VIEW_TICKET, side="customer")
    def surveys_page() -> str:
        """What every customer may read, once a manager has published it."""
        who = visitor()
        customer = who.config.customer(signed_in().customer_id or "")
        agreed = customer.contract.share_csat_agreement if customer else None
        with database.reading() as session:
            found = queries.reports(session, published=True)
            year = Span(who.now - YEAR, who.now + INSTANT)
            own = satisfaction_of(session, customer.id, year) if customer and agreed else None
        return render_template(
            "portal/surveys.html", reports=found, questions=QUESTIONS, fewest=FEWEST, own=own, agreed=agreed
        )

    @portal.get("/surveys/<year>.pdf", endpoint="survey_pdf")
    @needs(Permission.VIEW_TICKET, side="customer")
    def survey_pdf(year: str) -> Response:
        with database.reading() as session:
            found = {str(one.survey.year): one for one in queries.reports(session, published=True)}
        if year not in found:
            abort(404)
        response = make_response(_paper(found[year]))
        response.mimetype = "application/pdf"
        response.headers["Content-Disposition"] = f'attachment; filename="guardia-survey-{year}.pdf"'
        return response


def _paper(report: Report) -> bytes:
    told, found = language.current(), report.results
    parts: list[Part] = [Paragraph(report.survey.summary)] if report.survey.summary else []
    if found is None or found.total is None:
        parts.append(Paragraph(gettext("Fewer than %(fewest)s have answered: no figure is shown.", fewest=FEWEST)))
    else:
        columns = [(gettext("All of them"), found.total)]
        columns += [(_part_name(name), part) for name, part in found.groups.items()]
        rows = [
            [question.text(told), *(formats.decimal(part.means[question.id], told) for _, part in columns)]
            for question in QUESTIONS
        ]
        heading = [gettext("Question"), *(f"{name} ({part.count})" for name, part in columns)]
        parts.append(Table(gettext("Mean of the answers, from 1 (worst) to 5 (best)"), heading, rows))
        if found.hidden:
            parts.append(Paragraph(gettext(HIDDEN, fewest=FEWEST), small=True))
    title = f"{gettext(TITLE)}: {report.survey.year}"
    return pdf(title, parts, language=told, at=visitor().now, footer=visitor().config.provider.name)


def _part_name(part: str) -> str:
    named = {"24x7": gettext("Contracts around the clock"), "business": gettext("Contracts in office hours")}
    return named.get(part, part)


def register_links(pages: Blueprint, runtime: Runtime) -> None:
    """For whoever holds the link of an invitation."""
    database = runtime.database

    def shown(token: str, problem: str | None = None) -> Response:
        with database.reading() as session:
            known = queries.behind(session, token)
            if known is None:
                return make_response(render_template("portal/survey.html", survey=None), 404)
            invitation, survey = known
            page = render_template(
                "portal/survey.html",
                survey=survey,
                invitation=invitation,
                is_open=queries.is_open(survey, visitor().now),
                silent=bool(opted_out(session, [invitation.address])),
                token=token,
                problem=problem,
                questions=QUESTIONS,
                scores=[(score, SCALE[score][language.current()]) for score in SCORES],
                given=_scores() if request.method == "POST" else {},
                comment=_comment() if request.method == "POST" else "",
            )
            return make_response(page, 422 if problem else 200)

    @pages.get("/survey/<token>")
    @public
    def survey(token: str) -> Response:
        return shown(token)

    @pages.post("/survey/<token>", endpoint="answer_survey")
    @public
    def answer(token: str) -> Any:
        scores = _scores()
        if len(scores) < len(QUESTIONS):
            return shown(token, gettext("Choose an answer to each question; what you have chosen is still there."))
        try:
            with runtime.work() as work:
                known = queries.behind(work.session, token)
                if known is None:
                    abort(404)
                service.answer(work, known[0].id, scores, _comment() or None)
        except TooLate:
            pass  # the page says how things stand: answered already, or over
        return redirect(url_for("feedback.survey", token=token), 303)

    @pages.post("/survey/<token>/surveys", endpoint="no_more_surveys")
    @public
    def wanted(token: str) -> Any:
        change = {"yes": opt_in, "no": opt_out}.get(request.form.get("wanted", ""))
        with runtime.work() as work:
            known = queries.behind(work.session, token)
            if known is None:
                abort(404)
            if change is None:
                abort(400)
            change(work, known[0].address, known[0].customer_id, LogActor("contact"))
        return redirect(url_for("feedback.survey", token=token), 303)


def _scores() -> dict[str, int]:
    """Of the questions that have been answered with one of the scores."""
    allowed = {str(score): score for score in SCORES}
    typed = {question.id: request.form.get(question.id, "") for question in QUESTIONS}
    return {question: allowed[score] for question, score in typed.items() if score in allowed}


def _comment() -> str:
    return text(request.form.get("comment", ""), COMMENT_LENGTH)

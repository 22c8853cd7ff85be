"""The improvement register: every suggestion of customers, what was answered, and what became of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.runtime import Runtime
from alerting.suggestions import queries, service
from alerting.suggestions.service import AnsweredMeanwhile, UnknownSuggestion
from alerting.suggestions.states import ANSWER_LENGTH, FOLLOWING, NotPossible, SuggestionState
from alerting.tickets.queries import BadCursor
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission

PAGE = 25


def register(console: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    @console.get("/suggestions", endpoint="suggestions")
    @needs(Permission.ANSWER_SUGGESTIONS, side="staff")
    def suggestions_page() -> str:
        state = request.args.get("state") or None
        if state is not None and state not in tuple(SuggestionState):
            abort(404)
        with database.reading() as session:
            try:
                page = queries.register(session, state, request.args.get("before"), PAGE)
            except BadCursor:
                abort(404)
            counts = queries.counts(session)
        return render_template(
            "console/suggestions.html",
            page=page,
            counts=counts,
            state=state,
            states=tuple(SuggestionState),
            following={one.value: FOLLOWING[one] for one in SuggestionState},
            longest=ANSWER_LENGTH,
            name=visitor().config.person_name,
        )

    @console.post("/suggestions/<code>/answer")
    @needs(Permission.ANSWER_SUGGESTIONS, side="staff")
    def answer_suggestion(code: str) -> Any:
        said, wanted, actor = text(request.form.get("text", ""), ANSWER_LENGTH), _wanted(), signed_in()
        if not said:
            flash(gettext("Write the answer: the author reads it."), "problem")
            return redirect(url_for("console.suggestions", _anchor=code), 303)
        try:
            with runtime.work() as work:
                person = actor.person_id or actor.user_id
                service.answer(work, code, actor.as_logged, person, wanted, said, _seen())
        except UnknownSuggestion:
            abort(404)
        except (NotPossible, AnsweredMeanwhile):
            flash(gettext("That is not possible any more: somebody else has answered meanwhile."), "problem")
        else:
            flash(gettext("Answered. The author is told by mail."), "done")
        return redirect(url_for("console.suggestions", _anchor=code), 303)


def _seen() -> int:
    version = request.form.get("version", "")
    return int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0


def _wanted() -> SuggestionState:
    try:
        return SuggestionState(request.form.get("state", ""))
    except ValueError:
        abort(400)

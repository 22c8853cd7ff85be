"""Suggestions: neither complaint nor ticket, each tracked to an answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, StringConstraints

from alerting.api.access import Answer, Command, Look
from alerting.api.fields import Body, PageQuery
from alerting.api.problems import NO_SUCH_THING, refuse
from alerting.suggestions import queries, service
from alerting.suggestions.service import Suggestion, UnknownSuggestion
from alerting.suggestions.states import ANSWER_LENGTH, NotPossible, SuggestionState
from core.audit.chain import storable

Said = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=ANSWER_LENGTH), AfterValidator(storable)
]


class SuggestionPath(BaseModel):
    """In any spelling: lower case, without its prefix."""

    ref: str


class SuggestionBody(Body):
    text: Said


class AnswerBody(Body):
    """`text` is for the author to read."""

    state: Literal["answered", "planned", "done"]
    text: Said


def suggest(command: Command, body: SuggestionBody) -> Answer:
    """Make a suggestion; it gets a reference of its own, and its author is told the answer by mail"""
    actor = command.actor
    if actor.customer_id is None:
        refuse(403, "suggestions are customers'")
    said = Suggestion(actor.customer_id, actor.email, body.text, "api", actor.as_logged)
    row = service.suggest(command.work, said)
    return queries.suggestion_json(row), 201


def suggestions(look: Look, query: PageQuery) -> Answer:
    """One's own suggestions, newest first; for managers, everybody's"""
    page = queries.visible(look.session, look.actor, query.cursor, query.limit)
    shown = [_shown(row, staff=look.actor.is_staff) for row in page.items]
    return {"items": shown, "next_cursor": page.following}


def answer(command: Command, path: SuggestionPath, body: AnswerBody) -> Answer:
    """Answer a suggestion, and say what becomes of it"""
    actor = command.actor
    person = actor.person_id or actor.user_id
    try:
        row = service.answer(command.work, path.ref, actor.as_logged, person, SuggestionState(body.state), body.text)
    except UnknownSuggestion:
        refuse(404, NO_SUCH_THING)
    except NotPossible as refused:
        refuse(409, str(refused), allowed=list(refused.allowed))
    return _shown(row, staff=True)


def _shown(row: Any, *, staff: bool) -> dict[str, Any]:
    told: dict[str, Any] = queries.suggestion_json(row)
    return told | ({"customer": row.customer_id, "author": row.author} if staff else {})

"""Reading suggestions: an author's own, and the register of all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerting.suggestions.models import SuggestionRow
from alerting.tickets.queries import BadCursor
from core.accounts.permissions import Actor
from core.time import iso, iso_or_none

OWN_SHOWN = 200
ID = re.compile(r"[0-9A-Z]{26}")


@dataclass(frozen=True)
class Page:
    """Newest first; `following` is the id to go on before, None at the end."""

    items: list[SuggestionRow]
    following: str | None


def own(session: Session, author: str) -> list[SuggestionRow]:
    """Of one author, the newest first."""
    return list(
        session.scalars(
            select(SuggestionRow)
            .where(SuggestionRow.author == author.lower())
            .order_by(SuggestionRow.id.desc())
            .limit(OWN_SHOWN)
        )
    )


def register(session: Session, state: str | None, before: str | None, limit: int) -> Page:
    """Everybody's, for those who answer them; `state` None: all. BadCursor."""
    query = select(SuggestionRow).order_by(SuggestionRow.id.desc()).limit(limit + 1)
    if state is not None:
        query = query.where(SuggestionRow.state == state)
    if before is not None and not ID.fullmatch(before):
        raise BadCursor(before)
    if before is not None:
        query = query.where(SuggestionRow.id < before)
    found = list(session.scalars(query))
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


def counts(session: Session) -> Mapping[str, int]:
    """By state."""
    found = session.execute(select(SuggestionRow.state, func.count()).group_by(SuggestionRow.state))
    return dict(found.all())


def visible(session: Session, actor: Actor, cursor: str | None, limit: int) -> Page:
    """What the actor may see: staff all, everybody else their own."""
    if actor.is_staff:
        return register(session, None, cursor, limit)
    return Page(own(session, actor.email), None)


def suggestion_json(row: SuggestionRow) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "state": row.state,
        "text": row.text,
        "made_at": iso(row.made_at),
        "answer": row.answer,
        "answered_at": iso_or_none(row.answered_at),
    }

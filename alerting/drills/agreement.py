"""What follows from a report: actions with an owner and a date, and the signatures of both sides."""

from __future__ import annotations

from datetime import date
from typing import Literal

from sqlalchemy import select

from alerting.drills import queries
from alerting.drills.models import DrillActionRow, DrillSignatureRow
from alerting.drills.service import By, TooLate, locked, record
from alerting.intake.secrets import redacted
from alerting.work import Work
from core.db import insert_row
from core.ids import ulid


def add_action(work: Work, drill_id: str, text: str, owner: str, due_on: date, by: By) -> None:
    """LookupError; TooLate while there is no report yet. What was signed before is signed no more."""
    row = locked(work, drill_id)
    if row.report is None:
        raise TooLate(row.state)
    text = redacted(text)
    same = select(DrillActionRow.id).where(
        DrillActionRow.drill_id == row.id, DrillActionRow.text == text, DrillActionRow.owner == owner
    )
    if work.session.scalars(same).first() is not None:
        return  # the button pressed twice
    insert_row(
        work.session,
        DrillActionRow(
            id=ulid(), drill_id=row.id, text=text, owner=owner, due_on=due_on, created_at=work.now,
            created_by=by.email, done_at=None, done_by=None,
        ),
    )  # fmt: skip
    record(work, row, "drill.action_added", {"due_on": due_on.isoformat()}, by.actor)


def finish_action(work: Work, drill_id: str, action_id: str, by: By) -> None:
    """LookupError; a second time changes nothing."""
    row = locked(work, drill_id)
    action = work.session.get(DrillActionRow, action_id, with_for_update=True)
    if action is None or action.drill_id != row.id:
        raise LookupError(action_id)
    if action.done_at is None:
        action.done_at, action.done_by = work.now, by.email
        record(work, row, "drill.action_done", {"action": action.id}, by.actor)


def sign(work: Work, drill_id: str, side: Literal["customer", "provider"], seen: str, by: By) -> None:
    """`seen` is the digest of what they looked at: TooLate when the report says something else by now, or has not been
    made. LookupError. The first of a side has signed; a second changes nothing."""
    locked(work, drill_id)
    exercise = queries.find(work.session, drill_id)
    if exercise is None:
        raise LookupError(drill_id)
    if exercise.report is None or exercise.digest != seen:
        raise TooLate(exercise.drill.state)
    if side in exercise.signed:
        return
    insert_row(
        work.session,
        DrillSignatureRow(
            drill_id=drill_id, side=side, digest=seen, signed_at=work.now, signed_by=by.email, name=by.name
        ),
    )
    record(work, exercise.drill, "drill.signed", {"side": side, "digest": seen}, by.actor)

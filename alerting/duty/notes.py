"""Hand-over notes: what the leaving engineer wants the coming one to know."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from alerting.duty.models import HandoverNoteRow
from core.ids import ulid

SHOWN_FOR = timedelta(days=7)
LONGEST = 4000  # characters


def write(session: Session, schedule_id: str, person_id: str, text: str, now: datetime) -> None:
    """Takes the place of the schedule's note before; the same again changes nothing."""
    before = latest(session, schedule_id, now)
    if before is not None and (before.person_id, before.text) == (person_id, text):
        return
    session.execute(
        insert(HandoverNoteRow).values(
            id=ulid(), schedule_id=schedule_id, person_id=person_id, text=text, written_at=now
        )
    )


def latest(session: Session, schedule_id: str, now: datetime) -> HandoverNoteRow | None:
    """The schedule's newest note of the last week; None when there is none, or it was emptied."""
    found = session.scalars(
        select(HandoverNoteRow)
        .where(HandoverNoteRow.schedule_id == schedule_id, HandoverNoteRow.written_at > now - SHOWN_FOR)
        .order_by(HandoverNoteRow.written_at.desc(), HandoverNoteRow.id.desc())
        .limit(1)
    ).first()
    return found if found is not None and found.text else None

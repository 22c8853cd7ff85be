"""Requests as pages show them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from alerting.swaps.models import ShiftPassRow, ShiftRequestRow

SHOWN = 100
PAST = timedelta(days=30)


def find(session: Session, request_id: str) -> ShiftRequestRow | None:
    return session.get(ShiftRequestRow, request_id, populate_existing=True)


def open_requests(session: Session) -> list[ShiftRequestRow]:
    """The first shift first."""
    return list(
        session.scalars(
            select(ShiftRequestRow)
            .where(ShiftRequestRow.state == "open")
            .order_by(ShiftRequestRow.from_at, ShiftRequestRow.id)
            .limit(SHOWN)
        )
    )


def offered(session: Session, person_id: str) -> list[ShiftRequestRow]:
    """Asked of the person, or of everybody unless they have passed; the first shift first."""
    passed = select(ShiftPassRow.request_id).where(ShiftPassRow.person_id == person_id)
    return list(
        session.scalars(
            select(ShiftRequestRow)
            .where(
                ShiftRequestRow.state == "open",
                ShiftRequestRow.asker_id != person_id,
                or_(ShiftRequestRow.asked_of == person_id, ShiftRequestRow.asked_of.is_(None)),
                ShiftRequestRow.id.not_in(passed),
            )
            .order_by(ShiftRequestRow.from_at, ShiftRequestRow.id)
            .limit(SHOWN)
        )
    )


def of_asker(session: Session, person_id: str) -> list[ShiftRequestRow]:
    """Open ones that the person has made."""
    return list(
        session.scalars(
            select(ShiftRequestRow)
            .where(ShiftRequestRow.state == "open", ShiftRequestRow.asker_id == person_id)
            .order_by(ShiftRequestRow.from_at, ShiftRequestRow.id)
        )
    )


def ended(session: Session, now: datetime, person_id: str | None = None) -> list[ShiftRequestRow]:
    """Of the last month, the newest first; of one person, or all."""
    query = select(ShiftRequestRow).where(ShiftRequestRow.state != "open", ShiftRequestRow.created_at > now - PAST)
    if person_id is not None:
        query = query.where(
            or_(
                ShiftRequestRow.asker_id == person_id,
                ShiftRequestRow.taker_id == person_id,
                ShiftRequestRow.asked_of == person_id,
            )
        )
    return list(session.scalars(query.order_by(ShiftRequestRow.ended_at.desc(), ShiftRequestRow.id.desc()).limit(20)))


def how_many_open(session: Session, asker_id: str) -> int:
    return session.execute(
        select(func.count())
        .select_from(ShiftRequestRow)
        .where(ShiftRequestRow.state == "open", ShiftRequestRow.asker_id == asker_id)
    ).scalar_one()

"""Secret addresses of calendar feeds: 256 random bits, shown once, kept as a digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.accounts.digests import digest
from core.accounts.models import User
from core.ids import opaque_token, ulid
from oncall import history
from oncall.ical import Entry, bounds
from oncall.models import CalendarFeedRow
from oncall.pieces import Span
from oncall.world import OnCallWorld

Kind = Literal["person", "schedule"]
SECRET_LENGTH = 43  # base62: 256 bits

TITLES = {
    "es": {"person": "Guardia: {schedule}", "schedule": "{person} · {schedule}", "name": "Guardia {subject}"},
    "en": {"person": "On call: {schedule}", "schedule": "{person} · {schedule}", "name": "On call {subject}"},
}


@dataclass(frozen=True)
class Feed:
    """What a secret address shows: the shifts of a person or of a schedule."""

    kind: Kind
    subject_id: str


def issue(session: Session, user_id: str, feed: Feed, now: datetime) -> str:
    """A new secret, returned this once; the user's earlier address of the same feed ends."""
    session.execute(
        update(CalendarFeedRow)
        .where(
            CalendarFeedRow.user_id == user_id,
            CalendarFeedRow.kind == feed.kind,
            CalendarFeedRow.subject_id == feed.subject_id,
            CalendarFeedRow.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    secret = opaque_token(SECRET_LENGTH)
    session.add(
        CalendarFeedRow(
            id=ulid(),
            digest=digest(secret),
            user_id=user_id,
            kind=feed.kind,
            subject_id=feed.subject_id,
            created_at=now,
        )
    )
    session.flush()
    return secret


def revoke(session: Session, user_id: str, feed_id: str, now: datetime) -> bool:
    """False when the user has no such address, or it had ended before."""
    ended = session.execute(
        update(CalendarFeedRow)
        .where(CalendarFeedRow.id == feed_id, CalendarFeedRow.user_id == user_id, CalendarFeedRow.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(CalendarFeedRow.id)
    )
    return ended.first() is not None


def of_user(session: Session, user_id: str) -> Sequence[CalendarFeedRow]:
    """The addresses that work, oldest first."""
    return session.scalars(
        select(CalendarFeedRow)
        .where(CalendarFeedRow.user_id == user_id, CalendarFeedRow.revoked_at.is_(None))
        .order_by(CalendarFeedRow.created_at, CalendarFeedRow.id)
    ).all()


def find(session: Session, secret: str) -> Feed | None:
    """None for a secret that is unknown or revoked, or whose user is archived."""
    row = session.scalars(
        select(CalendarFeedRow)
        .join(User, User.id == CalendarFeedRow.user_id)
        .where(
            CalendarFeedRow.digest == digest(secret),
            CalendarFeedRow.revoked_at.is_(None),
            User.archived_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    return Feed("person" if row.kind == "person" else "schedule", row.subject_id)


def entries(
    session: Session, world: OnCallWorld, names: Mapping[str, str], feed: Feed, language: str, now: datetime
) -> list[Entry]:
    """The shifts that the feed shows: what was, as recorded, and what will be. A person or schedule that is gone has
    none to come."""
    window = Span(*bounds(now))
    titles = TITLES.get(language, TITLES["es"])
    found = []
    for schedule in world.schedules.values():
        if feed.kind == "schedule" and schedule.id != feed.subject_id:
            continue
        shown = schedule.name or schedule.id
        for shift in history.shifts(session, world, schedule, window):
            if feed.kind == "person" and shift.person != feed.subject_id:
                continue
            title = titles[feed.kind].format(schedule=shown, person=names.get(shift.person, shift.person))
            key = f"{schedule.id} {shift.person} {shift.source}"
            found.append(Entry(key, shift.from_at, shift.to_at, title, shift.source))
    return found


def name(world: OnCallWorld, names: Mapping[str, str], feed: Feed, language: str) -> str:
    """What the calendar is called."""
    schedule = world.schedules.get(feed.subject_id)
    subject = names.get(feed.subject_id) if feed.kind == "person" else schedule and schedule.name
    return TITLES.get(language, TITLES["es"])["name"].format(subject=subject or feed.subject_id)

"""Periodic work: a row per task says when it is due next; the clock hands due ones out, the job takes its own turn."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import String, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, UTCDateTime


class PeriodicTaskRow(Base):
    """`due_at` is the next instant at which the task must run. `nudged_until` keeps the clock from handing out the same
    task again while it runs, or before a worker had a chance."""

    __tablename__ = "periodic_tasks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    nudged_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


def register(session: Session, names: Iterable[str], now: datetime) -> None:
    """Make the rows that are missing, due at once; rows that are there keep their time. IntegrityError when another
    clock makes one at the same moment: then it is there."""
    there = set(session.execute(select(PeriodicTaskRow.name)).scalars())
    missing = [{"name": name, "due_at": now} for name in names if name not in there]
    if missing:
        session.execute(insert(PeriodicTaskRow), missing)


def take_turn(session: Session, name: str, now: datetime, every: timedelta) -> bool:
    """Whether the task is due and this transaction is the one that does it; it is due again `every` later. The turn is
    given back with the transaction: work that fails is due again when the clock next looks."""
    turned = session.execute(
        update(PeriodicTaskRow)
        .where(PeriodicTaskRow.name == name, PeriodicTaskRow.due_at <= now)
        .values(due_at=now + every, nudged_until=None)
        .execution_options(synchronize_session=False)
    )
    return bool(turned.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult

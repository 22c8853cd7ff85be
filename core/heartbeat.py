"""Proof of life of the processes: written by each, read by /readyz."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, delete, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, UTCDateTime


class HeartbeatRow(Base):
    __tablename__ = "heartbeats_of_processes"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


def beat(session: Session, name: str, now: datetime) -> None:
    """Say that the process `name` is alive at `now`."""
    beaten = session.execute(update(HeartbeatRow).where(HeartbeatRow.name == name).values(at=now))
    if beaten.rowcount == 0:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        session.execute(insert(HeartbeatRow).values(name=name, at=now))


def last(session: Session, name: str) -> datetime | None:
    """When the process was last heard of; None when never."""
    return session.execute(select(HeartbeatRow.at).where(HeartbeatRow.name == name)).scalar_one_or_none()


def forget(session: Session, name: str) -> None:
    """A process that ends in order takes its row along."""
    session.execute(delete(HeartbeatRow).where(HeartbeatRow.name == name))

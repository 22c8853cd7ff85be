"""What time it is: asked once per transaction, then passed down."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


def now(session: Session) -> datetime:
    """Aware UTC. PostgreSQL's own clock, so that processes on machines with other clocks agree; on SQLite, where all
    processes share one machine, the process clock."""
    if session.get_bind().dialect.name == "postgresql":
        at: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        return at.astimezone(UTC)
    return datetime.now(UTC)


def iso(at: datetime) -> str:
    """RFC 3339 in UTC with `Z`; milliseconds, as the API answers."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(at: datetime | None) -> str | None:
    return None if at is None else iso(at)

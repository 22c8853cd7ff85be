"""Local times in forms (`datetime-local`), to the instants they mean. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from oncall.walltime import Edge, to_local, to_utc

EARLIEST, LATEST = 1970, 2199


def shown(at: datetime, timezone: str) -> str:
    """`2026-11-03T18:00`, as the field wants it."""
    return to_local(at, timezone).isoformat(timespec="minutes")


def read(typed: str, timezone: str, edge: Edge, offered: Iterable[datetime] = ()) -> datetime | None:
    """The UTC instant; None for what is no time. One that the field was `offered` with is that instant exactly, also in
    the hour that comes twice."""
    for at in offered:
        if typed == shown(at, timezone):
            return at
    try:
        local = datetime.fromisoformat(typed)
    except ValueError:
        return None
    if local.tzinfo is not None or not EARLIEST <= local.year <= LATEST:
        return None
    return to_utc(local, timezone, edge)

"""When the next guess is looked at. Pure: delays grow, end, and never lock anybody out for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` failures in a row cost nothing; each further one doubles the wait from a second up to `longest`."""

    free: int
    longest: timedelta


# A person mistypes a few times; an office behind one address holds many people.
ACCOUNT = Limit(free=5, longest=timedelta(minutes=5))
ADDRESS = Limit(free=30, longest=timedelta(minutes=1))

FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Failures:
    """Failures in a row, and the instant of the last one."""

    count: int
    last_at: datetime


def open_at(failures: Failures | None, limit: Limit) -> datetime | None:
    """The instant from which the next guess is looked at; None when it is at once."""
    if failures is None or failures.count < limit.free:
        return None
    doublings = min(failures.count - limit.free, 30)
    return failures.last_at + min(timedelta(seconds=2**doublings), limit.longest)


def forgotten(failures: Failures, now: datetime) -> bool:
    return now - failures.last_at >= FORGOTTEN_AFTER

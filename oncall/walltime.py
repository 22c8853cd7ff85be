"""From the clock on the wall to UTC and back, on the nights when that is not obvious.

Two datetimes that share a tzinfo subtract as wall time, so sums here are done either on naive local time (when the
clock on the wall is meant) or in UTC (when elapsed time is meant), never on aware local time."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Edge = Literal["start", "end"]
_SECOND = timedelta(seconds=1)


def instant(written: datetime, timezone: str, edge: Edge) -> datetime:
    """The UTC instant of a time from a file: with an offset it is what it says, naive it is local to `timezone`."""
    if written.tzinfo is None:
        return to_utc(written, timezone, edge)
    return written.astimezone(UTC)


@lru_cache(maxsize=1 << 16)
def to_utc(local: datetime, timezone: str, edge: Edge) -> datetime:
    """The UTC instant of naive `local`. A time that does not exist is the first instant after the gap, for both edges;
    one that happens twice is its first time for `start` and its last for `end`, so that a span covers both."""
    zone = tz(timezone)
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first > second:
        # PEP 495: inside a gap fold=0 reads the old offset and fold=1 the new one, so the two cross over.
        return _end_of_gap(second, first, zone)
    return first if edge == "start" else second


@lru_cache(maxsize=1 << 12)
def to_local(at: datetime, timezone: str) -> datetime:
    """What the clock on the wall shows at the aware instant `at`: a naive datetime. Remembered, because ten thousand
    schedules are asked about the same instant."""
    return at.astimezone(tz(timezone)).replace(tzinfo=None, fold=0)


@lru_cache(maxsize=1024)
def tz(timezone: str) -> ZoneInfo:
    """The zone of an IANA name; ZoneInfoNotFoundError or ValueError for anything else."""
    return ZoneInfo(timezone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The whole second between the two UTC instants at which the zone's offset changes."""
    low, high = before.replace(microsecond=0), after.replace(microsecond=0) + _SECOND
    old = low.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + (high - low) // 2 // _SECOND * _SECOND
        if middle.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high

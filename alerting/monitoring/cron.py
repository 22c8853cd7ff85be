"""When a cron expression fires, on the wall clock of a zone. Pure.

Nights when the clocks change go as Debian's cron has them: a job of 02:30 in the hour that is left out is due at the
end of the gap, and in the hour that comes twice it is due once."""

from __future__ import annotations

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from oncall.walltime import tz

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute hour day month weekday
FROM = datetime(2026, 1, 1, tzinfo=UTC)


class NeverFires(ValueError):
    """The expression names no day that exists."""

    def __init__(self, expression: str) -> None:
        super().__init__(f"the cron expression {expression!r} names no day that exists; correct its day and month")


def checked(expression: str) -> str:
    """The expression, if its five fields are numbers, ranges, lists and steps, and it fires at all; else ValueError."""
    fields = expression.split()
    if len(fields) != len(RANGES):
        raise ValueError(f"the cron expression {expression!r} has not 5 fields; write minute hour day month weekday")
    for field, (low, high) in zip(fields, RANGES, strict=True):
        _check_field(field, low, high)
    next_fire(expression, "UTC", FROM)
    return expression


def next_fire(expression: str, timezone: str, after: datetime) -> datetime:
    """The first instant later than `after` at which it fires, in UTC. NeverFires."""
    try:
        fires = (fire.astimezone(UTC) for fire in CronSim(expression, after.astimezone(tz(timezone))))
        # In the hour that comes twice it reads the second 02:10 as the first, and the 02:30 it finds is over.
        return next(fire for fire in fires if fire > after)
    except (CronSimError, StopIteration):
        raise NeverFires(expression) from None


def _check_field(field: str, low: int, high: int) -> None:
    for part in field.split(","):
        span, _, step = part.partition("/")
        ends = [str(low), str(high)] if span == "*" else span.split("-")
        numbers = [int(end) for end in ends if end.isascii() and end.isdecimal()]
        in_range = len(numbers) == len(ends) <= 2 and low <= numbers[0] <= numbers[-1] <= high
        if not in_range or (("/" in part) and not (step.isascii() and step.isdecimal() and int(step) > 0)):
            raise ValueError(
                f"{part!r} is not a cron field between {low} and {high}; write numbers, ranges 1-5, lists 1,2 or */15"
            )

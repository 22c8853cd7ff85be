"""When a clock has something to say: at half, three quarters and nine tenths of its target, and when it is breached.
Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.sla import clock
from alerting.sla.clock import Case

PERCENTS = (50, 75, 90)
BREACH = 100
LOUD_FROM = 90
"""From this percentage on by text message, and the managers too; before that by mail to the owner alone."""


@dataclass(frozen=True)
class Next:
    """`at` None: there is nothing more to say, or nobody knows when. `percent` is 100 for the breach."""

    at: datetime | None
    percent: int


def passed(case: Case, warned: int, now: datetime) -> int | None:
    """The highest mark that has been reached and not been told; None when there is none. What was skipped on the way is
    told by the highest: a target that is exceeded on arrival of a new priority is said once (R8)."""
    spent = clock.elapsed(case, now)
    target = case.last_target
    if spent > target:
        return BREACH if warned < BREACH else None
    reached = [one for one in PERCENTS if spent >= target * one / 100 and one > warned]
    return max(reached, default=None)


def next_mark(case: Case, warned: int) -> Next:
    """The next mark above `warned`, and when it is reached if nothing changes. A target is breached the moment after
    it was reached."""
    for percent in (*PERCENTS, BREACH):
        if percent > warned:
            at = clock.reached_at(case, case.last_target * percent / 100)
            return Next(at + timedelta(seconds=1) if at and percent == BREACH else at, percent)
    return Next(None, BREACH)

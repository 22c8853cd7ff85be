"""What is known of a job by its heartbeat, and when it is called late. Pure.

The first run is expected one rhythm after the heartbeat was configured: a job that was never set up is a backup that
does not run. Late is told once; while it lasts, each rhythm that passes is counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerting.monitoring.cron import next_fire
from alerting.monitoring.schema import Heartbeat
from oncall.walltime import tz

EARLY = timedelta(minutes=5)
"""A machine's clock may run ahead of ours: a run that reports this much before its time counts for that time."""
AROUND = timedelta(hours=2)


class State(StrEnum):
    NEW = "new"  # never heard of
    UP = "up"
    RUNNING = "running"
    LATE = "late"
    FAILED = "failed"


TROUBLE = frozenset({State.LATE, State.FAILED})


@dataclass(frozen=True)
class Pulse:
    """`expected_at` is when the next run is expected, `due_at` when it is called late: after the grace, or when a run
    that has said that it started must have ended. `started_at` is the run that is under way, None when none is known.
    `missed` rhythms have passed without a good run since the last one. Instants are UTC."""

    state: State
    expected_at: datetime
    due_at: datetime
    started_at: datetime | None = None
    heard_at: datetime | None = None
    succeeded_at: datetime | None = None
    missed: int = 0

    @property
    def is_in_trouble(self) -> bool:
        return self.state in TROUBLE


def begin(heartbeat: Heartbeat, now: datetime) -> Pulse:
    """As it is configured, or its rhythm is changed, at `now`."""
    return _expecting(Pulse(State.NEW, now, now), heartbeat, following(heartbeat, now))


def follow(pulse: Pulse, heartbeat: Heartbeat, now: datetime) -> Pulse:
    """The rhythm has become another one: the next run is expected by it, counted from now."""
    state = State.UP if pulse.state == State.RUNNING else pulse.state
    return _expecting(replace(pulse, state=state, started_at=None), heartbeat, following(heartbeat, now))


def succeed(pulse: Pulse, heartbeat: Heartbeat, now: datetime) -> Pulse:
    """A good run has ended, whatever there was before."""
    good = replace(pulse, state=State.UP, started_at=None, heard_at=now, succeeded_at=now, missed=0)
    return _expecting(good, heartbeat, _after_a_run(pulse, heartbeat, now))


def start(pulse: Pulse, heartbeat: Heartbeat, now: datetime) -> Pulse:
    """A run begins. With `max_runtime` it is called late when it has not ended by then; a second start does not give it
    more time, or a job that breaks off and begins anew each hour would never be noticed. Trouble stays trouble: only
    a good run ends it."""
    begun = replace(pulse, started_at=now, heard_at=now)
    if pulse.is_in_trouble:
        return begun
    if heartbeat.max_runtime is None or pulse.state == State.RUNNING:
        return replace(begun, state=State.RUNNING)
    return replace(begun, state=State.RUNNING, due_at=now + heartbeat.max_runtime)


def fail(pulse: Pulse, heartbeat: Heartbeat, now: datetime) -> Pulse:
    """A run has ended badly; the next one is expected as after any run."""
    bad = replace(pulse, state=State.FAILED, started_at=None, heard_at=now)
    return _expecting(bad, heartbeat, _after_a_run(pulse, heartbeat, now))


def miss(pulse: Pulse, heartbeat: Heartbeat, now: datetime) -> Pulse | None:
    """Late, if it is by now; else None. However many rhythms passed meanwhile, it is one look and one step, and the
    next look is for the next run that can still come in time."""
    if pulse.due_at > now:
        return None
    expected_at = following(heartbeat, max(pulse.expected_at, now))
    return _expecting(replace(pulse, state=State.LATE, missed=pulse.missed + 1), heartbeat, expected_at)


def following(heartbeat: Heartbeat, after: datetime) -> datetime:
    """The first time later than `after` at which a run is expected."""
    if heartbeat.cron is not None and heartbeat.timezone is not None:
        return next_fire(heartbeat.cron, heartbeat.timezone, after)
    return after + (heartbeat.every or timedelta())


def late_at(heartbeat: Heartbeat, expected_at: datetime) -> datetime:
    """When a run expected then is called late. Within two hours of a change of the clocks the grace is longer by that
    change: machines disagree about which of two 02:30s is theirs, and what becomes of one that is left out."""
    return expected_at + heartbeat.grace + _change_of_clocks(heartbeat, expected_at)


def _after_a_run(pulse: Pulse, heartbeat: Heartbeat, now: datetime) -> datetime:
    """When the next run is expected after one that ended at `now`."""
    if heartbeat.cron is None or not now < pulse.expected_at <= now + min(EARLY, heartbeat.grace):
        return following(heartbeat, now)
    # A little early it is the run that was expected, unless they follow so closely that nobody could tell.
    second = following(heartbeat, pulse.expected_at)
    is_meant = pulse.expected_at - now <= (second - pulse.expected_at) / 4
    return second if is_meant else pulse.expected_at


def _expecting(pulse: Pulse, heartbeat: Heartbeat, expected_at: datetime) -> Pulse:
    return replace(pulse, expected_at=expected_at, due_at=late_at(heartbeat, expected_at))


def _change_of_clocks(heartbeat: Heartbeat, at: datetime) -> timedelta:
    if heartbeat.cron is None or heartbeat.timezone is None:
        return timedelta()
    zone = tz(heartbeat.timezone)
    before, after = ((at + side).astimezone(zone).utcoffset() or timedelta() for side in (-AROUND, AROUND))
    return abs(after - before)

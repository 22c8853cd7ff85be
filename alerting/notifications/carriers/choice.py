"""By which sender an attempt leaves when there are several, and when one that fails is left alone. Pure.

A circuit breaker: closed, everything goes through; open, nothing does; half open, one attempt tries whether it works
again. Source of the pattern: Nygard, Release It!, "Circuit Breaker"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

WINDOW = timedelta(seconds=60)
LEAST_RESULTS = 4  # fewer say nothing about a rate
FAILING = 0.5
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=5)
PROBE = timedelta(seconds=20)  # longer than a send may take


class State(StrEnum):
    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


@dataclass(frozen=True)
class Circuit:
    """Of one sender and channel. The results are those since `since`; `opened` times in a row it has been opened, the
    last time at `opened_at`; `probe_until`: somebody is trying it."""

    since: datetime | None = None
    successes: int = 0
    failures: int = 0
    opened_at: datetime | None = None
    opened: int = 0
    probe_until: datetime | None = None

    def state(self, now: datetime) -> State:
        if self.opened_at is None:
            return State.CLOSED
        return State.OPEN if now < self.opened_at + self.pause else State.HALF_OPEN

    @property
    def pause(self) -> timedelta:
        """Doubles each time that the trial has failed."""
        doublings = min(max(self.opened - 1, 0), 8)
        return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)

    def lets_through(self, now: datetime) -> bool:
        state = self.state(now)
        if state is State.HALF_OPEN:
            return self.probe_until is None or self.probe_until <= now
        return state is State.CLOSED

    def tried(self, now: datetime) -> Circuit:
        """Half open, one attempt has been let through."""
        return replace(self, probe_until=now + PROBE) if self.state(now) is State.HALF_OPEN else self

    def after(self, *, well: bool, now: datetime) -> Circuit:
        """A result came in. While it is open, that is one of before."""
        match self.state(now):
            case State.OPEN:
                return self
            case State.HALF_OPEN:
                return Circuit() if well else Circuit(opened_at=now, opened=self.opened + 1)
        fresh = self.since is None or now - self.since > WINDOW
        counted = Circuit(since=now) if fresh else self
        counted = replace(counted, successes=counted.successes + well, failures=counted.failures + (not well))
        results = counted.successes + counted.failures
        if not well and results >= LEAST_RESULTS and counted.failures >= FAILING * results:
            return Circuit(opened_at=now, opened=1)
        return counted


def sender_for(names: Sequence[str], last: str | None, shut: Collection[str], *, stay: bool = False) -> str:
    """The one after `last`, by which this person was tried last, or the first; one whose circuit is shut is passed over
    unless all are. `stay`: the same as last, because a telephone knows the number that called it."""
    start = names.index(last) + (not stay) if last in names else 0
    turned = [names[(start + n) % len(names)] for n in range(len(names))]
    return next((name for name in turned if name not in shut), turned[0])

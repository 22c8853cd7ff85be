"""When a drill may be planned, begins, is moved or called off. Pure.

A drill wakes nobody (contract, Activation: only in open hours unless a manager scheduled it otherwise), and an
emergency always comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from oncall.calendars import is_open, opening_state
from oncall.schema import Calendar
from oncall.walltime import to_local, to_utc

NOTICE = timedelta(hours=1)
"""The customer is told beforehand, and this is the least of it."""
AHEAD = timedelta(days=400)
LATE = timedelta(hours=1)
"""Nothing ran at its hour: it is not made up for at a time of which nobody was told."""
MOVES = 3
"""After so many a person decides, not the calendar."""
REMINDED_BEFORE = timedelta(days=1)
LONGEST = timedelta(hours=24)
"""What is still open then is over: the next exercise must not wait for it."""

Obstacle = Literal["past", "soon", "far", "closed", "exists", "nobody_to_tell"]
Why = Literal["real", "drill_open", "late", "closed"]
CalledOffWhy = Literal["real", "drill_open", "late", "closed", "plan_gone", "by_staff"]


class NotPossible(ValueError):
    """It cannot be planned then. `opens_at`: the next opening, for `closed`; None when there is none."""

    def __init__(self, why: Obstacle, opens_at: datetime | None = None) -> None:
        super().__init__(why)
        self.why, self.opens_at = why, opens_at


@dataclass(frozen=True)
class Begin:
    pass


@dataclass(frozen=True)
class Move:
    to: datetime
    why: Why


@dataclass(frozen=True)
class CallOff:
    why: CalledOffWhy


@dataclass(frozen=True)
class Planned:
    """`calendar` None: the contract has none, and every hour counts as open."""

    starts_at: datetime
    moves: int
    out_of_hours: bool
    calendar: Calendar | None
    timezone: str


@dataclass(frozen=True)
class Around:
    """What else there is: a real activation of the plan (or one that named no plan), another drill of it."""

    plan_exists: bool
    real_open: bool
    drill_open: bool


def check(planned: Planned, now: datetime) -> None:
    """NotPossible when a drill cannot be planned for that instant."""
    if planned.starts_at <= now:
        raise NotPossible("past")
    if planned.starts_at < now + NOTICE:
        raise NotPossible("soon")
    if planned.starts_at > now + AHEAD:
        raise NotPossible("far")
    if not _open(planned, planned.starts_at):
        raise NotPossible("closed", _next_opening(planned, planned.starts_at))


def decide(planned: Planned, around: Around, now: datetime) -> Begin | Move | CallOff | None:
    """None while there is nothing to do."""
    if not around.plan_exists:
        return CallOff("plan_gone")
    if now < planned.starts_at:
        return None
    why = _why_not(planned, around, now)
    if why is None:
        return Begin()
    if planned.moves >= MOVES:
        return CallOff(why)
    return Move(later(planned, now), why)


def later(planned: Planned, now: datetime) -> datetime:
    """The same hour on the wall as many weeks later as leave a day to tell of it; when the office is closed then, its
    next opening."""
    wall = to_local(planned.starts_at, planned.timezone)
    at = planned.starts_at
    while at < now + REMINDED_BEFORE:
        wall += timedelta(weeks=1)
        at = to_utc(wall, planned.timezone, "start")
    return at if _open(planned, at) else _next_opening(planned, at) or at


def reminder_due(starts_at: datetime, told_at: datetime, now: datetime) -> bool:
    """Whoever was told longer than a day before is told again on the last day; nobody twice within one."""
    return now < starts_at <= now + REMINDED_BEFORE and told_at < starts_at - REMINDED_BEFORE


def _why_not(planned: Planned, around: Around, now: datetime) -> Why | None:
    if around.real_open:
        return "real"
    if around.drill_open:
        return "drill_open"
    if now - planned.starts_at > LATE:
        return "late"
    return None if _open(planned, now) else "closed"


def _next_opening(planned: Planned, at: datetime) -> datetime | None:
    return opening_state(planned.calendar, at).opens_at if planned.calendar else None


def _open(planned: Planned, at: datetime) -> bool:
    return planned.out_of_hours or planned.calendar is None or is_open(planned.calendar, at)

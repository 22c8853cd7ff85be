"""`guardia whoison`: who is on call on a schedule at an instant, and why, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.pagerduty import following
from oncall import history
from oncall.pieces import Span
from oncall.reasons import describe
from oncall.schema import Schedule
from oncall.walltime import instant, to_local
from oncall.world import OnCallWorld
from service.configuration.problems import did_you_mean

AHEAD = timedelta(days=366)  # how far a hole in the rota is followed


class NotAsked(ValueError):
    """The question cannot be answered as it was put; the text says how to put it."""


def answer(session: Session, config: Configuration, schedule_id: str, at: str | None, now: datetime) -> Iterator[str]:
    """Lines to print. `at` is RFC 3339; without an offset it is local to the schedule's zone, None is now. A past
    instant is answered as it was, also for an archived schedule."""
    world, schedule = config.oncall, config.schedule(schedule_id)
    if schedule is None:
        known = did_you_mean(schedule_id, world.schedules) if world.schedules else "none is configured: `guardia apply`"
        raise NotAsked(f"there is no schedule {schedule_id!r}; {known}")
    moment = now if at is None else _instant(at, schedule.timezone)
    names = config.person_names()
    yield f"{schedule.id}, {_local(moment, schedule.timezone)} ({schedule.timezone})"
    for state in following.states(session, config, now, [layer.rotation for layer in schedule.layers]):
        if state.is_stale(now) or state.is_empty:
            read = f"last read {_local(state.read_at, schedule.timezone)}" if state.read_at else "never read"
            yield f"  rotation {state.rotation.id} is kept in PagerDuty: {read}{' (empty)' * state.is_empty}"
    found = history.on_call(session, world, schedule, moment)
    for one in found:
        reason = describe(one.reason, "en", names, schedule.timezone)
        yield f"  {names.get(one.person_id, one.person_id)} ({one.person_id}): {reason}"
    if not found:
        yield f"  nobody is on call {_until(session, schedule, world, moment)}"
    for one in history.shadowing(session, world, schedule, moment):
        reason = describe(one.reason, "en", names, schedule.timezone)
        yield f"  shadowing, never paged: {names.get(one.person_id, one.person_id)} ({one.person_id}): {reason}"


def _instant(text: str, timezone: str) -> datetime:
    try:
        return instant(datetime.fromisoformat(text), timezone, "start")
    except ValueError:
        raise NotAsked(f"{text!r} is no instant; write it like 2026-12-24T15:00 or 2026-12-24T14:00Z") from None


def _until(session: Session, schedule: Schedule, world: OnCallWorld, at: datetime) -> str:
    end = at + AHEAD
    gap = history.gaps(session, world, schedule, Span(at, end))[0]
    return f"until {_local(gap.to_at, schedule.timezone)}" if gap.to_at < end else "for a year and more"


def _local(at: datetime, timezone: str) -> str:
    return f"{to_local(at, timezone):%a %Y-%m-%d %H:%M}"

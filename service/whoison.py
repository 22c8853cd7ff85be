"""`guardia whoison`: who is on call on a schedule at an instant, and why, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from oncall.reasons import describe
from oncall.resolve import who_is_on_call, who_shadows
from oncall.schedule import gaps
from oncall.schema import Schedule
from oncall.walltime import instant, to_local
from oncall.world import OnCallWorld
from service.configuration.problems import did_you_mean

AHEAD = timedelta(days=366)  # how far a hole in the rota is followed


class NotAsked(ValueError):
    """The question cannot be answered as it was put; the text says how to put it."""


def answer(world: OnCallWorld, schedule_id: str, at: str | None, now: datetime) -> Iterator[str]:
    """Lines to print. `at` is RFC 3339; without an offset it is local to the schedule's zone, None is now."""
    schedule = world.schedules.get(schedule_id)
    if schedule is None:
        known = did_you_mean(schedule_id, world.schedules) if world.schedules else "none is configured: `guardia apply`"
        raise NotAsked(f"there is no schedule {schedule_id!r}; {known}")
    moment = now if at is None else _instant(at, schedule.timezone)
    names = {person.id: person.name for person in world.people.values()}
    yield f"{schedule.id}, {_local(moment, schedule.timezone)} ({schedule.timezone})"
    found = who_is_on_call(schedule, world.rotations, world.absences, moment, world.calendars)
    for one in found:
        reason = describe(one.reason, "en", names, schedule.timezone)
        yield f"  {names.get(one.person_id, one.person_id)} ({one.person_id}): {reason}"
    if not found:
        yield f"  nobody is on call {_until(schedule, world, moment)}"
    for one in who_shadows(schedule, world, moment):
        reason = describe(one.reason, "en", names, schedule.timezone)
        yield f"  shadowing, never paged: {names.get(one.person_id, one.person_id)} ({one.person_id}): {reason}"


def _instant(text: str, timezone: str) -> datetime:
    try:
        return instant(datetime.fromisoformat(text), timezone, "start")
    except ValueError:
        raise NotAsked(f"{text!r} is no instant; write it like 2026-12-24T15:00 or 2026-12-24T14:00Z") from None


def _until(schedule: Schedule, world: OnCallWorld, at: datetime) -> str:
    end = at + AHEAD
    gap = gaps(schedule, world.rotations, world.absences, at, end, world.calendars)[0]
    return f"until {_local(gap.to_at, schedule.timezone)}" if gap.to_at < end else "for a year and more"


def _local(at: datetime, timezone: str) -> str:
    return f"{to_local(at, timezone):%a %Y-%m-%d %H:%M}"

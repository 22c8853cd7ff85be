"""Whom an engineer may hand over to: whoever comes on call where they are, or came when they went. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.duty.watches import Watch

SOON = timedelta(hours=24)  # before the end of a watch, from when its relief is offered
AFTERWARDS = timedelta(hours=12)  # after it, for as long as something may still be handed over
BACK, AHEAD = timedelta(days=1), timedelta(days=9)  # how much of the rota shows the present and the next watch


@dataclass(frozen=True)
class Relief:
    """One schedule from the view of one person: `on` while they are on call, `was` for some hours afterwards, `comes`
    when they begin soon. `people` relieve them, in the order of their ids; `at` is when."""

    schedule: str
    on: bool
    was: bool
    comes: bool
    at: datetime | None
    people: Sequence[str]

    @property
    def may_write(self) -> bool:
        return self.on or self.was


def reliefs(watches: Mapping[str, Sequence[Watch]], person: str, now: datetime) -> list[Relief]:
    """Of every schedule that the person has to do with today."""
    found = (_relief(schedule, of_schedule, person, now) for schedule, of_schedule in watches.items())
    return [one for one in found if one.on or one.was or one.comes]


def _relief(schedule: str, watches: Sequence[Watch], person: str, now: datetime) -> Relief:
    mine = [watch for watch in watches if watch.person == person]
    current = next((watch for watch in mine if watch.starts_at <= now < watch.ends_at), None)
    last = next((watch for watch in reversed(mine) if now - AFTERWARDS < watch.ends_at <= now), None)
    comes = any(now < watch.starts_at <= now + SOON for watch in mine)
    ended = current or last
    if ended is None:
        return Relief(schedule, False, False, comes, None, ())
    at = ended.ends_at
    takers = sorted(
        {watch.person for watch in watches if watch.person != person and watch.starts_at <= at < watch.ends_at}
    )
    offered = current is None or at <= now + SOON
    return Relief(schedule, current is not None, current is None, comes, at, takers if offered else ())

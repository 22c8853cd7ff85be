"""When somebody is on call without a break, and when their telephone is to be tested before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.pieces import Shift, Span
from oncall.walltime import to_local, to_utc

WAKING_FROM, WAKING_TO = timedelta(hours=8), timedelta(hours=22)
EVENING = timedelta(hours=21, minutes=45)  # the call that may follow still comes before ten
LEAST_LEAD = timedelta(minutes=30)  # later than this before a shift, nobody could be found in time


@dataclass(frozen=True, order=True)
class Watch:
    """On call from `starts_at` to `ends_at` without a break, by `schedules`, in the order in which they begin."""

    starts_at: datetime
    person: str
    ends_at: datetime
    schedules: tuple[str, ...]

    @property
    def schedule(self) -> str:
        """The one by which it begins."""
        return self.schedules[0]


def watches_of(schedule: str, shifts: Iterable[Shift]) -> list[Watch]:
    """Of one schedule: consecutive shifts of the same person are one watch, whatever they come from."""
    return merged(Watch(shift.from_at, shift.person, shift.to_at, (schedule,)) for shift in shifts)


def merged(watches: Iterable[Watch]) -> list[Watch]:
    """Those of the same person that touch or overlap as one, also across schedules; in the order of their starts."""
    joined: list[Watch] = []
    for watch in sorted(watches, key=lambda one: (one.person, one.starts_at, one.schedules)):
        last = joined[-1] if joined else None
        if last is not None and last.person == watch.person and watch.starts_at <= last.ends_at:
            by = tuple(dict.fromkeys((*last.schedules, *watch.schedules)))
            joined[-1] = Watch(last.starts_at, last.person, max(last.ends_at, watch.ends_at), by)
        else:
            joined.append(watch)
    return sorted(joined)


def whole(watches: Iterable[Watch], window: Span) -> list[Watch]:
    """Those whose start the window shows: what was clipped at its edge began before."""
    return [watch for watch in watches if window.from_at < watch.starts_at < window.to_at]


def relieved(watch: Watch, others: Iterable[Watch]) -> list[str]:
    """Whose watch ends when this one begins."""
    return [one.person for one in others if one.ends_at == watch.starts_at and one.person != watch.person]


def relieving(ends_at: datetime, person: str, others: Iterable[Watch]) -> list[str]:
    """Whose watch begins when the person's ends."""
    return [one.person for one in others if one.starts_at == ends_at and one.person != person]


def is_waking(at: datetime, timezone: str) -> bool:
    """Whether the clock on that wall shows 08:00 to 22:00."""
    return WAKING_FROM <= _on_the_face(to_local(at, timezone)) < WAKING_TO


def proof_at(starts_at: datetime, lead: timedelta, timezone: str) -> datetime:
    """When to test before a watch: `lead` before it; when that is at night, in the morning if there is still time to
    find somebody else, and otherwise the evening before. Nobody is woken by a test."""
    wanted = starts_at - lead
    if is_waking(wanted, timezone):
        return wanted
    morning = next_morning(wanted, timezone)
    if morning <= starts_at - LEAST_LEAD:
        return morning
    local = to_local(wanted, timezone)
    midnight = local - _on_the_face(local)
    late = _on_the_face(local) >= WAKING_TO
    evening = midnight + EVENING - (timedelta(0) if late else timedelta(days=1))
    return to_utc(evening, timezone, "start")


def next_morning(at: datetime, timezone: str) -> datetime:
    """The next 08:00 by that wall's clock."""
    local = to_local(at, timezone)
    morning = local - _on_the_face(local) + WAKING_FROM
    return to_utc(morning if morning > local else morning + timedelta(days=1), timezone, "start")


def of_person(watches: Sequence[Watch], person: str) -> list[Watch]:
    return [watch for watch in watches if watch.person == person]


def _on_the_face(local: datetime) -> timedelta:
    return timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)

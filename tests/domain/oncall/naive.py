"""Who should be on call, minute by minute, straight from the words of the contract: slow, short, and with nothing of
the product in it but the shapes of the file.

A wall clock is a table: what it shows at each minute of UTC. A local time has come when the clock has ever shown it or
later; it is over when the clock shows it or later and will show neither it nor anything earlier again. So on the nights
on which the clock jumps, `from` is the first minute at which the time has come, and `to` the first at which it is
over."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from oncall.schema import WEEKDAYS, Absence, Layer, Override, Restriction, Rotation, Schedule, TemporarySchedule

MARGIN = timedelta(days=1)
DAY = timedelta(days=1)
LENGTHS = {"hourly": timedelta(hours=1), "daily": DAY, "weekly": 7 * DAY}
On = dict[str, str]
"""person -> source"""


class Wall:
    """What the clock shows at each moment of the window, a grid of `step`, the latest it has shown by then and the
    earliest that it will show after; looked at from a day before the window to a day after."""

    def __init__(self, zone: str, start: datetime, end: datetime, step: timedelta) -> None:
        count = (end - start + 2 * MARGIN) // step
        moments = [start - MARGIN + n * step for n in range(count)]
        shown = [at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in moments]
        self.highest = list(accumulate(shown, max))
        lowest = list(accumulate(reversed(shown), min))[::-1]
        self.shown = dict(zip(moments, shown, strict=True))
        self.come = dict(zip(moments, self.highest, strict=True))
        self.to_come = dict(zip(moments, lowest[1:], strict=False))

    def holds(self, from_: datetime, to: datetime, at: datetime) -> bool:
        return self._has_come(from_, at) and not self._is_over(to, at)

    def first_shown(self, local: datetime) -> datetime:
        """What the clock shows at the first moment at which `local` has come; itself, long before the window."""
        place = bisect_right(self.highest, local - timedelta.resolution)
        return self.highest[place] if 0 < place < len(self.highest) else local

    def _has_come(self, written: datetime, at: datetime) -> bool:
        return written <= (self.come[at] if written.tzinfo is None else at)

    def _is_over(self, written: datetime, at: datetime) -> bool:
        if written.tzinfo is not None:
            return written <= at
        return written <= self.shown[at] and written < self.to_come[at]


class Clocks:
    def __init__(self, start: datetime, end: datetime, step: timedelta) -> None:
        self._args = start, end, step
        self._walls: dict[str, Wall] = {}

    def of(self, zone: str) -> Wall:
        if zone not in self._walls:
            self._walls[zone] = Wall(zone, *self._args)
        return self._walls[zone]


def walk(
    schedule: Schedule,
    rotations: Mapping[str, Rotation],
    absences: Sequence[Absence],
    start: datetime,
    end: datetime,
    step: timedelta = timedelta(minutes=1),
) -> list[tuple[datetime, datetime, str, str]]:
    """(from, to, person, source) of each shift, in order; every edge must lie on the grid of `step`."""
    clocks = Clocks(start, end, step)
    shifts: list[tuple[datetime, datetime, str, str]] = []
    open_since: dict[tuple[str, str], datetime] = {}
    at = start
    while at <= end:
        there = set(on_call(schedule, rotations, absences, at, clocks).items()) if at < end else set()
        for person, source in open_since.keys() - there:
            shifts.append((open_since.pop((person, source)), at, person, source))
        for key in there - open_since.keys():
            open_since[key] = at
        at += step
    return sorted(shifts, key=lambda shift: (shift[0], shift[2]))


def on_call(
    schedule: Schedule, rotations: Mapping[str, Rotation], absences: Sequence[Absence], at: datetime, clocks: Clocks
) -> On:
    wall = clocks.of(schedule.timezone)
    absent = {
        one.person: one for one in absences if clocks.of(one.timezone or schedule.timezone).holds(one.from_, one.to, at)
    }
    on = _by_layers(schedule, rotations, absent, at, clocks)
    for number, override in enumerate(schedule.overrides, 1):
        if wall.holds(override.from_, override.to, at):
            on = _by_override(on, override, override.id or str(number), absent)
    for number, temporary in enumerate(schedule.temporary_schedules, 1):
        if wall.holds(temporary.from_, temporary.to, at):
            on = _by_temporary(on, temporary, temporary.id or str(number), absent, wall, at)
    return on


def _by_layers(
    schedule: Schedule,
    rotations: Mapping[str, Rotation],
    absent: Mapping[str, Absence],
    at: datetime,
    clocks: Clocks,
) -> On:
    for layer in reversed(schedule.layers):
        if layer.mode == "page" and _counts(layer, clocks.of(schedule.timezone), at):
            rotation = rotations[layer.rotation]
            on = _by_rotation(rotation, absent, clocks.of(rotation.timezone), at)
            if on:
                return on
    return {}


def _by_rotation(rotation: Rotation, absent: Mapping[str, Absence], wall: Wall, at: datetime) -> On:
    order, place = _turn(rotation, wall, at)
    paused = {pause.person: pause for pause in rotation.pauses if wall.holds(pause.from_, pause.to, at)}
    first = order[place]
    if first is None:
        return {}
    if first not in absent and first not in paused:
        return {first: f"rotation:{rotation.id}"}
    fill = paused[first].fill if first in paused else absent[first].fill
    kind = "rotation" if first in paused else "absence-fill"
    for person in (*order[place + 1 :], *order[:place]):
        if fill == "next" and person is not None and person not in absent and person not in paused:
            return {person: f"{kind}:{rotation.id}"}
    return {}


def _turn(rotation: Rotation, wall: Wall, at: datetime) -> tuple[tuple[str | None, ...], int]:
    """The list in force and the place in it of whoever has the turn."""
    shown = wall.come[at]
    if rotation.days is not None and rotation.handoff is not None:
        return rotation.days.in_order(), (shown - rotation.handoff).weekday()
    begun = [change for change in rotation.changes if change.from_ <= shown]
    if not begun:
        return rotation.participants, _periods_begun(rotation, shown) % len(rotation.participants)
    change = max(begun, key=lambda one: one.from_)
    since = _periods_begun(rotation, shown) - _periods_begun(rotation, wall.first_shown(change.from_))
    ahead = change.participants.index(change.first) if change.first else 0
    return change.participants, (since + ahead) % len(change.participants)


def _periods_begun(rotation: Rotation, shown: datetime) -> int:
    """How many periods after the anchor's the clock has reached; negative before it."""
    anchor = rotation.anchor
    assert anchor is not None  # every kind but weekdays has one
    if rotation.kind != "monthly":
        return (shown - anchor) // (LENGTHS[rotation.kind] * rotation.every)
    months = (shown.year - anchor.year) * 12 + shown.month - anchor.month
    last = (shown.replace(day=28) + 4 * DAY).replace(day=1) - DAY
    begins = datetime.combine(shown.date().replace(day=min(anchor.day, last.day)), anchor.time())
    return (months if begins <= shown else months - 1) // rotation.every


def _counts(layer: Layer, wall: Wall, at: datetime) -> bool:
    today = wall.come[at].date()
    days = [today + n * DAY for n in range(-8, 2)]
    return not layer.restrictions or any(
        wall.holds(*span, at) for restriction in layer.restrictions for span in _spans(restriction, days)
    )


def _spans(restriction: Restriction, days: Iterable[date]) -> Iterable[tuple[datetime, datetime]]:
    for day in days:
        if restriction.days is not None and WEEKDAYS[day.weekday()] not in restriction.days:
            continue
        midnight = datetime.combine(day, time())
        end = midnight + restriction.to
        if restriction.to_day is not None:
            end += ((WEEKDAYS.index(restriction.to_day) - day.weekday()) % 7) * DAY
        if end <= midnight + restriction.from_:
            end += DAY if restriction.to_day is None else 7 * DAY
        yield midnight + restriction.from_, end


def _by_override(on: On, override: Override, name: str, absent: Mapping[str, Absence]) -> On:
    left = {person: source for person, source in on.items() if person != override.remove}
    there = override.kind == "add" or override.remove in on
    if override.add is not None and there and override.add not in absent:
        left[override.add] = f"override:{name}"
    return left


def _by_temporary(
    on: On, temporary: TemporarySchedule, name: str, absent: Mapping[str, Absence], wall: Wall, at: datetime
) -> On:
    people = [shift.person for shift in temporary.shifts if wall.holds(shift.from_, shift.to, at)]
    shown = {person: f"temporary:{name}" for person in people if person not in absent}
    return shown if shown or temporary.gaps == "empty" else on

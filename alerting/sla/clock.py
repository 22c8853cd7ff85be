"""The SLA clock of one metric: a pure function of what happened to the ticket. The rules R1 to R9 are those of the
support terms, clause 4.1; docs/sla.md tells them with examples.

Everything is derived from one sequence of slices: what each stretch of time since the opening counted for, and why."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate, takewhile
from typing import Literal

from alerting.sla.open_time import END_OF_TIME, Hours

Metric = Literal["response", "contact", "resolution"]
ReopenPolicy = Literal["resume", "restart"]
State = Literal["running", "paused", "out_of_hours", "stopped"]

COUNTED, OUT_OF_HOURS, CLOSED, PAUSED = "counted", "out_of_hours", "closed", "paused:"
_STATES: dict[str, State] = {COUNTED: "running", OUT_OF_HOURS: "out_of_hours", CLOSED: "stopped"}


@dataclass(frozen=True)
class Pause:
    """[from_at, to_at); `to_at` None: nobody knows until when. UTC, like every instant here."""

    from_at: datetime
    to_at: datetime | None
    reason: str


@dataclass(frozen=True)
class Gap:
    """The ticket was closed at `resolved_at` and opened again at `reopened_at`."""

    resolved_at: datetime
    reopened_at: datetime


@dataclass(frozen=True)
class Target:
    """From `at` on the target is this much. Retroactive: it holds for all the time since the opening (R8)."""

    at: datetime
    span: timedelta


@dataclass(frozen=True)
class Case:
    """What a clock measures. `stopped_at`: when what is measured was done (acknowledged, contacted, resolved). `gaps`
    in order, before `stopped_at`. `targets` are changes of `target`."""

    hours: Hours
    metric: Metric
    opened_at: datetime
    target: timedelta
    pauses: Sequence[Pause] = ()
    stopped_at: datetime | None = None
    gaps: Sequence[Gap] = ()
    reopening: ReopenPolicy = "resume"
    targets: Sequence[Target] = ()

    def target_at(self, at: datetime) -> timedelta:
        """The target in force at `at`."""
        return next((one.span for one in sorted(self.targets, key=_by_at, reverse=True) if one.at <= at), self.target)

    @property
    def last_target(self) -> timedelta:
        return max(self.targets, key=_by_at).span if self.targets else self.target


@dataclass(frozen=True)
class Slice:
    """[from_at, to_at) and what it was: `counted`, `paused:<reason>`, `out_of_hours` or `closed`."""

    from_at: datetime
    to_at: datetime
    why: str

    @property
    def counted(self) -> timedelta:
        return self.to_at - self.from_at if self.why == COUNTED else timedelta(0)


@dataclass(frozen=True)
class Reading:
    """The clock at one instant. Seconds decide; rounding is for display (R4)."""

    at: datetime
    elapsed: timedelta
    state: State
    breached: bool


def cycles(case: Case) -> tuple[Case, ...]:
    """With `restart` each reopening is a cycle of its own with a full target, and the earlier ones keep their verdict;
    with `resume` there is one, with the closed time left out (R7)."""
    if case.reopening == "resume" or not case.gaps:
        return (case,)
    starts = [case.opened_at, *(gap.reopened_at for gap in case.gaps)]
    stops = [*(gap.resolved_at for gap in case.gaps), case.stopped_at]
    return tuple(
        replace(case, opened_at=start, stopped_at=stop, gaps=()) for start, stop in zip(starts, stops, strict=True)
    )


def slices(case: Case, until: datetime) -> list[Slice]:
    """What every stretch of [opened_at, until) counted for, without holes, neighbours of the same kind joined; of the
    case as it stands, one cycle."""
    found: list[Slice] = []
    for piece in takewhile(lambda one: one.from_at < until, _pieces(case)):
        clipped = replace(piece, to_at=min(piece.to_at, until))
        if found and found[-1].why == clipped.why:
            found[-1] = replace(found[-1], to_at=clipped.to_at)
        else:
            found.append(clipped)
    return found


def elapsed(case: Case, at: datetime) -> timedelta:
    """Counted time of [opened_at, at), none after `stopped_at` (R2)."""
    until = at if case.stopped_at is None else min(at, case.stopped_at)
    return sum((one.counted for one in slices(case, until)), timedelta(0))


def reached_at(case: Case, span: timedelta) -> datetime | None:
    """The earliest instant at which that much has counted, as if nobody ever stopped it: for a target the due time,
    which may be the closing of a day (R3). None while a pause without an end, or a calendar without an opening, keeps
    it from being reached."""
    never_after = min((pause.from_at for pause in _pauses(case) if pause.to_at is None), default=END_OF_TIME)
    missing = span
    for piece in takewhile(lambda one: one.from_at < never_after, _pieces(case)):
        if piece.why == COUNTED and missing <= piece.to_at - piece.from_at:
            return piece.from_at + missing
        missing -= piece.counted
    return None


def due_at(case: Case) -> datetime | None:
    """When the target in force at the end is reached, or would have been."""
    return reached_at(case, case.last_target)


def met(case: Case) -> bool | None:
    """None while it is not done. By elapsed time and never by the due time: what ends in the night after a due time at
    closing has not taken longer (R4)."""
    if case.stopped_at is None:
        return None
    return elapsed(case, case.stopped_at) <= case.target_at(case.stopped_at)


def readings(case: Case, ats: Sequence[datetime]) -> list[Reading]:
    """The clock at each instant, in their order. A pause matters only where the calendar is open (R6): in the night a
    clock that is paused is out of hours. A target is breached once it is exceeded."""
    if not ats:
        return []
    known = slices(case, max(*ats, case.opened_at) + datetime.resolution)
    starts = [one.from_at for one in known]
    before = [timedelta(0), *accumulate(one.counted for one in known)]
    return [_reading(case, at, known, starts, before) for at in ats]


def _reading(
    case: Case, at: datetime, known: Sequence[Slice], starts: Sequence[datetime], before: Sequence[timedelta]
) -> Reading:
    until = at if case.stopped_at is None else min(at, case.stopped_at)
    if until < case.opened_at:
        return Reading(at, timedelta(0), "stopped", breached=False)
    number = bisect_right(starts, until) - 1
    here = known[number]
    spent = before[number] + (until - here.from_at if here.why == COUNTED else timedelta(0))
    stopped = case.stopped_at is not None and case.stopped_at <= at
    state = "stopped" if stopped else _STATES.get(here.why, "paused")
    return Reading(at, spent, state, spent > case.target_at(until))


def _by_at(one: Target) -> datetime:
    return one.at


def _pauses(case: Case) -> Sequence[Pause]:
    """Only the time to resolution is stopped by pauses (R9)."""
    return case.pauses if case.metric == "resolution" else ()


def _pieces(case: Case) -> Iterator[Slice]:
    """Since the opening, in order, without holes, for as long as the hours go on; not joined, never empty."""
    at = case.opened_at
    for opens, closes in case.hours.open_from(at):
        if at < opens:
            yield from _without_gaps(case, at, opens, OUT_OF_HOURS)
        yield from _without_gaps(case, opens, closes, COUNTED)
        at = closes
    if at < END_OF_TIME:
        yield from _without_gaps(case, at, END_OF_TIME, OUT_OF_HOURS)


def _without_gaps(case: Case, from_at: datetime, to_at: datetime, why: str) -> Iterator[Slice]:
    """A stretch of the calendar, cut by the times when the ticket was closed, and where it is open by the pauses."""
    closed = [(gap.resolved_at, gap.reopened_at, CLOSED) for gap in case.gaps]
    for piece in _cut(Slice(from_at, to_at, why), closed):
        if piece.why == COUNTED:
            yield from _cut(
                piece, [(one.from_at, one.to_at or END_OF_TIME, PAUSED + one.reason) for one in _pauses(case)]
            )
        else:
            yield piece


def _cut(piece: Slice, cuts: Sequence[tuple[datetime, datetime, str]]) -> Iterator[Slice]:
    """The piece with its parts inside of `cuts` renamed; where cuts overlap the one that began first counts, once."""
    at = piece.from_at
    for from_at, to_at, why in sorted(cuts):
        start, end = max(from_at, at), min(to_at, piece.to_at)
        if start >= end:
            continue
        if at < start:
            yield Slice(at, start, piece.why)
        yield Slice(start, end, why)
        at = end
    if at < piece.to_at:
        yield Slice(at, piece.to_at, piece.why)

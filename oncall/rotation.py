"""Whose turn it is. A hand-off is a time on the wall clock of the rotation's zone, so sums are done on naive local
time and each result is turned into UTC; every look-up finds its turn by division, however far from the anchor.

The turn at an instant is the latest one that has begun by then. So where a spring night lets two hand-offs fall on one
instant the turn between them vanishes, and time stays covered."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from oncall.absence import Out, during
from oncall.pieces import EARLIEST, FOR_EVER, LATEST, Cause, CauseKind, Piece, Shift, Span, shifts_of
from oncall.schema import FollowedRotation, Rotation
from oncall.walltime import instant, to_local, to_utc


class Turn(NamedTuple):
    """One turn as the rotation plans it, before pauses and absences; `order[place]` has it, None: nobody has."""

    from_at: datetime
    to_at: datetime
    order: tuple[str | None, ...]
    place: int

    @property
    def person(self) -> str | None:
        return self.order[self.place]


class _Phase(NamedTuple):
    """From one change to the next, by the hand-offs of `rule`: in period `first_period` the first of `order` has the
    turn."""

    from_at: datetime
    to_at: datetime
    rule: Rotation
    order: tuple[str | None, ...]
    first_period: int


def turn_at(rotation: Rotation, at: datetime) -> Turn:
    """The whole turn that `at` lies in."""
    return next(turns(rotation, at, at + timedelta.resolution))


def handoffs(rotation: Rotation, from_at: datetime, to_at: datetime) -> tuple[datetime, ...]:
    """When turns begin within [from_at, to_at), also a turn that the same person had before."""
    return tuple(turn.from_at for turn in turns(rotation, from_at, to_at) if turn.from_at >= from_at)


def shifts(rotation: Rotation, from_at: datetime, to_at: datetime, out: Sequence[Out] = ()) -> tuple[Shift, ...]:
    """Who is on within the window, with pauses and absences; clipped, adjacent ones of the same person merged."""
    window = Span(from_at, to_at)
    return shifts_of(pieces(rotation, window, out), window)


def turns(rotation: Rotation, from_at: datetime, to_at: datetime) -> Iterator[Turn]:
    """The turns that share time with [from_at, to_at), whole and in order. Only those of a rota that is followed may
    leave gaps or overlap."""
    if rotation.kind == "pagerduty":
        yield from _followed(rotation, from_at, to_at)
        return
    if not rotation.changes:
        yield from _turns_of_phase(_Phase(EARLIEST, LATEST, rotation, rotation.order, 0), from_at, to_at)
        return
    for phase in _phases(rotation):
        start, end = max(from_at, phase.from_at), min(to_at, phase.to_at)
        if start < end:
            yield from _turns_of_phase(phase, start, end)


def pieces(rotation: Rotation, window: Span, out: Sequence[Out] = ()) -> Iterable[Piece]:
    """Who is on, in the order of time, not clipped to the window: a piece ends where its turn ends, or where somebody
    leaves or comes back."""
    if rotation.kind == "pagerduty":
        return _each_once(_disturbed(rotation, window, during(_pauses(rotation), window), during(out, window)))
    paused = during(_pauses(rotation), window) if rotation.pauses else ()
    absent = during(out, window) if out else ()
    if paused or absent:
        return _disturbed(rotation, window, paused, absent)
    return _undisturbed(rotation, window)


def _disturbed(rotation: Rotation, window: Span, paused: Sequence[Out], absent: Sequence[Out]) -> Iterator[Piece]:
    for turn, resting, gone in _beside(turns(rotation, *window), paused, absent):
        for start, end in _cut(turn, (*resting, *gone)):
            person, cause = _standing(rotation, turn, start, resting, gone)
            if person is not None:
                yield Piece(start, end, person, cause)


def _undisturbed(rotation: Rotation, window: Span) -> Iterable[Piece]:
    """Each turn as it was planned. The latest is remembered: within a week everybody asks about the same one."""
    for piece in rotation.latest:
        if piece.from_at <= window.from_at and window.to_at <= piece.to_at:
            return (piece,)
    found = []
    for from_at, to_at, order, place in turns(rotation, *window):
        person = order[place]
        if person is not None:
            found.append(Piece(from_at, to_at, person, Cause("rotation", rotation.id, from_at, to_at)))
    if found:
        rotation.latest[:] = found[-1:]
    return found


def _beside(
    turns: Iterable[Turn], paused: Sequence[Out], absent: Sequence[Out]
) -> Iterator[tuple[Turn, Sequence[Out], Sequence[Out]]]:
    """Each turn with the pauses and absences that share time with it. Both are gone through once, side by side: years
    of absences against every turn would be their product."""
    resting, gone = _Passing(paused), _Passing(absent)
    for turn in turns:
        yield turn, resting.during(turn), gone.during(turn)


class _Passing:
    """Outs as they come and go; asked in the order of time."""

    def __init__(self, out: Sequence[Out]) -> None:
        self._to_come = sorted(out, key=lambda one: one.from_at, reverse=True)
        self._now: list[Out] = []

    def during(self, turn: Turn) -> Sequence[Out]:
        while self._to_come and self._to_come[-1].from_at < turn.to_at:
            self._now.append(self._to_come.pop())
        if self._now:
            self._now = [one for one in self._now if turn.from_at < one.to_at]
        return self._now


def _followed(rotation: Rotation, from_at: datetime, to_at: datetime) -> Iterator[Turn]:
    """A turn for each shift that was read; whoever is nobody of ours leaves a turn with nobody. When somebody is out,
    the next of those who come after them takes it, as in any rotation."""
    if not isinstance(rotation, FollowedRotation):
        return
    places = {person: place for place, person in enumerate(rotation.people)}
    for shift in rotation.followed:
        begins, ends = shift.from_ or FOR_EVER.from_at, shift.to or FOR_EVER.to_at
        if begins < to_at and from_at < ends:
            nobody = shift.person is None
            yield Turn(begins, ends, (None,) if nobody else rotation.people, 0 if nobody else places[str(shift.person)])


def _each_once(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Whoever is on call there by two ways at once, or fills in besides, is on call once."""
    until: dict[str, datetime] = {}
    for piece in sorted(pieces, key=lambda one: (one.from_at, one.person)):
        begins = max(piece.from_at, until.get(piece.person, EARLIEST))
        if begins < piece.to_at:
            until[piece.person] = piece.to_at
            yield piece._replace(from_at=begins)


def _turns_of_phase(phase: _Phase, from_at: datetime, to_at: datetime) -> Iterator[Turn]:
    period, begins, ends = _period_at(phase.rule, from_at)
    while begins < to_at:
        if begins < ends:
            place = (period - phase.first_period) % len(phase.order)
            yield Turn(max(begins, phase.from_at), min(ends, phase.to_at), phase.order, place)
        period, begins = period + 1, ends
        if begins < to_at:
            ends = _begins(phase.rule, period + 1)


def _phases(rotation: Rotation) -> Iterator[_Phase]:
    """A change that falls inside a turn ends that turn; the list in force then begins with its `first`."""
    ends = [era.from_at for era in rotation.eras] + [LATEST]
    yield _Phase(EARLIEST, ends[0], rotation, rotation.order, 0)
    for era, end in zip(rotation.eras, ends[1:], strict=True):
        rule = era.rule or rotation
        first = _period_at(rule, era.from_at)[0] - era.first if rule.has_turns else 0
        yield _Phase(era.from_at, end, rule, era.order, first)


def _period_at(rotation: Rotation, at: datetime) -> tuple[int, datetime, datetime]:
    """The latest period that has begun by `at`, negative before the anchor; when it begins and ends. Division gives it
    but for the nights on which the wall clock is moved; the loops step over those."""
    period = _period_estimate(rotation, to_local(at, rotation.timezone))
    begins, ends = _begins(rotation, period), _begins(rotation, period + 1)
    while ends <= at:
        period, begins, ends = period + 1, ends, _begins(rotation, period + 2)
    while begins > at:
        period, begins, ends = period - 1, _begins(rotation, period - 1), begins
    return period, begins, ends


def _period_estimate(rotation: Rotation, local: datetime) -> int:
    anchor, length = rotation.wall_anchor, rotation.length
    if length is not None:
        return (local - anchor) // length
    return ((local.year - anchor.year) * 12 + local.month - anchor.month) // rotation.every


def _begins(rotation: Rotation, period: int) -> datetime:
    """When period number `period` begins, in UTC."""
    anchor, length = rotation.wall_anchor, rotation.length
    local = _months_later(anchor, period * rotation.every) if length is None else anchor + length * period
    return to_utc(local, rotation.timezone, "start")


def _months_later(local: datetime, months: int) -> datetime:
    """The 31st is the last day of a short month, and the 31st again after it."""
    years, month = divmod(local.month - 1 + months, 12)
    year = local.year + years
    return local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))


def _pauses(rotation: Rotation) -> tuple[Out, ...]:
    zone = rotation.timezone
    return tuple(
        Out(instant(pause.from_, zone, "start"), instant(pause.to, zone, "end"), pause.person, pause.fill)
        for pause in rotation.pauses
    )


def _cut(turn: Turn, out: Sequence[Out]) -> Iterator[tuple[datetime, datetime]]:
    """The turn, cut wherever somebody leaves or comes back."""
    edges = {edge for one in out for edge in (one.from_at, one.to_at) if turn.from_at < edge < turn.to_at}
    cuts = [turn.from_at, *sorted(edges), turn.to_at]
    return pairwise(cuts)


def _standing(
    rotation: Rotation, turn: Turn, at: datetime, paused: Sequence[Out], absent: Sequence[Out]
) -> tuple[str | None, Cause]:
    """Who has the turn at `at`, None for nobody: the one whose turn it is, or when they are out the next in the order
    who is not. A pause is the rotation's own arrangement and keeps it as the cause; an absence is its own cause."""
    kind: CauseKind = "pagerduty-rota" if rotation.kind == "pagerduty" else "rotation"
    planned = Cause(kind, rotation.id, turn.from_at, turn.to_at)
    gone = {one.person: one for one in absent if one.from_at <= at < one.to_at}
    resting = {one.person: one for one in paused if one.from_at <= at < one.to_at}
    person = turn.person
    if person is None or (person not in gone and person not in resting):
        return person, planned
    out = resting.get(person) or gone[person]
    if person in resting:
        cause = planned._replace(instead_of=person)
    else:
        cause = Cause("absence-fill", rotation.id, out.from_at, out.to_at, person)
    if out.fill == "nobody":
        return None, cause
    following = (*turn.order[turn.place + 1 :], *turn.order[: turn.place])
    free = (one for one in following if one is not None and one not in gone and one not in resting)
    return next(free, None), cause

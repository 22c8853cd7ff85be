"""Who is on call by a schedule. Strongest first: temporary schedule, override, later layer, earlier layer; a layer
with a gap shows the one below. One function answers the preview, the pages, the API and the escalation, so what is
previewed is what happens.

A rotation or calendar that is not among those given counts as empty: at 03:00 a hole is passed over and reported,
which an exception would not be."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from oncall.absence import Out, during, outs, spans_of_absence
from oncall.pieces import (
    Cause,
    Piece,
    Shift,
    Span,
    gaps_between,
    intersect,
    joined,
    shifts_of,
    spans_of,
    subtract,
    union,
)
from oncall.restrictions import allowed_spans
from oncall.rotation import pieces as rotation_pieces
from oncall.schema import Absence, Calendar, Layer, Override, Rotation, Schedule, TemporarySchedule
from oncall.walltime import instant

NO_CALENDARS: Mapping[str, Calendar] = {}


def final_shifts(
    schedule: Schedule,
    rotations: Mapping[str, Rotation],
    absences: Iterable[Absence],
    window_from: datetime,
    window_to: datetime,
    calendars: Mapping[str, Calendar] = NO_CALENDARS,
) -> tuple[Shift, ...]:
    """Who is on call within [window_from, window_to): clipped, adjacent pieces of the same person and source merged,
    ordered by from, then person. Naive absences without a zone are local to the schedule's zone."""
    window = Span(window_from, window_to)
    out = outs(absences, schedule.timezone)
    return shifts_of(pieces(schedule, rotations, out, window, calendars), window)


def gaps(
    schedule: Schedule,
    rotations: Mapping[str, Rotation],
    absences: Iterable[Absence],
    window_from: datetime,
    window_to: datetime,
    calendars: Mapping[str, Calendar] = NO_CALENDARS,
) -> tuple[Span, ...]:
    """When nobody is on call, in order."""
    window = Span(window_from, window_to)
    out = outs(absences, schedule.timezone)
    return gaps_between(spans_of(pieces(schedule, rotations, out, window, calendars)), window)


def pieces(
    schedule: Schedule,
    rotations: Mapping[str, Rotation],
    out: Sequence[Out],
    window: Span,
    calendars: Mapping[str, Calendar] = NO_CALENDARS,
) -> list[Piece]:
    """Like `final_shifts`, but whole: those that share time with the window, not clipped, not merged, not ordered, each
    with its full cause. Of one person no two pieces overlap."""
    absent = during(out, window) if out else ()
    standing = _layers(schedule, rotations, absent, window, calendars)
    if schedule.overrides:
        standing = _laid(standing, _overrides(schedule, window, absent))
    if schedule.temporary_schedules:
        standing = _laid(standing, _temporaries(schedule, window, absent))
    return [piece for piece in standing if piece.from_at < window.to_at and window.from_at < piece.to_at]


def shadow_pieces(
    schedule: Schedule,
    rotations: Mapping[str, Rotation],
    out: Sequence[Out],
    window: Span,
    calendars: Mapping[str, Calendar] = NO_CALENDARS,
) -> list[Piece]:
    """Who is told by a notice and never paged, by the shadow layers; several of them stand side by side."""
    absent = during(out, window)
    return [
        piece
        for layer in schedule.layers
        if layer.mode == "shadow"
        for piece in _layer(layer, schedule.timezone, rotations, absent, window, calendars)
        if piece.from_at < window.to_at and window.from_at < piece.to_at
    ]


def _layers(
    schedule: Schedule,
    rotations: Mapping[str, Rotation],
    absent: Sequence[Out],
    window: Span,
    calendars: Mapping[str, Calendar],
) -> list[Piece]:
    """From the top down; what lies under a full layer is not looked at."""
    standing: list[Piece] = []
    covered: list[Span] = []
    for layer in reversed(schedule.layers):
        if layer.mode == "shadow":
            continue
        shown = _layer(layer, schedule.timezone, rotations, absent, window, calendars)
        if not shown:
            continue
        standing += subtract(shown, covered) if covered else shown
        if len(shown) == 1 and shown[0].from_at <= window.from_at and window.to_at <= shown[0].to_at:
            break
        covered = spans_of(standing)
        if covered[0].from_at <= window.from_at and window.to_at <= covered[0].to_at:
            break
    return standing


def _layer(
    layer: Layer,
    timezone: str,
    rotations: Mapping[str, Rotation],
    absent: Sequence[Out],
    window: Span,
    calendars: Mapping[str, Calendar],
) -> list[Piece]:
    rotation = rotations.get(layer.rotation)
    if rotation is None:
        return []
    allowed = allowed_spans(layer, timezone, calendars, window)
    if allowed is None:
        return list(rotation_pieces(rotation, window, absent))
    return intersect(rotation_pieces(rotation, window, absent), allowed) if allowed else []


class _Laid(NamedTuple):
    """Something laid on what stands in `span`, and nowhere else."""

    span: Span
    on: Callable[[list[Piece]], list[Piece]]


def _laid(standing: list[Piece], laid: Sequence[_Laid]) -> list[Piece]:
    """Laid one after the other. Each looks only at what stands where it and its neighbours lie: every override against
    every piece of a year would be their product."""
    if not laid:
        return standing
    touched = union(one.span for one in laid)
    there: list[list[Piece]] = [[] for _ in touched]
    for piece in intersect(standing, touched):
        there[_place(piece.from_at, touched)].append(piece)
    for one in laid:
        place = _place(one.span.from_at, touched)
        there[place] = one.on(there[place])
    return joined([*subtract(standing, touched), *chain.from_iterable(there)])


def _place(at: datetime, spans: Sequence[Span]) -> int:
    return bisect_right(spans, at, key=attrgetter("from_at")) - 1


def _overrides(schedule: Schedule, window: Span, absent: Sequence[Out]) -> list[_Laid]:
    found = []
    for number, (override, ends) in enumerate(zip(schedule.overrides, schedule.override_spans, strict=True), 1):
        span = Span(*ends)
        if _counts(span, window):
            name = str(override.id or number)
            found.append(_Laid(span, partial(_override, override=override, name=name, span=span, absent=absent)))
    return found


def _temporaries(schedule: Schedule, window: Span, absent: Sequence[Out]) -> list[_Laid]:
    found = []
    laid = zip(schedule.temporary_schedules, schedule.temporary_spans, strict=True)
    for number, (temporary, ends) in enumerate(laid, 1):
        span = Span(*ends)
        if _counts(span, window):
            shown = _shown(temporary, str(temporary.id or number), span, schedule.timezone, absent)
            covered = [span] if temporary.gaps == "empty" else spans_of(shown)
            found.append(_Laid(span, partial(_replaced, covered=covered, shown=shown)))
    return found


def _override(standing: list[Piece], override: Override, name: str, span: Span, absent: Sequence[Out]) -> list[Piece]:
    """One override laid on what the earlier ones left. An absent person takes nothing: what a replacement by them took
    off stays a gap, seen in the preview, because whoever asked to be replaced is not there either."""
    replaced = [piece for piece in standing if piece.person == override.remove]
    kept = [piece for piece in standing if piece.person != override.remove] + subtract(replaced, [span])
    if override.add is None:
        return kept
    cause = Cause("override", name, *span, override.remove)
    times = [span] if override.kind == "add" else spans_of(intersect(replaced, [span]))
    taken = [Piece(start, end, override.add, cause) for start, end in times]
    return _with(kept, subtract(taken, spans_of_absence(absent, override.add)))


def _shown(temporary: TemporarySchedule, name: str, span: Span, timezone: str, absent: Sequence[Out]) -> list[Piece]:
    shown: list[Piece] = []
    for shift in temporary.shifts:
        whole = _span(shift.from_, shift.to, timezone)
        cause = Cause("temporary", name, *whole)
        piece = intersect([Piece(*whole, shift.person, cause)], [span])
        shown = _with(shown, subtract(piece, spans_of_absence(absent, shift.person)))
    return shown


def _replaced(standing: list[Piece], covered: Sequence[Span], shown: list[Piece]) -> list[Piece]:
    """Where a temporary schedule's shifts leave a gap, `layers` lets through whatever would be on without it, `empty`
    nothing."""
    return subtract(standing, covered) + shown


def _with(standing: list[Piece], added: list[Piece]) -> list[Piece]:
    """The stronger cause is the one shown where a person is on by two."""
    people = {piece.person for piece in added}
    times = spans_of(added)
    others = [piece for piece in standing if piece.person not in people]
    same = [piece for piece in standing if piece.person in people]
    return others + subtract(same, times) + added


def _span(from_at: datetime, to_at: datetime, timezone: str) -> Span:
    return Span(instant(from_at, timezone, "start"), instant(to_at, timezone, "end"))


def _counts(span: Span, window: Span) -> bool:
    """False too for one that a spring night swallows whole."""
    return span.from_at < span.to_at and span.from_at < window.to_at and window.from_at < span.to_at

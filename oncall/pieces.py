"""Pieces of time in which one person is on call for one cause, and the little algebra that lays them over each other.

Lists are in the order of time. All instants are UTC and half-open, so pieces that touch do not overlap."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Literal, NamedTuple

CauseKind = Literal["rotation", "pagerduty-rota", "override", "temporary", "absence-fill"]
EARLIEST = datetime.min.replace(tzinfo=UTC)
_to_at = attrgetter("to_at")
_from_and_person = attrgetter("from_at", "person")
LATEST = datetime.max.replace(tzinfo=UTC)


class Span(NamedTuple):
    from_at: datetime
    to_at: datetime


FOR_EVER = Span(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
"""The span of what has no begin and no end, in years that every calendar can show."""


class Cause(NamedTuple):
    """Why somebody is on call. `id` is the rotation's for rotation, pagerduty-rota and absence-fill, else the
    override's or temporary schedule's id or number in its list, from 1. The span is the cause's own: the whole turn,
    override, temporary shift or absence. `instead_of` is whom a replacement or an absence took off."""

    kind: CauseKind
    id: str
    from_at: datetime
    to_at: datetime
    instead_of: str | None = None

    @property
    def source(self) -> str:
        return f"{self.kind}:{self.id}"


class Piece(NamedTuple):
    from_at: datetime
    to_at: datetime
    person: str
    cause: Cause


class Shift(NamedTuple):
    """What a schedule shows: who, from when to when, by what (`rotation:backup-weekly`)."""

    from_at: datetime
    to_at: datetime
    person: str
    source: str


def intersect(pieces: Iterable[Piece], spans: Sequence[Span]) -> list[Piece]:
    """The parts of the pieces that lie in the spans; spans in order and without overlap."""
    if len(spans) == 1:
        (start, end) = spans[0]
        return [
            Piece(max(from_at, start), min(to_at, end), person, cause)
            for from_at, to_at, person, cause in pieces
            if from_at < end and start < to_at
        ]
    return [
        Piece(max(from_at, start), min(to_at, end), person, cause)
        for from_at, to_at, person, cause in pieces
        for start, end in _touching(from_at, to_at, spans)
    ]


def subtract(pieces: Iterable[Piece], spans: Sequence[Span]) -> list[Piece]:
    """The parts of the pieces that lie outside the spans; spans in order and without overlap."""
    if not spans:
        return list(pieces)
    return [
        Piece(start, end, person, cause)
        for from_at, to_at, person, cause in pieces
        for start, end in _outside(from_at, to_at, spans)
    ]


def gaps_between(spans: Sequence[Span], window: Span) -> tuple[Span, ...]:
    """What of the window no span covers."""
    return tuple(_outside(window.from_at, window.to_at, union(spans)))


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time in order and without overlap; spans that touch become one."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.from_at <= joined[-1].to_at:
            joined[-1] = Span(joined[-1].from_at, max(joined[-1].to_at, span.to_at))
        else:
            joined.append(span)
    return joined


def spans_of(pieces: Iterable[Piece | Shift]) -> list[Span]:
    return union(Span(piece.from_at, piece.to_at) for piece in pieces)


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces of the same person and cause that touch as one; not ordered."""
    found: list[Piece] = []
    last: dict[tuple[str, Cause], int] = {}
    for piece in sorted(pieces, key=_from_and_person):
        key = (piece.person, piece.cause)
        place = last.get(key)
        if place is not None and found[place].to_at == piece.from_at:
            found[place] = found[place]._replace(to_at=piece.to_at)
        else:
            last[key] = len(found)
            found.append(piece)
    return found


def clip(piece: Piece, window: Span) -> Piece:
    if window.from_at <= piece.from_at and piece.to_at <= window.to_at:
        return piece
    return Piece(max(piece.from_at, window.from_at), min(piece.to_at, window.to_at), piece.person, piece.cause)


def clip_shifts(shifts: Iterable[Shift], window: Span) -> tuple[Shift, ...]:
    """The parts of the shifts that lie in the window, in the same order."""
    clipped = (
        shift._replace(from_at=max(shift.from_at, window.from_at), to_at=min(shift.to_at, window.to_at))
        for shift in shifts
    )
    return tuple(shift for shift in clipped if shift.from_at < shift.to_at)


def shifts_of(pieces: Iterable[Piece], window: Span) -> tuple[Shift, ...]:
    """Clipped to the window, adjacent pieces of the same person and source merged, ordered by from, then person."""
    merged: list[Shift] = []
    last: dict[tuple[str, str], int] = {}
    for piece in sorted((clip(piece, window) for piece in pieces), key=_from_and_person):
        if piece.from_at >= piece.to_at:
            continue
        key = (piece.person, piece.cause.source)
        place = last.get(key)
        if place is not None and merged[place].to_at == piece.from_at:
            merged[place] = merged[place]._replace(to_at=piece.to_at)
        else:
            last[key] = len(merged)
            merged.append(Shift(piece.from_at, piece.to_at, piece.person, piece.cause.source))
    return tuple(sorted(merged, key=_from_and_person))


def _outside(start: datetime, end: datetime, spans: Sequence[Span]) -> Iterator[Span]:
    """The parts of [start, end) outside the spans."""
    for span in _touching(start, end, spans):
        if start < span.from_at:
            yield Span(start, span.from_at)
        start = span.to_at
    if start < end:
        yield Span(start, end)


def _touching(start: datetime, end: datetime, spans: Sequence[Span]) -> Iterator[Span]:
    """The spans that share time with [start, end): found by bisection, so that a year of pieces stays cheap."""
    place = bisect_right(spans, start, key=_to_at)
    while place < len(spans) and spans[place].from_at < end:
        yield spans[place]
        place += 1

"""When managers are told of a gap, and what they have been told. Pure.

Once each within 14, 7 and 1 days of its begin, and within 2 hours. A gap that is made later is told at once, for the
smallest of these that it lies within, and then for the smaller ones. One that is closed is forgotten, and told anew
should it open again; one that grows is told again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from oncall.coverage import Gap
from oncall.pieces import EARLIEST, LATEST, Span, gaps_between, union

URGENT = timedelta(hours=2)
WITHIN = (URGENT, timedelta(days=1), timedelta(days=7), timedelta(days=14))


class Told(NamedTuple):
    """Uncovered time of which managers were told when it lay `within` that span; `to_at` LATEST: no end in sight."""

    schedule: str
    within: timedelta
    from_at: datetime
    to_at: datetime


class Due(NamedTuple):
    gap: Gap
    within: timedelta

    @property
    def is_urgent(self) -> bool:
        return self.within == URGENT


class Settled(NamedTuple):
    """`told` once everything that is `due` has been said."""

    told: frozenset[Told]
    due: tuple[Due, ...]


def open_ended(gaps: Iterable[Gap], window: Span) -> list[Gap]:
    """Those that reach the end of what was looked at go on: they do not grow with every day that passes."""
    return [gap._replace(to_at=LATEST) if gap.to_at >= window.to_at else gap for gap in gaps]


def settle(gaps: Sequence[Gap], told: Iterable[Told], now: datetime) -> Settled:
    """What to tell now. Settling again with what came of it, at the same instant, tells nothing."""
    standing = set(_still(told, gaps, now))
    due = []
    for gap in sorted(gaps):
        within = next((one for one in WITHIN if gap.from_at - now <= one), None)
        if within is not None and gaps_between(_spans(standing, gap.schedule, within), gap.span):
            due.append(Due(gap, within))
            standing.add(Told(gap.schedule, within, gap.from_at, gap.to_at))
    return Settled(frozenset(_joined(standing)), tuple(due))


def _still(told: Iterable[Told], gaps: Sequence[Gap], now: datetime) -> Iterator[Told]:
    """The parts of what was told that are gaps to this day. What has passed stays with the part that has not."""
    for one in told:
        holes = [Span(EARLIEST, now), *(gap.span for gap in gaps if gap.schedule == one.schedule)]
        for hole in union(holes):
            from_at, to_at = max(one.from_at, hole.from_at), min(one.to_at, hole.to_at)
            if from_at < to_at and to_at > now:
                yield one._replace(from_at=from_at, to_at=to_at)


def _spans(told: Iterable[Told], schedule: str, within: timedelta) -> list[Span]:
    """What was told of the schedule at this nearness or nearer."""
    return [Span(one.from_at, one.to_at) for one in told if one.schedule == schedule and one.within <= within]


def _joined(told: Iterable[Told]) -> Iterator[Told]:
    kept: dict[tuple[str, timedelta], list[Span]] = {}
    for one in told:
        kept.setdefault((one.schedule, one.within), []).append(Span(one.from_at, one.to_at))
    for (schedule, within), spans in kept.items():
        yield from (Told(schedule, within, *span) for span in union(spans))

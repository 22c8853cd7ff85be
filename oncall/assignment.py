"""A fair assignment of time that nobody covers: a proposal, which changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from oncall.absence import Out
from oncall.pieces import Span
from oncall.suggestion import who_should_take
from oncall.walltime import to_local, to_utc

Weigh = Callable[[str, Span, Sequence[Span]], float]
"""By how much the burden of a person grows with this time, given when they are on call already."""


class Assigned(NamedTuple):
    """`person` None: nobody is free."""

    from_at: datetime
    to_at: datetime
    person: str | None

    @property
    def span(self) -> Span:
        return Span(self.from_at, self.to_at)


def split(gap: Span, days: int, timezone: str) -> list[Span]:
    """Parts of so many days, cut at the clock time at which the gap begins, on that wall; the last may be shorter."""
    begin = to_local(gap.from_at, timezone)
    parts, from_at = [], gap.from_at
    while from_at < gap.to_at:
        begin += timedelta(days=days)
        to_at = min(to_utc(begin, timezone, "start"), gap.to_at)
        if from_at < to_at:  # a zone may leave out a day
            parts.append(Span(from_at, to_at))
            from_at = to_at
    return parts


def assign(
    parts: Iterable[Span],
    pools: Sequence[Sequence[str]],
    own: Mapping[str, Sequence[Span]],
    out: Sequence[Out],
    burden: Mapping[str, float],
    weigh: Weigh,
) -> list[Assigned]:
    """In the order of time. Each part goes to whoever is free and has the lowest burden, with what they have been given
    before; then to the one furthest from their own shifts, then by id. The people of a later pool are asked only where
    nobody of the earlier ones is free."""
    taken: dict[str, list[Span]] = {person: list(spans) for person, spans in own.items()}
    load = dict(burden)
    found = []
    for part in sorted(parts):
        person = next(filter(None, (_lightest(part, people, taken, out, load) for people in pools)), None)
        found.append(Assigned(*part, person))
        if person is not None:
            spans = taken.setdefault(person, [])
            load[person] = load.get(person, 0.0) + weigh(person, part, spans)
            spans.append(part)
    return found


def merged(assigned: Iterable[Assigned], longest: timedelta) -> list[Assigned]:
    """Parts of the same person that touch as one, but for what would then be longer than this."""
    joined: list[Assigned] = []
    for one in assigned:
        touch = joined and (joined[-1].person, joined[-1].to_at) == (one.person, one.from_at)
        if touch and one.to_at - joined[-1].from_at <= longest:
            joined[-1] = joined[-1]._replace(to_at=one.to_at)
        else:
            joined.append(one)
    return joined


def _lightest(
    part: Span,
    people: Sequence[str],
    taken: Mapping[str, Sequence[Span]],
    out: Sequence[Out],
    load: Mapping[str, float],
) -> str | None:
    free = who_should_take(part, people, taken, out, load)
    return min(free, key=lambda one: (one.burden, -one.distance, one.person)).person if free else None

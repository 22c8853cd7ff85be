"""How fast one sender may hand messages or calls over, and who goes first when more are due than that. Pure.

A token bucket: it fills at the sender's rate and holds one second's worth, at least one, so that a quiet sender never
makes anybody wait and a busy one never exceeds its rate by more than that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

ROUNDING = 1e-3  # tokens: an instant is kept in microseconds


@dataclass(frozen=True)
class Bucket:
    """`rate` is per second, above 0. `tokens` were in it at `at`. Nothing leaves before `busy_until`: the carrier has
    asked for that."""

    rate: float
    tokens: float
    at: datetime
    busy_until: datetime | None = None

    @classmethod
    def full(cls, rate: float, now: datetime) -> Bucket:
        return cls(rate, max(1.0, rate), now)

    def filled(self, now: datetime) -> Bucket:
        """As it is now. A clock that was set back takes nothing out and puts nothing in."""
        elapsed = max((now - self.at).total_seconds(), 0.0)
        return replace(self, tokens=min(max(1.0, self.rate), self.tokens + elapsed * self.rate), at=max(now, self.at))

    def whole(self, now: datetime) -> int:
        """How many may leave now."""
        if self.busy_until is not None and self.busy_until > now:
            return 0
        return int(self.filled(now).tokens + ROUNDING)

    def without(self, number: int, now: datetime) -> Bucket:
        filled = self.filled(now)
        return replace(filled, tokens=filled.tokens - number)

    def room_at(self, number: int, now: datetime) -> datetime:
        """When the `number`-th from now may leave, if nobody else does before."""
        missing = max(number - self.filled(now).tokens, 0.0)
        free_at = max(now, self.at) + timedelta(seconds=missing / self.rate)
        return max(free_at, self.busy_until) if self.busy_until else free_at


@dataclass(frozen=True)
class Waiting:
    """An attempt that wants to leave. `group` is its ticket, or itself when it belongs to none; `since` when it was to
    leave at first; `is_page`: somebody is to be woken by it; `is_first`: nobody has got a page of this activation."""

    id: str
    group: str
    since: datetime
    is_page: bool
    is_first: bool = False


def order(waiting: Iterable[Waiting], served_at: Mapping[str, datetime]) -> list[Waiting]:
    """Who leaves first: of each activation that nobody has been paged for its oldest page, the oldest activation first;
    then pages; then everything else. Within the last two the tickets take turns, the one that was served longest ago
    first, so that a ticket with fifty messages delays another by one. `served_at`: when a ticket last had its turn."""
    firsts, pages, notices = _classes(waiting)
    return [*sorted(firsts, key=_age), *_in_turns(pages, served_at), *_in_turns(notices, served_at)]


def _classes(waiting: Iterable[Waiting]) -> tuple[list[Waiting], list[Waiting], list[Waiting]]:
    firsts: dict[str, Waiting] = {}
    pages: list[Waiting] = []
    notices: list[Waiting] = []
    for one in sorted(waiting, key=_age):
        if one.is_page and one.is_first and one.group not in firsts:
            firsts[one.group] = one
        else:
            (pages if one.is_page else notices).append(one)
    return list(firsts.values()), pages, notices


def _in_turns(waiting: Sequence[Waiting], served_at: Mapping[str, datetime]) -> list[Waiting]:
    by_group: dict[str, list[Waiting]] = defaultdict(list)
    for one in waiting:
        by_group[one.group].append(one)
    ranked = [
        (turn, group in served_at, served_at.get(group, queue[0].since), *_age(one), one)
        for group, queue in by_group.items()
        for turn, one in enumerate(queue)
    ]
    return [entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:-1])]


def _age(one: Waiting) -> tuple[datetime, str]:
    return one.since, one.id

"""When the last resort is called, called again, and told that all is well. Pure: instants are seconds since 1970, and
a memory goes in and comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

LEAST_LOOKS = 3
"""A single lost packet is no outage, however long it took to notice it."""
WELL_LOOKS = 3
FIRST_RETRY = 20.0
LONGEST_RETRY = 600.0


class Act(StrEnum):
    PAGE = "page"
    RESOLVE = "resolve"


@dataclass(frozen=True)
class Sight:
    """What one look saw. `why` is one of the keys of `words.REASONS`, "" when the service pages; `detail` is what it
    said itself."""

    well: bool
    why: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Outage:
    """`since` is the first look of those that failed. `number` tells it from others, for instants do not when the
    machine's time is set back."""

    number: int
    since: float
    why: str
    detail: str


@dataclass(frozen=True)
class Told:
    """Of one route. `paged_at` is when it last took a page, and `outage` of which; None: it never has. `tries` have
    failed since it last took anything, the last of them at `tried_at`."""

    paged_at: float | None = None
    outage: int = 0
    tried_at: float | None = None
    tries: int = 0


@dataclass(frozen=True)
class Memory:
    """What must survive a restart, or it would page twice. `bad_since` and `good_since` begin a row of looks that all
    saw the same; one of them is None. `outages` is how many there have been. `told`: by route, who has not been told
    yet that all is well again."""

    looked_at: float | None = None
    bad_since: float | None = None
    good_since: float | None = None
    looks: int = 0
    outages: int = 0
    outage: Outage | None = None
    told: Mapping[str, Told] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """Seconds: the last resort is called when all looks have failed for `after`, made `every` so often, and called
    `again` while that goes on."""

    after: float
    every: float
    again: float

    @property
    def longest_gap(self) -> float:
        """Looks further apart prove nothing of the time between: the watchdog was not running."""
        return max(60.0, 3 * self.every)


def looked(memory: Memory, sight: Sight, now: float, rules: Rules) -> Memory:
    """The memory after a look at `now`."""
    unbroken = memory.looked_at is not None and 0 <= now - memory.looked_at <= rules.longest_gap
    if sight.well:
        going_on = unbroken and memory.good_since is not None
        seen = replace(
            memory,
            looked_at=now,
            bad_since=None,
            good_since=memory.good_since if going_on else now,
            looks=memory.looks + 1 if going_on else 1,
        )
        return replace(seen, outage=None) if seen.looks >= WELL_LOOKS else seen
    going_on = unbroken and memory.bad_since is not None
    since = memory.bad_since if going_on and memory.bad_since is not None else now
    looks = memory.looks + 1 if going_on else 1
    outage, outages = memory.outage, memory.outages
    if outage is not None:
        outage = replace(outage, why=sight.why, detail=sight.detail)
    elif looks >= LEAST_LOOKS and now - since >= rules.after:
        outages += 1
        outage = Outage(outages, since, sight.why, sight.detail)
    return replace(memory, looked_at=now, bad_since=since, good_since=None, looks=looks, outage=outage, outages=outages)


def due(memory: Memory, routes: Sequence[str], now: float, rules: Rules) -> list[tuple[str, Act]]:
    """What is to be sent at `now`, in the order of `routes`. A route that is configured no more is told nothing."""
    found = []
    for route in routes:
        told = memory.told.get(route)
        if told is not None and _waits(told, now):
            continue
        if memory.outage is not None and _wants_a_page(told, memory.outage, now, rules):
            found.append((route, Act.PAGE))
        elif memory.outage is None and told is not None and memory.bad_since is None:
            found.append((route, Act.RESOLVE))
    return found


def sent(memory: Memory, route: str, act: Act, now: float, *, taken: bool) -> Memory:
    """The memory after having tried. A page whose answer was lost counts as not taken, and is sent again: better twice
    than never. Who has taken no page is told once that all is well, for it may have arrived all the same."""
    told = memory.told.get(route, Told())
    others = {name: one for name, one in memory.told.items() if name != route}
    if act is Act.RESOLVE and (taken or told.paged_at is None):
        return replace(memory, told=others)
    outage = memory.outage.number if memory.outage else 0
    after = Told(paged_at=now, outage=outage) if taken else replace(told, tried_at=now, tries=told.tries + 1)
    return replace(memory, told=others | {route: after})


def _wants_a_page(told: Told | None, outage: Outage, now: float, rules: Rules) -> bool:
    """Who was paged for an earlier outage, and never told that it was over, is paged for this one."""
    if told is None or told.paged_at is None or told.outage != outage.number:
        return True
    return not 0 <= now - told.paged_at < rules.again  # a clock that was set back waits for nothing


def _waits(told: Told, now: float) -> bool:
    if told.tried_at is None:
        return False
    pause: float = min(FIRST_RETRY * 2 ** min(told.tries - 1, 10), LONGEST_RETRY)
    return 0 <= now - told.tried_at < pause

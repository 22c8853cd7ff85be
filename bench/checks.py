"""Was everything that was promised handed over, once? Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Attempted:
    """An attempt that was due at once, and when each request for it arrived at the carrier (ns)."""

    reference: str
    purpose: str
    person: str | None
    channel: str | None
    cycle: int
    round: int
    step: int
    arrived: tuple[int, ...]


def first_pages(attempted: Iterable[Attempted]) -> dict[str, int]:
    """When the first page of each ticket arrived; notices to the customer are no page."""
    first: dict[str, int] = {}
    for one in attempted:
        if one.purpose == "page" and one.arrived:
            first[one.reference] = min(min(one.arrived), first.get(one.reference, min(one.arrived)))
    return first


def faults(references: Sequence[str], attempted: Sequence[Attempted]) -> list[str]:
    """What was lost or doubled, by ticket, person, channel and round; empty when nothing was."""
    asked = Counter(references)
    found = [f"{reference} was given to {times} requests" for reference, times in asked.items() if times > 1]
    paged = first_pages(attempted)
    found += [f"{reference}: nobody was paged" for reference in asked if reference not in paged]
    handed: Counter[tuple[str, str, str | None, str | None, int, int, int]] = Counter()
    for one in attempted:
        place = (one.reference, one.purpose, one.person, one.channel, one.cycle, one.round, one.step)
        handed[place] += len(one.arrived)
        if not one.arrived:
            found.append(f"{_said(place)}: lost")
    return found + [f"{_said(place)}: {times} times" for place, times in handed.items() if times > 1]


def _said(place: tuple[str, str, str | None, str | None, int, int, int]) -> str:
    reference, purpose, person, channel, _, round_, step = place
    return f"{reference} {purpose} of {person or 'the customer'} by {channel}, round {round_} step {step}"

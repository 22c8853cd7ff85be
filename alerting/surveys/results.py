"""What a survey says, without saying what anybody said: groups of fewer than five are hidden, and so is whatever would
let their figures be computed as the difference of those that are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerting.surveys.questions import QUESTIONS

FEWEST = 5


@dataclass(frozen=True)
class Given:
    """One person's answers: score by question, all of them answered, and the group that the person belongs to."""

    group: str
    scores: Mapping[str, int]


@dataclass(frozen=True)
class Part:
    """`means` by question, to one decimal, of `count` answers."""

    count: int
    means: Mapping[str, float]


@dataclass(frozen=True)
class Results:
    """`total` is None when too few have answered; `groups` only those that may be shown; `hidden`: there are others."""

    total: Part | None
    groups: Mapping[str, Part]
    hidden: bool


def results(given: Sequence[Given]) -> Results:
    counts = Counter(one.group for one in given)
    if len(given) < FEWEST:
        return Results(None, {}, hidden=bool(given))
    shown = shown_groups(counts)
    groups = {group: _part([one for one in given if one.group == group]) for group in sorted(shown)}
    return Results(_part(given), groups, hidden=len(shown) < len(counts))


def shown_groups(counts: Mapping[str, int]) -> frozenset[str]:
    """The groups whose figures may stand beside the total's. What the total has more than all that is shown belongs to
    the hidden ones together: as long as those are fewer than five, the next smallest is hidden too."""
    hidden = {group for group, count in counts.items() if count < FEWEST}
    for group in sorted(counts, key=lambda one: (counts[one], one)):
        if hidden and sum(counts[one] for one in hidden) < FEWEST:
            hidden.add(group)
    return frozenset(counts) - hidden


def _part(given: Iterable[Given]) -> Part:
    of = list(given)
    means = {one.id: round(sum(each.scores[one.id] for each in of) / len(of), 1) for one in QUESTIONS}
    return Part(len(of), means)

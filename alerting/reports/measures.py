"""Monthly figures: which share of SLA verdicts was met, what customers thought beside it, and a composite of both in
which satisfaction always weighs less (S-4.3, S-4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerting.ratings.schema import Weights

METRICS = ("response", "contact", "resolution")
NO_COMPONENT = ""


@dataclass(frozen=True)
class Verdict:
    """One metric of one ticket, decided. `apart`: the cause was not the provider's (clause 3.2), which is counted, but
    not among the provider's own figures. `reference` says whose it is in a correction."""

    component: str
    priority: str
    metric: str
    met: bool
    apart: bool = False
    reference: str = ""


@dataclass(frozen=True)
class Score:
    """A rating, 1 to 5, of a ticket of this kind."""

    component: str
    priority: str
    score: int


@dataclass(frozen=True)
class Share:
    met: int = 0
    decided: int = 0

    @property
    def value(self) -> float | None:
        """0 to 1; None when nothing was decided."""
        return self.met / self.decided if self.decided else None

    def __add__(self, other: Share) -> Share:
        return Share(self.met + other.met, self.decided + other.decided)


@dataclass(frozen=True)
class Row:
    """Of one component and priority, or of everything (both ""). `composite` 0 to 1, None when there is nothing to go
    by."""

    component: str
    priority: str
    shares: Mapping[str, Share]
    ratings: int
    mean: float | None
    composite: float | None


@dataclass(frozen=True)
class Sheet:
    """`rows` by component and priority, `total` of them; `apart` the verdicts of tickets whose cause was elsewhere."""

    rows: Sequence[Row]
    total: Row
    apart: Mapping[str, Share]


def sheet(verdicts: Iterable[Verdict], scores: Iterable[Score], weights: Weights) -> Sheet:
    """Every verdict is counted once: in a row, or apart."""
    decided, rated = list(verdicts), list(scores)
    own = [one for one in decided if not one.apart]
    cells = sorted({(v.component, v.priority) for v in own} | {(s.component, s.priority) for s in rated})
    rows = [
        _row(
            component,
            priority,
            [one for one in own if (one.component, one.priority) == (component, priority)],
            [one.score for one in rated if (one.component, one.priority) == (component, priority)],
            weights,
        )
        for component, priority in cells
    ]
    total = _row("", "", own, [one.score for one in rated], weights)
    return Sheet(rows, total, _shares([one for one in decided if one.apart]))


def composite(shares: Mapping[str, Share], mean: float | None, weights: Weights) -> float | None:
    """The weighted mean of what there is, 0 to 1. Without a verdict on resolution satisfaction is left out too: it
    would then weigh more than the resolution does."""
    parts = {name: share.value for name, share in shares.items()}
    parts["satisfaction"] = (mean - 1) / 4 if mean is not None and parts.get("resolution") is not None else None
    known = [(weights.by_name()[name], value) for name, value in parts.items() if value is not None]
    weight = sum(each for each, _ in known)
    return sum(each * value for each, value in known) / weight if weight else None


def csv_rows(sheet: Sheet) -> list[list[str | int | float]]:
    """One line for each row and the total, figures as they are; empty where there is none."""
    return [_csv(row) for row in [*sheet.rows, sheet.total]]


def _csv(row: Row) -> list[str | int | float]:
    counts = [n for name in METRICS for n in (row.shares[name].met, row.shares[name].decided)]
    mean = round(row.mean, 2) if row.mean is not None else ""
    whole = round(row.composite * 100, 1) if row.composite is not None else ""
    return [row.component, row.priority, *counts, row.ratings, mean, whole]


def _row(component: str, priority: str, own: Sequence[Verdict], scores: Sequence[int], weights: Weights) -> Row:
    shares = _shares(own)
    mean = sum(scores) / len(scores) if scores else None
    return Row(component, priority, shares, len(scores), mean, composite(shares, mean, weights))


def _shares(verdicts: Sequence[Verdict]) -> dict[str, Share]:
    return {name: sum((Share(int(one.met), 1) for one in verdicts if one.metric == name), Share()) for name in METRICS}

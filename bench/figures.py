"""From samples to what may be said about them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Literal

ENOUGH_FOR_P99 = 2_000

Verdict = Literal["met", "missed", "not measurable", ""]
Figure = Callable[[Sequence[float]], float]


@dataclass(frozen=True)
class Measure:
    """One line of the table. `low` and `high` are the ratios of the quietest and the noisiest pair of blocks; `goal` is
    the largest ratio that is good enough, None when there is none."""

    name: str
    unit: str
    floor: float
    product: float
    ratio: float
    low: float
    high: float
    goal: float | None
    verdict: Verdict


def percentile(samples: Sequence[float], share: float) -> float:
    """Nearest rank: a value that was really measured."""
    ordered = sorted(samples)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def p50(samples: Sequence[float]) -> float:
    return percentile(samples, 0.50)


def p95(samples: Sequence[float]) -> float:
    return percentile(samples, 0.95)


def p99(samples: Sequence[float]) -> float:
    return percentile(samples, 0.99)


def tail(samples: int) -> tuple[str, Figure]:
    """The highest percentile that so many samples bear: p99 from 2,000 on, else p95."""
    return ("p99", p99) if samples >= ENOUGH_FOR_P99 else ("p95", p95)


def compare(
    name: str,
    floor: Sequence[Sequence[float]],
    product: Sequence[Sequence[float]],
    figure: Figure,
    *,
    goal: float | None = None,
    unit: str = "ms",
    pooled: bool = False,
    measurable: bool = True,
) -> Measure:
    """Blocks of the floor and the product's blocks beside them. The ratio is the median of the pairs' ratios, or, for
    a tail that one block is too small for, that of all samples together. A block without its pair, in a run that was
    given up, has no part in it."""
    ratios = [figure(ours) / figure(bare) for bare, ours in zip(floor, product, strict=False)]
    all_bare, all_ours = ([x for block in blocks for x in block] for blocks in (floor, product))
    bare, ours = figure(all_bare), figure(all_ours)
    ratio = ours / bare if pooled else median(ratios)
    judged = _verdict(ratio, goal) if measurable else "not measurable"
    return Measure(name, unit, bare, ours, ratio, min(ratios), max(ratios), goal, judged)


def _verdict(ratio: float, goal: float | None) -> Verdict:
    if goal is None:
        return ""
    return "met" if ratio <= goal else "missed"

"""How long it takes to say who is on call: one schedule, ten thousand, a month of shifts, a year of gaps. Each as a
ratio to a bare loop, or to recurring-ical-events reading the same turns, measured in the same run."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from bench import figures, noise, report
from bench.figures import Measure
from bench.oncall_worlds import (
    MID_MARCH,
    MONTH,
    ZONES,
    Peer,
    bare,
    bare_loop,
    company,
    overrides,
    rotation,
    three_layers,
)
from oncall.pieces import Span
from oncall.resolve import everybody_on_call, who_is_on_call
from oncall.rotation import shifts
from oncall.schedule import final_shifts, gaps

SCHEDULES = 10_000
MORE_TRIES = 3
YEARS = (1, 4, 16, 50)
MONTHS = (1, 4, 16)
DAILY_TURNS = 1
GOAL_ALL, GOAL_PEER, GOAL_SLOPE = 6.0, 0.1, 0.10

Sample = Callable[[int], object]
"""One piece of work; the number is never the same twice, so that nothing remembered answers."""


@dataclass(frozen=True)
class Case:
    """`limit_ms` is the longest that is good enough whatever the machine's floor, None when only the ratio counts."""

    name: str
    floor_name: str
    floor: Sample
    product: Sample
    floor_times: int
    product_times: int
    goal: float | None = None
    limit_ms: float | None = None


@dataclass(frozen=True)
class Timed:
    measure: Measure
    floor_name: str
    limit_ms: float | None

    @property
    def within_limit(self) -> bool:
        return self.limit_ms is None or self.measure.product <= self.limit_ms


@dataclass(frozen=True)
class Growth:
    """`slope` of log time over log size: 0 does not grow, 1 grows with it."""

    name: str
    sizes: tuple[int, ...]
    ms: tuple[float, ...]
    slope: float
    goal: float


@dataclass(frozen=True)
class Found:
    timed: Sequence[Timed]
    growth: Sequence[Growth]
    discarded: int
    wanted: int

    @property
    def measurable(self) -> bool:
        return not noise.too_noisy(self.discarded, self.wanted)


def measure(blocks: int, schedules: int = SCHEDULES) -> Found:
    """`blocks` of each side of each comparison, interleaved."""
    meter = _Meter()
    compared = [_compared(case, blocks, meter) for case in cases(schedules)]
    return Found(compared, [_over_years(), _over_months()], meter.discarded, meter.wanted)


def cases(schedules: int) -> list[Case]:
    world, rotas = company(schedules), bare(schedules)
    busy = three_layers("busy", overrides=overrides(50, MID_MARCH, timedelta(hours=14)))
    fifty = [rotation(f"r{n}", ("daily", "weekly")[n % 2], ZONES[n % len(ZONES)], people=3 + n % 5) for n in range(50)]
    daily = rotation("daily", "daily", people=5)
    peer, peers = Peer(daily, DAILY_TURNS), [Peer(one, 1 if one.kind == "daily" else 7) for one in fifty]
    _same_turns(daily, peer)
    one, lone = world.schedules["s0"], rotas[:1]

    def month_of_busy(n: int) -> object:
        return final_shifts(busy, world.rotations, (), *_later(MONTH, n))

    return [
        Case(
            "on call now, one schedule",
            "bare loop",
            lambda n: bare_loop(lone, _moment(n)),
            lambda n: who_is_on_call(one, world.rotations, (), _moment(n)),
            400, 400, limit_ms=1.0,
        ),
        Case(
            f"on call now, {schedules} schedules",
            "bare loop",
            lambda n: bare_loop(rotas, _moment(n)),
            lambda n: everybody_on_call(world, _moment(n)),
            8, 8, goal=GOAL_ALL,
        ),
        Case(
            "a month of a daily rotation",
            "recurring-ical-events",
            lambda n: peer.shifts(_later(MONTH, n)),
            lambda n: shifts(daily, *_later(MONTH, n)),
            4, 40, goal=GOAL_PEER,
        ),
        Case(
            "a month of 50 rotations",
            "recurring-ical-events",
            lambda n: [one.shifts(_later(MONTH, n)) for one in peers],
            lambda n: [shifts(one, *_later(MONTH, n)) for one in fifty],
            1, 8, goal=GOAL_PEER, limit_ms=20.0,
        ),
        Case(
            "a month of 3 layers, 50 overrides",
            "its base layer by recurring-ical-events",
            lambda n: peer.shifts(_later(MONTH, n)),
            month_of_busy,
            4, 10, limit_ms=10.0,
        ),
        Case(
            "gaps of 12 months, 3 layers",
            "a month of the same",
            month_of_busy,
            lambda n: gaps(one, world.rotations, (), *_later(Span(MONTH[0], MONTH[0] + timedelta(days=365)), n)),
            4, 2, limit_ms=150.0,
        ),
    ]  # fmt: skip


def _compared(case: Case, blocks: int, meter: _Meter) -> Timed:
    floor: list[list[float]] = []
    product: list[list[float]] = []
    for number in range(blocks):
        sides = [(floor, case.floor, case.floor_times), (product, case.product, case.product_times)]
        for kept, sample, times in sides if number % 2 == 0 else reversed(sides):
            kept.append(meter.block(lambda sample=sample, times=times: _block(sample, times)))  # type: ignore[misc]  # mypy infers no default
    measured = figures.compare(case.name, floor, product, figures.p50, goal=case.goal)
    return Timed(measured, case.floor_name, case.limit_ms)


_numbers = count()


def _block(sample: Sample, times: int) -> list[float]:
    """Milliseconds of each; one before them brings the processor's caches back, which a neighbour has filled."""
    sample(next(_numbers))
    spent = []
    for _ in range(times):
        number = next(_numbers)
        began = time.perf_counter()
        sample(number)
        spent.append((time.perf_counter() - began) * 1000)
    return spent


class _Meter:
    """A block beside a noisy neighbour is made again, and counted. Nothing here waits for a disk."""

    def __init__(self) -> None:
        self._readings: list[noise.Reading] = []
        self.discarded = self.wanted = 0

    def block(self, make: Callable[[], list[float]]) -> list[float]:
        self.wanted += 1
        for _ in range(MORE_TRIES):
            reading = noise.Reading(noise.spins(), sync_ms=1.0)
            quiet = noise.quiet(reading, self._readings)
            self._readings.append(reading)
            if quiet:
                break
            self.discarded += 1
        return make()


def _over_years() -> Growth:
    """A month of shifts, so many years after the rotation began."""
    at = MONTH.from_at
    rotas = [
        rotation("r", "daily", anchor=(at - timedelta(days=365 * years)).replace(tzinfo=None), people=5)
        for years in YEARS
    ]
    ms = [median(_block(lambda n, one=one: shifts(one, *_later(MONTH, n)), 60)) for one in rotas]  # type: ignore[misc]  # mypy infers no default
    return Growth("a month, years after the start", YEARS, tuple(ms), _slope(YEARS, ms), GOAL_SLOPE)


def _over_months() -> Growth:
    """The cost of one shift, in ever longer windows."""
    daily = rotation("r", "daily", people=5)
    ms = []
    for months in MONTHS:
        window = Span(MONTH.from_at, MONTH.from_at + timedelta(days=30 * months))
        each = median(_block(lambda n, window=window: shifts(daily, *_later(window, n)), 20))  # type: ignore[misc]  # mypy infers no default
        ms.append(each / months)
    return Growth("a month, in a window of so many", MONTHS, tuple(ms), _slope(MONTHS, ms), GOAL_SLOPE)


def _slope(sizes: Sequence[int], ms: Sequence[float]) -> float:
    """By least squares over the logarithms."""
    x, y = [math.log(size) for size in sizes], [math.log(one) for one in ms]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True)) / sum((a - middle_x) ** 2 for a in x)


def _moment(number: int) -> datetime:
    return MONTH.from_at + timedelta(seconds=number * 37 % (30 * 86400))


def _later(window: Span, number: int) -> Span:
    shifted = timedelta(seconds=number % 3600)
    return Span(window.from_at + shifted, window.to_at + shifted)


class NotTheSame(RuntimeError):
    """The two sides do not compute the same: their times cannot be compared."""


def _same_turns(daily: Any, peer: Peer) -> None:
    ours = [(one.from_at, one.to_at, one.person) for one in shifts(daily, *MONTH)]
    theirs = peer.shifts(MONTH)
    if ours != theirs:
        raise NotTheSame(f"{len(ours)} shifts of ours, {len(theirs)} of recurring-ical-events, not the same ones")


def table(found: Found) -> str:
    """Ratios first; milliseconds are this machine's."""
    rows = [("metric", "ratio (of the blocks)", "goal", "to", "product", "limit", "verdict")]
    for one in found.timed:
        line = one.measure
        missed = line.verdict == "missed" or not one.within_limit
        verdict = "not measurable" if not found.measurable else "missed" if missed else "met"
        rows.append(
            (
                line.name,
                f"{line.ratio:.3g} ({line.low:.3g} to {line.high:.3g})",
                f"≤ {line.goal:g}×" if line.goal else "",
                f"{one.floor_name}, {line.floor:.3g} ms",
                f"{line.product:.3g} ms",
                f"< {one.limit_ms:g} ms" if one.limit_ms else "",
                verdict,
            )
        )
    for grown in found.growth:
        sizes = ", ".join(f"{size}: {ms:.2g} ms" for size, ms in zip(grown.sizes, grown.ms, strict=True))
        verdict = "not measurable" if not found.measurable else "met" if grown.slope <= grown.goal else "missed"
        rows.append((grown.name, f"slope {grown.slope:.2f}", f"≤ {grown.goal:g}", "", sizes, "", verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def write(found: Found, folder: Path) -> Path:
    """bench/results/oncall-<time>.json."""
    at = datetime.now(UTC)
    report.RESULTS.mkdir(exist_ok=True)
    path = report.RESULTS / f"oncall-{at:%Y%m%dT%H%M%SZ}.json"
    content = {"at": at.isoformat(), "machine": report.machine(folder), **asdict(found), "measurable": found.measurable}
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path

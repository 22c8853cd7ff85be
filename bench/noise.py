"""Is the machine as quiet as it was? A figure measured beside a noisy neighbour says something about the neighbour."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

SPIN_SECONDS = 0.2
SYNCS = 50
SYNC_BYTES = 4096
TOLERANCE = 0.20
MOST_DISCARDED = 0.30


@dataclass(frozen=True)
class Reading:
    """`spins` are loops of a fixed sum per second, `sync_ms` the median of the fdatasyncs of one page."""

    spins: float
    sync_ms: float

    def as_json(self) -> dict[str, float]:
        return {name: round(value, 3) for name, value in asdict(self).items()}


def read(folder: Path) -> Reading:
    """Takes about a quarter of a second; writes in `folder`, which must lie on the disk of the databases."""
    return Reading(spins(), _sync_ms(folder))


def quiet(reading: Reading, earlier: Sequence[Reading]) -> bool:
    """True when it lies within a fifth of the median of what was read before; the first one always does."""
    if not earlier:
        return True
    spins = median(one.spins for one in earlier)
    sync_ms = median(one.sync_ms for one in earlier)
    return abs(reading.spins / spins - 1) <= TOLERANCE and abs(reading.sync_ms / sync_ms - 1) <= TOLERANCE


def too_noisy(discarded: int, wanted: int) -> bool:
    """True when, with this many blocks thrown away, those wanted cannot be 70 % of all any more."""
    return discarded > MOST_DISCARDED * (wanted + discarded)


def spins() -> float:
    """Loops of a fixed sum per second, over a fifth of a second."""
    started = time.perf_counter()
    loops = 0
    while (spent := time.perf_counter() - started) < SPIN_SECONDS:
        sum(range(1000))
        loops += 1
    return loops / spent


def _sync_ms(folder: Path) -> float:
    page, spent = b"x" * SYNC_BYTES, []
    path = folder / "noise"
    with path.open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(page)
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            spent.append(time.perf_counter() - started)
    path.unlink()
    return median(spent) * 1000

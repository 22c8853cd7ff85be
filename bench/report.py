"""The table for people and the file for comparisons."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import figures
from bench.figures import Measure
from bench.run import Block, Found, Options, Sides

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("flask", "gunicorn", "sqlalchemy", "rq", "redis", "twilio", "pydantic")
GOAL_P50, GOAL_TAIL, GOAL_BURST = 3.0, 4.0, 4.0
COLUMNS = ("metric", "floor", "product", "ratio (of the blocks)", "goal", "verdict")


def measures(found: Found, options: Options) -> list[Measure]:
    """What can be said; nothing about a side that was not measured."""
    said: list[Measure] = []
    if found.paced.floor and found.paced.product:
        said += _paced(found.paced, found.measurable)
    if found.bursts.floor and found.bursts.product:
        said += _burst(found.bursts, options.burst, found.measurable)
    return said


def table(lines: Sequence[Measure]) -> str:
    """Aligned columns; a line that is not measurable says so and gives no number."""
    rows = [COLUMNS, *(_row(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def machine(folder: Path) -> dict[str, Any]:
    """What a reader must know about where it was measured."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "filesystem": _filesystem(folder),
        "packages": {name: version(name) for name in PACKAGES},
    }


def write(found: Found, lines: Sequence[Measure], options: Options, facts: dict[str, Any]) -> Path:
    """bench/results/<time>.json with every block."""
    at = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{at:%Y%m%dT%H%M%SZ}.json"
    content = {
        "at": at.isoformat(),
        "options": asdict(options) | {"postgres": bool(options.postgres)},
        "machine": facts,
        "durability": found.durability,
        "floor_row_bytes": found.row_bytes,
        "per_second": {
            "sink": round(found.sink_per_second),
            "floor": round(found.floor_per_second, 1),
            "product": round(found.product_per_second, 1),
            "pace": round(found.per_second, 2),
        },
        "noise": {
            "discarded": found.gate.discarded,
            "wanted": found.gate.wanted,
            "readings": [reading.as_json() for reading in found.gate.readings],
        },
        "measurable": found.measurable,
        "restarted": found.restarted,
        "faults": found.faults,
        "measures": [asdict(line) for line in lines],
        "paced": _sides(found.paced),
        "bursts": _sides(found.bursts),
    }
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path


def _paced(sides: Sides, measurable: bool) -> list[Measure]:
    first = [block.first for block in sides.floor], [block.first for block in sides.product]
    accept = [block.accept for block in sides.floor], [block.accept for block in sides.product]
    samples = sum(map(len, first[1]))
    name, tail = figures.tail(samples)
    goal = GOAL_TAIL if name == "p99" else None
    pooled = name == "p99"
    compare = partial(figures.compare, measurable=measurable)
    return [
        compare("first page, p50", *first, figures.p50, goal=GOAL_P50),
        compare(f"first page, {name}, n={samples}", *first, tail, goal=goal, pooled=pooled),
        compare("first page, max", *first, max),
        compare("answer 201, p50", *accept, figures.p50),
        compare(f"answer 201, {name}", *accept, tail, pooled=pooled),
    ]


def _burst(sides: Sides, size: int, measurable: bool) -> list[Measure]:
    last = [[block.last] for block in sides.floor], [[block.last] for block in sides.product]
    accept = [block.accept for block in sides.floor], [block.accept for block in sides.product]
    name, tail = figures.tail(sum(map(len, accept[1])))
    compare = partial(figures.compare, measurable=measurable)
    return [
        compare(f"burst of {size}: last first page", *last, figures.p50, goal=GOAL_BURST),
        compare(f"burst of {size}: answer 201, p50", *accept, figures.p50),
        compare(f"burst of {size}: answer 201, {name}", *accept, tail),
        compare(f"burst of {size}: answer 201, max", *accept, max),
    ]


def _row(line: Measure) -> tuple[str, ...]:
    goal = f"≤ {line.goal:g}×" if line.goal else ""
    if line.verdict == "not measurable":
        return (line.name, "", "", "", goal, line.verdict)
    ratio = f"{line.ratio:.2f} ({line.low:.2f} to {line.high:.2f})"
    return (line.name, f"{line.floor:.1f} {line.unit}", f"{line.product:.1f} {line.unit}", ratio, goal, line.verdict)


def _sides(sides: Sides) -> dict[str, Any]:
    return {"floor": [_block(one) for one in sides.floor], "product": [_block(one) for one in sides.product]}


def _block(block: Block) -> dict[str, Any]:
    return {
        "first_ms": [round(ms, 3) for ms in block.first],
        "accept_ms": [round(ms, 3) for ms in block.accept],
        "last_ms": round(block.last, 3),
    }


def _filesystem(folder: Path) -> str:
    """Type of the file system that holds `folder`: on a tmpfs a commit costs nothing, on neither side."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    holding = [(place, kind) for place, kind in mounts if folder.resolve().is_relative_to(place)]
    return max(holding, key=lambda mount: len(mount[0]))[1]

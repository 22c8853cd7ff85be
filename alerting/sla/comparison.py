"""A contract against the base, cell by cell: never worse, and what is then in force. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.sla.never_worse import Promise, Worse, find_worse
from alerting.sla.open_time import Hours
from oncall.walltime import to_local

Cell = tuple[str, str, str]  # component, priority, metric

ALL_REASONS = frozenset({"customer", "third_party", "task_execution", "no_admin_access", "cloud_provider"})


@dataclass(frozen=True)
class Terms:
    """`targets` in minutes. `pause_reasons`: what may stop the clock to resolution; None: every reason there is."""

    hours: Hours
    targets: Mapping[Cell, float]
    pause_reasons: frozenset[str] | None = None


@dataclass(frozen=True)
class WorseCell:
    """`opened_at` is the opening instant that shows it; None when it is no matter of an instant."""

    cell: Cell
    opened_at: datetime | None
    reason: str


@dataclass(frozen=True)
class Comparison:
    """`effective`: the minutes of every cell, the contract's where it has one. `worse` None: the contract stands."""

    effective: Mapping[Cell, float]
    worse: WorseCell | None


def compare(base: Terms, contract: Terms, first_year: int) -> Comparison:
    """Every cell of the base must hold under the contract's hours, also where the contract has no target of its own:
    then the base's minutes count. Cells that only the contract has are more than was promised."""
    effective = dict(base.targets) | dict(contract.targets)
    decided: dict[tuple[float, float], Worse | None] = {}
    for cell, minutes in base.targets.items():
        ours = (minutes, effective[cell])
        if ours not in decided:
            promises = (Promise(base.hours, _span(ours[0])), Promise(contract.hours, _span(ours[1])))
            decided[ours] = find_worse(*promises, first_year)
        if (found := decided[ours]) is not None:
            return Comparison(effective, WorseCell(cell, found.opened_at, _later(found, base.hours)))
        if cell[2] == "resolution" and (more := _reasons(contract) - _reasons(base)):
            text = f"the contract's clock may also be paused for {', '.join(sorted(more))}, the base's may not"
            return Comparison(effective, WorseCell(cell, None, text))
    return Comparison(effective, None)


def _reasons(terms: Terms) -> frozenset[str]:
    return ALL_REASONS if terms.pause_reasons is None else terms.pause_reasons


def _later(found: Worse, hours: Hours) -> str:
    zone = hours.calendar.timezone
    opened, base = (_local(at, zone) for at in (found.opened_at, found.base_due_at))
    contract = "never" if found.contract_due_at is None else _local(found.contract_due_at, zone)
    return f"opened {opened}, a ticket is due {base} by the base and {contract} by the contract ({zone})"


def _local(at: datetime, zone: str) -> str:
    return to_local(at, zone).isoformat(sep=" ", timespec="seconds")


def _span(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)

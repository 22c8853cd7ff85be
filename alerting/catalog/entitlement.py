"""Whether an activation is paged now, waits for opening hours, or is refused, by contract and working calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alerting.catalog.schema import Contract, Coverage
from oncall.calendars import opening_state
from oncall.schema import Calendar

Mode = Literal["real", "drill"]


@dataclass(frozen=True)
class Granted:
    """Paged at once. `flags` are remarks for staff: out_of_coverage, contract_expired, contract_suspended."""

    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Queued:
    """Recorded now, paged at `until`."""

    until: datetime
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Not accepted; `field` of the request is to blame, `reason` is a word that the surface turns into a sentence."""

    field: str
    reason: Literal["trial", "out_of_coverage"]


Entitlement = Granted | Queued | Refused


def check(
    contract: Contract,
    component: str | None,
    mode: Mode,
    at: datetime,
    calendars: Mapping[str, Calendar],
    *,
    scheduled_by_manager: bool = False,
) -> Entitlement:
    """The rule of the support terms (clause 2, S-2.6) and the contract's section Activation. `component` None: the
    request names no plan, and the best coverage of the contract counts."""
    if contract.status == "trial" and mode == "real":
        return Refused("mode", "trial")
    flags = (f"contract_{contract.status}",) if contract.status in ("suspended", "expired") else ()
    opens_at = _opens_at(contract, at, calendars)
    if mode == "drill":
        # Nobody is woken for an exercise, whatever the coverage.
        return Granted(flags) if opens_at is None or scheduled_by_manager else Queued(opens_at, flags)
    coverage = coverage_of(contract, component)
    if coverage == "24x7" or (coverage == "business" and opens_at is None):
        return Granted(flags)
    if contract.out_of_coverage == "deny":
        return Refused("plan", "out_of_coverage")
    if contract.out_of_coverage == "allow" or opens_at is None:
        return Granted((*flags, "out_of_coverage"))
    return Queued(opens_at, (*flags, "out_of_coverage"))


def coverage_of(contract: Contract, component: str | None) -> Coverage | None:
    """None: the component is no part of the contract."""
    if component is not None:
        return contract.coverage.get(component)
    return "24x7" if "24x7" in contract.coverage.values() else "business" if contract.coverage else None


def _opens_at(contract: Contract, at: datetime, calendars: Mapping[str, Calendar]) -> datetime | None:
    """None while the calendar is open. A contract without a calendar, or a calendar that never opens again, counts as
    open: what cannot be decided must not make anybody wait."""
    calendar = calendars.get(contract.calendar) if contract.calendar else None
    if calendar is None:
        return None
    state = opening_state(calendar, at)
    return None if state.open else state.opens_at

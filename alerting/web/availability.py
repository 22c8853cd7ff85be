"""What pressing the button of a plan would do at an instant, for the words beside it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alerting.catalog.entitlement import Queued, Refused, check, coverage_of
from alerting.catalog.schema import Customer, Plan
from oncall.calendars import opening_state
from oncall.schema import Calendar

Kind = Literal["always", "open", "queued", "allowed", "trial", "out_of_coverage"]


@dataclass(frozen=True)
class Availability:
    """`until`: when the office closes (`open`), or when a queued request is paged (`queued`). With `trial` only drills
    are accepted, with `out_of_coverage` nothing real is until the office opens."""

    kind: Kind
    until: datetime | None = None

    @property
    def accepts_real(self) -> bool:
        return self.kind not in ("trial", "out_of_coverage")


def availability(
    customer: Customer, plan: Plan | None, at: datetime, calendars: Mapping[str, Calendar]
) -> Availability:
    component = plan.component if plan else None
    entitled = check(customer.contract, component, "real", at, calendars)
    if isinstance(entitled, Refused):
        return Availability(entitled.reason)
    if isinstance(entitled, Queued):
        return Availability("queued", entitled.until)
    if coverage_of(customer.contract, component) == "24x7":
        return Availability("always")
    if "out_of_coverage" in entitled.flags:
        return Availability("allowed")
    calendar = calendars.get(customer.contract.calendar) if customer.contract.calendar else None
    return Availability("open", opening_state(calendar, at).closes_at if calendar else None)

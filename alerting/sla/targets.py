"""What was promised for a ticket: the contract's own minutes where it has them, else the base's. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.catalog.schema import METRICS, Contract, Metric, SlaTarget


def targets(
    base: Mapping[tuple[str, str], SlaTarget], contract: Contract, component: str | None, priority: str
) -> dict[Metric, int]:
    """Minutes by metric; a metric without a target is not in it. Nothing for a ticket without a component, or one that
    the contract does not cover: there is nothing that its clock could count."""
    if component is None or component not in contract.coverage:
        return {}
    own = next((one for one in contract.sla if one.cell == (component, priority)), None)
    found: dict[Metric, int] = {}
    for metric in METRICS:
        for target in (own, base.get((component, priority))):
            minutes = target.minutes(metric) if target else None
            if minutes is not None:
                found[metric] = minutes
                break
    return found

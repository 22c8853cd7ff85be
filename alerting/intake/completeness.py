"""What is still missing of what support terms 3.1 asks for: a meter and a list, never a gate (S-3.2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

WANTED: Mapping[str, Sequence[str]] = {
    "A": ("symptoms", "error_output", "affected", "steps_to_reproduce", "desired_outcome"),
    "B": ("business_impact", "affected_users", "affected_machines", "strategic_users"),
    "C": ("product_build", "occurred_before", "preceding_events", "recent_changes", "contact"),
    "D": ("os", "environment", "platform_login", "tried_steps"),
}
"""By group, in the order in which the terms ask."""


class Completeness(NamedTuple):
    """`percent` of the wanted fields that say something; `missing` in the order of the terms."""

    percent: int
    missing: tuple[str, ...]


def completeness(told: Mapping[str, Any]) -> Completeness:
    """Of what has been told, by field name. A zero and a no are answers."""
    wanted = [name for group in WANTED.values() for name in group]
    missing = tuple(name for name in wanted if told.get(name) in (None, "", (), [], {}))
    return Completeness(round(100 * (len(wanted) - len(missing)) / len(wanted)), missing)

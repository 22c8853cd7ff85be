"""How urgent a ticket is: a matrix of impact and urgency that is data, and what goes before it."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.catalog.schema import Priority
from alerting.intake.schema import Level, Told

DEFAULT: Priority = "P3"
MATRIX: Mapping[tuple[Level, Level], Priority] = {
    # (impact, urgency)
    ("high", "high"): "P1",
    ("high", "medium"): "P2",
    ("high", "low"): "P3",
    ("medium", "high"): "P2",
    ("medium", "medium"): "P3",
    ("medium", "low"): "P4",
    ("low", "high"): "P3",
    ("low", "medium"): "P4",
    ("low", "low"): "P4",
}


def priority_of(told: Told, chosen: Priority | None = None) -> Priority:
    """P1 for a situation that stops the business, whatever else is said (S-3.B3); else what staff chose; else by the
    matrix, where a missing half counts as medium; P3 when neither half is told."""
    if told.critical_situation:
        return "P1"
    if chosen is not None:
        return chosen
    if told.impact is None and told.urgency is None:
        return DEFAULT
    return MATRIX[told.impact or "medium", told.urgency or "medium"]

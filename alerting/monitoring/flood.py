"""How many tickets an integration may open: past it, what comes new is gathered on one. Pure."""

from __future__ import annotations

from datetime import timedelta

MOST_TICKETS = 20
WITHIN = timedelta(hours=1)
TOLD = frozenset({10, 100, 1_000, 10_000, 100_000, 1_000_000})
"""Numbers of occurrences that the ticket mentions; the count itself is always shown."""


def is_flood(opened: int) -> bool:
    """`opened` tickets stand to the integration's name within the last hour."""
    return opened >= MOST_TICKETS

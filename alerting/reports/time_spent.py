"""Whose time it was: what was noted as spent, by customer and department, so that costs can be charged where they
belong (S-F.1, ISO 20000)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NO_DEPARTMENT = ""


@dataclass(frozen=True)
class Spent:
    """Minutes that one note says were spent on a ticket of this department."""

    customer: str
    department: str
    minutes: int


@dataclass(frozen=True)
class Charged:
    """All minutes of one department, from so many notes."""

    customer: str
    department: str
    minutes: int
    notes: int


@dataclass(frozen=True)
class Account:
    """By customer and department; `minutes` are those of all of them together."""

    rows: Sequence[Charged]
    minutes: int


def account(spent: Iterable[Spent]) -> Account:
    """Every note is counted in one row. Departments are the customer's own words, so that the same word of two
    customers is two departments."""
    sums: dict[tuple[str, str], list[int]] = {}
    for one in spent:
        sums.setdefault((one.customer, one.department), []).append(one.minutes)
    rows = [Charged(*cell, sum(minutes), len(minutes)) for cell, minutes in sorted(sums.items())]
    return Account(rows, sum(row.minutes for row in rows))

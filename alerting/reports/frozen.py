"""A month's report as it was when the month was over, and what changed afterwards as dated corrections (support terms
4.1: what was reported stays). Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from alerting.ratings.schema import Weights
from alerting.reports.measures import Score, Verdict
from alerting.reports.time_spent import Spent
from core.audit.chain import canonical
from oncall.fairness import month

FROZEN_AT = timedelta(hours=6)
"""After the end of the month, by the clock on the provider's wall (S-4.8): 06:00 of the first."""
FARTHEST = 24
"""Months that one run freezes at most, and months back that are looked at for corrections."""
FIRST_HASH = "0" * 64


@dataclass(frozen=True)
class Facts:
    """What the figures are made of; `overdue` clocks were broken and not decided when the month was frozen."""

    verdicts: tuple[Verdict, ...]
    scores: tuple[Score, ...]
    spent: tuple[Spent, ...]
    weights: Weights
    overdue: int = 0

    def body(self) -> dict[str, Any]:
        """As it is kept: lists in a fixed order, weights as text, because JSON has no exact fractions."""
        return {
            "verdicts": [asdict(one) for one in sorted(self.verdicts, key=repr)],
            "scores": [asdict(one) for one in sorted(self.scores, key=repr)],
            "spent": [asdict(one) for one in sorted(self.spent, key=repr)],
            "weights": {name: repr(value) for name, value in self.weights.by_name().items()},
            "overdue": self.overdue,
        }

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Facts:
        return cls(
            tuple(Verdict(**one) for one in body["verdicts"]),
            tuple(Score(**one) for one in body["scores"]),
            tuple(Spent(**one) for one in body["spent"]),
            Weights.model_validate({name: float(value) for name, value in body["weights"].items()}),
            body["overdue"],
        )


class Difference(NamedTuple):
    """Verdicts that a month has lost and got since, each as its fields."""

    removed: tuple[Verdict, ...]
    added: tuple[Verdict, ...]

    def body(self) -> dict[str, Any]:
        return {"removed": [asdict(one) for one in self.removed], "added": [asdict(one) for one in self.added]}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Difference:
        return cls(*(tuple(Verdict(**one) for one in body[name]) for name in ("removed", "added")))


def chained(before: str, at: datetime, body: Mapping[str, Any]) -> str:
    """SHA-256 of the hash before, the instant and the canonical JSON (RFC 8785): of a report, then of each correction
    of it."""
    sealed = canonical({"at": at.isoformat(), "body": dict(body)})
    return hashlib.sha256(before.encode("ascii") + sealed).hexdigest()


def difference(reported: Iterable[Verdict], corrections: Iterable[Difference], now: Iterable[Verdict]) -> Difference:
    """What has changed since the report and the corrections that are known; empty tuples when nothing has."""
    known = Counter(reported)
    for one in corrections:
        known.subtract(one.removed)
        known.update(one.added)
    current = Counter(now)
    return Difference(_ordered(known - current), _ordered(current - known))


def to_freeze(first: date, frozen: Iterable[date], now: datetime, timezone: str) -> list[date]:
    """The months, by their first day, that are over and not frozen, oldest first, from the month of `first` on."""
    done, found = set(frozen), []
    one = first.replace(day=1)
    while now >= month(one, timezone).to_at + FROZEN_AT:
        if one not in done:
            found.append(one)
        one = (one + timedelta(days=31)).replace(day=1)
    return found[-FARTHEST:]


def _ordered(verdicts: Counter[Verdict]) -> tuple[Verdict, ...]:
    return tuple(sorted(verdicts.elements(), key=repr))


def intact(
    report: tuple[datetime, Mapping[str, Any], str], later: Sequence[tuple[datetime, Mapping[str, Any], str]]
) -> bool:
    """Whether report and corrections are what was sealed. Each is (instant, body, hash)."""
    before = FIRST_HASH
    for at, body, sealed in (report, *later):
        if chained(before, at, body) != sealed:
            return False
        before = sealed
    return True

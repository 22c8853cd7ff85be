"""How an offer to rate a ticket stands. Every closure makes one, and it is worth nothing once the ticket is open again:
the next closure makes another (S-2.14)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from alerting.ratings.schema import Ratings

SCORES = (1, 2, 3, 4, 5)
COMMENT_LENGTH = 4000
NOT_REMINDED = frozenset({"duplicate", "withdrawn"})
"""Closed because nothing more happens here: asking twice would be nagging."""


class Standing(StrEnum):
    OPEN = "open"
    REOPENED = "reopened"
    EXPIRED = "expired"


class NotOffered(ValueError):
    """The ticket cannot be rated now; `standing` None: it has never been closed, or long before ratings were kept."""

    def __init__(self, standing: Standing | None) -> None:
        self.standing = standing
        said = {
            Standing.REOPENED: "the ticket is open again; its next closure offers a rating",
            Standing.EXPIRED: "the time to rate this closure is over",
            Standing.OPEN: "it can be rated",
            None: "the ticket is not closed; every closure offers a rating",
        }
        super().__init__(f"this ticket cannot be rated now: {said[standing]}")


def standing(closing: int, open_until: datetime, reopen_count: int, closed: bool, now: datetime) -> Standing:
    """Of the offer of the `closing`th closure, counted from 0, while the ticket stands like this."""
    if not closed or reopen_count != closing:
        return Standing.REOPENED
    return Standing.OPEN if now < open_until else Standing.EXPIRED


def remind_at(terms: Ratings, at: datetime, close_code: str, drill: bool) -> datetime | None:
    """When those who were asked at `at` and have not answered are asked once more; None: never."""
    if drill or close_code in NOT_REMINDED or terms.remind_after <= timedelta(0):
        return None
    return at + terms.remind_after

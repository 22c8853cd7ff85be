"""When nobody can have heard a page: the last resort that does not wait for the ways that have failed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

AFTER = timedelta(seconds=60)
GIVEN_UP = frozenset({"failed", "undelivered", "expired"})
UNDER_WAY = frozenset({"pending", "sending", "unknown"})


@dataclass(frozen=True)
class Try:
    """One page of the escalation's present cycle. `sent_at` is when it was last attempted, `handed_over_at` when a
    carrier took it; None when that has not happened. `by_pagerduty`: to a service that the policy names; one by which
    somebody of ours is called is a telephone like any other."""

    created_at: datetime
    due_at: datetime
    state: str
    sent_at: datetime | None = None
    handed_over_at: datetime | None = None
    by_pagerduty: bool = False


def why(due_at: datetime | None, tries: Sequence[Try], now: datetime) -> str | None:
    """Why PagerDuty is to be called past queue and clock: `no_hand_off`, a page that no carrier has taken for a minute,
    nor any page since; `overdue`, a step that should have come a minute ago; None when there is no need, or when it is
    called already. `due_at` is when the escalation acts next."""
    if any(one.by_pagerduty and not _in_vain(one, now) for one in tries):
        return None
    if any(_is_stuck(one, now) and not _heard_since(one, tries) for one in tries):
        return "no_hand_off"
    return "overdue" if due_at is not None and due_at <= now - AFTER else None


def _in_vain(one: Try, now: datetime) -> bool:
    """A call of PagerDuty that failed is made again, after a minute."""
    return one.state in GIVEN_UP and one.created_at <= now - AFTER


def _is_stuck(one: Try, now: datetime) -> bool:
    """Attempted in vain, or not even that although it has long been due; a page for later is not."""
    if one.handed_over_at is not None or one.created_at > now - AFTER or one.state not in UNDER_WAY | GIVEN_UP:
        return False
    return one.sent_at is not None or one.due_at <= now - AFTER


def _heard_since(one: Try, tries: Sequence[Try]) -> bool:
    return any(other.handed_over_at is not None and other.handed_over_at >= one.created_at for other in tries)

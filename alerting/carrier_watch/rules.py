"""When a canary page is sent, when it has come through, and what that says about the carrier. Pure.

A canary goes the way of every page: a row, an attempt, a worker, the carrier, its callback. An SMS has come
through when the carrier confirms its delivery; a call when the telephone rings, and then it is hung up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from alerting.notifications.attempts import DEAF, AttemptState

SMS, VOICE = "sms", "voice"
AGAIN_AFTER = timedelta(minutes=5)
"""After one that did not come through: one lost message is no broken carrier, two in a row are."""

S = AttemptState
_RANG = frozenset({S.RINGING, S.ANSWERED, S.NO_ANSWER, S.BUSY, S.VOICEMAIL, S.NO_INPUT, S.CANCELLED, S.CONFIRMED})
_CAME = {SMS: frozenset({S.DELIVERED, S.CONFIRMED, S.DECLINED}), VOICE: _RANG}


class Outcome(StrEnum):
    WAITING = "waiting"
    HEARD = "heard"
    MISSED = "missed"


@dataclass(frozen=True)
class Canary:
    """One that was sent. `heard_at` None unless it was heard."""

    channel: str
    carrier: str
    sent_at: datetime
    outcome: Outcome
    heard_at: datetime | None = None


class Health(StrEnum):
    """Of one channel of one carrier: the last two decide."""

    WORKS = "works"
    DOUBTFUL = "doubtful"
    FAILS = "fails"


def judged(channel: str, state: AttemptState, *, overdue: bool) -> Outcome:
    """What the state of its attempt says about a canary."""
    if state in _CAME[channel]:
        return Outcome.HEARD
    return Outcome.MISSED if overdue or state in DEAF else Outcome.WAITING


def next_at(last: Canary | None, every: timedelta, now: datetime) -> datetime | None:
    """When the next canary of the channel is sent; None while the last one is under way."""
    if last is None:
        return now
    if last.outcome is Outcome.WAITING:
        return None
    pause = every if last.outcome is Outcome.HEARD else min(AGAIN_AFTER, every)
    return last.sent_at + pause


def health(latest: Sequence[Canary]) -> Health | None:
    """`latest` first, of one channel and carrier; None before any has been judged."""
    outcomes = [one.outcome for one in latest if one.outcome is not Outcome.WAITING][:2]
    if not outcomes:
        return None
    if outcomes[0] is Outcome.HEARD:
        return Health.WORKS
    return Health.FAILS if len(outcomes) == 2 and outcomes[1] is Outcome.MISSED else Health.DOUBTFUL


def by_way(canaries: Iterable[Canary], now: datetime, every: timedelta) -> Mapping[tuple[str, str], list[Canary]]:
    """By carrier and channel, in the order given. Old ones say nothing about now: three should have followed."""
    ways: dict[tuple[str, str], list[Canary]] = {}
    for one in canaries:
        if now - one.sent_at <= 3 * every + AGAIN_AFTER:
            ways.setdefault((one.carrier, one.channel), []).append(one)
    return ways

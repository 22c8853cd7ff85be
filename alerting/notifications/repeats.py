"""What follows when nobody has taken a call: the next method, a second call, and a machine's time for its message.
Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.notifications.attempts import AttemptState

LET_THROUGH = timedelta(minutes=3)
"""A telephone that is not to be disturbed lets a second call of the same number through when it comes this soon
(Apple's "repeated calls")."""
FOR_THE_MESSAGE = timedelta(seconds=15)
"""A telephone whose machine is taking our message down cannot ring, nor can one on which somebody talks."""
CALLED_AGAIN = frozenset({AttemptState.NO_ANSWER, AttemptState.VOICEMAIL})
NOT_TAKEN = CALLED_AGAIN | {AttemptState.BUSY, AttemptState.CANCELLED}
"""The person's next attempt need not wait for its time."""


@dataclass(frozen=True)
class Other:
    """Another attempt of the same page to the same person. `at`: when it was sent, or is planned for."""

    id: str
    channel: str
    address: str
    at: datetime
    pending: bool


@dataclass(frozen=True)
class BringForward:
    """The planned attempt goes out at `at`."""

    id: str
    at: datetime


@dataclass(frozen=True)
class CallAgain:
    """One more call to the same telephone."""

    at: datetime


Move = BringForward | CallAgain


def after_call(
    state: AttemptState, address: str, called_at: datetime, others: Sequence[Other], now: datetime, *, repeats: bool
) -> tuple[Move, ...]:
    """What a page's call to `address` that ended in `state` sets in motion.

    The person's next attempt goes out now. One to the very telephone waits until it can ring: after a machine and
    while somebody talks some seconds, and when nobody took it until its own time.
    A machine or nobody: with `repeats`, one more call, unless another of this page rings that telephone within three
    minutes of this one anyway. So a second call is never followed by a third of this rule's."""
    moves: list[Move] = []
    if state in NOT_TAKEN:
        planned = sorted((o for o in others if o.pending and o.at > now), key=lambda o: o.at)
        moves += _forward(state, planned, address, now)
    if state in CALLED_AGAIN and repeats and not _rings_anyway(address, called_at, others) and _in_time(called_at, now):
        moves.append(CallAgain(now + FOR_THE_MESSAGE if state is AttemptState.VOICEMAIL else now))
    return tuple(moves)


def _forward(state: AttemptState, planned: Sequence[Other], address: str, now: datetime) -> list[Move]:
    """Another method first: this one has just shown that it does not reach the person."""
    elsewhere = [other for other in planned if (other.channel, other.address) != ("voice", address)]
    if elsewhere:
        return [BringForward(elsewhere[0].id, now)]
    if planned and state is not AttemptState.NO_ANSWER:
        return [BringForward(planned[0].id, min(planned[0].at, now + FOR_THE_MESSAGE))]
    return []


def _rings_anyway(address: str, called_at: datetime, others: Sequence[Other]) -> bool:
    return any(o.channel == "voice" and o.address == address and abs(o.at - called_at) < LET_THROUGH for o in others)


def _in_time(called_at: datetime, now: datetime) -> bool:
    """A report that comes late finds a telephone that would not let us through any more."""
    return now + FOR_THE_MESSAGE - called_at < LET_THROUGH

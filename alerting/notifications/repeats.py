"""What follows when nobody has taken a call: a second one at once, and a machine's time for its message. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.notifications.attempts import AttemptState

LET_THROUGH = timedelta(minutes=3)
"""A telephone that is not to be disturbed lets a second call of the same number through when it comes this soon
(Apple's "repeated calls")."""
FOR_THE_MESSAGE = timedelta(seconds=15)
"""A telephone whose machine is taking our message down cannot ring."""
NOT_TAKEN = frozenset({AttemptState.NO_ANSWER, AttemptState.VOICEMAIL})


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

    A machine: the person's next attempt goes out now; one to the very telephone waits until the message is left.
    A machine or nobody: with `repeats`, one more call, unless another of this page rings that telephone within three
    minutes of this one anyway. So a second call is never followed by a third of this rule's."""
    moves: list[Move] = []
    if state is AttemptState.VOICEMAIL:
        planned = sorted((o for o in others if o.pending and o.at > now), key=lambda o: o.at)
        moves += [_forward(planned[0], address, now)] if planned else []
    if state in NOT_TAKEN and repeats and not _rings_anyway(address, called_at, others) and _in_time(called_at, now):
        moves.append(CallAgain(now + FOR_THE_MESSAGE if state is AttemptState.VOICEMAIL else now))
    return tuple(moves)


def _forward(planned: Other, address: str, now: datetime) -> Move:
    same_telephone = planned.channel == "voice" and planned.address == address
    return BringForward(planned.id, min(planned.at, now + FOR_THE_MESSAGE) if same_telephone else now)


def _rings_anyway(address: str, called_at: datetime, others: Sequence[Other]) -> bool:
    return any(o.channel == "voice" and o.address == address and abs(o.at - called_at) < LET_THROUGH for o in others)


def _in_time(called_at: datetime, now: datetime) -> bool:
    """A report that comes late finds a telephone that would not let us through any more."""
    return now + FOR_THE_MESSAGE - called_at < LET_THROUGH

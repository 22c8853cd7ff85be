"""When a code may be sent to somebody who claims a telephone or an address, and what an entered one is worth. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

VALID = timedelta(minutes=10)
MOST_WRONG = 5
DIGITS = 6


@dataclass(frozen=True)
class Pace:
    """At most `most` codes within `span`."""

    most: int
    span: timedelta


# Nobody types faster; the larger ones keep our sender from being used to pester a stranger's telephone.
PER_ADDRESS = (Pace(1, timedelta(minutes=1)), Pace(5, timedelta(hours=24)))
PER_PERSON = (Pace(6, timedelta(hours=1)), Pace(20, timedelta(hours=24)))
LOOKED_BACK = timedelta(hours=24)


class Entered(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    CLOSED = "closed"  # too many wrong tries
    USED = "used"


def may_send_at(to_address: Sequence[datetime], by_person: Sequence[datetime], now: datetime) -> datetime:
    """When the next code may go out, `now` at the earliest. The sequences are when the last ones went, in any order."""
    waits = [now]
    for sent, paces in ((to_address, PER_ADDRESS), (by_person, PER_PERSON)):
        for pace in paces:
            recent = sorted(at for at in sent if at > now - pace.span)
            if len(recent) >= pace.most:
                waits.append(recent[-pace.most] + pace.span)
    return max(waits)


def standing(expires_at: datetime, wrong: int, used: bool, now: datetime) -> Entered | None:
    """Why a code counts no more; None while it does."""
    if used:
        return Entered.USED
    if wrong >= MOST_WRONG:
        return Entered.CLOSED
    return Entered.EXPIRED if now >= expires_at else None

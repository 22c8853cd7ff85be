"""The states of a request about a shift and what may happen in each: the table is the specification."""

from __future__ import annotations

from enum import StrEnum


class SwapState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOID = "void"


class SwapEvent(StrEnum):
    """`pass`: one of several who were asked says no; the others may still take it. `void`: the rota has changed and
    the shift is not the asker's any more."""

    TAKE = "take"
    DECLINE = "decline"
    PASS = "pass"  # noqa: S105 - no password
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    VOID = "void"


OPEN, TAKEN, DECLINED, WITHDRAWN, EXPIRED, VOID = SwapState
TAKE, DECLINE, PASS, WITHDRAW, EXPIRE, MAKE_VOID = SwapEvent

TRANSITIONS: dict[tuple[SwapState, SwapEvent], SwapState] = {
    (OPEN, TAKE): TAKEN,
    (OPEN, DECLINE): DECLINED,
    (OPEN, PASS): OPEN,
    (OPEN, WITHDRAW): WITHDRAWN,
    (OPEN, EXPIRE): EXPIRED,
    (OPEN, MAKE_VOID): VOID,
}
"""What has ended stays as it ended: a shift that was taken is given away again by a new request."""

ENDED = frozenset(SwapState) - {OPEN}
SAME_AGAIN = {TAKE: TAKEN, DECLINE: DECLINED, WITHDRAW: WITHDRAWN}
"""What a second click finds: done, and no error."""


def after(state: SwapState, event: SwapEvent) -> SwapState | None:
    """The state that follows; None when the event comes too late."""
    return TRANSITIONS.get((state, event))

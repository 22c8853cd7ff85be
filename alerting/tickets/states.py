"""The ticket's states and what may happen in each: the table is the specification."""

from __future__ import annotations

from enum import StrEnum


class TicketState(StrEnum):
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    CLOSED = "closed"


class TicketEvent(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    CONTACT = "contact"
    WORK = "work"
    WAIT = "wait"
    RESUME = "resume"
    CLOSE = "close"
    STAND_DOWN = "stand_down"
    REOPEN = "reopen"


NEW, ACKNOWLEDGED, IN_PROGRESS, WAITING, CLOSED = TicketState
ACKNOWLEDGE, CONTACT, WORK, WAIT, RESUME, CLOSE, STAND_DOWN, REOPEN = TicketEvent

TRANSITIONS: dict[tuple[TicketState, TicketEvent], TicketState] = {
    (NEW, ACKNOWLEDGE): ACKNOWLEDGED,
    (ACKNOWLEDGED, ACKNOWLEDGE): ACKNOWLEDGED,  # a second key press is an answer, not an error
    (IN_PROGRESS, ACKNOWLEDGE): IN_PROGRESS,
    (WAITING, ACKNOWLEDGE): WAITING,
    (NEW, CONTACT): IN_PROGRESS,  # somebody rang the customer before anybody pressed a key
    (ACKNOWLEDGED, CONTACT): IN_PROGRESS,
    (IN_PROGRESS, CONTACT): IN_PROGRESS,
    (WAITING, CONTACT): WAITING,
    (NEW, WORK): NEW,  # a note answers no page: whoever writes one has not said yes
    (ACKNOWLEDGED, WORK): IN_PROGRESS,
    (IN_PROGRESS, WORK): IN_PROGRESS,
    (WAITING, WORK): WAITING,
    (ACKNOWLEDGED, WAIT): WAITING,
    (IN_PROGRESS, WAIT): WAITING,
    (WAITING, RESUME): IN_PROGRESS,
    (NEW, CLOSE): CLOSED,
    (ACKNOWLEDGED, CLOSE): CLOSED,
    (IN_PROGRESS, CLOSE): CLOSED,
    (WAITING, CLOSE): CLOSED,
    (NEW, STAND_DOWN): CLOSED,
    (ACKNOWLEDGED, STAND_DOWN): CLOSED,
    (IN_PROGRESS, STAND_DOWN): CLOSED,
    (WAITING, STAND_DOWN): CLOSED,
    (CLOSED, REOPEN): NEW,  # support terms 3.2: the customer may always reopen
}

WAITING_REASONS = ("customer", "third_party", "task_execution", "no_admin_access", "cloud_provider")
CLOSE_CODES = ("resolved", "not_our_responsibility", "duplicate", "withdrawn", "no_customer_response")


class IllegalTransition(ValueError):
    """The ticket's state does not allow it; `allowed` names what it does allow."""

    def __init__(self, state: str, event: str, allowed: tuple[str, ...]) -> None:
        self.state, self.event, self.allowed = state, event, allowed
        then = f"allowed: {', '.join(allowed)}" if allowed else "nothing is allowed any more"
        super().__init__(f"cannot {event.replace('_', ' ')} a ticket that is {state}; {then}")


def after(state: TicketState, event: TicketEvent) -> TicketState:
    """The state that follows; IllegalTransition when the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(state, event, allowed(state)) from None


def allowed(state: TicketState) -> tuple[str, ...]:
    return tuple(event.value for event in TicketEvent if (state, event) in TRANSITIONS)

"""The escalation's states and what every event does in each. Pure: values in, a decision out.

`HANDLERS` is the specification: an event in a state that is not listed changes nothing (a late key press, a second
click, a clock that looks twice are ordinary)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from alerting.escalation.schema import EscalationPolicy

LATE_AFTER = timedelta(seconds=15)  # invariant I2: nothing is due for longer without somebody being told


class EscalationState(StrEnum):
    SCHEDULED = "scheduled"
    RUNNING = "running"
    ACKNOWLEDGED = "acknowledged"
    CONTACTED = "contacted"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"
    FINISHED = "finished"


SCHEDULED, RUNNING, ACKNOWLEDGED, CONTACTED, EXHAUSTED, CANCELLED, FINISHED = EscalationState
PAGING = (RUNNING, EXHAUSTED)
ENDED = (CANCELLED, FINISHED)


@dataclass(frozen=True)
class Escalation:
    """Where an escalation stands. `round` and `step` count from 1 and are those of the latest page (0 before the
    first). `due_at` is the next instant at which something happens by itself; None when nothing does.
    `owner` is the person who acknowledged last; None before. A drill asks the same people once: one round, never the
    last resort (contract, section Activation)."""

    state: EscalationState
    episode: int = 1
    cycle: int = 1
    round: int = 0
    step: int = 0
    due_at: datetime | None = None
    owner: str | None = None
    unreachable: bool = False
    drill: bool = False


# --- what happens


@dataclass(frozen=True)
class Start:
    """Page the first step now."""


@dataclass(frozen=True)
class Due:
    """`due_at` has come."""


@dataclass(frozen=True)
class NobodyFound:
    """The step just paged names nobody who can be reached."""


@dataclass(frozen=True)
class StepFailed:
    """Every attempt of the current step has failed: nobody's telephone rings while the wait runs."""


@dataclass(frozen=True)
class Acknowledge:
    """`contact_due_at` is None when the policy does not ask for contact."""

    person: str
    contact_due_at: datetime | None


@dataclass(frozen=True)
class Decline:
    """`on_step` is True when the person was paged by the current step of this cycle."""

    person: str
    on_step: bool


@dataclass(frozen=True)
class AcknowledgementLapsed:
    """The acknowledgement was given elsewhere, and has run out there."""


@dataclass(frozen=True)
class ContactMade:
    """Somebody has spoken with the customer; None when it is the customer who says so."""

    person: str | None


@dataclass(frozen=True)
class CustomerUnreachable:
    """The documented tries are used up."""


@dataclass(frozen=True)
class NotReached:
    """The customer says that nobody called."""


@dataclass(frozen=True)
class StandDown:
    """The request is withdrawn, by the customer or by one of ours."""

    by_customer: bool = True


@dataclass(frozen=True)
class Close:
    """The ticket is closed."""


Event = (
    Start
    | Due
    | NobodyFound
    | StepFailed
    | Acknowledge
    | Decline
    | AcknowledgementLapsed
    | ContactMade
    | CustomerUnreachable
    | NotReached
    | StandDown
    | Close
)


# --- what is to be done about it


@dataclass(frozen=True)
class PageStep:
    """Page everybody that the step names, and the owner besides when there is one to ask again."""

    round: int
    step: int
    owner_too: str | None = None


@dataclass(frozen=True)
class PageLastResort:
    owner_too: str | None = None


@dataclass(frozen=True)
class CancelPages:
    """Pending pages are cancelled, ringing calls hung up."""


@dataclass(frozen=True)
class TellOthers:
    """Everybody paged so far, but for `taken_by`, learns who has it."""

    taken_by: str


@dataclass(frozen=True)
class TellStandDown:
    """Everybody paged so far learns that it is over, and who ended it."""

    by_customer: bool


@dataclass(frozen=True)
class TellCustomerNobodyYet:
    """The first round has ended and nobody has answered."""


@dataclass(frozen=True)
class RemindOwner:
    """The customer cannot be reached: the owner is asked to keep trying."""


@dataclass(frozen=True)
class TellUnreachable:
    """Owner, managers and customer learn that the customer could not be reached."""


Effect = (
    PageStep
    | PageLastResort
    | CancelPages
    | TellOthers
    | TellStandDown
    | TellCustomerNobodyYet
    | RemindOwner
    | TellUnreachable
)


@dataclass(frozen=True)
class Record:
    """A log entry of the decision itself; `data` holds no personal values."""

    kind: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """What the escalation becomes, what to do, and what to write down. `changed` is False when the event means nothing
    in this state."""

    next: Escalation
    effects: tuple[Effect, ...] = ()
    records: tuple[Record, ...] = ()
    changed: bool = True


Handler = Callable[[Escalation, Any, EscalationPolicy, datetime], Decision]


def decide(escalation: Escalation, event: Event, policy: EscalationPolicy, now: datetime) -> Decision:
    """The decision for one event. Never raises: an event without a handler leaves everything as it is."""
    handler = HANDLERS.get((escalation.state, type(event)))
    if handler is None:
        return Decision(escalation, changed=False)
    return handler(escalation, event, policy, now)


def _start(esc: Escalation, _: Start | Due, policy: EscalationPolicy, now: datetime) -> Decision:
    return _page(replace(esc, state=RUNNING), 1, 1, policy, now, (Record("escalation.started"), *_late(esc, now)))


def _wait_over(esc: Escalation, _: Due, policy: EscalationPolicy, now: datetime) -> Decision:
    return _go_on(esc, policy, now, (_timed_out(esc, policy), *_late(esc, now)))


def _nobody_found(esc: Escalation, _: NobodyFound, policy: EscalationPolicy, now: datetime) -> Decision:
    return _go_on(esc, policy, now, ())


def _step_failed(esc: Escalation, _: StepFailed, policy: EscalationPolicy, now: datetime) -> Decision:
    return _go_on(esc, policy, now, (_timed_out(esc, policy, all_failed=True),))


def _timed_out(esc: Escalation, policy: EscalationPolicy, **more: bool) -> Record:
    """`over`: nobody else is asked; that is so at the end of a drill alone."""
    over = {"over": True} if esc.drill and esc.step == len(policy.steps) else {}
    return Record("step.timed_out", {"round": esc.round, "step": esc.step, "cycle": esc.cycle} | more | over)


def _last_resort_again(esc: Escalation, _: Due, policy: EscalationPolicy, now: datetime) -> Decision:
    if esc.drill:
        return Decision(esc, changed=False)
    return Decision(replace(esc, due_at=now + policy.last_resort.every), (PageLastResort(),), _late(esc, now))


def _acknowledge(esc: Escalation, event: Acknowledge, _: EscalationPolicy, __: datetime) -> Decision:
    taken = replace(esc, state=ACKNOWLEDGED, owner=event.person, due_at=event.contact_due_at, unreachable=False)
    return Decision(taken, (CancelPages(), TellOthers(event.person)))


def _decline_page(esc: Escalation, event: Decline, policy: EscalationPolicy, now: datetime) -> Decision:
    if not event.on_step:
        return Decision(esc, changed=False)
    return _go_on(esc, policy, now, ())


def _hand_back(esc: Escalation, event: Decline, policy: EscalationPolicy, now: datetime) -> Decision:
    """The owner gives it up after having accepted: the next step is paged, the owner is left in peace."""
    if event.person != esc.owner:
        return Decision(esc, changed=False)
    return _resume(replace(esc, owner=None), policy, now, "declined", owner_too=None)


def _lapsed(esc: Escalation, _: AcknowledgementLapsed, policy: EscalationPolicy, now: datetime) -> Decision:
    """Nobody has refused it: the step that was answered is paged again."""
    return _resume(replace(esc, owner=None), policy, now, "lapsed", owner_too=None, same_step=True)


def _contact_overdue(esc: Escalation, _: Due, policy: EscalationPolicy, now: datetime) -> Decision:
    if esc.unreachable:
        return Decision(replace(esc, due_at=now + policy.contact_unreachable.remind), (RemindOwner(),))
    overdue = Record("contact.overdue", {"cycle": esc.cycle, "owner": esc.owner})
    return _resume(esc, policy, now, "contact_overdue", owner_too=esc.owner, records=(overdue,))


def _contact_made(esc: Escalation, event: ContactMade, _: EscalationPolicy, __: datetime) -> Decision:
    owner = esc.owner or event.person
    done = replace(esc, state=CONTACTED, due_at=None, owner=owner, unreachable=False)
    tell = (TellOthers(owner),) if owner and esc.state in PAGING else ()
    return Decision(done, (CancelPages(), *tell))


def _unreachable(esc: Escalation, _: CustomerUnreachable, policy: EscalationPolicy, now: datetime) -> Decision:
    if esc.owner is None or esc.unreachable:
        return Decision(esc, changed=False)
    waiting = replace(esc, state=ACKNOWLEDGED, unreachable=True, due_at=now + policy.contact_unreachable.remind)
    effects = (CancelPages(), TellUnreachable())
    return Decision(waiting, effects, (Record("contact.unreachable", {"cycle": esc.cycle}),))


def _not_reached(esc: Escalation, _: NotReached, policy: EscalationPolicy, now: datetime) -> Decision:
    return _resume(esc, policy, now, "disputed", owner_too=esc.owner)


def _stand_down(esc: Escalation, event: StandDown, _: EscalationPolicy, __: datetime) -> Decision:
    return Decision(
        replace(esc, state=CANCELLED, due_at=None),
        (CancelPages(), TellStandDown(event.by_customer)),
        (Record("escalation.cancelled"),),
    )


def _close(esc: Escalation, _: Close, __: EscalationPolicy, ___: datetime) -> Decision:
    tell = (TellStandDown(by_customer=False),) if esc.state in PAGING else ()
    return Decision(replace(esc, state=FINISHED, due_at=None), (CancelPages(), *tell), (Record("escalation.finished"),))


HANDLERS: dict[tuple[EscalationState, type], Handler] = {
    (SCHEDULED, Start): _start,
    (SCHEDULED, Due): _start,
    (SCHEDULED, Acknowledge): _acknowledge,  # somebody at the desk takes it before the hours begin
    (SCHEDULED, ContactMade): _contact_made,
    (SCHEDULED, StandDown): _stand_down,
    (SCHEDULED, Close): _close,
    (RUNNING, Due): _wait_over,
    (RUNNING, NobodyFound): _nobody_found,
    (RUNNING, StepFailed): _step_failed,
    (RUNNING, Acknowledge): _acknowledge,
    (RUNNING, Decline): _decline_page,
    (RUNNING, ContactMade): _contact_made,
    (RUNNING, CustomerUnreachable): _unreachable,
    (RUNNING, StandDown): _stand_down,
    (RUNNING, Close): _close,
    (EXHAUSTED, Due): _last_resort_again,
    (EXHAUSTED, Acknowledge): _acknowledge,
    (EXHAUSTED, ContactMade): _contact_made,
    (EXHAUSTED, CustomerUnreachable): _unreachable,
    (EXHAUSTED, StandDown): _stand_down,
    (EXHAUSTED, Close): _close,
    (ACKNOWLEDGED, Due): _contact_overdue,
    (ACKNOWLEDGED, Decline): _hand_back,
    (ACKNOWLEDGED, AcknowledgementLapsed): _lapsed,
    (ACKNOWLEDGED, ContactMade): _contact_made,
    (ACKNOWLEDGED, CustomerUnreachable): _unreachable,
    (ACKNOWLEDGED, NotReached): _not_reached,
    (ACKNOWLEDGED, StandDown): _stand_down,
    (ACKNOWLEDGED, Close): _close,
    (CONTACTED, NotReached): _not_reached,
    (CONTACTED, StandDown): _stand_down,
    (CONTACTED, Close): _close,
}


def _page(
    esc: Escalation,
    round_: int,
    step: int,
    policy: EscalationPolicy,
    now: datetime,
    records: tuple[Record, ...] = (),
    owner_too: str | None = None,
    before: tuple[Effect, ...] = (),
) -> Decision:
    """The wait starts at the page, also when the page is late: a backlog is never replayed (invariant I22)."""
    paged = replace(esc, round=round_, step=step, due_at=now + policy.steps[step - 1].wait)
    return Decision(paged, (*before, PageStep(round_, step, owner_too)), records)


def _go_on(esc: Escalation, policy: EscalationPolicy, now: datetime, records: tuple[Record, ...]) -> Decision:
    """The next step, the next round, or the last resort."""
    if esc.step < len(policy.steps):
        return _page(esc, esc.round, esc.step + 1, policy, now, records)
    tell: tuple[Effect, ...] = (TellCustomerNobodyYet(),) if (esc.round, esc.cycle) == (1, 1) else ()
    if esc.round < (1 if esc.drill else policy.rounds):
        return _page(esc, esc.round + 1, 1, policy, now, records, before=tell)
    exhausted = replace(esc, state=EXHAUSTED, due_at=None if esc.drill else now + policy.last_resort.every)
    page = () if esc.drill else (PageLastResort(),)
    return Decision(exhausted, (*tell, *page), (*records, Record("escalation.exhausted", {"cycle": esc.cycle})))


def _resume(
    esc: Escalation,
    policy: EscalationPolicy,
    now: datetime,
    why: str,
    *,
    owner_too: str | None,
    records: tuple[Record, ...] = (),
    same_step: bool = False,
) -> Decision:
    """A new cycle from the step after the one that was answered (or from that one), with all its rounds before it."""
    step = max(esc.step, 1) if same_step else esc.step % len(policy.steps) + 1
    again = replace(esc, state=RUNNING, cycle=esc.cycle + 1, unreachable=False)
    resumed = Record("escalation.resumed", {"why": why, "cycle": again.cycle})
    return _page(again, 1, step, policy, now, (*records, *_late(esc, now), resumed), owner_too)


def _late(esc: Escalation, now: datetime) -> tuple[Record, ...]:
    if esc.due_at is None or now - esc.due_at <= LATE_AFTER:
        return ()
    return (Record("step.late", {"late_seconds": int((now - esc.due_at).total_seconds())}),)

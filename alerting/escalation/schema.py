"""Escalation policies as the configuration file writes them; the same values are snapshotted into each escalation."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from oncall.schema import Target, Urgency, Value
from oncall.schema.fields import Id
from oncall.spans import Span, format_span

SHORTEST_WAIT = timedelta(seconds=1)


def _somebody(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    if not targets:
        raise ValueError("notify is empty, so nobody would ever be paged; name a person, schedule or team")
    return targets


def _a_wait(span: timedelta) -> timedelta:
    if span < SHORTEST_WAIT:
        raise ValueError(f"the span {format_span(span)} leaves nobody time to answer; write 1s or more")
    return span


Targets = Annotated[tuple[Target, ...], AfterValidator(_somebody)]
Wait = Annotated[Span, AfterValidator(_a_wait)]


class Step(Value):
    """Everybody in `notify` is paged at once; after `wait` without an acknowledgement the next step begins."""

    notify: Targets
    wait: Wait


class ContactUnreachable(Value):
    """The engineer's documented tries after which nobody else is woken: `tries` of them spread `over` a span; then a
    reminder to the owner each `remind`."""

    tries: int = Field(default=3, ge=1, le=50)
    over: Span = timedelta(minutes=15)
    remind: Wait = timedelta(minutes=15)


class LastResort(Value):
    """Paged `every` span once all rounds have passed, until somebody acknowledges. It cannot be empty: an exhausted
    escalation must never go silent."""

    notify: Targets
    every: Wait


def _a_step(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if not steps:
        raise ValueError("steps is empty, so only the last resort would ever be paged; write at least one step")
    return steps


class EscalationPolicy(Value):
    """`rounds` = passes through the steps in all. `contact_within` = from the acknowledgement to the contact with the
    customer, None = not watched, which a contingency plan may not use."""

    id: Id
    name: str | None = Field(default=None, max_length=200)
    urgency: Urgency = "critical"
    steps: Annotated[tuple[Step, ...], AfterValidator(_a_step)]
    rounds: int = Field(default=1, ge=1, le=20)
    contact_within: Wait | None = None
    contact_unreachable: ContactUnreachable = ContactUnreachable()
    last_resort: LastResort

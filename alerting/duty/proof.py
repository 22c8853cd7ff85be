"""The proof before a watch that its person can be reached: what to do next about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CALL_AFTER = timedelta(minutes=10)  # after the message
LATEST = timedelta(minutes=15)  # after the start: older news helps nobody
ANSWERED_WITHIN = timedelta(hours=24)  # an answer this recent is proof enough


class ProofState(StrEnum):
    PLANNED = "planned"
    ASKED = "asked"  # by text message
    CALLED = "called"
    CONFIRMED = "confirmed"
    NOT_NEEDED = "not_needed"  # has answered a page or a test lately
    UNCONFIRMED = "unconfirmed"  # and those who must know are told
    UNREACHABLE = "unreachable"  # has nothing that rings and works
    UNTESTED = "untested"  # known too late, in the night
    DROPPED = "dropped"  # the watch is not there any more


OPEN = frozenset({ProofState.PLANNED, ProofState.ASKED, ProofState.CALLED})
ALARMING = frozenset({ProofState.UNCONFIRMED, ProofState.UNREACHABLE})


class Do(StrEnum):
    NOTHING = "nothing"
    ASK = "ask"
    CALL = "call"
    ALARM = "alarm"


@dataclass(frozen=True)
class Facts:
    """`answered`: the person has confirmed this proof; `answered_lately`: a page or a test on that number. `by_sms` and
    `by_call`: a verified number works, or for want of a call their service of PagerDuty's. `waking` and `morning` (the
    next 08:00) are by the person's clock."""

    now: datetime
    starts_at: datetime
    answered: bool
    answered_lately: bool
    by_sms: bool
    by_call: bool
    waking: bool
    morning: datetime


@dataclass(frozen=True)
class Next:
    """`due_at` None: nothing more will be done."""

    state: ProofState
    do: Do
    due_at: datetime | None


def next_step(state: ProofState, facts: Facts) -> Next:
    """What to do when the proof is due."""
    if facts.answered:
        return Next(ProofState.CONFIRMED, Do.NOTHING, None)
    if facts.answered_lately:
        return Next(ProofState.NOT_NEEDED, Do.NOTHING, None)
    if facts.now >= facts.starts_at:
        return _at_the_start(state, facts)
    if not (facts.by_sms or facts.by_call):
        return Next(ProofState.UNREACHABLE, Do.ALARM, None)
    if not facts.waking:
        return _at_night(state, facts)
    if state is ProofState.PLANNED and facts.by_sms:
        return Next(ProofState.ASKED, Do.ASK, min(facts.now + CALL_AFTER, facts.starts_at))
    if state is not ProofState.CALLED and facts.by_call:
        return Next(ProofState.CALLED, Do.CALL, facts.starts_at)
    return Next(state, Do.NOTHING, facts.starts_at)


def _at_the_start(state: ProofState, facts: Facts) -> Next:
    if state is ProofState.PLANNED:
        return Next(ProofState.UNTESTED, Do.NOTHING, None)
    if facts.now > facts.starts_at + LATEST:
        return Next(ProofState.UNCONFIRMED, Do.NOTHING, None)
    return Next(ProofState.UNCONFIRMED, Do.ALARM, None)


def _at_night(state: ProofState, facts: Facts) -> Next:
    """Nobody is woken by a test: it waits for the morning, if that comes before the watch."""
    if state is ProofState.PLANNED and facts.morning >= facts.starts_at:
        return Next(ProofState.UNTESTED, Do.NOTHING, None)
    return Next(state, Do.NOTHING, min(facts.morning, facts.starts_at))

"""Who would be reached, by what, when and why, for an activation at any instant: the escalation's own machine walked
through a time that nobody waits for. Pure; nothing is stored, and round robin is not moved.

It assumes what cannot be known: that every attempt is handed over when it is due, and that nobody answers but those who
are said to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from alerting.escalation import machine, planning
from alerting.escalation.machine import Decision, Escalation, EscalationState
from alerting.escalation.planning import Contacts, PagePlan
from alerting.escalation.schema import EscalationPolicy
from oncall.world import OnCallWorld

LONGEST = timedelta(days=1)
"""Answers later than this after the activation are not asked for: the last resort comes again and again."""


@dataclass(frozen=True)
class Answer:
    """What a person says, and when. At an instant at which a step begins or an attempt is due, that comes first."""

    at: datetime
    person: str
    says: Literal["acknowledge", "decline"]


@dataclass(frozen=True)
class Reached:
    """One attempt: handed over at `at`, to `person` by `channel`. `reason` as in log entries. With `not_used` (as
    attempt.why) it is not made; `person` and `channel` are None where a whole target or a person is passed over.
    Of the last resort `step` and `round` are those of the step before it, as its attempts have them."""

    at: datetime
    round: int
    step: int
    person: str | None
    channel: str | None
    address: str | None
    reason: Mapping[str, Any]
    last_resort: bool = False
    not_used: str | None = None


@dataclass(frozen=True)
class Simulation:
    """`reached` in the order of time. `ended` says why it ends at `ended_at`: somebody acknowledged (`by`), or every
    step was in vain, and from then on the last resort is paged `every` so often; a drill has none."""

    reached: tuple[Reached, ...]
    ended: Literal["acknowledged", "exhausted"]
    ended_at: datetime
    by: str | None = None


def simulate(
    policy: EscalationPolicy,
    world: OnCallWorld,
    at: datetime,
    answers: Sequence[Answer],
    contacts: Callable[[datetime], Contacts],
    *,
    turn: int = 0,
    drill: bool = False,
    services: frozenset[str] = frozenset(),
) -> Simulation:
    """Until somebody acknowledges; else until the last resort has been paged once, or for as long as there are answers
    to come. `contacts` tells how people are reached at an instant; `turn` is the round robins' place of the next
    escalation; `services` are the PagerDuty services that can be called."""
    walk = _Walk(policy, world, contacts, turn, services, Escalation(EscalationState.SCHEDULED, drill=drill), at)
    walk.happens(machine.Start(), at)
    for answer in sorted(answers, key=lambda one: one.at):
        walk.go_on_until(answer.at)
        walk.answers(answer)
        if walk.now.state is EscalationState.ACKNOWLEDGED:
            return walk.ended("acknowledged", answer.at, answer.person)
    while walk.now.state is EscalationState.RUNNING and walk.now.due_at is not None:
        walk.go_on_until(walk.now.due_at)
    walk.hand_over(before=walk.now.due_at)
    return walk.ended("exhausted", walk.exhausted_at or walk.at)


@dataclass(frozen=True)
class _Pending:
    planned_at: datetime
    attempt: Reached


@dataclass
class _Walk:
    """Where the escalation stands at `at`, what was handed over by then, and what is due later."""

    policy: EscalationPolicy
    world: OnCallWorld
    contacts: Callable[[datetime], Contacts]
    turn: int
    services: frozenset[str]
    now: Escalation
    at: datetime
    pending: list[_Pending] = field(default_factory=list)
    done: list[Reached] = field(default_factory=list)
    on_step: set[str] = field(default_factory=set)
    exhausted_at: datetime | None = None

    def happens(self, event: machine.Event, at: datetime) -> bool:
        """False when it changes nothing."""
        self.at = at
        decision = machine.decide(self.now, event, self.policy, at)
        if not decision.changed:
            return False
        while not self._carried_out(decision):
            decision = machine.decide(decision.next, machine.NobodyFound(), self.policy, at)
        self.now = decision.next
        if self.now.state is EscalationState.EXHAUSTED and self.exhausted_at is None:
            self.exhausted_at = at
        return True

    def go_on_until(self, at: datetime) -> None:
        """Everything that is due by then, steps before attempts."""
        while self.now.due_at is not None and self.now.due_at <= at:
            due_at = self.now.due_at
            self.hand_over(before=due_at)
            self.happens(machine.Due(), due_at)
        self.hand_over(before=at + timedelta.resolution)

    def answers(self, answer: Answer) -> None:
        if answer.says == "acknowledge":
            self.happens(machine.Acknowledge(answer.person, None), answer.at)
            return
        self.happens(machine.Decline(answer.person, answer.person in self.on_step), answer.at)
        # What a page of this very instant has planned stays: the person may be the next step too.
        self._drop(lambda one: one.attempt.person == answer.person and one.planned_at < answer.at)

    def hand_over(self, before: datetime | None) -> None:
        """What is due before the instant; all of it for None."""
        due = [one for one in self.pending if before is None or one.attempt.at < before]
        self.done += sorted((one.attempt for one in due), key=lambda attempt: attempt.at)
        self._drop(lambda one: one in due)

    def ended(self, how: Literal["acknowledged", "exhausted"], at: datetime, by: str | None = None) -> Simulation:
        return Simulation(tuple(sorted(self.done, key=lambda one: one.at)), how, at, by)

    def _carried_out(self, decision: Decision) -> bool:
        found = [self._carry_out(effect, decision.next) for effect in decision.effects]
        return all(found)

    def _carry_out(self, effect: machine.Effect, esc: Escalation) -> bool:
        contacts = self.contacts(self.at)
        match effect:
            case machine.PageStep(_, step, owner):
                plan = planning.of_step(self.policy, step, self.world, self.at, self.turn, contacts, owner)
                return self._page(plan, esc, last_resort=False)
            case machine.PageLastResort():
                plan = planning.of_last_resort(self.policy, self.world, self.at, self.turn, contacts)
                self._page(plan, esc, last_resort=True)
            case machine.CancelPages():
                self.pending.clear()
        return True

    def _page(self, plan: PagePlan, esc: Escalation, *, last_resort: bool) -> bool:
        blank = Reached(self.at, esc.round, esc.step, None, None, None, {}, last_resort)
        paged = set(plan.paged)
        self._drop(lambda one: one.attempt.person in paged)  # the newest page says everything
        self.on_step = paged if not last_resort else self.on_step | paged
        for one in plan.people:
            person = replace(blank, person=one.person.id, reason=one.reason)
            for unused in one.unused:
                self.done.append(replace(person, channel=unused.channel, address=unused.address, not_used=unused.why))
            for contact in one.contacts:
                attempt = replace(person, at=contact.due_at, channel=contact.channel, address=contact.address)
                self.pending.append(_Pending(self.at, attempt))
        for skipped in plan.skipped:
            reason = {"kind": skipped.kind, "id": skipped.id}
            self.done.append(replace(blank, person=skipped.person_id, reason=reason, not_used=skipped.why))
        called = frozenset() if esc.drill else self.services.intersection(plan.pagerduty)
        for service in plan.pagerduty:
            why = None if service in called else "drill_excluded" if esc.drill else "pagerduty_not_configured"
            reason = {"kind": "pagerduty", "id": service}
            attempt = replace(blank, channel="pagerduty", address=service, reason=reason, not_used=why)
            if why:
                self.done.append(attempt)
            else:
                self.pending.append(_Pending(self.at, attempt))
        return bool(paged or called)

    def _drop(self, which: Callable[[_Pending], bool]) -> None:
        self.pending = [one for one in self.pending if not which(one)]

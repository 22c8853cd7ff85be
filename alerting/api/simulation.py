"""Who would be paged, by what, when and why, for an activation at any instant. Nothing is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from alerting.api.access import Answer, Look
from alerting.api.fields import Body
from alerting.api.problems import refuse_fields
from alerting.configuration import Configuration
from alerting.escalation.queries import simulated
from alerting.escalation.simulated_words import why
from alerting.escalation.simulation import LONGEST, Reached
from alerting.escalation.simulation import Answer as Said
from alerting.tickets.queries import person_json
from core.time import iso
from oncall.schema.fields import Id, Instant
from oncall.spans import Span, format_span
from oncall.walltime import instant


class AnswerBody(Body):
    """What one person would say: `after` the activation, or `at` an instant."""

    person: Id
    answer: Literal["acknowledge", "decline"] = "acknowledge"
    after: Span | None = None
    at: Instant | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.after is None) == (self.at is None):
            raise ValueError("say when: either after (a span like 4m, from the activation) or at (an instant)")
        return self

    def when(self, activated_at: datetime, timezone: str) -> datetime:
        return activated_at + self.after if self.at is None else instant(self.at, timezone, "start")  # type: ignore[operator]  # one of the two is there


class SimulateBody(Body):
    """`at` and the answers' without an offset are local to the provider's zone. `skipped`: also what is not used, and
    why."""

    policy: Id
    at: Instant
    answers: tuple[AnswerBody, ...] = Field(default=(), max_length=50)
    mode: Literal["real", "drill"] = "real"
    skipped: bool = False


def simulate(look: Look, body: SimulateBody) -> Answer:
    """Who would be reached for an activation at that instant, until somebody acknowledges or all was in vain"""
    policy = look.config.policies.get(body.policy)
    if policy is None:
        known = ", ".join(sorted(look.config.policies)) or "none is configured"
        refuse_fields(("policy", f"there is no escalation policy {body.policy!r}; allowed: {known}"))
    at = instant(body.at, look.config.provider.timezone, "start")
    found = simulated(
        look.session, look.config, policy, at, _answers(look.config, body, at), drill=body.mode == "drill"
    )
    return [_row(look, one) for one in found.reached if body.skipped or one.not_used is None]


def _answers(config: Configuration, body: SimulateBody, at: datetime) -> list[Said]:
    answers = []
    for number, one in enumerate(body.answers):
        when = one.when(at, config.provider.timezone)
        if one.person not in config.oncall.people:
            known = ", ".join(sorted(config.oncall.people)) or "nobody is configured"
            refuse_fields((f"answers.{number}.person", f"there is no person {one.person!r}; allowed: {known}"))
        if not at <= when <= at + LONGEST:
            text = f"is {when.isoformat()}; it must lie within {format_span(LONGEST)} after the activation"
            refuse_fields((f"answers.{number}.{'at' if one.after is None else 'after'}", text))
        answers.append(Said(when, one.person, one.answer))
    return answers


def _row(look: Look, one: Reached) -> dict[str, object]:
    return {
        "at": iso(one.at),
        "step": one.step,
        "round": one.round,
        "person": person_json(look.config, one.person),
        "channel": one.channel,
        "address": one.address,
        "why": why(one, look.language, look.config.person_names(), look.config.provider.timezone),
        "last_resort": one.last_resort,
        "not_used": one.not_used,
        "cause": dict(one.reason),
    }

"""`guardia simulate`: who would be paged for an activation at an instant, by what, when and why, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.escalation.queries import simulated
from alerting.escalation.simulated_words import ending, why
from alerting.escalation.simulation import LONGEST, Answer, Reached
from oncall.spans import format_span, parse_span
from oncall.walltime import instant, to_local
from service.configuration.problems import did_you_mean
from service.whoison import NotAsked

Says = Literal["acknowledge", "decline"]


def answer(
    session: Session,
    config: Configuration,
    policy_id: str,
    at: str,
    said: Iterable[tuple[str, Says]],
    *,
    drill: bool,
) -> Iterator[str]:
    """Lines to print. `at` is RFC 3339; without an offset it is local to the provider's zone. `said` are texts such as
    `borja=4m`: the person, and how long after the activation."""
    policy = config.policies.get(policy_id)
    if policy is None:
        known = did_you_mean(policy_id, config.policies) if config.policies else "none is configured: `guardia apply`"
        raise NotAsked(f"there is no escalation policy {policy_id!r}; {known}")
    timezone, names = config.provider.timezone, config.person_names()
    activated_at = _instant(at, timezone)
    answers = [_answer(config, text, says, activated_at) for text, says in said]
    found = simulated(session, config, policy, activated_at, answers, drill=drill)
    yield f"{policy.id}, activated {_local(activated_at, timezone)} ({timezone}); nothing is sent or stored"
    for one in found.reached:
        yield f"  {_local(one.at, timezone)}  {_place(one)}  {_whom(one, names)}: {why(one, 'en', names, timezone)}"
    if found.ended == "acknowledged":
        yield f"  {_local(found.ended_at, timezone)}  {ending(found, 'en', names)}"
        return
    again = "" if drill else f" again every {format_span(policy.last_resort.every)}, until somebody does"
    yield f"  {ending(found, 'en', names)}{again}"


def _place(one: Reached) -> str:
    return "last resort     " if one.last_resort else f"round {one.round}, step {one.step}"


def _whom(one: Reached, names: dict[str, str]) -> str:
    who = names.get(one.person, one.person) if one.person else "nobody"
    by = f" by {one.channel} {one.address or ''}".rstrip() if one.channel else ""
    return f"{who} NOT{by}" if one.not_used else f"{who}{by}"


def _answer(config: Configuration, text: str, says: Says, activated_at: datetime) -> Answer:
    person, _, after = text.partition("=")
    if person not in config.oncall.people:
        raise NotAsked(f"there is no person {person!r}; {did_you_mean(person, config.oncall.people)}")
    try:
        span = parse_span(after)
    except ValueError as error:
        raise NotAsked(f"--{says} {text!r}: {error}; the whole is like {person}=4m") from error
    if span > LONGEST:
        raise NotAsked(f"--{says} {text!r}: {after} is too long after the activation; {format_span(LONGEST)} at most")
    return Answer(activated_at + span, person, says)


def _instant(text: str, timezone: str) -> datetime:
    try:
        return instant(datetime.fromisoformat(text), timezone, "start")
    except ValueError:
        raise NotAsked(f"{text!r} is no instant; write it like 2026-12-24T15:00 or 2026-12-24T14:00Z") from None


def _local(at: datetime, timezone: str) -> str:
    return f"{to_local(at, timezone):%a %Y-%m-%d %H:%M:%S}"

"""`guardia test`: a page that says it is none, to every telephone and mailbox of one person; and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from alerting.methods import service as methods
from alerting.methods.service import CannotCall, Refused, TooSoon
from alerting.notifications.attempts import FINAL, AttemptState
from alerting.notifications.models import AttemptRow
from alerting.runtime import Runtime
from core.time import iso
from oncall.schema import ContactMethod
from service.configuration.problems import did_you_mean
from service.whoison import NotAsked

LOOK_SECONDS = 1.0
OVER = FINAL - {AttemptState.DELIVERED, AttemptState.UNDELIVERED}  # those may still be answered, or turn out delivered


@dataclass(frozen=True)
class Sent:
    """`attempt` is None when it was not sent, and `said` then tells why."""

    method: ContactMethod
    attempt: str | None
    said: str


def send(runtime: Runtime, person_id: str) -> list[Sent]:
    """NotAsked for a person who is not there, or has nothing to test."""
    with runtime.work() as work:
        people = work.config.oncall.people
        person = people.get(person_id)
        if person is None:
            known = did_you_mean(person_id, people) if people else "none is configured: `guardia apply`"
            raise NotAsked(f"there is no person {person_id!r}; {known}")
        tested = [one for one in person.contact_methods if one.verified]
        if not tested:
            raise NotAsked(f"{person_id} has no verified contact method; add one to the file, or on the desk")
        sent = []
        for method in tested:
            try:
                attempt = methods.test(work, person, method.id)
            except Refused as refused:
                why = _why(refused)
                sent.append(Sent(method, None, why))
            else:
                sent.append(Sent(method, attempt, "on its way"))
        return sent


def _why(refused: Refused) -> str:
    match refused:
        case TooSoon(at):
            return f"tested just now, again at {iso(at)}"
        case CannotCall():
            return "not sent: its PagerDuty service has no key"
    return "not sent"


def line(sent: Sent) -> str:
    return f"  {sent.method.channel} {sent.method.address}: {sent.said}"


def outcomes(runtime: Runtime, sent: Sequence[Sent], wait_seconds: float) -> Iterator[str]:
    """A line for each attempt as it changes, until all are over or the time is."""
    methods_by_attempt = {one.attempt: one.method for one in sent if one.attempt}
    shown: dict[str, str] = {}
    until = time.monotonic() + wait_seconds
    while methods_by_attempt and time.monotonic() < until:
        states = _states(runtime, list(methods_by_attempt))
        for attempt, state in states.items():
            if shown.get(attempt) != state:
                shown[attempt] = state
                method = methods_by_attempt[attempt]
                yield f"  {method.channel} {method.address}: {state}"
        if all(AttemptState(state) in OVER for state in states.values()):
            return
        time.sleep(LOOK_SECONDS)


def is_confirmed(runtime: Runtime, sent: Sequence[Sent]) -> bool:
    """Whether the person has answered on any of them."""
    states = _states(runtime, [one.attempt for one in sent if one.attempt])
    return AttemptState.CONFIRMED in states.values()


def _states(runtime: Runtime, ids: list[str]) -> dict[str, str]:
    with runtime.database.reading() as session:
        rows = session.execute(select(AttemptRow.id, AttemptRow.state).where(AttemptRow.id.in_(ids)))
        return {row.id: row.state for row in rows}

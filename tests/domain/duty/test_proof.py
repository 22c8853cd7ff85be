"""The proof before a watch, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerting.duty.proof import OPEN, Do, Facts, Next, ProofState, next_step
from tests.domain.oncall.builders import utc

START = utc("2026-11-23T17:00")
EARLY = Facts(
    now=START - timedelta(hours=2), starts_at=START, answered=False, answered_lately=False,
    by_sms=True, by_call=True, waking=True, morning=START + timedelta(hours=15),
)  # fmt: skip
NIGHT = replace(EARLY, waking=False)
S = ProofState


def minutes(count: int):  # type: ignore[no-untyped-def]
    return EARLY.now + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("state", "facts", "following"),
    [
        (S.PLANNED, EARLY, Next(S.ASKED, Do.ASK, minutes(10))),
        (S.PLANNED, replace(EARLY, by_sms=False), Next(S.CALLED, Do.CALL, START)),
        (S.PLANNED, replace(EARLY, by_sms=False, by_call=False), Next(S.UNREACHABLE, Do.ALARM, None)),
        (S.PLANNED, replace(EARLY, answered_lately=True), Next(S.NOT_NEEDED, Do.NOTHING, None)),
        (S.PLANNED, replace(EARLY, now=START - timedelta(minutes=5)), Next(S.ASKED, Do.ASK, START)),
        (S.PLANNED, replace(EARLY, now=START), Next(S.UNTESTED, Do.NOTHING, None)),
        (S.PLANNED, NIGHT, Next(S.UNTESTED, Do.NOTHING, None)),
        (S.PLANNED, replace(NIGHT, morning=minutes(30)), Next(S.PLANNED, Do.NOTHING, minutes(30))),
        (S.ASKED, EARLY, Next(S.CALLED, Do.CALL, START)),
        (S.ASKED, replace(EARLY, by_call=False), Next(S.ASKED, Do.NOTHING, START)),
        (S.ASKED, NIGHT, Next(S.ASKED, Do.NOTHING, START)),
        (S.ASKED, replace(EARLY, answered=True), Next(S.CONFIRMED, Do.NOTHING, None)),
        (S.CALLED, EARLY, Next(S.CALLED, Do.NOTHING, START)),
        (S.CALLED, replace(EARLY, now=START), Next(S.UNCONFIRMED, Do.ALARM, None)),
        (S.CALLED, replace(EARLY, now=START, answered=True), Next(S.CONFIRMED, Do.NOTHING, None)),
        (S.ASKED, replace(EARLY, now=START + timedelta(hours=1)), Next(S.UNCONFIRMED, Do.NOTHING, None)),
    ],
)
def test_what_follows(state: ProofState, facts: Facts, following: Next) -> None:
    assert next_step(state, facts) == following


@pytest.mark.parametrize("state", OPEN)
def test_by_the_start_of_the_watch_every_proof_has_ended(state: ProofState) -> None:
    assert next_step(state, replace(EARLY, now=START)).due_at is None

"""The simulation says what happens: it equals what is then really handed to the carrier."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from sqlalchemy import select

from alerting.escalation.queries import simulated
from alerting.escalation.simulation import Answer, Simulation
from core.db import Base
from oncall import disabled
from oncall.calendars import next_opening
from tests.support.desk import Desk


@pytest.fixture
def dialect() -> str:
    """What depends on the database, paging itself, is tested on both in test_escalation."""
    return "sqlite"


PLANS = {"contingency": "erp-restore", "cloud-normal": "files-restore"}
PEOPLE = ("ana", "borja", "carol", "clara")
Handed = tuple[datetime, int, int, str, str, str | None]


def simulation(desk: Desk, policy: str, answers: Sequence[Answer] = (), *, drill: bool = False) -> Simulation:
    with desk.runtime.database.reading() as session:
        config = desk.runtime.configurations.current(session)
        return simulated(session, config, config.policies[policy], desk.clock.at, answers, drill=drill)


def promised(found: Simulation) -> list[Handed]:
    return sorted(
        (one.at, one.round, one.step, str(one.person), str(one.channel), one.address)
        for one in found.reached
        if one.not_used is None
    )


def happened(desk: Desk, policy: str, answers: Sequence[Answer], mode: Literal["real", "drill"]) -> list[Handed]:
    """Activate, let people answer, and read what was handed over until somebody had it, or for one round of the last
    resort; then it is stood down, or the next request would join it."""
    reference = desk.activate(PLANS[policy], mode=mode).reference
    let_it_run(desk, reference, answers)
    found = handed(desk, reference)
    desk.stand_down(reference)
    return found


def let_it_run(desk: Desk, reference: str, answers: Sequence[Answer]) -> None:
    for answer in sorted(answers, key=lambda one: one.at):
        desk.advance(seconds=(answer.at - desk.clock.at).total_seconds())
        if answer.says == "acknowledge":
            desk.acknowledge(reference, answer.person)
            return
        desk.decline(reference, answer.person)
    while desk.escalation(reference).state == "running":
        due_at = desk.escalation(reference).due_at
        assert due_at is not None
        desk.advance(seconds=(due_at - desk.clock.at).total_seconds())
    next_at = desk.escalation(reference).due_at or desk.clock.at + timedelta(minutes=30)
    desk.advance(seconds=(next_at - desk.clock.at).total_seconds() - 0.001)


def handed(desk: Desk, reference: str) -> list[Handed]:
    return sorted(
        (a.handed_over_at, a.round, a.step, str(a.person_id), str(a.channel), a.address)
        for a in desk.attempts(reference, purpose="page")
        if a.handed_over_at is not None
    )


@pytest.mark.parametrize("seed", range(8))
def test_what_is_simulated_is_what_happens(desk: Desk, seed: int) -> None:
    """Any instant of the year, any of the policies, up to four answers of anybody; the last one may be a yes."""
    chance = random.Random(seed)
    desk.clock.at += timedelta(hours=chance.randrange(24 * 300), seconds=chance.randrange(3600))
    for _ in range(2):
        policy = chance.choice(sorted(PLANS))
        mode: Literal["real", "drill"] = chance.choice(("real", "real", "drill"))
        if mode == "drill":  # in closed hours a drill waits for the opening
            desk.clock.at = opening(desk)
        answers = [
            Answer(
                desk.clock.at + timedelta(seconds=chance.randrange(25 * 60)),
                chance.choice(PEOPLE),
                "acknowledge" if chance.random() < 0.3 else "decline",
            )
            for _ in range(chance.randrange(5))
        ]
        found = simulation(desk, policy, answers, drill=mode == "drill")
        assert promised(found) == happened(desk, policy, answers, mode), (policy, mode, answers)
        desk.clock.advance(days=2)


def test_answers_at_the_very_instant_at_which_steps_begin(desk: Desk) -> None:
    at = desk.clock.at
    answers = [
        Answer(at, "ana", "decline"),
        Answer(at + timedelta(minutes=3), "borja", "decline"),
        Answer(at + timedelta(minutes=8), "ana", "acknowledge"),
    ]
    found = simulation(desk, "contingency", answers)
    assert promised(found) == happened(desk, "contingency", answers, "real")
    assert (found.ended, found.by) == ("acknowledged", "ana")


def test_nothing_is_stored_and_the_round_robin_does_not_move(desk: Desk) -> None:
    before = rows(desk)
    first = [simulation(desk, "cloud-normal") for _ in range(3)]
    assert rows(desk) == before
    assert promised(first[0]) == promised(first[2]) == happened(desk, "cloud-normal", (), "real")
    assert promised(simulation(desk, "cloud-normal"))[0][3] != promised(first[0])[0][3]


def test_a_number_that_answered_stop_is_said_not_to_be_used(desk: Desk) -> None:
    with desk.runtime.database.transaction() as session:
        disabled.disable(session, "sms", "+34600000001", "opted_out", desk.clock.at)
    found = simulation(desk, "contingency")
    first = [(one.channel, one.not_used) for one in found.reached if (one.step, one.round) == (1, 1)]
    assert first == [("sms", "opted_out"), ("voice", None), ("voice", None)]
    assert promised(found) == happened(desk, "contingency", (), "real")


def opening(desk: Desk) -> datetime:
    with desk.runtime.database.reading() as session:
        calendar = desk.runtime.configurations.current(session).oncall.calendars["madrid"]
    found = next_opening(calendar, desk.clock.at)
    assert found is not None
    return found


def rows(desk: Desk) -> list[Any]:
    with desk.runtime.database.reading() as session:
        return [sorted(map(repr, session.execute(select(table)))) for table in Base.metadata.sorted_tables]

"""Work that comes again by itself: done once per turn, whoever else is at it, and found again when it was lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import select

from alerting.runtime import Runtime, install, installed
from core import periodic
from core.db import Database
from core.periodic import PeriodicTaskRow
from core.queue import Nudge, Nudger
from service.clock import TASK_GRACE, Clock, take_due
from service.periodic import Task
from tests.support.time import SteppedClock

HOURLY = timedelta(hours=1)
done: list[str] = []


def count(task: str, every_seconds: int) -> None:
    with installed().work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            done.append(task)


def break_down(task: str, every_seconds: int) -> None:
    with installed().work() as work:
        periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds))
        raise RuntimeError("the disk is full")


TASKS = {"count": Task(count, HOURLY)}
WITH_A_BROKEN_ONE = {"break": Task(break_down, HOURLY), **TASKS}


@pytest.fixture(autouse=True)
def process(runtime: Runtime) -> Runtime:
    done.clear()
    install(runtime)
    return runtime


def registered(database: Database, now: datetime, tasks: dict[str, Task] = TASKS) -> None:
    with database.transaction() as session:
        periodic.register(session, tasks, now)


def taken(database: Database, now: datetime, tasks: dict[str, Task] = TASKS) -> list[Nudge]:
    with database.transaction() as session:
        return [due.nudge for due in take_due(session, now, tasks)]


def due_at(database: Database, name: str = "count") -> datetime:
    with database.reading() as session:
        return session.execute(select(PeriodicTaskRow.due_at).where(PeriodicTaskRow.name == name)).scalar_one()


def run(nudges: Sequence[Nudge]) -> None:
    for nudge in nudges:
        {"count": count, "break": break_down}[str(nudge.args[0])](str(nudge.args[0]), int(nudge.args[1]))


def test_of_two_clocks_one_hands_a_task_out(database: Database, clock: SteppedClock) -> None:
    registered(database, clock.at)
    assert taken(database, clock.at) == [Nudge("notices", f"{__name__}.count", ("count", 3600))]
    assert taken(database, clock.at) == []


def test_a_task_that_is_run_twice_does_its_work_once(database: Database, clock: SteppedClock) -> None:
    registered(database, clock.at)
    nudges = taken(database, clock.at)
    run([*nudges, *nudges])
    assert done == ["count"]
    assert due_at(database) == clock.at + HOURLY


def test_a_task_comes_again_when_its_interval_is_over(database: Database, clock: SteppedClock) -> None:
    registered(database, clock.at)
    run(taken(database, clock.at))
    assert taken(database, clock.advance(minutes=59)) == []
    run(taken(database, clock.advance(minutes=1)))
    assert done == ["count", "count"]


def test_a_task_whose_nudge_was_lost_is_handed_out_again(database: Database, clock: SteppedClock) -> None:
    registered(database, clock.at)
    taken(database, clock.at)  # and lost with Redis
    clock.at += TASK_GRACE
    run(taken(database, clock.at))
    assert done == ["count"]


def test_a_task_that_fails_comes_again_and_keeps_nothing_else_from_running(
    database: Database, clock: SteppedClock
) -> None:
    registered(database, clock.at, WITH_A_BROKEN_ONE)
    nudges = taken(database, clock.at, WITH_A_BROKEN_ONE)
    assert sorted(str(nudge.args[0]) for nudge in nudges) == ["break", "count"]
    with pytest.raises(RuntimeError):
        run([nudge for nudge in nudges if nudge.args[0] == "break"])
    run([nudge for nudge in nudges if nudge.args[0] == "count"])
    assert done == ["count"]
    clock.at += TASK_GRACE
    assert [nudge.args[0] for nudge in taken(database, clock.at, WITH_A_BROKEN_ONE)] == ["break"]


def test_rows_that_are_there_keep_their_time_when_a_clock_starts(database: Database, clock: SteppedClock) -> None:
    registered(database, clock.at)
    run(taken(database, clock.at))
    registered(database, clock.advance(minutes=1), WITH_A_BROKEN_ONE)
    assert [nudge.args[0] for nudge in taken(database, clock.at, WITH_A_BROKEN_ONE)] == ["break"]


def test_a_task_of_a_newer_version_is_left_to_its_clocks(database: Database, clock: SteppedClock) -> None:
    registered(database, clock.at, WITH_A_BROKEN_ONE)
    assert [nudge.args[0] for nudge in taken(database, clock.at)] == ["count"]


def test_without_redis_the_clock_runs_the_tasks_itself_and_survives_one_that_fails(
    process: Runtime, database: Database, clock: SteppedClock
) -> None:
    nobody_listens = Nudger(Redis(port=1, socket_connect_timeout=1))
    process_clock = Clock(process, nobody_listens, WITH_A_BROKEN_ONE)
    process_clock.tick()
    process_clock.close()
    assert done == ["count"]
    assert due_at(database) == clock.at + HOURLY
    assert due_at(database, "break") == clock.at

"""More is due than a sender may hand over: who waits, why, and until when."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from alerting.notifications import dispatch
from alerting.notifications import service as notifications
from alerting.notifications.messages import NothingOpenSms
from alerting.notifications.models import AttemptRow, SenderRow
from alerting.runtime import Runtime
from core.settings import Settings
from tests.support import databases
from tests.support.desk import Desk
from tests.support.telephones import Telephones

ANA = "+34600000001"


@pytest.fixture
def dialect() -> str:
    return "sqlite"


@pytest.fixture
def settings(database, tmp_path: Path, network: str) -> Settings:
    return databases.settings_for(database, tmp_path, twilio_api_url=network, sms_per_second=1, calls_per_second=1)


@pytest.fixture
def phones(network: str) -> Iterator[Telephones]:
    with Telephones(network) as telephones:
        telephones.reset()
        yield telephones
        telephones.reset()


def allow(runtime: Runtime, rate: float) -> None:
    given = runtime.settings.model_copy(update={"sms_per_second": rate, "calls_per_second": rate})
    object.__setattr__(runtime, "settings", given)


def left(desk: Desk, channel: str = "sms") -> list[AttemptRow]:
    """Attempts that were handed over, in that order."""
    with desk.runtime.database.reading() as session:
        rows = session.scalars(
            select(AttemptRow).where(AttemptRow.channel == channel, AttemptRow.handed_over_at.is_not(None))
        )
        return sorted(rows, key=lambda row: (row.handed_over_at, row.id))


def waiting(desk: Desk) -> list[AttemptRow]:
    with desk.runtime.database.reading() as session:
        return list(session.scalars(select(AttemptRow).where(AttemptRow.why == "rate_limited")))


def test_one_message_leaves_a_second_and_the_others_show_for_what_they_wait(desk: Desk, phones: Telephones) -> None:
    made = desk.activate()
    began = desk.clock.at
    assert [row.purpose for row in left(desk)] == ["page"]
    late = waiting(desk)
    assert late
    assert all(row.state == "pending" and row.due_at > began for row in late)
    assert "attempt.waiting" in desk.kinds(made.reference)
    desk.advance(seconds=20)
    gone = [row.handed_over_at for row in left(desk)]
    assert len(gone) > len(late)
    assert all(b - a >= timedelta(seconds=1) for a, b in itertools.pairwise(gone))
    assert waiting(desk) == []


def test_another_activation_s_page_goes_before_the_notices_that_wait(desk: Desk, phones: Telephones) -> None:
    first, second = desk.activate(), desk.activate("files-restore")
    desk.advance(seconds=2)
    assert [(desk.ticket_of(row), row.purpose) for row in left(desk)[:3]] == [
        (first.reference, "page"), (second.reference, "page"), (first.reference, "customer"),
    ]  # fmt: skip


def test_whoever_is_answered_leaves_the_line_and_the_next_one_moves_up(desk: Desk, phones: Telephones) -> None:
    first, other = desk.activate(), desk.activate("files-restore")
    desk.acknowledge(other.reference, "ana")
    assert {row.state for row in desk.attempts(other.reference, purpose="page", why="rate_limited")} == set()
    desk.advance(seconds=15)
    gone = [row.handed_over_at for row in left(desk)]
    assert max(b - a for a, b in itertools.pairwise(gone)) == timedelta(seconds=1)
    assert {row.state for row in desk.attempts(first.reference)} & {"accepted", "sent", "delivered"}


def test_what_the_carrier_asks_of_one_message_holds_for_all(desk: Desk, phones: Telephones) -> None:
    phones.fault(carrier=[{"kind": "429", "times": 1, "seconds": 30, "resource": "messages"}])
    desk.activate()
    began = desk.clock.at
    desk.activate("files-restore")
    assert [row for row in waiting(desk) if row.channel == "sms"]
    desk.advance(seconds=29)
    assert left(desk) == []
    desk.advance(seconds=1)
    assert [row.handed_over_at for row in left(desk)] == [began + timedelta(seconds=30)]


def test_a_page_that_waited_longer_than_a_minute_says_that_it_is_late(desk: Desk, phones: Telephones) -> None:
    phones.fault(carrier=[{"kind": "429", "times": 1, "seconds": 90, "resource": "messages"}])
    made = desk.activate()
    desk.advance(seconds=90)
    said = [row.message for row in desk.attempts(made.reference, channel="sms", purpose="page") if row.message]
    assert said
    assert "min" in said[0]


def test_a_turn_that_was_lost_is_given_again(desk: Desk, phones: Telephones) -> None:
    desk.activate()
    with desk.runtime.database.transaction() as session:
        sender = session.get_one(SenderRow, ("twilio", "sms"))
        sender.due_at = None  # as if nobody waited
    count = len(waiting(desk))
    desk.advance(seconds=30)
    assert count
    assert waiting(desk) == []


def test_a_limit_that_was_lifted_lets_everybody_go(desk: Desk, phones: Telephones, runtime: Runtime) -> None:
    desk.activate()
    assert waiting(desk)
    allow(runtime, 0)
    desk.advance(seconds=1)
    assert waiting(desk) == []


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_two_workers_share_one_bucket(desk: Desk, phones: Telephones, runtime: Runtime) -> None:
    allow(runtime, 4)
    with runtime.work() as work:
        ana = work.config.oncall.people["ana"]
        for _ in range(12):
            notifications.inform(work, ana, NothingOpenSms())
        ids = [attempt["id"] for attempt in work.planned()]
    workers = [Thread(target=lambda order=order: [dispatch.deliver(runtime, one) for one in order])
               for order in (ids, ids[::-1])]  # fmt: skip
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(left(desk)) == 4
    assert len(waiting(desk)) == 8

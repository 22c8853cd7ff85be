"""More is due than a sender may hand over: who waits, why, and until when."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select, update

from alerting.notifications import dispatch, turns
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
    assert {row.handed_over_at for row in left(desk)} == {began + timedelta(seconds=30)}


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
    desk.run_due()
    assert len(left(desk)) == 4
    assert len(waiting(desk)) == 8


def storm(desk: Desk) -> tuple[str, str]:
    """Two tickets for Ana while nothing can leave yet; a moment later both may."""
    with desk.runtime.work() as work:
        for channel in ("sms", "voice"):
            turns.leave_alone(work, "twilio", channel, work.now + timedelta(seconds=5))
    references = desk.activate("erp-restore").reference, desk.activate(None).reference
    assert {page_to_ana(desk, reference).state for reference in references} == {"pending"}
    return references


def page_to_ana(desk: Desk, reference: str, channel: str = "sms") -> AttemptRow:
    return desk.attempts(reference, purpose="page", channel=channel, person_id="ana")[0]


def both(desk: Desk, references: tuple[str, str], channel: str = "sms") -> tuple[AttemptRow, AttemptRow]:
    first, second = (page_to_ana(desk, reference, channel) for reference in references)
    return first, second


def test_pages_that_wait_for_one_telephone_leave_as_one_message(desk: Desk, phones: Telephones) -> None:
    references = storm(desk)
    desk.advance(seconds=5)
    first, second = both(desk, references)
    assert (first.state, second.state, second.carrier_sid) == ("accepted", "accepted", first.carrier_sid)
    said = phones["Ana"].expect_sms("2 avisos urgentes", f"{first.reply_code}: ", f"{second.reply_code}: ", "AA=todos")
    assert first.message == second.message == said.body
    assert (first.why, second.why) == (None, "bundled")
    assert all("attempt.accepted" in desk.kinds(reference) for reference in references)


def test_a_page_that_leaves_when_it_is_due_is_its_own_message(desk: Desk, phones: Telephones, runtime: Runtime) -> None:
    allow(runtime, 0)
    references = desk.activate("erp-restore").reference, desk.activate(None).reference
    assert {row.bundle_id for row in both(desk, references)} == {None}


def test_when_the_carrier_refuses_such_a_message_every_page_in_it_has_failed(desk: Desk, phones: Telephones) -> None:
    references = storm(desk)
    phones["Ana"].set(sms="invalid")
    desk.advance(seconds=5)
    assert [row.state for row in both(desk, references)] == ["failed", "failed"]
    assert all("attempt.failed" in desk.kinds(reference) for reference in references)


@pytest.mark.parametrize("kind", ["drop", "500"])
def test_a_lost_answer_to_such_a_message_is_looked_up_for_every_page_in_it(
    desk: Desk, phones: Telephones, kind: str
) -> None:
    references = storm(desk)
    phones.fault(carrier=[{"kind": kind, "times": 1, "resource": "messages"}])
    desk.advance(seconds=15)
    first, second = both(desk, references)
    assert (first.state, second.state, second.carrier_sid) == ("accepted", "accepted", first.carrier_sid)


def test_such_a_message_that_has_to_wait_again_is_still_one(desk: Desk, phones: Telephones) -> None:
    references = storm(desk)
    phones.fault(carrier=[{"kind": "429", "times": 1, "seconds": 5, "resource": "messages"}])
    desk.advance(seconds=12)
    first, second = both(desk, references)
    assert (first.state, second.state, second.carrier_sid) == ("accepted", "accepted", first.carrier_sid)


def test_a_worker_that_died_with_such_a_message_leaves_no_page_behind(desk: Desk, phones: Telephones) -> None:
    references = storm(desk)
    desk.clock.advance(seconds=5)
    with desk.runtime.work() as work:
        for reference in references:
            work.session.merge(page_to_ana(desk, reference)).slot_at = work.now
    with desk.runtime.work() as work:
        for row in both(desk, references):
            row.due_at = work.now
            work.session.merge(row)
    with desk.runtime.work() as work:
        work.session.execute(update(SenderRow).values(busy_until=None))
        assert dispatch.claim(work, desk.runtime, page_to_ana(desk, references[0]).id) is not None
    assert [row.state for row in both(desk, references)] == ["sending", "sending"]
    desk.advance(seconds=30)
    first, second = both(desk, references)
    assert (first.state, second.state) == ("accepted", "accepted")


def test_who_has_answered_one_is_still_called_for_the_other(desk: Desk, phones: Telephones) -> None:
    references = storm(desk)
    desk.advance(seconds=5)
    first, second = both(desk, references, "voice")
    assert second.bundle_id == first.id
    desk.acknowledge(references[0], "ana", "sms")
    assert [row.state for row in both(desk, references, "voice")] == ["cancelled", "accepted"]
    assert not ended(phones, first)
    desk.acknowledge(references[1], "ana", "sms")
    assert [row.state for row in both(desk, references, "voice")] == ["cancelled", "cancelled"]
    assert ended(phones, first)


def ended(phones: Telephones, call: AttemptRow) -> bool:
    """Whether the carrier was asked to hang up."""
    return any(
        event["method"] == "POST" and str(event["path"]).endswith(f"/Calls/{call.carrier_sid}.json")
        for event in phones.events("request")
    )

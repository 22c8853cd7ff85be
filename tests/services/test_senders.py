"""Two accounts at the carrier: alternating, one for the other when it fails, and the failing one left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from alerting.api import health
from alerting.configuration import Configurations
from alerting.notifications import dispatch, senders
from alerting.notifications import service as notifications
from alerting.notifications.carriers.choice import FIRST_PAUSE, LEAST_RESULTS, Circuit, State
from alerting.notifications.messages import NothingOpenSms
from alerting.notifications.models import AttemptRow, CarrierAlarmRow
from alerting.runtime import Runtime
from core import queue
from core.audit import log
from core.carrier_accounts import SECOND, TWILIO
from core.db import Database
from core.settings import Settings
from service import wiring
from simulator.config import SimulatorConfig
from simulator.server import running
from tests.support import databases
from tests.support.desk import Desk
from tests.support.telephones import Telephones
from tests.support.time import SteppedClock

SECOND_SID, SECOND_TOKEN = "AC" + "2" * 32, "second-account-token"
NUMBERS = ("+34600900901", "+34910000002")


@pytest.fixture
def dialect() -> str:
    return "sqlite"


@pytest.fixture(scope="module")
def second_network() -> Iterator[str]:
    with running(SimulatorConfig(account_sid=SECOND_SID, auth_token=SECOND_TOKEN)) as url:
        yield url


@pytest.fixture
def settings(database: Database, tmp_path: Path, network: str, second_network: str) -> Settings:
    return databases.settings_for(
        database,
        tmp_path,
        twilio_api_url=network,
        second_twilio_account_sid=SECOND_SID,
        second_twilio_auth_token=SECOND_TOKEN,
        second_twilio_api_url=second_network,
        second_sms_from=NUMBERS[0],
        second_voice_from=NUMBERS[1],
    )


@pytest.fixture
def runtime(world: Database, settings: Settings, clock: SteppedClock) -> Runtime:
    first, more = wiring.carrier(settings), wiring.more_carriers(settings)
    return Runtime(settings, world, Configurations(settings), first, now=clock, more_carriers=more)


@pytest.fixture
def phones(network: str) -> Iterator[Telephones]:
    with Telephones(network) as telephones:
        telephones.reset()
        yield telephones
        telephones.reset()


@pytest.fixture
def others(second_network: str) -> Iterator[Telephones]:
    with Telephones(second_network) as telephones:
        telephones.reset()
        yield telephones
        telephones.reset()


def to_ana(desk: Desk, reference: str) -> list[AttemptRow]:
    return list(desk.attempts(reference, purpose="page", person_id="ana"))


def first_sms(desk: Desk, reference: str) -> AttemptRow:
    return next(row for row in to_ana(desk, reference) if row.channel == "sms")


def change_first(runtime: Runtime, **settings: str) -> None:
    """The usual account is set up otherwise."""
    object.__setattr__(runtime, "carrier", wiring.carrier(runtime.settings.model_copy(update=settings)))


def circuit(desk: Desk) -> Circuit:
    with desk.runtime.database.reading() as session:
        return senders.circuits(session)[TWILIO, "sms"]


def say_something(desk: Desk) -> AttemptRow:
    """A message to Ana that belongs to no ticket, handed over."""
    with desk.runtime.work() as work:
        notifications.inform(work, work.config.oncall.people["ana"], NothingOpenSms())
        (attempt,) = work.planned()
    desk.run_due()
    with desk.runtime.database.reading() as session:
        row = session.get_one(AttemptRow, attempt["id"])
    assert row.state == "accepted"
    return row


def test_a_person_is_tried_by_one_account_and_then_by_the_other(
    desk: Desk, phones: Telephones, others: Telephones
) -> None:
    made = desk.activate()
    desk.advance(seconds=95)
    assert [row.carrier for row in to_ana(desk, made.reference)][:3] == [TWILIO, SECOND, TWILIO]
    with desk.runtime.database.reading() as session:
        taken = [dict(e.link.data) for e in log.read(session, made.reference) if e.link.kind == "attempt.accepted"]
    assert [one["carrier"] for one in taken][:2] == [TWILIO, SECOND]
    (call,) = [e for e in others.events("request") if e["method"] == "POST"]
    assert call["form"]["From"] == [NUMBERS[1]]


def test_when_one_account_is_busy_the_other_is_asked_at_once(
    desk: Desk, phones: Telephones, others: Telephones
) -> None:
    phones.fault(carrier=[{"kind": "429", "times": 9, "resource": "messages"}])
    made = desk.activate()
    sms = first_sms(desk, made.reference)
    assert (sms.state, sms.carrier, sms.handed_over_at) == ("accepted", SECOND, desk.clock.at)
    others["Ana"].expect_sms()


def test_when_one_account_cannot_be_reached_the_other_is_asked_at_once(
    desk: Desk, others: Telephones, runtime: Runtime
) -> None:
    change_first(runtime, twilio_api_url="http://127.0.0.1:1")
    sms = first_sms(desk, desk.activate().reference)
    assert (sms.state, sms.carrier, sms.handed_over_at) == ("accepted", SECOND, desk.clock.at)


def test_when_an_account_breaks_off_it_is_asked_what_it_has_and_then_the_other_sends(
    desk: Desk, phones: Telephones, others: Telephones
) -> None:
    phones.fault(carrier=[{"kind": "500", "times": 9, "resource": "messages"}])
    made = desk.activate()
    desk.advance(seconds=10)
    sms = first_sms(desk, made.reference)
    assert (sms.state, sms.carrier) == ("accepted", SECOND)
    assert "attempt.resent" in desk.kinds(made.reference)


def test_an_account_that_refuses_us_is_told_to_managers_and_the_other_sends(
    desk: Desk, phones: Telephones, others: Telephones, runtime: Runtime
) -> None:
    change_first(runtime, twilio_account_sid="AC" + "9" * 32)
    made = desk.activate()
    assert {row.carrier for row in to_ana(desk, made.reference) if row.handed_over_at} == {SECOND}
    with runtime.database.reading() as session:
        assert session.scalars(select(CarrierAlarmRow.channel)).all()


def test_an_account_that_keeps_failing_is_left_alone_and_then_tried_by_one(
    desk: Desk, phones: Telephones, others: Telephones, runtime: Runtime
) -> None:
    working = runtime.carrier
    change_first(runtime, twilio_api_url="http://127.0.0.1:1")
    for _ in range(LEAST_RESULTS):
        assert say_something(desk).carrier == SECOND
    assert circuit(desk).state(desk.clock.at) is State.OPEN
    assert say_something(desk).tries == 1  # the one that fails was not asked
    found = {check.name: check.detail for check in health.checks(runtime, queue.connect("redis://127.0.0.1:1/0"))}
    assert found["circuit_twilio_sms"] == "open: others send in its place"
    desk.clock.advance(seconds=FIRST_PAUSE.total_seconds())
    object.__setattr__(runtime, "carrier", working)
    assert say_something(desk).carrier == TWILIO
    assert circuit(desk) == Circuit()


def test_a_call_is_hung_up_at_the_account_that_placed_it(desk: Desk, phones: Telephones, others: Telephones) -> None:
    made = desk.activate()
    (call,) = [row for row in to_ana(desk, made.reference) if row.channel == "voice" and row.carrier_sid]
    dispatch.hang_up(desk.runtime, call.id)
    assert call.carrier == SECOND
    assert any(str(e["path"]).endswith(f"{call.carrier_sid}.json") for e in others.events("request"))

"""Canary pages through the whole path, and the account at the carrier: rows, the real client, simulated telephones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from alerting.carrier_watch import jobs, service
from alerting.carrier_watch.models import CanaryRow
from alerting.configuration import Configurations
from alerting.notifications import statuses
from alerting.notifications.attempts import AttemptState
from alerting.notifications.models import AttemptRow
from alerting.notifications.statuses import Reported
from alerting.runtime import Runtime
from core import heartbeat
from core.db import Database
from service import wiring
from service.app import create_app
from tests.support import databases
from tests.support.desk import Desk
from tests.support.telephones import Telephones
from tests.support.time import SteppedClock

OPERATORS = "+34600000009"
Json = dict[str, Any]


@pytest.fixture
def dialect() -> str:
    return "sqlite"


@pytest.fixture
def phones(network: str) -> Iterator[Telephones]:
    with Telephones(network) as telephones:
        telephones.reset()
        yield telephones
        telephones.reset()


@pytest.fixture
def make(world: Database, tmp_path: Path, network: str, phones: Telephones) -> Callable[..., Desk]:
    def desk(**settings: Any) -> Desk:
        given = databases.settings_for(world, tmp_path, **{"twilio_api_url": network, "public_url": network} | settings)
        clock = SteppedClock()
        return Desk(Runtime(given, world, Configurations(given), wiring.carrier(given), now=clock), clock)

    return desk


def sing(desk: Desk) -> None:
    with desk.runtime.work() as work:
        service.go_on(work, desk.runtime.settings, desk.runtime.carrier.name)
    desk.run_due()


def report(desk: Desk, status: str, state: AttemptState) -> AttemptRow:
    """What the carrier says of the latest canary."""
    with desk.runtime.work() as work:
        newest = select(AttemptRow).where(AttemptRow.purpose == "canary").order_by(AttemptRow.id.desc()).limit(1)
        attempt = work.session.scalars(newest).one()
        statuses.apply(work, attempt, Reported(status, state, attempt.carrier_sid))
        service.reported(work, attempt)
    desk.run_due()
    return attempt


def outcomes(desk: Desk) -> list[str]:
    with desk.runtime.database.reading() as session:
        return list(session.scalars(select(CanaryRow.outcome).order_by(CanaryRow.sent_at)))


def told(desk: Desk) -> list[str]:
    """Templates of what managers were told of, and never by the carrier that is in doubt."""
    with desk.runtime.database.reading() as session:
        rows = session.execute(
            select(AttemptRow.template, AttemptRow.person_id, AttemptRow.channel)
            .where(AttemptRow.purpose == "notice")
            .order_by(AttemptRow.id)
        ).all()
    assert {(person, channel) for _, person, channel in rows} <= {("clara", "email")}
    return [template for template, _, _ in rows]


def readiness(desk: Desk) -> tuple[int, Json]:
    with desk.runtime.database.transaction() as session:
        heartbeat.beat(session, "clock", desk.runtime.now(session))
    app: Flask = create_app(desk.runtime)
    answer = app.test_client().get("/readyz")
    return answer.status_code, answer.json["checks"]  # type: ignore[index]


def figures(desk: Desk) -> dict[str, float]:
    app: Flask = create_app(desk.runtime)
    families = text_string_to_metric_families(app.test_client().get("/metrics").text)
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_a_canary_that_is_delivered_shows_that_the_carrier_works(make: Callable[..., Desk]) -> None:
    desk = make(canary_sms_to=OPERATORS)
    sing(desk)
    desk.clock.advance(seconds=4)
    attempt = report(desk, "delivered", AttemptState.DELIVERED)
    assert (attempt.channel, attempt.address, attempt.carrier) == ("sms", OPERATORS, "twilio")
    status, checks = readiness(desk)
    assert (status, checks["canary_twilio_sms"]["ok"]) == (200, True)
    assert "within 4 s" in checks["canary_twilio_sms"]["detail"]
    assert (figures(desk)["guardia_canary_up"], figures(desk)["guardia_canary_seconds"]) == (1, 4)
    sing(desk)
    assert outcomes(desk) == ["heard"]


def test_one_that_nobody_confirms_is_told_to_managers_by_mail_once_and_so_is_the_first_that_comes_through(
    make: Callable[..., Desk],
) -> None:
    desk = make(canary_sms_to=OPERATORS)
    for minutes in (0, 3, 3, 3):
        desk.clock.advance(minutes=minutes)
        sing(desk)
    assert outcomes(desk) == ["missed", "missed"]
    assert told(desk) == ["canary_missed_sms"]
    status, checks = readiness(desk)
    assert (status, checks["canary_twilio_sms"]["detail"]) == (503, "fails; none has come through")
    desk.clock.advance(minutes=3)
    sing(desk)
    report(desk, "delivered", AttemptState.DELIVERED)
    assert told(desk) == ["canary_missed_sms", "canary_heard_sms"]
    assert readiness(desk)[0] == 200


def test_a_call_that_rings_has_come_through_and_is_hung_up(make: Callable[..., Desk], phones: Telephones) -> None:
    desk = make(canary_call_to=OPERATORS)
    sing(desk)
    report(desk, "ringing", AttemptState.RINGING)
    assert outcomes(desk) == ["heard"]
    (call,) = phones.act("GET", "/_sim/state")["calls"]
    assert call["status"] in ("canceled", "completed")
    assert told(desk) == []


def test_while_one_way_works_the_other_does_not_call_the_service_down(make: Callable[..., Desk]) -> None:
    desk = make(canary_sms_to=OPERATORS, canary_call_to=OPERATORS)
    with desk.runtime.work() as work:
        for channel, outcome in (("sms", "missed"), ("sms", "missed"), ("voice", "heard")):
            at = work.now
            work.session.add(
                CanaryRow(id=f"{channel}{len(work.session.new)}", attempt_id=f"{channel}{len(work.session.new)}",
                          channel=channel, carrier="twilio", sent_at=at, deadline_at=at, outcome=outcome)
            )  # fmt: skip
    status, checks = readiness(desk)
    assert (status, checks["canary_twilio_sms"]["ok"], checks["canary_twilio_voice"]["ok"]) == (200, False, True)


def test_without_a_number_nothing_is_sent(make: Callable[..., Desk]) -> None:
    desk = make()
    sing(desk)
    assert outcomes(desk) == []


def test_low_credit_is_told_once_and_its_end_too(make: Callable[..., Desk], phones: Telephones, network: str) -> None:
    desk = make()
    numbers = (desk.runtime.settings.sms_from, desk.runtime.settings.voice_from)
    for balance in ("12.40", "12.10", "80.00"):
        phones.set_account(network, numbers, balance=balance)
        jobs.look(desk.runtime)
    assert told(desk) == ["carrier_fault_sms", "carrier_well_sms"]
    assert readiness(desk)[1]["carrier_account_twilio"] == {"ok": True, "detail": "in order, balance 80.00 EUR"}
    assert figures(desk)["guardia_carrier_balance"] == 80


def test_an_account_in_order_is_left_for_a_quarter_of_an_hour_and_another_for_a_minute(
    make: Callable[..., Desk], phones: Telephones, network: str
) -> None:
    desk = make()
    numbers = (desk.runtime.settings.sms_from, desk.runtime.settings.voice_from)
    phones.set_account(network, numbers)
    due = []
    for minutes, balance in ((0, "80.00"), (14, "80.00"), (1, "3.00"), (1, "80.00"), (1, "80.00")):
        desk.clock.advance(minutes=minutes)
        phones.set_account(network, numbers, balance=balance)
        with desk.runtime.work() as work:
            due.append(service.is_account_due(work, "twilio"))
        if due[-1]:
            jobs.look(desk.runtime)
    assert due == [True, False, True, True, False]


def test_credentials_that_the_carrier_refuses_call_the_service_down(make: Callable[..., Desk]) -> None:
    desk = make(twilio_auth_token="wrong")
    for _ in range(2):
        jobs.look(desk.runtime)
    assert told(desk) == ["carrier_fault_sms"]
    assert readiness(desk)[0] == 503


def test_a_carrier_that_does_not_answer_is_left_to_the_canaries(make: Callable[..., Desk]) -> None:
    desk = make(twilio_api_url="http://127.0.0.1:9")
    jobs.look(desk.runtime)
    assert told(desk) == []
    assert readiness(desk)[0] == 200

"""Whether it is up, whether it can page, and its figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from redis import Redis

from alerting.api.health import checks
from alerting.configuration import Configurations
from alerting.notifications import alarms
from alerting.pagerduty.models import PagerDutyIncidentRow
from alerting.runtime import Runtime
from core import heartbeat, queue
from core.db import Database
from tests.services.api.conftest import Caller
from tests.support.time import SteppedClock


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


def nowhere() -> Redis:
    return queue.connect("redis://127.0.0.1:1/0")


def beat(runtime: Runtime, ago: timedelta) -> None:
    with runtime.database.transaction() as session:
        heartbeat.beat(session, "clock", runtime.now(session) - ago)


def readiness(app: Flask) -> tuple[int, dict[str, Any]]:
    answer = app.test_client().get("/readyz")
    found: dict[str, Any] = answer.json  # type: ignore[assignment]
    return answer.status_code, found


def figures(app: Flask) -> dict[tuple[str, tuple[str, ...]], float]:
    """Values by name and labels, these in the order of their names."""
    answer = app.test_client().get("/metrics")
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_process_that_answers_is_up(app: Flask) -> None:
    assert app.test_client().get("/healthz").json == {"status": "ok"}


def test_a_carrier_that_takes_neither_calls_nor_messages_means_that_nobody_can_be_paged(
    app: Flask, runtime: Runtime
) -> None:
    beat(runtime, timedelta(0))
    with runtime.work() as work:
        alarms.sound(work, "sms", "20003")
    assert readiness(app)[1]["status"] == "degraded"
    with runtime.work() as work:
        alarms.sound(work, "voice", "20003")
    status, found = readiness(app)
    assert (status, found["status"]) == (503, "cannot page")
    assert "sms with code 20003" in found["checks"]["carrier_refusals"]["detail"]


def test_without_a_clock_nobody_is_paged_in_time(app: Flask, runtime: Runtime) -> None:
    assert readiness(app)[0] == 503
    beat(runtime, timedelta(seconds=6))
    status, answer = readiness(app)
    assert (status, answer["status"], answer["checks"]["clock"]["ok"]) == (503, "cannot page", False)
    beat(runtime, timedelta(seconds=5))
    status, answer = readiness(app)
    assert (status, answer["checks"]["clock"]["ok"]) == (200, True)


def test_without_the_queue_the_clock_pages_and_the_answer_says_so(app: Flask, runtime: Runtime) -> None:
    beat(runtime, timedelta(0))
    status, answer = readiness(app)
    assert (status, answer["status"]) == (200, "degraded")
    assert not answer["checks"]["queue"]["ok"]
    assert set(answer["checks"]) == {"database", "queue", "clock", "carrier", "mail", "mail_in"}


def test_without_the_database_it_cannot_page(runtime: Runtime) -> None:
    gone = Database("postgresql+psycopg://guardia@127.0.0.1:1/guardia")
    away = Runtime(runtime.settings, gone, runtime.configurations, runtime.carrier)
    found = {check.name: check for check in checks(away, nowhere())}
    assert (found["database"].ok, found["database"].vital) == (False, True)
    gone.dispose()


def test_a_carrier_that_is_not_configured_is_named(app: Flask, runtime: Runtime) -> None:
    bare = Runtime(
        runtime.settings.model_copy(update={"sms_from": ""}), runtime.database, runtime.configurations, runtime.carrier
    )
    found = {check.name: check for check in checks(bare, nowhere())}
    assert not found["carrier"].ok
    assert "GUARDIA_SMS_FROM" in found["carrier"].detail


def test_mail_that_does_not_leave_is_noticed_and_no_reason_to_call_it_down(
    app: Flask, runtime: Runtime, marta: Caller, clock: SteppedClock
) -> None:
    marta.activated()
    clock.advance(minutes=11)
    beat(runtime, timedelta(0))
    status, answer = readiness(app)
    assert (status, answer["checks"]["mail"]["ok"]) == (200, False)
    assert "660" in answer["checks"]["mail"]["detail"]


def test_figures_come_from_the_rows_and_name_no_customer(
    app: Flask, runtime: Runtime, marta: Caller, clock: SteppedClock
) -> None:
    marta.activated()
    clock.advance(seconds=200)
    beat(runtime, timedelta(seconds=1))
    found = figures(app)
    assert found["guardia_database_up", ()] == 1
    assert found["guardia_open_tickets", ("real", "new")] == 1
    assert found["guardia_open_escalations", ("running",)] == 1
    assert found["guardia_attempts", ("sms", "page", "pending")] == 1
    assert found["guardia_oldest_overdue_seconds", ("escalation",)] == 20
    assert found["guardia_oldest_overdue_seconds", ("attempt",)] == 200
    assert found["guardia_clock_silent_seconds", ()] == 1
    assert "hotel" not in app.test_client().get("/metrics").text.lower()


def test_an_incident_that_pagerduty_cannot_be_told_of_is_seen_from_outside(app: Flask, runtime: Runtime) -> None:
    settings = runtime.settings.model_copy(update={"pagerduty_routing_key": SecretStr("R" * 32)})
    ready = Runtime(settings, runtime.database, Configurations(settings), runtime.carrier, now=runtime.now)
    row = {"ticket_id": "T", "episode": 1, "service_id": "default", "dedup_key": "guardia:1", "mirror": False}
    with runtime.database.transaction() as session:
        at = runtime.now(session)
        session.add(PagerDutyIncidentRow(id="I", wanted="resolved", held="triggered", due_at=at, tries=4, **row))
    found = {check.name: check for check in checks(ready, nowhere())}["pagerduty"]
    assert (found.ok, found.vital) == (False, False)

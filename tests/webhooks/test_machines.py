"""What machines call over HTTP: heartbeats by curl, events by monitoring systems (S-3.2.1)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from alerting.monitoring import keys, queries
from alerting.monitoring.keys import Section
from alerting.monitoring.models import HeartbeatRow, HeartbeatRunRow
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from core.db import Database
from core.documents import store
from tests.support.desk import Desk
from webhooks.inbound import heartbeats, monitoring

JOB = "sol-erp-nightly"
SOURCE = "sol-prometheus"
FAILED = {"dedup_key": "erp", "action": "trigger", "summary": "Copia fallida"}


@pytest.fixture
def machine(runtime: Runtime, desk: Desk) -> FlaskClient:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 2_000_000  # as the pages' forms have it
    app.register_blueprint(heartbeats.blueprint(runtime))
    app.register_blueprint(monitoring.blueprint(runtime))
    return app.test_client()


@pytest.fixture
def generic(runtime: Runtime) -> None:
    amend(runtime, format="generic")


def amend(runtime: Runtime, **keys: Any) -> None:
    with runtime.database.transaction() as session:
        found = store.find(session, "integrations", SOURCE)
        assert found is not None
        change = store.Change("update", "integrations", SOURCE, found.body | keys, found.position)
        store.save(session, [change], runtime.now(session))


def key(runtime: Runtime, section: Section, id_: str) -> str:
    with runtime.database.transaction() as session:
        return keys.make(session, section, id_, runtime.now(session)).key


def job(runtime: Runtime) -> HeartbeatRow:
    with runtime.database.reading() as session:
        return session.get_one(HeartbeatRow, JOB)


def last_run(runtime: Runtime) -> HeartbeatRunRow:
    with runtime.database.reading() as session:
        return session.scalars(select(HeartbeatRunRow).order_by(HeartbeatRunRow.id.desc()).limit(1)).one()


def reported(runtime: Runtime) -> list[int]:
    """How often each ticket of monitoring has been raised."""
    with runtime.database.reading() as session:
        ids = session.scalars(select(TicketRow.id).where(TicketRow.channel == "monitoring")).all()
        return list(queries.occurrences(session, ids).values())


def send(machine: FlaskClient, key: str, body: Any, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return machine.post(f"/integrations/{key}/events", json=body, headers=named)


# --- heartbeats


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("suffix", "state"), [("", "up"), ("/start", "running"), ("/fail", "failed")])
def test_a_script_tells_with_one_request_what_became_of_the_job(
    machine: FlaskClient, runtime: Runtime, method: str, suffix: str, state: str
) -> None:
    answer = machine.open(f"/heartbeats/{key(runtime, 'heartbeats', JOB)}{suffix}", method=method)

    assert (answer.status_code, answer.text) == (200, "OK\n")
    assert job(runtime).state == state


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json", ""])
def test_what_curl_sends_is_kept_whatever_it_calls_it(
    machine: FlaskClient, runtime: Runtime, content_type: str
) -> None:
    address = f"/heartbeats/{key(runtime, 'heartbeats', JOB)}"
    machine.post(address, data="copiados 42 GB\n\x00ñ=1&b=2".encode(), content_type=content_type)

    assert last_run(runtime).log == "copiados 42 GB\nñ=1&b=2"


def test_a_log_too_long_is_cut_with_a_mark_and_never_refused(machine: FlaskClient, runtime: Runtime) -> None:
    body = b"x" * 3_000_000 + b"exit code 0"
    answer = machine.post(f"/heartbeats/{key(runtime, 'heartbeats', JOB)}", data=body)

    assert answer.status_code == 200
    run = last_run(runtime)
    assert (len(run.log or ""), run.log_cut) == (64 * 1024, True)
    assert str(run.log).endswith("exit code 0")


def test_bytes_that_are_no_text_are_kept_as_far_as_they_can_be(machine: FlaskClient, runtime: Runtime) -> None:
    answer = machine.post(f"/heartbeats/{key(runtime, 'heartbeats', JOB)}/fail", data=b"\xff\xfe error \xc3")

    assert answer.status_code == 200
    assert "error" in str(last_run(runtime).log)


@pytest.mark.parametrize("path", ["/heartbeats/{}", "/heartbeats/{}/start", "/integrations/{}/events"])
@pytest.mark.parametrize("guess", ["nobody", "x" * 3000, "%00"])
def test_a_key_that_is_nobodys_is_not_found_and_changes_nothing(
    machine: FlaskClient, runtime: Runtime, path: str, guess: str
) -> None:
    assert machine.post(path.format(guess), json=FAILED).status_code == 404
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(HeartbeatRunRow)) == 0


def test_a_key_of_one_kind_opens_nothing_of_the_other_and_an_old_one_nothing_at_all(
    machine: FlaskClient, runtime: Runtime, generic: None
) -> None:
    old, beat = key(runtime, "integrations", SOURCE), key(runtime, "heartbeats", JOB)
    fresh = key(runtime, "integrations", SOURCE)

    assert machine.get(f"/heartbeats/{fresh}").status_code == 404
    assert send(machine, beat, FAILED).status_code == 404
    assert send(machine, old, FAILED).status_code == 404
    assert send(machine, fresh, FAILED).status_code == 202


def test_no_key_and_no_log_stands_in_the_database_or_in_our_own_log(
    machine: FlaskClient, runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    made = key(runtime, "heartbeats", JOB)
    with caplog.at_level("DEBUG"):
        machine.post(f"/heartbeats/{made}", data="copiado /srv/erp/clientes.db")

    assert made not in caplog.text
    assert "clientes.db" not in caplog.text
    with runtime.database.reading() as session:
        assert made not in str(session.execute(select(keys.MachineKeyRow.digest)).all())


# --- events


def test_an_event_is_accepted_and_twenty_are_one_ticket(machine: FlaskClient, runtime: Runtime, generic: None) -> None:
    made = key(runtime, "integrations", SOURCE)
    answers = [send(machine, made, FAILED) for _ in range(20)]

    assert [(one.status_code, one.json) for one in answers] == [(202, {"accepted": 1})] * 20
    assert reported(runtime) == [20]


def test_alertmanagers_deliveries_are_taken_alert_by_alert_and_a_repeated_one_counts_nothing(
    machine: FlaskClient, runtime: Runtime
) -> None:
    alert = {"status": "firing", "labels": {"alertname": "BackupFailed"}, "startsAt": "2026-10-27T02:00:00Z"}
    body = {"version": "4", "status": "firing", "alerts": [alert | {"fingerprint": "a"}, alert | {"fingerprint": "b"}]}
    made = key(runtime, "integrations", SOURCE)

    assert send(machine, made, body).json == {"accepted": 2}
    assert send(machine, made, body).json == {"accepted": 2}
    assert reported(runtime) == [1, 1]


def test_a_delivery_repeated_with_its_idempotency_key_is_counted_once(
    machine: FlaskClient, runtime: Runtime, generic: None
) -> None:
    made = key(runtime, "integrations", SOURCE)
    for _ in range(3):
        assert send(machine, made, FAILED, Idempotency_Key="delivery-1").json == {"accepted": 1}

    assert reported(runtime) == [1]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b'{"dedup_key": "a", ', 400, None),
        (b"\xff\xfe", 400, None),
        (b"[" * 100_000, 400, None),
        (b"[]", 422, ""),
        (json.dumps({"dedup_key": "a", "action": "open", "summary": "x"}).encode(), 422, "action"),
        (json.dumps(FAILED | {"component": "mainframe"}).encode(), 422, "component"),
        (b'"' + b"x" * 1_100_000 + b'"', 413, None),
    ],
)
def test_a_body_that_cannot_be_taken_says_why_and_nothing_is_half_done(
    machine: FlaskClient, runtime: Runtime, generic: None, body: bytes, status: int, field: str | None
) -> None:
    made = key(runtime, "integrations", SOURCE)
    answer = machine.post(f"/integrations/{made}/events", data=body, content_type="application/json")

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert [one["field"] for one in (answer.json or {}).get("errors", [])] == ([] if field is None else [field])
    assert reported(runtime) == []


def test_without_a_database_the_sender_is_told_to_come_again(runtime: Runtime, tmp_path: Path) -> None:
    gone = Database(f"sqlite:///{tmp_path}/gone/guardia.db")
    (tmp_path / "gone").rmdir()
    away = replace(runtime, database=gone)
    app = Flask(__name__)
    app.register_blueprint(heartbeats.blueprint(away))
    app.register_blueprint(monitoring.blueprint(away))

    for answer in (app.test_client().get("/heartbeats/key"), send(app.test_client(), "key", FAILED)):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "30"
    gone.dispose()

"""Activations while the database is away: kept on disk, answered 202, requested when it is back (invariant I17)."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from alerting.api import journalled
from alerting.catalog.journal import FILE, FOLDER, REFUSED
from alerting.runtime import Runtime
from core.audit import log
from service.app import create_app
from tests.services.api.conftest import Caller
from tests.support.time import SteppedClock


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


class Away:
    """A database that nobody answers at."""

    @contextmanager
    def transaction(self, *, may_be_lost=False):  # type: ignore[no-untyped-def]
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))
        yield

    reading = transaction


@pytest.fixture
def without_database(marta: Caller, runtime: Runtime) -> Caller:
    """Marta again, on a service whose database is out of reach."""
    marta.get("/catalog")  # the phone is known since
    return Caller(create_app(replace(runtime, database=Away())), marta.token)  # type: ignore[arg-type]


def test_the_request_is_accepted_with_a_provisional_reference_and_the_phone(without_database: Caller) -> None:
    """S-1.2"""
    answer = without_database.activate()
    assert answer.status_code == 202
    assert answer.json["provisional_reference"].startswith("P-")
    assert answer.json["emergency_phone"] == "+34910000000"


def test_it_is_requested_once_when_the_database_is_back(
    without_database: Caller, marta: Caller, runtime: Runtime, clock: SteppedClock
) -> None:
    """S-1.2"""
    provisional = without_database.activate({"symptoms": "El ERP no arranca"}).json["provisional_reference"]
    clock.advance(minutes=3)
    assert journalled.replay(runtime) == 1
    assert journalled.replay(runtime) == 0
    (ticket,) = marta.items("/tickets")
    assert ticket["escalation"]["state"] == "running"
    with runtime.database.reading() as session:
        entries = [entry.link for entry in log.read(session, ticket["reference"])]
    (kept,) = [entry.data for entry in entries if entry.kind == "activation.journalled"]
    assert kept["provisional_reference"] == provisional


def test_a_replay_that_is_interrupted_is_no_second_ticket(
    without_database: Caller, marta: Caller, runtime: Runtime
) -> None:
    without_database.activate()
    folder = runtime.settings.data_dir / FOLDER
    written = (folder / FILE).read_text()
    journalled.replay(runtime)
    (folder / FILE).write_text(written)  # as if the process had died before it could take the file away
    journalled.replay(runtime)
    assert len(marta.items("/tickets")) == 1


def test_a_client_that_asks_again_with_its_key_gets_the_same_ticket(
    without_database: Caller, marta: Caller, runtime: Runtime
) -> None:
    without_database.activate(Idempotency_Key="at-three")
    journalled.replay(runtime)
    again = marta.activate(Idempotency_Key="at-three")
    assert again.status_code == 201
    assert [ticket["reference"] for ticket in marta.items("/tickets")] == [again.json["reference"]]


def test_a_client_that_was_faster_than_the_journal_is_not_joined_to_itself(
    without_database: Caller, marta: Caller, runtime: Runtime
) -> None:
    without_database.activate(Idempotency_Key="at-three")
    made = marta.activate(Idempotency_Key="at-three")
    journalled.replay(runtime)
    with runtime.database.reading() as session:
        kinds = [entry.link.kind for entry in log.read(session, made.json["reference"])]
    assert "ticket.joined" not in kinds


def test_the_journal_holds_no_token(without_database: Caller, runtime: Runtime) -> None:
    without_database.activate()
    assert without_database.token not in (runtime.settings.data_dir / FOLDER / FILE).read_text()


def test_a_request_that_may_not_be_made_is_kept_for_a_person_to_see(
    without_database: Caller, runtime: Runtime, marta: Caller
) -> None:
    Caller(without_database.app, "gdt_" + "x" * 43).activate()
    journalled.replay(runtime)
    refused = (runtime.settings.data_dir / FOLDER / REFUSED).read_text().splitlines()
    assert [json.loads(line)["body"]["plan"] for line in refused] == ["erp-restore"]
    assert marta.items("/tickets") == []


def test_without_database_and_disk_nothing_is_promised(
    without_database: Caller, runtime: Runtime, tmp_path: Path
) -> None:
    (runtime.settings.data_dir / FOLDER).write_text("no folder")
    answer = without_database.activate()
    assert answer.status_code == 503
    assert answer.json["emergency_phone"] == "+34910000000"


def test_the_ticket_is_opened_as_of_when_it_was_asked_for(
    without_database: Caller, marta: Caller, runtime: Runtime, clock: SteppedClock
) -> None:
    without_database.activate()
    clock.at += timedelta(days=60)
    journalled.replay(runtime)
    (ticket,) = marta.items("/tickets")
    (line,) = [e for e in marta.items(f"/tickets/{ticket['reference']}/timeline") if e["kind"]][:1]
    assert ticket["opened_at"] < line["at"]

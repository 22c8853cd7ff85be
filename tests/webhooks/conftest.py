"""The carrier's entrances and the link on SQLite, Hotel Sol's emergency just begun, and a carrier that signs what it
sends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from alerting.configuration import Configurations
from alerting.desk import link
from alerting.runtime import Runtime
from core.db import Database
from core.settings import Settings
from core.time import now
from service import wiring
from service.configuration.apply import apply
from service.configuration.plan import Plan
from tests.support import databases
from tests.support.desk import Desk
from tests.support.time import SteppedClock
from tests.webhooks.carrier import Carrier
from webhooks.inbound import twilio


@pytest.fixture(scope="session")
def night(
    sqlite_template: Path, world_plan: Plan, network: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A database file in which Marta has activated the ERP's plan and Ana's telephone rings; and the ticket's
    reference. Made once: every test begins with a copy."""
    folder = tmp_path_factory.mktemp("night")
    database = databases.copy_of(sqlite_template, folder)
    with database.transaction() as session:
        apply(session, world_plan, now(session))
    settings = databases.settings_for(database, folder, twilio_api_url=network, public_url=network)
    clock = SteppedClock()
    runtime = Runtime(settings, database, Configurations(settings), wiring.carrier(settings), now=clock)
    made = Desk(runtime, clock).activate(symptoms="No arranca el ERP")
    database.dispose()
    return folder / "guardia.db", made.reference


@pytest.fixture
def database(night: tuple[Path, str], tmp_path: Path) -> Iterator[Database]:
    """What a webhook does to the rows is the services' business, and tested there on both databases."""
    made = databases.copy_of(night[0], tmp_path)
    yield made
    made.dispose()


@pytest.fixture
def world(database: Database) -> Database:
    return database


@pytest.fixture
def reference(night: tuple[Path, str]) -> str:
    return night[1]


@pytest.fixture
def desk(runtime: Runtime, clock: SteppedClock) -> Desk:
    return Desk(runtime, clock)


@pytest.fixture
def client(runtime: Runtime) -> FlaskClient:
    """The rooms under test alone: the whole application takes longer to build than most of these tests."""
    app = Flask(__name__)
    app.register_blueprint(twilio.blueprint(runtime))
    app.register_blueprint(link.blueprint(runtime))
    return app.test_client()


@pytest.fixture
def carrier(client: FlaskClient, settings: Settings) -> Carrier:
    return Carrier(client, settings)

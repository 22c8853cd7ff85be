"""Fixtures that every level of tests shares: real databases, the example world, the simulated telephone network."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from alerting.configuration import Configurations
from alerting.runtime import Runtime
from core.db import Database
from core.settings import Settings
from core.time import now
from service import wiring
from service.configuration.apply import apply
from service.configuration.document import read_file
from service.configuration.plan import Plan, plan_apply
from simulator.config import SimulatorConfig
from simulator.server import running
from tests.support import databases, postgres
from tests.support.time import SteppedClock

# How long an example takes says something about the machine alone. The gate tries the same examples each time, so
# that a red run is about the change before it; `make explore` looks for new ones, and what it finds becomes a test.
settings.register_profile("gate", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))

WORLD = Path(__file__).parent.parent / "examples" / "world.yaml"


@pytest.fixture(scope="session", autouse=True)
def _settings_come_from_tests_alone() -> Iterator[None]:
    """A developer's own GUARDIA_ variables must not change what the tests see."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("GUARDIA_")}
    allowed = ("GUARDIA_VENDOR_SPECS", "GUARDIA_TEST_POSTGRES_URL", "GUARDIA_CHROMIUM")
    for name in kept:
        if name not in allowed:
            del os.environ[name]
    yield
    os.environ.update(kept)


@pytest.fixture(scope="module", autouse=True)
def _no_event_loop_is_left_running() -> Iterator[None]:
    """The order in which processes take tests is not ours: what one module leaves running, any other may meet."""
    yield
    assert asyncio._get_running_loop() is None  # an event loop is left running in this thread


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.migrated_file(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str, worker_id: str) -> Iterator[Database]:
    database = Database(databases.made_on(postgres_server, f"guardia_{worker_id}"))
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Each of the two databases; a module whose tests say the same on either gives one of its own."""
    given: str = request.param
    return given


@pytest.fixture
def database(request: pytest.FixtureRequest, dialect: str) -> Iterator[Database]:
    """The schema without a row."""
    if dialect == "postgresql":
        shared: Database = request.getfixturevalue("postgres_database")
        databases.empty(shared)
        yield shared
        return
    template: Path = request.getfixturevalue("sqlite_template")
    made = databases.copy_of(template, request.getfixturevalue("tmp_path"))
    yield made
    made.dispose()


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """For tests that say the same on either database."""
    made = databases.copy_of(sqlite_template, tmp_path)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def world_plan() -> Plan:
    """The example world, read and checked once."""
    planned = plan_apply([read_file(WORLD)], ())
    assert isinstance(planned, Plan)
    return planned


@pytest.fixture(scope="session")
def inhabited_file(sqlite_template: Path, world_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the example world."""
    made = databases.copy_of(sqlite_template, tmp_path_factory.mktemp("inhabited"))
    with made.transaction() as session:
        apply(session, world_plan, now(session))
    made.dispose()
    return Path(str(made.engine.url.database))


@pytest.fixture(scope="session")
def inhabited_rows(postgres_database: Database, world_plan: Plan) -> databases.Rows:
    """The example world as PostgreSQL holds it."""
    databases.empty(postgres_database)
    with postgres_database.transaction() as session:
        apply(session, world_plan, now(session))
    return databases.Rows.of(postgres_database)


@pytest.fixture
def world(database: Database, request: pytest.FixtureRequest) -> Database:
    """The example world: applied once, and put back for every test, which is faster."""
    if database.engine.dialect.name == "sqlite":
        database.dispose()
        shutil.copy(request.getfixturevalue("inhabited_file"), str(database.engine.url.database))
    else:
        rows: databases.Rows = request.getfixturevalue("inhabited_rows")
        rows.put_into(database)
    return database


@pytest.fixture(scope="session")
def network() -> Iterator[str]:
    """Base URL of a simulated telephone network that posts to nobody."""
    with running(SimulatorConfig(auth_token=Settings().twilio_auth_token.get_secret_value())) as url:
        yield url


@pytest.fixture
def settings(database: Database, tmp_path: Path, network: str) -> Settings:
    return databases.settings_for(database, tmp_path, twilio_api_url=network, public_url=network)


@pytest.fixture
def clock() -> SteppedClock:
    """Tuesday 27 October 2026, 03:00 in Madrid: nobody's office hours; Ana is first on call, Borja second."""
    return SteppedClock()


@pytest.fixture
def runtime(world: Database, settings: Settings, clock: SteppedClock) -> Runtime:
    """What a process has, with a clock that a test moves."""
    return Runtime(settings, world, Configurations(settings), wiring.carrier(settings), now=clock)

"""Pages on SQLite: what differs between databases is below them. One application serves all tests, each on a fresh copy
of the example world, in which every user has the same password."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from alerting.configuration import Configurations
from alerting.runtime import Runtime
from alerting.web import provider_cache
from core.accounts import passwords, sessions
from core.accounts.models import User
from core.accounts.service import find_user
from core.db import Database
from core.time import now
from service import wiring
from service.app import create_app
from service.configuration.apply import apply
from service.configuration.plan import Plan
from tests.services.pages.browsing import Browser
from tests.support import databases
from tests.support.time import TUESDAY_AT_THREE, SteppedClock

PASSWORD = "a horse on the roof"
Visit = Callable[..., Browser]


@pytest.fixture(scope="session")
def inhabited_template(sqlite_template: Path, world_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the example world and its users' password."""
    folder = tmp_path_factory.mktemp("inhabited")
    database = databases.copy_of(sqlite_template, folder)
    with database.transaction() as session:
        apply(session, world_plan, now(session))
        session.execute(update(User).values(password_hash=passwords.hashed(PASSWORD)))
    database.dispose()
    return folder / "guardia.db"


@pytest.fixture(scope="session")
def one_runtime(tmp_path_factory: pytest.TempPathFactory, network: str) -> Runtime:
    folder = tmp_path_factory.mktemp("pages")
    database = Database(f"sqlite:///{folder / 'guardia.db'}")
    settings = databases.settings_for(database, folder, twilio_api_url=network, public_url="http://localhost")
    return Runtime(settings, database, Configurations(settings), wiring.carrier(settings), now=SteppedClock())


@pytest.fixture(scope="session")
def one_app(one_runtime: Runtime) -> Flask:
    return answering_as_in_production(create_app(one_runtime))


@pytest.fixture
def clock(one_runtime: Runtime) -> SteppedClock:
    assert isinstance(one_runtime.now, SteppedClock)
    one_runtime.now.at = TUESDAY_AT_THREE
    return one_runtime.now


@pytest.fixture
def runtime(one_runtime: Runtime, inhabited_template: Path, clock: SteppedClock) -> Iterator[Runtime]:
    folder = one_runtime.settings.data_dir
    for old in folder.iterdir():
        old.unlink() if old.is_file() else shutil.rmtree(old)
    shutil.copy(inhabited_template, folder / "guardia.db")
    provider_cache.forget()
    one_runtime.configurations.forget()
    yield one_runtime
    one_runtime.database.dispose()


@pytest.fixture
def app(one_app: Flask, runtime: Runtime) -> Flask:
    return one_app


@pytest.fixture
def visit(app: Flask, runtime: Runtime) -> Visit:
    """A browser in which somebody is signed in already; None for a stranger."""

    def arrive(email: str | None = None, language: str = "es") -> Browser:
        browser = Browser(app, language)
        if email is not None:
            with runtime.database.transaction() as session:
                user = find_user(session, email)
                assert user is not None
                browser.client.set_cookie("guardia", sessions.create(session, user.id, runtime.now(session)))
        return browser

    return arrive


def answering_as_in_production(app: Flask) -> Flask:
    """Errors become pages, not exceptions of the test."""
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app

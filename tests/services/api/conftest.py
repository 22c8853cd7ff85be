"""The API of the example world, asked with the tokens of its people."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from alerting.configuration import Configurations
from alerting.runtime import Runtime
from core.accounts import service as accounts
from core.accounts.service import ConfiguredUser
from core.db import Database
from core.documents import store
from core.settings import Settings
from service import wiring
from service.app import create_app
from tests.support import databases
from tests.support.time import TUESDAY_AT_THREE, SteppedClock

ACTIVATION = "/api/v1/catalog/contingency-activation/requests"
EMAILS = {
    "Ana": "ana@itsafer.example",
    "Borja": "borja@itsafer.example",
    "Clara": "clara@itsafer.example",
    "the administrator": "admin@itsafer.example",
    "Marta": "marta@hotelsol.example",
    "Luis": "luis@hotelsol.example",
    "Jon": "jon@banconorte.example",
}


@dataclass
class Caller:
    """Somebody with a token. `get` and `post` ask below /api/v1."""

    app: Flask
    token: str
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **query: str) -> TestResponse:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/api/v1{path}", json=body or {}, headers=self.headers | named)

    def activate(self, body: Any = None, **headers: str) -> TestResponse:
        wanted = {"mode": "real", "plan": "erp-restore"} | (body or {})
        return self.post("/catalog/contingency-activation/requests", wanted, **headers)

    def activated(self, **body: Any) -> str:
        """The reference of a new activation."""
        answer = self.activate(body)
        assert answer.status_code == 201, answer.text
        return str(answer.json["reference"])  # type: ignore[index]

    def ticket(self, reference: str) -> dict[str, Any]:
        answer = self.get(f"/tickets/{reference}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json  # type: ignore[assignment]
        return found

    def items(self, path: str) -> list[dict[str, Any]]:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json["items"]  # type: ignore[index]
        return found


@dataclass(frozen=True)
class Installation:
    """One application and what it works with, for every test on one kind of database."""

    runtime: Runtime
    app: Flask


@pytest.fixture(scope="session")
def installations() -> dict[str, Installation]:
    """By the database's dialect: to make an application takes longer than most tests do."""
    return {}


@pytest.fixture
def installation(
    request: pytest.FixtureRequest,
    dialect: str,
    network: str,
    installations: dict[str, Installation],
    tmp_path_factory: pytest.TempPathFactory,
) -> Installation:
    """With the example world and nothing that an earlier test left."""
    if dialect not in installations:
        folder = tmp_path_factory.mktemp("api")
        database = (
            Database(f"sqlite:///{folder / 'guardia.db'}")
            if dialect == "sqlite"
            else request.getfixturevalue("postgres_database")
        )
        settings = databases.settings_for(database, folder, twilio_api_url=network, public_url=network)
        runtime = Runtime(settings, database, Configurations(settings), wiring.carrier(settings), now=SteppedClock())
        installations[dialect] = Installation(runtime, create_app(runtime))
    runtime = installations[dialect].runtime
    for old in runtime.settings.data_dir.iterdir():
        old.unlink() if old.is_file() else shutil.rmtree(old)
    if dialect == "sqlite":
        runtime.database.dispose()
        shutil.copy(request.getfixturevalue("inhabited_file"), runtime.settings.data_dir / "guardia.db")
    else:
        request.getfixturevalue("inhabited_rows").put_into(runtime.database)
    runtime.configurations.forget()
    return installations[dialect]


@pytest.fixture
def database(installation: Installation) -> Database:
    return installation.runtime.database


@pytest.fixture
def clock(installation: Installation) -> SteppedClock:
    clock = installation.runtime.now
    assert isinstance(clock, SteppedClock)
    clock.at = TUESDAY_AT_THREE
    return clock


@pytest.fixture
def world(runtime: Runtime) -> Database:
    return runtime.database


@pytest.fixture
def settings(installation: Installation) -> Settings:
    return installation.runtime.settings


@pytest.fixture
def runtime(installation: Installation, clock: SteppedClock) -> Runtime:
    return installation.runtime


@pytest.fixture
def app(installation: Installation, runtime: Runtime) -> Flask:
    return installation.app


@pytest.fixture
def caller(app: Flask, runtime: Runtime) -> Callable[[str], Caller]:
    """The API as one of the example world's people sees it, by first name."""

    def of(name: str) -> Caller:
        with runtime.database.transaction() as session:
            return Caller(app, accounts.create_token(session, EMAILS[name], "tests", runtime.now(session)))

    return of


@pytest.fixture
def new_user(app: Flask, runtime: Runtime) -> Callable[..., Caller]:
    """The API as somebody sees it whom the example world does not have."""

    def of(email: str, *roles: str, customer: str | None = None) -> Caller:
        with runtime.database.transaction() as session:
            now = runtime.now(session)
            accounts.add_user(session, ConfiguredUser(email, roles, customer=customer), now)
            return Caller(app, accounts.create_token(session, email, "tests", now))

    return of


@pytest.fixture
def ana(caller: Callable[[str], Caller]) -> Caller:
    return caller("Ana")


@pytest.fixture
def borja(caller: Callable[[str], Caller]) -> Caller:
    return caller("Borja")


@pytest.fixture
def clara(caller: Callable[[str], Caller]) -> Caller:
    return caller("Clara")


@pytest.fixture
def marta(caller: Callable[[str], Caller]) -> Caller:
    return caller("Marta")


@pytest.fixture
def luis(caller: Callable[[str], Caller]) -> Caller:
    return caller("Luis")


@pytest.fixture
def jon(caller: Callable[[str], Caller]) -> Caller:
    return caller("Jon")


@pytest.fixture
def amend_contract(runtime: Runtime) -> Callable[..., None]:
    """Change what a customer of the example world has agreed, or its plans."""

    def amend(customer: str, *, plans: list[dict[str, Any]] | None = None, **contract: Any) -> None:
        with runtime.database.transaction() as session:
            found = next(one for one in store.load(session) if (one.section, one.id) == ("customers", customer))
            body = found.body | {"contract": found.body["contract"] | contract}
            body |= {} if plans is None else {"plans": plans}
            change = store.Change("update", "customers", customer, body, found.position)
            store.save(session, [change], runtime.now(session))

    return amend

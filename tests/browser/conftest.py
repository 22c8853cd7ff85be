"""A real browser on a real server. Skipped, with the reason, where there is no Chromium."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright
from sqlalchemy import update
from werkzeug.serving import make_server

from alerting.configuration import Configurations
from alerting.runtime import Runtime
from core.accounts import passwords, sessions
from core.accounts.models import User
from core.accounts.service import find_user
from core.db import Database
from core.time import now
from service import wiring
from service.app import create_app
from service.configuration.apply import apply
from service.configuration.plan import Plan
from tests.support import databases
from tests.support.desk import Desk
from tests.support.time import SteppedClock

CHROMIUM = Path(os.environ.get("GUARDIA_CHROMIUM", "/usr/bin/chromium"))
PASSWORD = "a horse on the roof"
PHONE = {"width": 360, "height": 740}

OpenPage = Callable[..., Page]


# Of the module and no longer: while it lives, its event loop counts as running in this thread, and no test that happens
# to follow on the same process could run one of its own.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: install it, or name it in GUARDIA_CHROMIUM")
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=options)
    yield browser
    browser.close()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def runtime(sqlite_database: Database, world_plan: Plan, tmp_path: Path, network: str, clock: SteppedClock) -> Runtime:
    with sqlite_database.transaction() as session:
        apply(session, world_plan, now(session))
        session.execute(update(User).values(password_hash=passwords.hashed(PASSWORD)))
    settings = databases.settings_for(sqlite_database, tmp_path, twilio_api_url=network)
    return Runtime(settings, sqlite_database, Configurations(settings), wiring.carrier(settings), now=clock)


@pytest.fixture
def desk(runtime: Runtime, clock: SteppedClock) -> Desk:
    return Desk(runtime, clock)


@pytest.fixture
def site(runtime: Runtime) -> Iterator[str]:
    """Base URL of the running service."""
    server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_page(chromium: Browser, runtime: Runtime, site: str) -> Iterator[OpenPage]:
    """A page of somebody who is signed in (None: a stranger). What the browser's console complains of fails the
    test: a refusal by the Content-Security-Policy is reported there."""
    contexts = []
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def arrive(email: str | None, path: str, **options: object) -> Page:
        context = chromium.new_context(**({"locale": "es-ES"} | options))  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(10_000)
        if email is not None:
            with runtime.database.transaction() as session:
                user = find_user(session, email)
                assert user is not None
                token = sessions.create(session, user.id, runtime.now(session))
            context.add_cookies([{"name": "guardia", "value": token, "url": site}])
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site + path)
        return page

    yield arrive
    for context in contexts:
        context.close()
    assert complaints == []

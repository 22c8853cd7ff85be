"""Two answers at once, on PostgreSQL, where transactions really run side by side (invariant I4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask

from alerting.configuration import Configurations
from alerting.runtime import Runtime
from core.db import Database
from core.time import now
from service import wiring
from service.configuration.apply import apply
from service.configuration.plan import Plan
from tests.support import databases
from tests.support.desk import Desk
from tests.support.time import SteppedClock
from tests.webhooks.carrier import Carrier
from webhooks.inbound import twilio


@pytest.fixture
def busy_night(postgres_database: Database, world_plan: Plan, network: str, tmp_path: Path) -> Desk:
    databases.empty(postgres_database)
    with postgres_database.transaction() as session:
        apply(session, world_plan, now(session))
    settings = databases.settings_for(postgres_database, tmp_path, twilio_api_url=network, public_url=network)
    clock = SteppedClock()
    runtime = Runtime(settings, postgres_database, Configurations(settings), wiring.carrier(settings), now=clock)
    return Desk(runtime, clock)


def a_carrier(desk: Desk) -> Carrier:
    app = Flask(__name__)
    app.register_blueprint(twilio.blueprint(desk.runtime))
    return Carrier(app.test_client(), desk.runtime.settings)


def test_two_engineers_press_four_at_once_and_one_of_them_has_it(busy_night: Desk) -> None:
    reference = busy_night.activate().reference
    busy_night.advance(minutes=3)
    together = Barrier(2)

    def accepts(person: str) -> str:
        call = busy_night.attempts(reference, purpose="page", channel="voice", person_id=person)[0]
        answered = a_carrier(busy_night).picks_up(call)
        together.wait(timeout=30)
        return answered.press("4").said

    with ThreadPoolExecutor(2) as threads:
        said = dict(zip(("ana", "borja"), threads.map(accepts, ("ana", "borja")), strict=True))
    owner = str(busy_night.ticket(reference).acknowledged_by)
    loser = {"ana": "borja", "borja": "ana"}[owner]
    assert said[owner].startswith("Aceptado")
    assert "ya lo ha aceptado" in said[loser]
    assert busy_night.kinds(reference).count("page.acknowledged") == 1


def test_one_message_delivered_four_times_at_once_is_carried_out_once(busy_night: Desk) -> None:
    reference = busy_night.activate().reference
    together = Barrier(4)

    def delivers(_: int) -> str | None:
        carrier = a_carrier(busy_night)
        together.wait(timeout=30)
        return carrier.text("+34600000001", "paso", sid="SMsame")

    with ThreadPoolExecutor(4) as threads:
        answers = set(threads.map(delivers, range(4)))
    assert len(answers) == 1
    assert busy_night.kinds(reference).count("page.declined") == 1

"""The main job with telephones that ring: our server, the simulated network and its signatures, over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from alerting.configuration import Configurations
from alerting.runtime import Runtime
from core.db import Database
from core.settings import Settings
from core.time import now
from service import wiring
from service.app import create_app
from service.configuration.apply import apply
from service.configuration.plan import Plan
from simulator.config import SimulatorConfig
from simulator.server import QuietHandler, running
from tests.support import databases
from tests.support.desk import Desk
from tests.support.telephones import Telephones
from tests.support.time import SteppedClock


@pytest.fixture
def ringing(sqlite_database: Database, world_plan: Plan, tmp_path: Path) -> Iterator[tuple[Desk, Telephones]]:
    """A desk whose calls ring, with the web application at their other end."""
    with sqlite_database.transaction() as session:
        apply(session, world_plan, now(session))
    server: Any = make_server("127.0.0.1", 0, Flask("not-yet"), threaded=True, request_handler=QuietHandler)
    ours = f"http://127.0.0.1:{server.server_port}"
    config = SimulatorConfig(
        auth_token=Settings().twilio_auth_tokens[0],
        sms_url=ours + "/webhooks/twilio/sms",
        voice_url=ours + "/webhooks/twilio/voice",
        number="+34600900900",
    )
    with running(config) as network:
        settings = databases.settings_for(sqlite_database, tmp_path, twilio_api_url=network, public_url=ours)
        clock = SteppedClock()
        runtime = Runtime(settings, sqlite_database, Configurations(settings), wiring.carrier(settings), now=clock)
        server.app = create_app(runtime)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            with Telephones(network) as phones:
                yield Desk(runtime, clock), phones
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def test_the_engineer_accepts_by_telephone_and_is_connected_to_the_customer(
    ringing: tuple[Desk, Telephones],
) -> None:
    desk, phones = ringing
    reference = desk.activate().reference
    phones["Ana"].expect_sms("Hotel Sol", "A=acepto")
    call = phones["Ana"].answer_call().hears("Hotel Sol", "Restauración del ERP")
    call.press("*").hears("Ana García").press("4").hears("Aceptado").press("7").hears("Llamando a Marta Ruiz")
    phones["Marta"].answer_call().hears("Pulse 1 para hablar con Ana García").press("1").is_bridged().hang_up()
    call.hears("Contacto con el cliente registrado").ends("completed")
    desk.run_due()
    phones["Ana"].expect_sms("aceptado", "+34611000001")
    ticket = desk.ticket(reference)
    assert (ticket.acknowledged_by, ticket.contact_state, ticket.contacted_by) == ("ana", "reached", "ana")
    assert desk.attempts(reference, channel="voice", person_id="ana")[0].state == "confirmed"


def test_the_engineer_accepts_by_answering_the_message(ringing: tuple[Desk, Telephones]) -> None:
    desk, phones = ringing
    reference = desk.activate().reference
    code = phones["Ana"].expect_sms("Hotel Sol").body.partition("A=")[0][-2:]
    phones["Ana"].reply("mañana lo miro")
    phones["Ana"].expect_sms("no hemos entendido", f"{code}A")
    before = phones.events()[-1]["n"]
    phones["Ana"].reply(f"{code}A")
    phones.wait_for("our answer", lambda event: event["type"] == "webhook" and event["kind"] == "sms", after=before)
    assert desk.ticket(reference).acknowledged_via == "sms"
    desk.run_due()
    phones["Ana"].expect_sms("aceptado", "+34611000001")

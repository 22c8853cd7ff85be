"""The watchdog beside a service that answers over HTTP, and beside simulated telephones and PagerDuty."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import ValidationError
from werkzeug.serving import make_server

from core import heartbeat
from core.settings import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN
from deadman import process
from deadman.memory import AnotherOne, alone, load
from deadman.process import Watchdog
from deadman.settings import WatchdogSettings, refused
from service.app import create_app
from simulator.server import QuietHandler
from tests.support.desk import Desk
from tests.support.pagerduty import PagerDutyDesk, valid_event
from tests.support.telephones import Telephones

LAST_RESORT = "+34600000009"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def dialect() -> str:
    return "sqlite"


@pytest.fixture
def service(desk: Desk) -> Iterator[str]:
    """The whole application, listening; its clock has just been heard of."""
    app: Flask = create_app(desk.runtime)
    beat(desk)
    server: Any = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pagerduty(network: str) -> Iterator[PagerDutyDesk]:
    desk = PagerDutyDesk(network)
    desk.reset()
    yield desk
    desk.close()


@pytest.fixture
def phones(network: str) -> Iterator[Telephones]:
    telephones = Telephones(network)
    telephones.reset()
    with telephones:
        yield telephones


Made = Callable[..., WatchdogSettings]


@pytest.fixture
def watched(tmp_path: Path, network: str) -> Made:
    def make(url: str, **others: Any) -> WatchdogSettings:
        given = {
            "url": url,
            "state_file": tmp_path / "watchdog.json",
            "pagerduty_routing_key": "W" * 32,
            "pagerduty_events_url": network,
            "twilio_account_sid": DEMO_ACCOUNT_SID,
            "twilio_auth_token": DEMO_AUTH_TOKEN,
            "twilio_api_url": network,
            "twilio_from": "+34910000009",
            "twilio_to": LAST_RESORT,
        }
        return WatchdogSettings(**(given | others))

    return make


def beat(desk: Desk) -> None:
    with desk.runtime.database.transaction() as session:
        heartbeat.beat(session, "clock", desk.runtime.now(session))


def looks(watchdog: Watchdog, start: float, times: int) -> float:
    """Every ten seconds from `start`; when the next would be."""
    for look in range(times):
        watchdog.step(start + 10 * look)
    return start + 10 * times


def sent(phones: Telephones) -> list[tuple[str, str]]:
    """Calls and messages to the last resort."""
    state = phones.act("GET", "/_sim/state")
    assert {one["to"] for one in state["calls"] + state["messages"]} <= {LAST_RESORT}
    return [("call", one["from"]) for one in state["calls"]] + [("sms", one["body"]) for one in state["messages"]]


def test_a_clock_that_stops_calls_the_last_resort_and_one_that_goes_on_calls_it_off(
    desk: Desk, service: str, watched: Made, pagerduty: PagerDutyDesk, network: str
) -> None:
    watchdog = Watchdog(watched(service))
    at = looks(watchdog, 1_800_000_000, 3)
    assert pagerduty.incidents() == []
    desk.clock.advance(seconds=90)
    at = looks(watchdog, at, 8)
    incident = pagerduty.incident()
    assert (incident["status"], "el reloj no avanza" in incident["title"]) == ("triggered", True)
    beat(desk)
    looks(watchdog, at, 4)
    watchdog.close()
    assert pagerduty.incident()["status"] == "resolved"
    for event in pagerduty.events("pagerduty_event"):
        valid_event(event["json"])


def test_a_service_that_does_not_answer_calls_and_texts_each_number_once(watched: Made, phones: Telephones) -> None:
    watchdog = Watchdog(watched(NOWHERE, pagerduty_routing_key=""))
    looks(watchdog, 1_800_000_000, 20)
    watchdog.close()
    assert [kind for kind, _ in sent(phones)] == ["call", "sms"]


def test_a_restart_pages_nobody_twice(watched: Made, phones: Telephones) -> None:
    for start in (1_800_000_000, 1_800_000_300):
        watchdog = Watchdog(watched(NOWHERE, pagerduty_routing_key=""))
        looks(watchdog, start, 10)
        watchdog.close()
    assert len(sent(phones)) == 2


def test_a_route_that_is_down_keeps_the_other_from_nothing(watched: Made, pagerduty: PagerDutyDesk) -> None:
    watchdog = Watchdog(watched(NOWHERE, twilio_api_url=NOWHERE))
    looks(watchdog, 1_800_000_000, 8)
    watchdog.close()
    assert pagerduty.incident()["status"] == "triggered"


def test_an_answer_of_something_else_is_no_sign_of_life(watched: Made, network: str, pagerduty: PagerDutyDesk) -> None:
    watchdog = Watchdog(watched(network))  # answers 404, and is no Guardia
    looks(watchdog, 1_800_000_000, 8)
    watchdog.close()
    assert "responde algo que no es suyo" in pagerduty.incident()["title"]


def test_a_test_page_goes_every_way_and_leaves_no_incident_open(
    watched: Made, pagerduty: PagerDutyDesk, phones: Telephones, capsys: pytest.CaptureFixture[str]
) -> None:
    assert process.send_test(watched(NOWHERE))
    assert capsys.readouterr().out.count("taken") == 3
    assert pagerduty.incident()["status"] == "resolved"
    assert [kind for kind, _ in sent(phones)] == ["call", "sms"]


def test_a_memory_that_cannot_be_read_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "watchdog.json"
    file.write_text("{")
    assert load(file).outage is None


def test_two_watchdogs_do_not_share_a_memory(tmp_path: Path) -> None:
    ran = (
        "import sys; from pathlib import Path; from deadman.memory import alone\n"
        "with alone(Path(sys.argv[1])): sys.stdout.write('has it\\n'); sys.stdout.flush(); sys.stdin.read()"
    )
    file = tmp_path / "watchdog.json"
    with subprocess.Popen(
        [sys.executable, "-c", ran, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "has it\n"
        with pytest.raises(AnotherOne), alone(file):
            pass
        other.communicate()


def test_settings_that_could_call_nobody_are_refused_with_what_to_set() -> None:
    with pytest.raises(ValidationError) as error:
        WatchdogSettings(url="https://guardia.itsafer.example")
    assert "set GUARDIA_WATCHDOG_PAGERDUTY_ROUTING_KEY" in refused(error.value)
    with pytest.raises(ValidationError) as error:
        WatchdogSettings(url="guardia", twilio_to="600000001", pagerduty_routing_key="short")
    said = refused(error.value)
    assert "GUARDIA_WATCHDOG_URL: 'guardia' is no address" in said
    assert "GUARDIA_WATCHDOG_TWILIO_TO: '600000001' is no number" in said
    assert "GUARDIA_WATCHDOG_PAGERDUTY_ROUTING_KEY: has 5 characters" in said


def test_the_process_needs_no_settings_of_the_service_and_ends_when_told(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUARDIA_")} | {
        "GUARDIA_WATCHDOG_URL": NOWHERE,
        "GUARDIA_WATCHDOG_PAGERDUTY_ROUTING_KEY": "W" * 32,
        "GUARDIA_WATCHDOG_PAGERDUTY_EVENTS_URL": NOWHERE,
        "GUARDIA_WATCHDOG_STATE_FILE": str(tmp_path / "watchdog.json"),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "deadman"], env=environment, stderr=subprocess.PIPE, text=True
    ) as started:
        assert started.stderr is not None
        assert f"watching {NOWHERE}" in started.stderr.readline()
        assert "a look failed" in started.stderr.readline()
        started.send_signal(signal.SIGTERM)
        started.communicate(timeout=20)
    assert started.returncode == 0
    assert load(tmp_path / "watchdog.json").bad_since is not None

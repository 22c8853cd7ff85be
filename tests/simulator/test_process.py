import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from simulator import SimulatorConfig, SimulatorRefused, create_app, serve
from simulator.__main__ import configuration
from simulator.config import settings_from

ROOT = Path(__file__).resolve().parents[2]


def test_the_simulator_refuses_to_run_in_production() -> None:
    with pytest.raises(SimulatorRefused, match="GUARDIA_ENVIRONMENT=production"):
        create_app(SimulatorConfig(environment="production"))


def test_the_process_says_where_it_listens_and_ends_at_once_when_told(tmp_path: Path) -> None:
    profiles = tmp_path / "phones.yaml"
    profiles.write_text(
        'default: {call: ignore}\nphones: {"+34600000001": {name: Ana, call: answer, keys: ["4", "7"]}}\n'
    )
    command = [sys.executable, "-m", "simulator", "--port", "0", "--profile-file", str(profiles)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[3]
        state = requests.get(url + "/_sim/state", timeout=5).json()
        assert state["phones"]["+34600000001"]["keys"] == ["4", "7"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_the_process_refuses_production_with_a_clear_message() -> None:
    environment = {**os.environ, "GUARDIA_ENVIRONMENT": "production"}
    command = [sys.executable, "-m", "simulator"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "no page would reach anybody" in ended.stderr


def test_serve_tells_its_address_and_stops_when_asked() -> None:
    stop, addresses = threading.Event(), list[str]()

    def ready(url: str) -> None:
        addresses.append(url)
        assert requests.get(url + "/_sim/state", timeout=5).ok
        stop.set()

    serve(SimulatorConfig(), ready, stop)
    assert addresses[0].startswith("http://127.0.0.1:")


def test_the_environment_names_account_and_addresses() -> None:
    assert settings_from(
        {
            "GUARDIA_TWILIO_ACCOUNT_SID": "AC1",
            "GUARDIA_TWILIO_AUTH_TOKEN": "t",
            "GUARDIA_PUBLIC_URL": "http://127.0.0.1:8000/",
            "GUARDIA_ENVIRONMENT": "development",
        }
    ) == {
        "account_sid": "AC1",
        "auth_token": "t",
        "environment": "development",
        "sms_url": "http://127.0.0.1:8000/webhooks/twilio/sms",
        "voice_url": "http://127.0.0.1:8000/webhooks/twilio/voice",
        "sms_fallback_url": "http://127.0.0.1:8000/webhooks/fallback/sms",
        "voice_fallback_url": "http://127.0.0.1:8000/webhooks/fallback/voice",
        "pagerduty_webhook_url": "http://127.0.0.1:8000/webhooks/pagerduty",
    }


def test_the_command_line_is_stronger_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDIA_TWILIO_AUTH_TOKEN", "of the environment")
    assert configuration([]).auth_token == "of the environment"
    given = configuration(["--auth-token", "of the line", "--number-sms-url", "http://127.0.0.1:1/sms"])
    assert (given.auth_token, given.sms_url) == ("of the line", "http://127.0.0.1:1/sms")


def test_ten_times_faster_is_a_tenth_of_everything_that_takes_time() -> None:
    real, fast = configuration(["--pause-factor", "1"]), configuration(["--pause-factor", "1", "--speed", "10"])
    assert fast.pause_factor == real.pause_factor / 10
    assert fast.network_seconds == real.network_seconds / 10
    with pytest.raises(SystemExit):
        configuration(["--speed", "0"])

"""The processes of a measurement: each is ready before it is used, and gone afterwards."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import requests

from core import valkey
from core.settings import Settings
from service.processes import GUNICORN_FLAGS

READY_SECONDS = 60.0
STOP_SECONDS = 30.0
OUTPUT = "service.log"
RESTARTED = "started again"  # the supervisor's words about a process that ended


class DidNotStart(RuntimeError):
    """A process ended, or was not ready in time; the text says which."""


def sink(port: int) -> AbstractContextManager[None]:
    return _running("sink", (sys.executable, "-m", "bench.sink", "--port", str(port)), partial(_accepts, port))


def service(settings: Settings) -> AbstractContextManager[None]:
    """The whole service as an operator starts it, with real telephony's code and no demo data. What its processes say
    is kept in the data directory."""
    command = (sys.executable, "-m", "service.cli", "run", "--no-simulator", "--no-demo-data")
    environment = {
        "GUARDIA_DATA_DIR": str(settings.data_dir),
        "GUARDIA_PORT": str(settings.port),
        "GUARDIA_DATABASE_URL": settings.database,
        "GUARDIA_TWILIO_API_URL": settings.twilio_api_url,
        "GUARDIA_WORKERS": str(settings.workers),
        "GUARDIA_MAIL_PORT": "0",
        "GUARDIA_CALLS_PER_SECOND": str(settings.calls_per_second),
        "GUARDIA_SMS_PER_SECOND": str(settings.sms_per_second),
    }
    return _running("service", command, partial(_healthy, settings.port), environment, settings.data_dir / OUTPUT)


def restarts(settings: Settings) -> list[str]:
    """What the supervisor said about processes that ended during the measurement."""
    said = (settings.data_dir / OUTPUT).read_text(encoding="utf-8", errors="replace")
    return [line for line in said.splitlines() if RESTARTED in line]


def floor(port: int, sink_port: int, database_url: str, row_bytes: int) -> AbstractContextManager[None]:
    """Under the flags of `guardia web`: they are the same constant."""
    command = (sys.executable, "-m", "gunicorn", "bench.floor_app:app", "--bind", f"127.0.0.1:{port}", *GUNICORN_FLAGS)
    environment = {
        "BENCH_SINK": f"http://127.0.0.1:{sink_port}",
        "BENCH_DATABASE_URL": database_url,
        "BENCH_ROW_BYTES": str(row_bytes),
    }
    return _running("floor", command, partial(_accepts, port), environment)


def embedded_valkey(settings: Settings) -> AbstractContextManager[None]:
    return _running("valkey", valkey.command(settings.valkey_socket), settings.valkey_socket.exists)


@contextmanager
def _running(
    name: str,
    command: Sequence[str],
    ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
    output: Path | None = None,
) -> Iterator[None]:
    with (output or Path("/dev/stderr")).open("ab") as said:
        started = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdout=said, stderr=said)
    try:
        _wait(name, started, ready)
        yield
    finally:
        started.terminate()
        try:
            started.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def _wait(name: str, started: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        if started.poll() is not None:
            raise DidNotStart(f"{name} ended with exit code {started.returncode}")
        if time.monotonic() > deadline:
            raise DidNotStart(f"{name} is not ready after {READY_SECONDS:.0f} s")
        time.sleep(0.02)


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _healthy(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1).status_code == 200
    except requests.RequestException:
        return False

"""`guardia run`: starts every process of the service, restarts what ends, stops all of it when told to."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import requests

from core import valkey
from core.queue import QUEUES
from core.settings import Settings

STOP_SECONDS = 12.0  # a worker finishes the page in hand: a whole send stays below this
READY_SECONDS = 30.0
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
STEADY_SECONDS = 10.0
POLL_SECONDS = 0.1
PR_SET_PDEATHSIG = 1
LINUX = sys.platform == "linux"


class DidNotStart(RuntimeError):
    """A process that the others need is not there; the text says which."""


@dataclass(frozen=True)
class Program:
    """One process to keep running. `ready` says when those that need it may start."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool] = lambda: True


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    started: float
    pause: float = FIRST_PAUSE
    restart_at: float | None = None


@dataclass
class Supervisor:
    """Children end with the supervisor, also when it is killed. Output goes where the supervisor's own goes."""

    environment: Mapping[str, str]
    say: Callable[[str], None]
    _children: list[_Child] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self, program: Program) -> None:
        """Start and wait until it is ready; DidNotStart when it ends or takes too long."""
        child = _Child(program, self._spawn(program), time.monotonic())
        self._children.append(child)
        deadline = time.monotonic() + READY_SECONDS
        while not program.ready():
            if child.process.poll() is not None:
                raise DidNotStart(f"{program.name} ended with exit code {child.process.returncode}")
            if time.monotonic() > deadline:
                raise DidNotStart(f"{program.name} is not ready after {READY_SECONDS:.0f} s")
            time.sleep(0.02)

    def watch(self) -> None:
        """Restart what ends, until `stop` is called."""
        while not self._stop.wait(POLL_SECONDS):
            for child in self._children:
                self._look_after(child)

    def stop(self) -> None:
        self._stop.set()

    def end(self) -> None:
        """Stop everything, last started first, and wait; what does not end by itself is killed."""
        alive = [child for child in reversed(self._children) if child.process.poll() is None]
        storage = [child for child in alive if child.program.name == "valkey"]
        for group in ([child for child in alive if child not in storage], storage):
            for child in group:
                child.process.terminate()
            _wait(group)

    def pids(self) -> dict[str, int]:
        return {child.program.name: child.process.pid for child in self._children}

    def _look_after(self, child: _Child) -> None:
        code = child.process.poll()
        if code is None:
            return
        now = time.monotonic()
        if child.restart_at is None:
            child.pause = FIRST_PAUSE if now - child.started > STEADY_SECONDS else min(child.pause * 2, LONGEST_PAUSE)
            child.restart_at = now + child.pause
            self.say(f"{child.program.name} ended (exit code {code}); it is started again in {child.pause:.1f} s")
        elif now >= child.restart_at:
            child.process, child.started, child.restart_at = self._spawn(child.program), now, None

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            program.command,
            env=dict(self.environment),
            start_new_session=True,  # Ctrl-C is for us alone: we stop them in order
            preexec_fn=_die_with_parent if LINUX else None,
        )


def programs(settings: Settings, *, simulator_port: int | None) -> Sequence[Program]:
    """What a whole service consists of, in the order in which it is started."""
    python = (sys.executable, "-m", "service.cli")
    started: list[Program] = []
    if not settings.redis_url:
        socket_path = settings.valkey_socket
        started.append(Program("valkey", valkey.command(socket_path), lambda: _accepts_unix(socket_path)))
    if simulator_port is not None:
        started.append(
            Program(
                "simulator",
                (*python, "simulator", "--port", str(simulator_port)),
                lambda: _accepts(simulator_port),
            )
        )
    started.append(Program("web", (*python, "web"), lambda: _healthy(settings.port)))
    started += [Program(f"worker-{n}", (*python, "worker", "pages")) for n in range(1, settings.workers + 1)]
    started += [Program(f"worker-{queue}", (*python, "worker", queue)) for queue in QUEUES if queue != "pages"]
    started.append(Program("clock", (*python, "clock")))
    return started


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment_of(settings: Settings, **others: str) -> dict[str, str]:
    """The children's environment: ours, with what the command line said."""
    said = {
        "GUARDIA_DATA_DIR": str(settings.data_dir.resolve()),
        "GUARDIA_PORT": str(settings.port),
        "GUARDIA_PUBLIC_URL": settings.public_origin,
        "GUARDIA_TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "GUARDIA_TWILIO_AUTH_TOKEN": settings.twilio_auth_token.get_secret_value(),
        "GUARDIA_TWILIO_API_URL": settings.twilio_api_url,
        "GUARDIA_SMS_FROM": settings.sms_from,
    }
    return {**os.environ, **said, **others}


def _wait(children: Sequence[_Child]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _accepts_unix(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _healthy(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=1).status_code == 200
    except requests.RequestException:
        return False


def _die_with_parent() -> None:
    """Linux sends the child SIGTERM when we are gone, however we went."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def prepare(environment: Mapping[str, str], demo_data: Path | None) -> int:
    """Schema and demo data, in a process of its own so that the supervisor stays small; its exit code."""
    data = ("--demo-data", str(demo_data)) if demo_data else ()
    return subprocess.run(
        (sys.executable, "-m", "service.cli", "prepare", *data), env=dict(environment), check=False
    ).returncode

"""`guardia run`: starts every process of the service, restarts what ends, stops all of it when told to.

Children are forks of the supervisor, which has loaded the program once: a process that was killed is back in a tenth of
a second instead of the seconds that loading takes, and all of them share the memory of the code. The supervisor has
one thread and no connection to anything, so there is nothing that a fork could tear apart."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from multiprocessing.context import ForkProcess
from pathlib import Path

import requests

from core import valkey
from core.queue import QUEUES
from core.settings import Settings
from service import processes
from service.stopping import Stop

STOP_SECONDS = 12.0  # a worker finishes the page in hand: a whole send stays below this
READY_SECONDS = 30.0
PORT_SECONDS = 3.0  # a service that was killed a moment ago still lets go of its port
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
STEADY_SECONDS = 10.0
POLL_SECONDS = 0.05
PR_SET_PDEATHSIG = 1
LINUX = sys.platform == "linux"
SIGNALS = (signal.SIGINT, signal.SIGTERM)
STORAGE = "valkey"
LOCK = "guardia.lock"
PRELOADED = ("service.app",)  # what only the web process needs, and takes a second to load

_forks = multiprocessing.get_context("fork")


class DidNotStart(RuntimeError):
    """A process that the others need is not there; the text says which."""


@dataclass(frozen=True)
class Program:
    """One process to keep running: what it runs, to be called in a process of its own; the exit code when there is one.
    `ready` says when it can be used."""

    name: str
    run: Callable[[], int | None]
    ready: Callable[[], bool] = lambda: True


@dataclass
class _Child:
    program: Program
    process: ForkProcess
    started: float
    pause: float = FIRST_PAUSE
    restart_at: float | None = None


@dataclass
class Supervisor:
    """Children end with the supervisor, also when it is killed. Output goes where the supervisor's own goes. `pids` is
    a directory with one file for each child, for whoever looks after the machine."""

    environment: Mapping[str, str]
    pids: Path
    say: Callable[[str], None]
    _children: list[_Child] = field(default_factory=list)
    _stop: Stop = field(default_factory=Stop)

    def start(self, programs: Sequence[Program]) -> None:
        """Start all of them at once and wait until they are ready; DidNotStart when one ends or takes too long."""
        self.pids.mkdir(parents=True, exist_ok=True)
        started = [_Child(program, self._fork(program), time.monotonic()) for program in programs]
        self._children += started
        for child in started:
            self._wait_until_ready(child)

    def watch(self) -> None:
        """Restart what ends, until `stop` is called."""
        while not self._stop.wait(POLL_SECONDS):
            for child in self._children:
                self._look_after(child)

    def stop(self) -> None:
        self._stop.set()

    def end(self) -> None:
        """Stop everything, storage last, and wait; what does not end by itself is killed."""
        alive = [child for child in self._children if child.process.exitcode is None]
        storage = [child for child in alive if child.program.name == STORAGE]
        for group in ([child for child in alive if child not in storage], storage):
            for child in group:
                child.process.terminate()
            _wait(group)
        for child in self._children:
            self._pid_file(child.program).unlink(missing_ok=True)

    def _wait_until_ready(self, child: _Child) -> None:
        program, deadline = child.program, child.started + READY_SECONDS
        while not program.ready() and not self._stop.is_set():
            if child.process.exitcode is not None:
                raise DidNotStart(f"{program.name} ended with exit code {child.process.exitcode}")
            if time.monotonic() > deadline:
                raise DidNotStart(f"{program.name} is not ready after {READY_SECONDS:.0f} s")
            time.sleep(0.01)

    def _look_after(self, child: _Child) -> None:
        code = child.process.exitcode
        if code is None:
            return
        now = time.monotonic()
        if child.restart_at is None:
            _kill_what_is_left_of(child.process)
            child.pause = FIRST_PAUSE if now - child.started > STEADY_SECONDS else min(child.pause * 2, LONGEST_PAUSE)
            child.restart_at = now + child.pause
            self.say(f"{child.program.name} ended (exit code {code}); it is started again in {child.pause:.1f} s")
        elif now >= child.restart_at:
            child.process.close()
            child.process, child.started, child.restart_at = self._fork(child.program), now, None

    def _fork(self, program: Program) -> ForkProcess:
        process = _fork(program.name, program.run, self.environment)
        self._pid_file(program).write_text(f"{process.pid}\n")
        return process

    def _pid_file(self, program: Program) -> Path:
        return self.pids / f"{program.name}.pid"


def serve(
    settings: Settings,
    *,
    simulator_port: int | None,
    demo_data: Path | None,
    say: Callable[[str], None],
    announce: Callable[[], None] = lambda: None,
) -> int:
    """The whole service, until SIGTERM or Ctrl-C; the exit code. To be called on the main thread of a process that has
    no other. `announce` is called when everything is ready."""
    boss = Supervisor(environment_of(settings), pids_of(settings), say)
    try:
        with _alone_in(settings.data_dir):
            _wait_for_port(settings)
            return _serve(boss, settings, simulator_port, demo_data, announce)
    except DidNotStart as error:
        say(str(error))
        return 1


def _serve(
    boss: Supervisor,
    settings: Settings,
    simulator_port: int | None,
    demo_data: Path | None,
    announce: Callable[[], None],
) -> int:
    for number in SIGNALS:
        signal.signal(number, lambda *_: boss.stop())
    try:
        if _prepare(boss.environment, demo_data) != 0:
            return 1
        first, others = _programs(settings, simulator_port=simulator_port)
        boss.start(first)
        boss.start(others)
        announce()
        boss.watch()
    finally:
        boss.end()
    return 0


@contextmanager
def _alone_in(data_dir: Path) -> Iterator[None]:
    """Two services in one data directory would take each other's storage away. The lock is this process's, not its
    children's, and goes with it however it ends."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK).open("w") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DidNotStart(
                f"another `guardia run` is working in {data_dir}: stop it, or give this one a directory of its own "
                "with --data-dir (GUARDIA_DATA_DIR)"
            ) from None
        yield


def _wait_for_port(settings: Settings) -> None:
    """DidNotStart when another program keeps the port of the web pages."""
    deadline = time.monotonic() + PORT_SECONDS
    while not _is_free(settings.port):
        if time.monotonic() > deadline:
            raise DidNotStart(
                f"port {settings.port} is in use by another program: stop it, or choose another with --port "
                "(GUARDIA_PORT)"
            )
        time.sleep(POLL_SECONDS)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web server does
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def pids_of(settings: Settings) -> Path:
    return settings.data_dir / "run"


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


def die_with(parent: int) -> None:
    """Linux sends us SIGTERM when the parent is gone, however it went; nothing happens elsewhere."""
    if not LINUX:
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)


def _programs(settings: Settings, *, simulator_port: int | None) -> tuple[list[Program], list[Program]]:
    """What a whole service consists of: what the others need, and the others."""
    first: list[Program] = []
    if not settings.redis_url:
        command, socket_path = valkey.command(settings.valkey_socket), settings.valkey_socket
        first.append(Program(STORAGE, partial(_become, command), lambda: _accepts_unix(socket_path)))
    others: list[Program] = []
    if simulator_port is not None:
        ready = partial(_accepts, simulator_port)
        others.append(Program("simulator", partial(processes.telephones, simulator_port), ready))
    others += [Program(f"worker-{n}", partial(processes.worker, "pages")) for n in range(1, settings.workers + 1)]
    others += [Program(f"worker-{queue}", partial(processes.worker, queue)) for queue in QUEUES if queue != "pages"]
    others.append(Program("clock", processes.clock))
    if settings.mail_port:
        others.append(Program("mail", processes.mail))
    if settings.fallback_url:
        others.append(Program("fallback", processes.fallback, partial(_healthy, settings.fallback_port)))
    others.append(Program("web", processes.web, partial(_healthy, settings.port)))
    return first, others


def _prepare(environment: Mapping[str, str], demo_data: Path | None) -> int:
    """Schema and demo data, in a process of its own so that the supervisor never holds a connection; its exit code.
    Meanwhile the supervisor loads what is left to load."""
    process = _fork("prepare", partial(processes.prepare, demo_data), environment)
    for name in PRELOADED:
        import_module(name)
    process.join()
    return process.exitcode or 0


def _fork(name: str, run: Callable[[], int | None], environment: Mapping[str, str]) -> ForkProcess:
    """Signals wait until the child has let go of our way of handling them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        process = _forks.Process(target=_child, args=(run, environment, os.getpid()), name=name, daemon=True)
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    return process


def _child(run: Callable[[], int | None], environment: Mapping[str, str], parent: int) -> None:
    os.setsid()  # Ctrl-C is for the supervisor alone: it stops its children in order
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    die_with(parent)
    os.environ.clear()
    os.environ.update(environment)
    sys.exit(run())


def _become(command: tuple[str, ...]) -> None:
    """Another program in place of this one."""
    os.execv(command[0], command)  # noqa: S606 - the embedded server


def _wait(children: Sequence[_Child]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        child.process.join(max(0.0, deadline - time.monotonic()))
        if child.process.exitcode is None:
            child.process.kill()
            child.process.join()
        _kill_what_is_left_of(child.process)


def _kill_what_is_left_of(process: ForkProcess) -> None:
    """Gunicorn's worker outlives a master that was killed and holds the port for seconds, so that the next one cannot
    have it. A child is the leader of its own group: whoever is still in it belongs to the child."""
    if process.pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


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

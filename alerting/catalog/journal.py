"""Activations that came while the database was out of reach: kept on disk before they are answered, requested from the
database when it is back (contract, section Activation; invariant I17)."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from core.ids import opaque_token

PROVISIONAL_LENGTH = 8
FOLDER, FILE, IN_HAND, REFUSED = "journal", "activations.jsonl", "activations.in-hand.jsonl", "refused.jsonl"
LOCK, IN_HAND_LOCK = "lock", "in-hand.lock"


@dataclass(frozen=True)
class Journalled:
    """One request as it came. `credential` is the digest of the bearer token or of the session cookie, never the
    secret, or the id of a user whose PIN was right on the telephone; who it was is found out when the database is back.
    `body` has the fields of the API's request."""

    provisional_reference: str
    received_at: datetime
    credential_kind: Literal["token", "session", "telephone"]
    credential: str
    body: Mapping[str, Any]
    idempotency_key: str | None = None

    def line(self) -> str:
        return json.dumps(asdict(self) | {"received_at": self.received_at.isoformat()}, ensure_ascii=False) + "\n"

    @classmethod
    def of(cls, line: str) -> Journalled:
        values = json.loads(line)
        return cls(**(values | {"received_at": datetime.fromisoformat(values["received_at"])}))


class Journal:
    """The journal of one data directory. Several processes may write it; one at a time takes it in hand."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    def write(self, entry: Journalled) -> None:
        """On disk when this returns; OSError when even that is impossible."""
        with self._locked():
            _append(self._folder / FILE, entry.line())

    def waiting(self) -> bool:
        """True while something has not been requested yet."""
        return (self._folder / FILE).exists() or (self._folder / IN_HAND).exists()

    @contextmanager
    def in_hand(self) -> Iterator[list[Journalled]]:
        """What is to be requested now, in the order it came; nothing while another process has it in hand. It is taken
        off the disk when the block ends without an exception; otherwise it is there again the next time, so requesting
        twice must do no harm."""
        with self._only_one() as ours:
            if not ours:
                yield []
                return
            with self._locked():
                if not (self._folder / IN_HAND).exists() and (self._folder / FILE).exists():
                    os.replace(self._folder / FILE, self._folder / IN_HAND)
            yield _read(self._folder / IN_HAND)
            (self._folder / IN_HAND).unlink(missing_ok=True)

    def refuse(self, entry: Journalled) -> None:
        """Keep what could not be requested, for a person to look at."""
        with self._locked():
            _append(self._folder / REFUSED, entry.line())

    @contextmanager
    def _only_one(self) -> Iterator[bool]:
        """False when another process has the journal in hand."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / IN_HAND_LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def provisional_reference() -> str:
    """Told to the customer until the ticket has its own; it names the request, and opens nothing."""
    return "P-" + opaque_token(PROVISIONAL_LENGTH).upper()


def _append(path: Path, line: str) -> None:
    """The line and the directory's entry are both on disk before this returns; a torn line of a crash before it is
    closed off first, so that it cannot swallow this one."""
    new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, (("\n" if torn else "") + line).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _read(path: Path) -> list[Journalled]:
    """The whole lines; a torn one was never answered with 202, so nobody relies on it."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(Journalled.of(line))
        except (ValueError, TypeError, KeyError):
            continue
    return found

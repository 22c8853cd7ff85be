"""Lines that are on disk before anybody is told so, to be taken up later: in the order they came, and by one process at
a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOCK, IN_HAND_LOCK = "lock", "in-hand.lock"


@dataclass(frozen=True)
class Spool:
    """One spool of one directory, in files that begin with `name`. Several processes may write it."""

    folder: Path
    name: str
    refused: str

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.jsonl"

    @property
    def in_hand_file(self) -> Path:
        return self.folder / f"{self.name}.in-hand.jsonl"

    @property
    def refused_file(self) -> Path:
        return self.folder / self.refused

    def write(self, line: str) -> None:
        """On disk when this returns; OSError when even that is impossible. `line` has no line break in it."""
        with self._locked():
            _append(self.file, line + "\n")

    def waiting(self) -> bool:
        """True while something has not been taken up yet."""
        return self.file.exists() or self.in_hand_file.exists()

    def waiting_lines(self) -> int:
        return len(_read(self.in_hand_file)) + len(_read(self.file))

    @contextmanager
    def in_hand(self) -> Iterator[list[str]]:
        """What is to be taken up now, in the order it came; nothing while another process has it in hand. It is taken
        off the disk when the block ends without an exception; otherwise it is there again the next time, so taking it
        up twice must do no harm. The last line is torn if its writer died: nobody was told that it is kept."""
        with self._only_one() as ours:
            if not ours:
                yield []
                return
            with self._locked():
                if not self.in_hand_file.exists() and self.file.exists():
                    os.replace(self.file, self.in_hand_file)
            yield _read(self.in_hand_file)
            self.in_hand_file.unlink(missing_ok=True)

    def refuse(self, line: str) -> None:
        """Keep what could not be taken up, for a person to look at."""
        with self._locked():
            _append(self.refused_file, line + "\n")

    @contextmanager
    def _only_one(self) -> Iterator[bool]:
        """False when another process has the spool in hand."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / IN_HAND_LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


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


def _read(path: Path) -> list[str]:
    """Split at our own line breaks alone: `splitlines` would also cut a customer's text at U+2028."""
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line] if path.exists() else []

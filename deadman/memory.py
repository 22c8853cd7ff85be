"""The memory in a small file: written whole and at once, so that a crash leaves the old one or the new one."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from deadman.decision import Memory

log = logging.getLogger("watchdog")

_memories = TypeAdapter(Memory)


class AnotherOne(RuntimeError):
    """Two watchdogs with one memory would both page."""


def load(path: Path) -> Memory:
    """An empty one when there is none, or none that can be read: then the worst that happens is a page too many."""
    try:
        return _memories.validate_json(path.read_bytes())
    except FileNotFoundError:
        return Memory()
    except (OSError, ValidationError) as error:
        log.error("cannot read %s (%s): beginning without a memory", path, type(error).__name__)
        return Memory()


def save(path: Path, memory: Memory) -> None:
    """A disk that is full keeps nobody from being called: it is said, and the memory goes on in the process."""
    new = path.with_suffix(".new")
    try:
        with open(new, "w", encoding="utf-8", opener=_for_us_alone) as file:
            json.dump(asdict(memory), file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        log.error("cannot write %s: %s; a restart might page once more", path, error.strerror)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """AnotherOne when another process has this memory. The lock ends with the process, however that ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AnotherOne(
                f"another watchdog works with {path}: stop it, or give this one a file of its own"
            ) from None
        yield


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

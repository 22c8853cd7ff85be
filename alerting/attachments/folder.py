"""Where files lie on disk: each under the id of its row, complete before the row is written. What no row names is
removed later."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.ids import opaque_token

CHUNK = 256 * 1024
LEAST_FREE = 500 * 1024 * 1024
"""Bytes that are left to the database and to mail on the same disk: a page must never wait for a photograph."""
INCOMING = "incoming"
PREVIEW = ".preview"


class TooLong(ValueError):
    """More bytes than allowed; nothing is left on disk."""


@dataclass(frozen=True)
class Part:
    """A file on its way: not yet where it is kept. `head` are its first bytes."""

    path: Path
    size: int
    sha256: str
    head: bytes


class Folder:
    """The directory of all attachments; made when it is first written to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def place(self, file_id: str) -> Path:
        """By the end of the id, which is random: the beginning is the time, and would put all of a day together."""
        return self.path / file_id[-2:] / file_id

    def preview_place(self, file_id: str) -> Path:
        return self.place(file_id).with_name(file_id + PREVIEW)

    def has_room(self) -> bool:
        """OSError when it cannot be written to."""
        self._make(self.path)
        return shutil.disk_usage(self.path).free >= LEAST_FREE

    def part(self) -> Path:
        """A place for a file on its way."""
        self._make(self.path / INCOMING)
        return self.path / INCOMING / f"{opaque_token()}.part"

    def receive(self, stream: IO[bytes], longest: int) -> Part:
        """Everything of the stream, or TooLong; OSError when the disk does not take it."""
        path, size, digest, head = self.part(), 0, hashlib.sha256(), b""
        try:
            with open(path, "xb", opener=_private) as file:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if size > longest:
                        raise TooLong
                    digest.update(chunk)
                    head = head or chunk[:64]
                    file.write(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Part(path, size, digest.hexdigest(), head)

    def keep(self, part: Path, place: Path) -> None:
        """Synced, then moved to its place in one step, and the move synced."""
        self._make(place.parent)
        with part.open("rb+") as file:
            os.fchmod(file.fileno(), 0o600)
            os.fsync(file.fileno())
        part.replace(place)
        _sync(place.parent)

    def remove(self, file_id: str) -> None:
        self.place(file_id).unlink(missing_ok=True)
        self.preview_place(file_id).unlink(missing_ok=True)

    def older_than(self, seconds: float) -> Iterator[tuple[str | None, Path]]:
        """Files and the id that each is kept under, None for what never arrived. By the disk's time."""
        before = time.time() - seconds
        for folder in self.path.glob("*/"):
            for path in folder.iterdir():
                try:
                    old = path.is_file() and path.stat().st_mtime < before
                except FileNotFoundError:
                    continue
                if old:
                    yield None if folder.name == INCOMING else path.name.removesuffix(PREVIEW), path

    def _make(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def digest_of(path: Path) -> tuple[int, str]:
    """Size in bytes, and SHA-256."""
    size, digest = 0, hashlib.sha256()
    for chunk in chunks(path):
        size += len(chunk)
        digest.update(chunk)
    return size, digest.hexdigest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    """The name as well as the content survives a power cut; some network file systems cannot sync a directory."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)

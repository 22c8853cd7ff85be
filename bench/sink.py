"""A carrier that only counts: answers Twilio's create requests and notes when each of them arrived.

Raw asyncio, because whatever it costs is a part of every figure. `python -m bench.sink --port N`."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qs

END_OF_HEAD = b"\r\n\r\n"
STAMPS = "/stamps"
COUNT = "/count"
CREATING = {"/Messages.json": "sms", "/Calls.json": "voice"}
NO_LIST = {"messages": [], "calls": [], "page": 0, "page_size": 50, "next_page_uri": None}


@dataclass(frozen=True)
class Arrival:
    """A request to create a message or a call. `at` is CLOCK_MONOTONIC in ns, read when the head was complete."""

    at: int
    channel: str
    form: bytes

    def as_json(self) -> dict[str, Any]:
        form = parse_qs(self.form.decode())
        callback = form.get("StatusCallback", [""])[0].partition("#")[0]
        return {
            "at": self.at,
            "channel": self.channel,
            "to": form.get("To", [""])[0],
            "token": callback.rpartition("/")[2],
        }


@dataclass
class Book:
    """Everything that has arrived since it was last read."""

    arrivals: list[Arrival] = field(default_factory=list)
    _numbers: Iterable[int] = field(default_factory=count)

    def answer(self, method: str, path: str, form: bytes, at: int) -> tuple[int, dict[str, Any] | list[Any]]:
        """Status and JSON body."""
        channel = next((kind for end, kind in CREATING.items() if path.endswith(end)), None)
        if method == "POST" and channel:
            self.arrivals.append(Arrival(at, channel, form))
            return 201, self._created("SM" if channel == "sms" else "CA")
        if method == "POST":  # the end of a call
            return 200, {"sid": path.rpartition("/")[2].removesuffix(".json"), "status": "completed"}
        if path == STAMPS:
            taken, self.arrivals = self.arrivals, []
            return 200, [arrival.as_json() for arrival in taken]
        if path == COUNT:
            return 200, {"arrivals": len(self.arrivals)}
        return 200, NO_LIST

    def _created(self, prefix: str) -> dict[str, Any]:
        number = next(iter(self._numbers))
        return {"sid": f"{prefix}{number:032x}", "status": "queued"}


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests may follow each other without waiting for the answers."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._buffer = bytearray()
        self._arrived: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self._buffer += data
        while self._answer_one(now):
            pass

    def _answer_one(self, now: int) -> bool:
        """False until a whole request is there. Clients send head and body apart: the head's instant counts."""
        head_end = self._buffer.find(END_OF_HEAD)
        if head_end < 0:
            return False
        if self._arrived is None:
            self._arrived = now
        head = bytes(self._buffer[:head_end])
        body_start = head_end + len(END_OF_HEAD)
        body_end = body_start + content_length(head)
        if len(self._buffer) < body_end:
            return False
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        body = bytes(self._buffer[body_start:body_end])
        status, answer = self._book.answer(method, target.partition("?")[0], body, self._arrived)
        del self._buffer[:body_end]
        self._arrived = None
        self._transport.write(response(status, json.dumps(answer).encode()))
        return True


def content_length(head: bytes) -> int:
    """Bytes of the body that follows; 0 when the head does not say."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def response(status: int, body: bytes) -> bytes:
    reason = {200: b"OK", 201: b"CREATED"}[status]
    head = b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, reason, len(body)) + body


async def serve(port: int, book: Book) -> asyncio.Server:
    """Listens on 127.0.0.1; port 0 takes a free one."""
    return await asyncio.get_running_loop().create_server(lambda: Connection(book), "127.0.0.1", port, backlog=1024)


async def _run(port: int) -> None:
    server = await serve(port, Book())
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(_run(parser.parse_args().port))


if __name__ == "__main__":
    main()

"""Requests at their scheduled times over kept-alive connections, and the instants at which they were answered."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from types import TracebackType
from typing import Any, Self

from bench.sink import END_OF_HEAD, content_length

MS = 1_000_000
START_IN = 50 * MS
SPIN = 2 * MS  # timers of the event loop are late by about a millisecond: the rest is waited for awake
JITTER = 0.25  # of the pause, so that requests do not march in step with a process that looks every 200 ms
PATIENCE_SECONDS = 60.0

Ask = Callable[[bytes], Awaitable[tuple[int, bytes]]]


@dataclass(frozen=True)
class Answer:
    """CLOCK_MONOTONIC in ns. `scheduled` is when the request was due, whether or not the client was in time."""

    scheduled: int
    answered: int
    status: int
    body: Any

    @property
    def accept_ms(self) -> float:
        return (self.answered - self.scheduled) / MS


class Lines:
    """Kept-alive connections to one port of this machine; as many as there are requests under way."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, writer in self._idle:
            writer.close()
            await writer.wait_closed()

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """(status, body)"""
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(request)
        head = await reader.readuntil(END_OF_HEAD)
        body = await reader.readexactly(content_length(head))
        self._idle.append((reader, writer))
        return int(head.split(b" ", 2)[1]), body


def post(path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a POST, made before the clock starts."""
    content = json.dumps(body).encode()
    lines = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(content))}
    head = "".join(f"{name}: {value}\r\n" for name, value in (lines | dict(headers or {})).items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + content


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def schedule(count: int, per_second: float, seed: int) -> list[int]:
    """ns from the start, rising; the pauses vary a little around their mean."""
    pause = 1_000_000_000 / per_second
    vary = random.Random(seed)
    pauses = [0.0] + [pause * vary.uniform(1 - JITTER, 1 + JITTER) for _ in range(count - 1)]
    return [round(at) for at in accumulate(pauses)]


async def open_loop(port: int, requests: Sequence[bytes], at: Sequence[int]) -> list[Answer]:
    """Each request at its time, however long the earlier ones take: a stall is seen by everybody who comes in it."""
    start = time.monotonic_ns() + START_IN
    asked: list[asyncio.Task[Answer]] = []
    async with Lines(port) as lines:
        for request, offset in zip(requests, at, strict=True):
            await _until(start + offset)
            asked.append(asyncio.create_task(_answer(lines.ask, request, start + offset)))
        return await asyncio.wait_for(asyncio.gather(*asked), PATIENCE_SECONDS)


async def burst(port: int, requests: Sequence[bytes]) -> list[Answer]:
    """All at once, each on its own connection."""
    return await open_loop(port, requests, [0] * len(requests))


async def closed_loop(port: int, requests: Sequence[bytes], width: int) -> list[Answer]:
    """As fast as `width` callers get their answers."""
    waiting = list(reversed(requests))
    done: list[Answer] = []
    async with Lines(port) as lines:

        async def caller() -> None:
            while waiting:
                done.append(await _answer(lines.ask, waiting.pop(), time.monotonic_ns()))

        await asyncio.wait_for(asyncio.gather(*(caller() for _ in range(width))), PATIENCE_SECONDS)
    return done


async def _answer(ask: Ask, request: bytes, scheduled: int) -> Answer:
    status, body = await ask(request)
    answered = time.monotonic_ns()
    return Answer(scheduled, answered, status, json.loads(body))


async def _until(at: int) -> None:
    while (left := at - time.monotonic_ns()) > 0:
        await asyncio.sleep(max(0, left - SPIN) / 1_000_000_000)

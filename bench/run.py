"""The measurement: floor and product in turn, block by block, each block only while the machine is quiet."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from bench import checks, client, noise, processes, world
from bench.client import MS, Answer
from bench.durability import promised
from bench.product import Product, settings_for, stamps
from core.settings import Settings
from service.supervisor import free_port

PACE = 0.30  # of what the slower of the two can do
CAPACITY_WIDTH = 4
CAPACITY_REQUESTS = 60
WARM_UP = 20
SINK_REQUESTS = 4_000
SINK_ENOUGH = 3_000.0
PAUSE_SECONDS = 1.0
LONGEST_BLOCK_SECONDS = 60.0  # below the 90 s after which an unanswered page rings again: that would be another load
FLOOR_PATH = "/activations"

Send = Callable[[int, Sequence[bytes]], Awaitable[list[Answer]]]


@dataclass(frozen=True)
class Options:
    """`blocks` and `bursts` are of each side, and even. `smoke`: a short run that shows that the parts work together;
    noise is noted and not minded."""

    blocks: int
    samples: int
    bursts: int
    burst: int
    postgres: str | None = None
    smoke: bool = False


@dataclass(frozen=True)
class Block:
    """ms from the scheduled time: `first` to the first page's arrival at the carrier, `accept` to the answer; `last` to
    the arrival of the block's last first page."""

    first: list[float]
    accept: list[float]
    last: float


@dataclass
class Sides:
    floor: list[Block] = field(default_factory=list)
    product: list[Block] = field(default_factory=list)


@dataclass
class Gate:
    """Lets a block begin when the machine is as quiet as it was; each refusal is a block discarded and made again."""

    folder: Path
    wanted: int
    minded: bool
    readings: list[noise.Reading] = field(default_factory=list)
    discarded: int = 0

    @property
    def measurable(self) -> bool:
        return not noise.too_noisy(self.discarded, self.wanted)

    def wait(self) -> bool:
        """False once too many blocks were discarded to say anything."""
        while self.measurable:
            reading = noise.read(self.folder)
            quiet = noise.quiet(reading, self.readings)
            self.readings.append(reading)
            if quiet or not self.minded:
                return True
            self.discarded += 1
            time.sleep(PAUSE_SECONDS)
        return False


@dataclass
class Found:
    """Everything measured. `faults` is what was lost or doubled; `restarted` what the supervisor had to say."""

    gate: Gate
    durability: str
    row_bytes: int
    sink_per_second: float
    floor_per_second: float = 0.0
    product_per_second: float = 0.0
    paced: Sides = field(default_factory=Sides)
    bursts: Sides = field(default_factory=Sides)
    faults: list[str] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """The pace of both sides."""
        return PACE * min(self.floor_per_second, self.product_per_second)

    @property
    def measurable(self) -> bool:
        return self.gate.measurable and self.sink_per_second >= SINK_ENOUGH and not self.restarted


@dataclass(frozen=True)
class Bench:
    """Both sides, running."""

    product: Product
    floor_port: int
    sink_port: int

    async def floor_block(self, count: int, send: Send) -> Block:
        await stamps(self.sink_port)
        requests = [client.post(FLOOR_PATH, {"plan": world.PLAN, "mode": "real"}) for _ in range(count)]
        answers = await send(self.floor_port, requests)
        if refused := [answer for answer in answers if answer.status != 201]:
            raise RuntimeError(f"the floor answered {refused[0].status}: {refused[0].body}")
        arrived = {one["token"]: one["at"] for one in await stamps(self.sink_port)}
        return _block(answers, {answer.body["token"]: arrived[answer.body["token"]] for answer in answers}, "token")

    async def product_block(self, count: int, send: Send, faults: list[str]) -> Block:
        await stamps(self.sink_port)
        answers = await send(self.product.settings.port, self.product.requests(self.product.callers[:count]))
        taken = [answer for answer in answers if answer.status == 201]
        faults += [f"an activation was answered {a.status}: {a.body}" for a in answers if a.status != 201]
        references = [answer.body["reference"] for answer in taken]
        self.product.at_rest()
        attempted = await self.product.attempted(references)
        faults += checks.faults(references, attempted)
        await self.product.closed(references)
        return _block(taken, checks.first_pages(attempted), "reference")


async def measure(options: Options, folder: Path, say: Callable[[str], None]) -> Found:
    """The whole measurement; `folder` is empty and lies on the disk that is to be measured."""
    async with _started(options, folder, say) as bench:
        wanted = 2 * (options.blocks + options.bursts)
        found = Found(
            Gate(folder, wanted, minded=not options.smoke),
            promised(bench.product.database),
            bench.product.row_bytes(),
            await _sink_rate(bench.sink_port),
        )
        await _capacities(bench, found, min(CAPACITY_REQUESTS, options.samples))
        say(
            f"capacity: floor {found.floor_per_second:.0f}/s, product {found.product_per_second:.0f}/s; "
            f"pace {found.per_second:.1f}/s; sink {found.sink_per_second:.0f}/s"
        )
        samples = min(options.samples, int(LONGEST_BLOCK_SECONDS * found.per_second))
        if samples < options.samples:
            say(f"only {samples} samples a block: more would take longer than {LONGEST_BLOCK_SECONDS:.0f} s")
        await _interleaved(bench, found, found.paced, options.blocks, samples, _paced(found), say)
        await _interleaved(bench, found, found.bursts, options.bursts, options.burst, client.burst, say)
        found.restarted = processes.restarts(bench.product.settings)
    return found


async def _interleaved(
    bench: Bench, found: Found, sides: Sides, blocks: int, count: int, send: Send, say: Callable[[str], None]
) -> None:
    """Floor, product, product, floor: a drift of the machine meets both. What is lost or doubled is looked for on a
    noisy machine too, so bursts are made even then."""
    for turn in range(2 * blocks):
        if not found.gate.wait() and send is not client.burst:
            return
        if turn % 4 in (0, 3):
            sides.floor.append(await bench.floor_block(count, send))
        else:
            sides.product.append(await bench.product_block(count, send, found.faults))
        say(f"block {turn + 1} of {2 * blocks}; {found.gate.discarded} discarded")


def _paced(found: Found) -> Send:
    async def send(port: int, requests: Sequence[bytes]) -> list[Answer]:
        seed = len(found.paced.floor) // 2  # the pair's two blocks keep the same times
        return await client.open_loop(port, requests, client.schedule(len(requests), found.per_second, seed))

    return send


async def _capacities(bench: Bench, found: Found, count: int) -> None:
    """What each side gets done per second, everything included that follows from a request."""

    async def pressed(port: int, requests: Sequence[bytes]) -> list[Answer]:
        return await client.closed_loop(port, requests, CAPACITY_WIDTH)

    started = time.monotonic()
    await bench.floor_block(count, pressed)
    found.floor_per_second = count / (time.monotonic() - started)
    callers = bench.product.callers[:count]
    started = time.monotonic()
    answers = await pressed(bench.product.settings.port, bench.product.requests(callers))
    bench.product.at_rest()
    found.product_per_second = count / (time.monotonic() - started)
    await bench.product.closed([answer.body["reference"] for answer in answers])


async def _sink_rate(port: int) -> float:
    """Requests per second of the sink alone, sent without waiting so that the client is not what is measured."""
    form = b"To=%2B34600000001&Body=x&StatusCallback=http%3A%2F%2F127.0.0.1%2Fs%2Fx"
    head = b"POST /x/Messages.json HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(form)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    started = time.monotonic()
    writer.write((head + form) * SINK_REQUESTS)
    seen = 0
    while seen < SINK_REQUESTS:
        seen += (await reader.read(1 << 16)).count(b"HTTP/1.1 ")
    rate = SINK_REQUESTS / (time.monotonic() - started)
    writer.close()
    await writer.wait_closed()
    return rate


def _block(answers: Sequence[Answer], arrived: dict[str, int], key: str) -> Block:
    known = [answer for answer in answers if answer.body[key] in arrived]
    first = [(arrived[answer.body[key]] - answer.scheduled) / MS for answer in known]
    begun = min(answer.scheduled for answer in answers)
    return Block(first, [answer.accept_ms for answer in answers], (max(arrived.values()) - begun) / MS)


@asynccontextmanager
async def _started(options: Options, folder: Path, say: Callable[[str], None]) -> AsyncIterator[Bench]:
    """Sink, product and floor as processes of their own, warm; all of them gone afterwards."""
    sink_port, floor_port = free_port(), free_port()
    settings = settings_for(folder, free_port(), sink_port, options.postgres)
    product = Product(settings, sink_port, max(options.samples, options.burst, WARM_UP))
    try:
        promised(product.database)
        with processes.sink(sink_port), processes.service(settings):
            bench = Bench(product, floor_port, sink_port)
            say("the service is running")
            await _warm_up(bench.product_block)
            with processes.floor(floor_port, sink_port, _floor_database(settings, folder), product.row_bytes()):
                await bench.floor_block(WARM_UP, _one_by_one)
                yield bench
    finally:
        if options.postgres:
            with product.database.engine.begin() as connection:
                connection.execute(text("DROP TABLE IF EXISTS bench_floor"))
        product.database.dispose()


async def _warm_up(product_block: Callable[[int, Send, list[str]], Awaitable[Block]]) -> None:
    faults: list[str] = []
    await product_block(WARM_UP, _one_by_one, faults)
    if faults:
        raise RuntimeError(f"not even the warm-up went as it should: {'; '.join(faults[:5])}")


async def _one_by_one(port: int, requests: Sequence[bytes]) -> list[Answer]:
    return await client.closed_loop(port, requests, 1)


def _floor_database(settings: Settings, folder: Path) -> str:
    """The same kind, on the same disk or server."""
    return f"sqlite:///{folder / 'floor.db'}" if settings.database.startswith("sqlite") else settings.database


def forget_the_shell() -> None:
    """What is measured is the same whatever GUARDIA_ variables are set."""
    for name in [name for name in os.environ if name.startswith("GUARDIA_")]:
        del os.environ[name]

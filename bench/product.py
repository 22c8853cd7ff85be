"""The service as it really runs: web, a worker for pages, one for notices, the clock, the embedded Valkey. Carried out
here is only what an operator would do before and after: configure it, hand out tokens, look whether it is at rest."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from redis import Redis
from rq import Queue
from ruamel.yaml import YAML
from sqlalchemy import func, or_, select, text

from alerting.notifications.models import AttemptRow
from alerting.tickets.models import TicketRow
from bench import client, world
from bench.checks import Attempted
from bench.sink import COUNT, STAMPS
from core.accounts import service as accounts
from core.db import Database
from core.queue import QUEUES
from core.settings import Settings
from core.time import now
from service import demo_data, migrate, wiring
from service.configuration import commands

ACTIVATION = "/api/v1/catalog/contingency-activation/requests"
CLOSERS = 2
REST_SECONDS = 180.0
LOOK_SECONDS = 0.1


class CannotRun(RuntimeError):
    """The benchmark cannot be made; the text says why."""


class NotAtRest(RuntimeError):
    """Work is left that nobody does: something was lost."""


@dataclass(frozen=True)
class Caller:
    customer: world.Customer
    token: str


class Product:
    """The service under test, configured; `callers` are as many customers as may ask at once."""

    def __init__(self, settings: Settings, sink_port: int, customers: int) -> None:
        self.settings = settings
        self.database = wiring.database(settings, pool_size=2)
        self._sink_port = sink_port
        self._keys = count(1)
        migrate.upgrade(self.database)
        self._refuse_used()
        self.callers, self._manager = _configured(self.database, settings.data_dir, customers)
        self._redis = Redis.from_url(settings.redis)
        self._queues = [Queue(name, connection=self._redis, serializer="json") for name in QUEUES]

    def requests(self, callers: Sequence[Caller]) -> list[bytes]:
        """One activation by each of the callers."""
        return [self._request(caller) for caller in callers]

    async def closed(self, references: Sequence[str]) -> None:
        """A manager closes the tickets, and what follows from that is done: no later step, no next block meets them."""
        headers = {"Authorization": f"Bearer {self._manager}"}
        closures = [
            client.post(f"/api/v1/tickets/{reference}/closure", {"code": "resolved"}, headers)
            for reference in references
        ]
        for answer in await client.closed_loop(self.settings.port, closures, CLOSERS):
            if answer.status != 200:
                raise CannotRun(f"a ticket was not closed: {answer.status} {answer.body}")
        self.at_rest()

    def at_rest(self) -> None:
        """Wait until nothing is left to do now; NotAtRest when it takes minutes."""
        deadline = time.monotonic() + REST_SECONDS
        while self._queued() or self._due():
            if time.monotonic() > deadline:
                raise NotAtRest(f"after {REST_SECONDS:.0f} s there is work left: {self._due()} attempts")
            time.sleep(LOOK_SECONDS)

    async def attempted(self, references: Sequence[str]) -> list[Attempted]:
        """What was planned for the tickets to go out at once by telephone, beside what arrived at the sink."""
        arrived: dict[str, list[int]] = {}
        for one in await stamps(self._sink_port):
            arrived.setdefault(one["token"], []).append(one["at"])
        with self.database.reading() as session:
            rows = session.execute(
                select(TicketRow.reference, AttemptRow)
                .join(TicketRow, TicketRow.id == AttemptRow.ticket_id)
                .where(TicketRow.reference.in_(references), AttemptRow.channel.in_(("sms", "voice")))
                .where(AttemptRow.due_at <= AttemptRow.created_at, AttemptRow.state != "skipped")
            ).all()
        return [
            Attempted(
                reference, row.purpose, row.person_id, row.channel, row.cycle, row.round, row.step,
                tuple(arrived.get(row.token, ())),
            )
            for reference, row in rows
        ]  # fmt: skip

    def row_bytes(self) -> int:
        """How large a ticket's row is: what the floor writes for each request."""
        with self.database.reading() as session:
            row = session.execute(text("SELECT * FROM tickets LIMIT 1")).one()
        return sum(len(str(value)) for value in row if value is not None)

    def _request(self, caller: Caller) -> bytes:
        body = {"plan": world.PLAN, "mode": "real", "symptoms": "El ERP no arranca"}
        headers = {"Authorization": f"Bearer {caller.token}", "Idempotency-Key": f"bench-{next(self._keys)}"}
        return client.post(ACTIVATION, body, headers)

    def _refuse_used(self) -> None:
        with self.database.reading() as session:
            if session.execute(select(func.count()).select_from(TicketRow)).scalar_one():
                raise CannotRun("the database holds tickets: give one that is empty")

    def _queued(self) -> int:
        return sum(queue.count + queue.started_job_registry.get_job_count(cleanup=False) for queue in self._queues)

    def _due(self) -> int:
        with self.database.reading() as session:
            due = (AttemptRow.state == "pending") & (AttemptRow.due_at <= now(session))
            under_way = AttemptRow.state.in_(("sending", "unknown"))
            return session.execute(select(func.count()).select_from(AttemptRow).where(or_(due, under_way))).scalar_one()


async def stamps(sink_port: int) -> list[dict[str, Any]]:
    """What has arrived at the sink since the last look."""
    answer = (await client.closed_loop(sink_port, [client.get(STAMPS)], 1))[0]
    found: list[dict[str, Any]] = answer.body
    return found


async def arrivals(sink_port: int) -> int:
    answer = (await client.closed_loop(sink_port, [client.get(COUNT)], 1))[0]
    return int(answer.body["arrivals"])


def settings_for(folder: Path, port: int, sink_port: int, postgres: str | None) -> Settings:
    """One worker for pages and no limit of the carrier's: the benchmark measures ours."""
    return Settings(
        data_dir=folder,
        port=port,
        database_url=postgres or "",
        twilio_api_url=f"http://127.0.0.1:{sink_port}",
        workers=1,
        calls_per_second=0,
        sms_per_second=0,
    )


def _configured(database: Database, folder: Path, customers: int) -> tuple[list[Caller], str]:
    """Apply the example world with the customers; a token for each of them and the manager's."""
    wanted = world.customers(customers)
    example = YAML(typ="safe", pure=True).load((demo_data.EXAMPLES / "world.yaml").read_text(encoding="utf-8"))
    file = folder / "bench.yaml"  # JSON is YAML, and quotes every text
    file.write_text(json.dumps(world.with_customers(example, wanted), default=str), encoding="utf-8")
    said = io.StringIO()
    if commands.apply_files(database, [file], False, False, said) != 0:
        raise CannotRun(f"the configuration was refused:\n{said.getvalue()}")
    with database.transaction() as session:
        at = now(session)
        callers = [Caller(one, accounts.create_token(session, one.email, "bench", at)) for one in wanted]
        return callers, accounts.create_token(session, world.MANAGER, "bench", at)

"""Where the time of one activation and of one delivery goes: one process, the real parts, the profiler."""

from __future__ import annotations

import cProfile
import io
import pstats
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from click import echo
from sqlalchemy import event, select

from alerting.notifications import dispatch
from alerting.notifications.models import AttemptRow
from alerting.runtime import Runtime
from bench import processes, world
from bench.product import ACTIVATION, Caller, Product, settings_for
from core.db import Database
from service import wiring
from service.app import create_app
from service.supervisor import free_port

PLAIN = 100  # runs without the profiler, which makes small functions look slow
LABEL = 110
ROOT = Path(__file__).parent.parent
OURS = rf"{ROOT}/(core|oncall|alerting|webhooks|service)/"


@dataclass
class Statements:
    """Statements of the engine since it was last cleared: how often, and seconds in all, by their text."""

    spent: dict[str, list[float]] = field(default_factory=dict)

    def of(self, database: Database) -> Statements:
        begun: list[float] = []

        @event.listens_for(database.engine, "before_cursor_execute")
        def before(*_: Any) -> None:
            begun.append(time.perf_counter())

        @event.listens_for(database.engine, "after_cursor_execute")
        def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self.spent.setdefault(" ".join(statement.split()), []).append(time.perf_counter() - begun.pop())

        return self

    def table(self, runs: int) -> str:
        """Statements by the time they take in one run."""
        lines = [
            f"{sum(spent) / runs * 1000:8.3f} ms  {len(spent) / runs:5.2f} ×  {label[:LABEL]}"
            for label, spent in sorted(self.spent.items(), key=lambda item: -sum(item[1]))
        ]
        total = sum(map(sum, self.spent.values())) / runs * 1000
        number = sum(map(len, self.spent.values())) / runs
        return "\n".join([*lines, f"{total:8.3f} ms  {number:5.2f} statements in all"])


def show(folder: Path, requests: int, lines: int) -> None:
    """Prints both breakdowns."""
    sink_port = free_port()
    settings = settings_for(folder, free_port(), sink_port, None)
    with processes.embedded_valkey(settings), processes.sink(sink_port):
        product = Product(settings, sink_port, PLAIN + requests)
        runtime = wiring.runtime(settings)
        activate = _activation(runtime)
        statements = Statements().of(runtime.database)
        _breakdown("activation", activate, product.callers, statements, requests, lines)
        _breakdown("delivery", _delivery(runtime), _due_pages(runtime), statements, requests, lines)
        runtime.database.dispose()
        product.database.dispose()


def _breakdown(
    name: str, act: Callable[[Any], None], on: Sequence[Any], statements: Statements, requests: int, lines: int
) -> None:
    plain = []
    for one in on[:PLAIN]:
        started = time.thread_time()
        act(one)
        plain.append(time.thread_time() - started)
    echo(f"\n=== {name}: {median(plain) * 1000:.2f} ms of CPU, p50, without the profiler ===")
    statements.spent.clear()
    profiler = cProfile.Profile()
    measured = on[PLAIN : PLAIN + requests]
    profiler.enable()
    for one in measured:
        act(one)
    profiler.disable()
    echo(statements.table(len(measured)))
    echo(_listed(profiler, "cumulative", OURS, lines))
    echo(_listed(profiler, "tottime", "", lines))


def _listed(profiler: cProfile.Profile, order: str, only: str, lines: int) -> str:
    """`only` is a pattern of paths; "" for all, the libraries' functions too."""
    text = io.StringIO()
    shown = pstats.Stats(profiler, stream=text).sort_stats(order)
    shown.print_stats(*([only] if only else []), lines)
    return text.getvalue().replace(f"{ROOT}/", "")


def _activation(runtime: Runtime) -> Callable[[Caller], None]:
    client = create_app(runtime).test_client()

    def activate(caller: Caller) -> None:
        answer = client.post(
            ACTIVATION,
            json={"plan": world.PLAN, "mode": "real", "symptoms": "El ERP no arranca"},
            headers={"Authorization": f"Bearer {caller.token}", "Idempotency-Key": "profile"},
        )
        if answer.status_code != 201:
            raise RuntimeError(f"{answer.status_code}: {answer.text}")

    return activate


def _delivery(runtime: Runtime) -> Callable[[str], None]:
    return lambda attempt_id: dispatch.deliver(runtime, attempt_id)


def _due_pages(runtime: Runtime) -> Sequence[str]:
    with runtime.database.reading() as session:
        return list(
            session.execute(
                select(AttemptRow.id)
                .where(AttemptRow.purpose == "page", AttemptRow.state == "pending")
                .where(AttemptRow.due_at <= AttemptRow.created_at)
                .order_by(AttemptRow.id)
            ).scalars()
        )

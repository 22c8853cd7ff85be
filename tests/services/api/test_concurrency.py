"""The same moment, twice and more (security A28)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from alerting.catalog.models import ActivationRow
from alerting.escalation.models import EscalationRow
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from core.audit import log
from tests.services.api.conftest import Caller

AT_ONCE = 8


def together(caller: Caller, ask: Callable[[Caller, int], TestResponse]) -> list[TestResponse]:
    """What `AT_ONCE` requests of one moment answer, each from a client of its own."""
    start = Barrier(AT_ONCE)

    def one(number: int) -> TestResponse:
        own = Caller(caller.app, caller.token)
        start.wait()
        return ask(own, number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def counted(runtime: Runtime) -> tuple[int, int, int]:
    with runtime.database.reading() as session:
        tables = (TicketRow, EscalationRow, ActivationRow)
        counts = [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
    return counts[0], counts[1], counts[2]


def test_the_same_key_at_the_same_moment_is_one_request(marta: Caller, runtime: Runtime) -> None:
    answers = together(marta, lambda own, _: own.activate(Idempotency_Key="one"))
    assert [answer.status_code for answer in answers] == [201] * AT_ONCE
    assert len({answer.data for answer in answers}) == 1
    assert counted(runtime) == (1, 1, 1)


def test_first_requests_of_the_same_moment_are_one_ticket(marta: Caller, runtime: Runtime) -> None:
    answers = together(marta, lambda own, number: own.activate({"symptoms": f"aviso {number}"}))
    assert sorted(answer.status_code for answer in answers) == [200] * (AT_ONCE - 1) + [201]
    assert len({answer.json["reference"] for answer in answers}) == 1
    assert counted(runtime) == (1, 1, AT_ONCE)
    with runtime.database.reading() as session:
        assert log.verify(session) == []


def test_of_several_yeses_at_the_same_moment_one_wins(marta: Caller, ana: Caller, runtime: Runtime) -> None:
    reference = marta.activated()
    answers = together(ana, lambda own, _: own.post(f"/tickets/{reference}/acknowledgement"))
    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    logged = [entry["kind"] for entry in ana.items(f"/tickets/{reference}/log")]
    assert logged.count("page.acknowledged") == 1
    assert logged.count("page.acknowledged_late") == AT_ONCE - 1

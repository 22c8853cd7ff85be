"""The sink, the client and the floor as they run in a measurement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.notifications.carriers.base import Call, Message
from alerting.notifications.carriers.twilio import TwilioCarrier
from bench import client, processes
from bench.durability import NotDurable, promised
from bench.product import arrivals, stamps
from core.db import Database
from service.supervisor import free_port

ROOT = Path(__file__).parents[2]
CALLBACK = "http://127.0.0.1:1/webhooks/twilio/status/"


@pytest.fixture(scope="module")
def sink() -> Iterator[int]:
    port = free_port()
    with processes.sink(port):
        yield port


@pytest.fixture
def carrier(sink: int) -> TwilioCarrier:
    """The vendor's own client, pointed at the sink."""
    asyncio.run(stamps(sink))
    return TwilioCarrier(
        account_sid="AC1",
        username="AC1",
        password="secret",
        origin=f"http://127.0.0.1:{sink}",
        sms_from="+34600900900",
        voice_from="+34910000001",
    )


def test_the_sink_takes_messages_and_calls_of_the_vendors_client_and_tells_which_attempt_each_was(
    carrier: TwilioCarrier, sink: int
) -> None:
    before = time.monotonic_ns()
    message = carrier.send_sms(Message("+34600000001", "ñ", CALLBACK + "first", 600))
    call = carrier.place_call(Call("+34600000002", CALLBACK + "x", CALLBACK + "second", 25))
    after = time.monotonic_ns()
    assert message.startswith("SM")
    assert call.startswith("CA")
    found = asyncio.run(stamps(sink))
    told = [(one["channel"], one["to"], one["token"]) for one in found]
    assert told == [("sms", "+34600000001", "first"), ("voice", "+34600000002", "second")]
    assert before < found[0]["at"] < found[1]["at"] < after


def test_hanging_up_is_no_arrival(carrier: TwilioCarrier, sink: int) -> None:
    carrier.hang_up("CA1")
    assert asyncio.run(arrivals(sink)) == 0


def test_stamps_are_given_once(carrier: TwilioCarrier, sink: int) -> None:
    carrier.send_sms(Message("+34600000001", "hola", CALLBACK + "x", 600))
    assert len(asyncio.run(stamps(sink))) == 1
    assert asyncio.run(stamps(sink)) == []


def test_the_floor_commits_hands_over_and_answers_under_its_token(sink: int, tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "floor.db"
    asyncio.run(stamps(sink))
    with processes.floor(port, sink, f"sqlite:///{file}", row_bytes=600):
        requests = [client.post("/activations", {"plan": "restore"}) for _ in range(5)]
        answers = asyncio.run(client.open_loop(port, requests, client.schedule(5, per_second=50, seed=0)))
    handed = {one["token"]: one["at"] for one in asyncio.run(stamps(sink))}
    assert [answer.status for answer in answers] == [201] * 5
    for answer in answers:
        assert answer.scheduled < handed[answer.body["token"]] < answer.answered
    database = Database(f"sqlite:///{file}")
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*), min(length(body)) FROM bench_floor").one() == (5, 600)
    database.dispose()


def test_a_burst_is_sent_at_one_instant(sink: int) -> None:
    answers = asyncio.run(client.burst(sink, [client.get("/count")] * 20))
    assert len({answer.scheduled for answer in answers}) == 1
    assert all(answer.status == 200 for answer in answers)


def test_a_database_that_may_lose_commits_is_not_measured(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'fast.db'}", pool_size=1)
    assert promised(database) == "sqlite: synchronous=2, journal_mode=wal"
    with database.engine.connect() as connection:
        assert connection.connection.dbapi_connection is not None
        connection.connection.dbapi_connection.execute("PRAGMA synchronous=OFF")
    with pytest.raises(NotDurable, match="synchronous"):
        promised(database)
    database.dispose()


def test_the_floor_stays_small_enough_to_be_reviewed_at_a_glance() -> None:
    assert len((ROOT / "bench" / "floor_app.py").read_text().splitlines()) <= 60

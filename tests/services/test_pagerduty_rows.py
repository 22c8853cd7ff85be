"""PagerDuty's rows on either database: the inbox, the claims, the last resort's question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from alerting.configuration import Configurations
from alerting.pagerduty import incidents, jobs, service, watch
from alerting.pagerduty.models import PagerDutyEventRow, PagerDutyIncidentRow
from alerting.runtime import Runtime
from core import periodic
from core.db import Database
from service import wiring
from tests.support import databases
from tests.support.desk import Desk
from tests.support.pagerduty import PagerDutyDesk
from tests.support.time import SteppedClock


@pytest.fixture
def pagerduty(network: str) -> Iterator[PagerDutyDesk]:
    desk = PagerDutyDesk(network)
    desk.reset()
    yield desk
    desk.close()


@pytest.fixture
def desk(world: Database, tmp_path: Path, network: str, pagerduty: PagerDutyDesk) -> Desk:
    """The example world, whose last resort names PagerDuty; nobody answers until then."""
    settings = databases.settings_for(
        world, tmp_path, twilio_api_url=network, public_url=network, pagerduty_events_url=network,
        pagerduty_routing_key="R" * 32,
    )  # fmt: skip
    clock = SteppedClock()
    runtime = Runtime(settings, world, Configurations(settings), wiring.carrier(settings), now=clock)
    return Desk(runtime, clock)


def event(desk: Desk, reference: str, kind: str, **more: Any) -> dict[str, Any]:
    ticket = desk.ticket(reference)
    with desk.runtime.database.reading() as session:
        (row,) = incidents.of_episode(session, ticket.id, 1)
    agent = {"id": "PABC123", "type": "user_reference", "summary": "Ana"}
    at = (desk.clock.at + timedelta(seconds=1)).isoformat()
    data = {"id": "Q1", "type": "incident", "incident_key": row.dedup_key}
    return {"event": {"id": "01E", "event_type": kind, "occurred_at": at, "agent": agent, "data": data} | more}


def receive(desk: Desk, body: dict[str, Any]) -> bool:
    with desk.runtime.database.transaction() as session:
        return service.receive(session, body, json.dumps(body).encode(), desk.clock.at)


def test_an_answer_there_stops_the_last_resort_once(desk: Desk, pagerduty: PagerDutyDesk) -> None:
    reference = desk.activate().reference
    desk.advance(minutes=22)
    assert desk.escalation(reference).state == "exhausted"
    assert pagerduty.incident()["status"] == "triggered"
    body = event(desk, reference, "incident.acknowledged")
    assert [receive(desk, body) for _ in range(2)] == [True, False]
    desk.run_due()
    assert desk.ticket(reference).acknowledged_via == "pagerduty"
    with desk.runtime.database.reading() as session:
        assert session.scalars(select(PagerDutyEventRow.outcome)).all() == ["acknowledge"]
        assert session.scalars(select(PagerDutyIncidentRow.held)).all() == ["acknowledged"]
        (event_id,) = session.scalars(select(PagerDutyEventRow.id))
    with desk.runtime.work() as work:
        assert service.claim(work, event_id) is None, "it is done"


def test_what_a_nudge_has_lost_is_swept_up(desk: Desk, pagerduty: PagerDutyDesk) -> None:
    reference = desk.activate().reference
    desk.advance(minutes=22)
    assert receive(desk, event(desk, reference, "incident.acknowledged"))
    desk._nudges.clear()
    with desk.runtime.database.transaction() as session:
        periodic.register(session, ["pagerduty"], desk.clock.at)
    jobs.sweep("pagerduty", 5)
    assert desk.ticket(reference).acknowledged_by == "ana"


def test_an_event_that_cannot_be_carried_out_is_given_up_and_holds_up_no_other(
    desk: Desk, pagerduty: PagerDutyDesk
) -> None:
    reference = desk.activate().reference
    desk.advance(minutes=22)
    receive(desk, event(desk, reference, "incident.acknowledged"))
    with desk.runtime.database.reading() as session:
        (event_id,) = session.scalars(select(PagerDutyEventRow.id))
    for _ in range(service.MOST_TRIES):
        desk.clock.advance(minutes=5)
        with desk.runtime.work() as work:
            assert service.claim(work, event_id) is not None
        with desk.runtime.work() as work:
            service.later(work, event_id)
    with desk.runtime.database.reading() as session:
        assert session.scalars(select(PagerDutyEventRow.outcome)).all() == ["given_up"]


def test_events_are_forgotten_after_a_month(desk: Desk) -> None:
    receive(desk, {"no": "event"})
    for days, left in ((29, 1), (2, 0)):
        desk.clock.advance(days=days)
        with desk.runtime.database.transaction() as session:
            service.forget_old(session, desk.clock.at)
            assert session.execute(select(func.count()).select_from(PagerDutyEventRow)).scalar_one() == left


def test_a_step_that_does_not_come_is_seen_on_either_database(desk: Desk, pagerduty: PagerDutyDesk) -> None:
    desk.activate()
    desk.clock.advance(minutes=4, seconds=1)
    assert [watch.look(desk.runtime) for _ in range(2)] == [1, 0]
    assert pagerduty.incident()["status"] == "triggered"

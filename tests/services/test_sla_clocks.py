"""The SLA clocks of real tickets: started, paused, warned, breached, decided."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alerting.handling import reopening
from alerting.handling import service as handling
from alerting.handling.service import Author
from alerting.intake.schema import Told
from alerting.intake.service import NewTicket, open_ticket
from alerting.notifications.models import AttemptRow
from alerting.sla import jobs, queries
from alerting.sla.models import SlaClockRow
from alerting.tickets import service as tickets
from core import periodic
from core.audit.chain import LogActor
from core.documents import store
from service.configuration.apply import apply
from service.configuration.document import SourceFile
from service.configuration.plan import plan_apply
from service.configuration.running import running_policies
from service.periodic import TASKS
from tests.domain.oncall.builders import local
from tests.support.desk import MARTA, Desk

ANA = Author(LogActor("person", "ana"), "ana", "ana@itsafer.example")
MONDAY = local("2026-03-02T10:00")


@pytest.fixture
def reference(desk: Desk) -> str:
    """An incident of P2 that Ana works: 60, 120 and 480 minutes around the clock."""
    desk.clock.at = MONDAY
    with desk.runtime.database.transaction() as session:
        periodic.register(session, TASKS, desk.clock.at)
    made = opened(desk, "P2")
    desk.acknowledge(made, "ana")
    return made


def opened(desk: Desk, priority: Any, **more: Any) -> str:
    wanted = NewTicket("hotel-sol", Told(symptoms="La copia no termina."), "api", MARTA, component="backup",
                       priority=priority, **more)  # fmt: skip
    with desk.runtime.work() as work:
        return open_ticket(work, wanted).ticket.reference


def clocks(desk: Desk, reference: str) -> dict[str, dict[str, Any]]:
    ticket = desk.ticket(reference)
    with desk.runtime.database.reading() as session:
        config = desk.runtime.configurations.current(session)
        found = queries.clocks_json(session, [ticket], config, desk.clock.at)
    return {one["metric"]: one for one in found.get(ticket.id, [])}


def do(desk: Desk, reference: str, command: Any, *args: Any) -> Any:
    with desk.runtime.work() as work:
        return command(work, tickets.locked(work, reference), ANA, *args)


def turn(desk: Desk) -> None:
    """One turn of the periodic work."""
    with desk.runtime.database.transaction() as session:
        row = session.get_one(periodic.PeriodicTaskRow, "sla-say")
        row.due_at = desk.clock.at
    jobs.say("sla-say", 15)


def said(desk: Desk, reference: str) -> list[tuple[str, str, int]]:
    """(person, channel, percent) of what the clocks have told, in order."""
    rows = sorted(desk.attempts(reference, template="sla_sms"), key=lambda row: row.id)
    return [(str(row.person_id), str(row.channel), row.facts["percent"]) for row in rows]


def at(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text)


def test_an_activation_has_a_clock_for_each_metric_with_the_contracts_better_target(desk: Desk) -> None:
    """S-4.6, S-4.9"""
    found = clocks(desk, desk.activate().reference)
    assert [(name, one["target_minutes"]) for name, one in found.items()] == [
        ("response", 10), ("contact", 30), ("resolution", 240),
    ]  # fmt: skip
    assert all(at(one["due_at"]) == desk.clock.at + timedelta(minutes=one["target_minutes"]) for one in found.values())


def test_a_drill_has_none(desk: Desk) -> None:
    desk.clock.at = MONDAY
    assert clocks(desk, desk.activate(mode="drill").reference) == {}


def test_what_is_done_has_its_verdict(desk: Desk, reference: str) -> None:
    desk.clock.advance(minutes=130)
    desk.contact(reference, "ana", "reached")
    found = clocks(desk, reference)
    assert {name: one["met"] for name, one in found.items()} == {"response": True, "contact": False, "resolution": None}
    assert found["contact"]["elapsed_minutes"] == 130
    desk.close(reference)
    assert clocks(desk, reference)["resolution"]["met"] is True


def test_waiting_stops_the_time_to_resolution_alone(desk: Desk, reference: str) -> None:
    """S-4.10"""
    before = clocks(desk, reference)
    desk.clock.advance(minutes=60)
    do(desk, reference, handling.wait, "third_party", "El proveedor lo mira.")
    waiting = clocks(desk, reference)
    assert (waiting["resolution"]["due_at"], waiting["resolution"]["state"]) == (None, "paused")
    assert waiting["contact"]["due_at"] == before["contact"]["due_at"]
    desk.clock.advance(minutes=90)
    do(desk, reference, handling.resume)
    moved = clocks(desk, reference)["resolution"]
    assert at(moved["due_at"]) == at(before["resolution"]["due_at"]) + timedelta(minutes=90)
    assert moved["elapsed_minutes"] == 60


def test_the_customer_is_told_the_new_time_to_resolution(desk: Desk, reference: str) -> None:
    """S-2.13"""
    do(desk, reference, handling.wait, "third_party", "El proveedor lo mira.")
    desk.clock.advance(minutes=90)
    do(desk, reference, handling.resume)
    mails = desk.attempts(reference, template="updated_mail", address=MARTA)
    assert "Nueva fecha límite de resolución: 02/03/2026 19:30 CET (UTC+01:00)." in mails[-1].facts["updates"]


def test_a_change_of_priority_counts_from_the_opening_on(desk: Desk, reference: str) -> None:
    """S-3.B3, rule R8"""
    desk.clock.advance(minutes=30)
    do(desk, reference, handling.prioritise, "P1")
    found = clocks(desk, reference)
    assert found["resolution"]["target_minutes"] == 240
    assert at(found["resolution"]["due_at"]) == MONDAY + timedelta(minutes=240)


def test_half_of_the_time_is_told_to_the_owner_quietly_and_the_end_of_it_to_the_managers_too(
    desk: Desk, reference: str
) -> None:
    desk.contact(reference, "ana", "reached")
    for minutes in (239, 1, 1, 120, 72, 48, 5):
        desk.clock.advance(minutes=minutes)
        turn(desk)
    assert said(desk, reference) == [
        ("ana", "email", 50),
        ("ana", "email", 75),
        ("ana", "sms", 90),
        ("clara", "email", 90),
        ("ana", "sms", 100),
        ("clara", "email", 100),
    ]
    assert clocks(desk, reference)["resolution"]["breached"] is True
    assert [kind for kind in desk.kinds(reference) if kind.startswith("sla.")].count("sla.breached") == 1


def test_a_target_that_is_exceeded_on_arrival_is_said_once(desk: Desk, reference: str) -> None:
    """Rule R8: no mark that was passed long ago is told on its own"""
    desk.contact(reference, "ana", "reached")
    desk.clock.advance(minutes=300)
    do(desk, reference, handling.prioritise, "P1")
    turn(desk)
    turn(desk)
    assert [percent for _, _, percent in said(desk, reference)] == [100, 100]


def test_what_is_in_time_to_the_second_is_not_breached(desk: Desk, reference: str) -> None:
    """Rule R4"""
    desk.contact(reference, "ana", "reached")
    desk.clock.at = MONDAY + timedelta(minutes=480)
    turn(desk)
    assert 100 not in [percent for _, _, percent in said(desk, reference)]
    desk.close(reference)
    assert clocks(desk, reference)["resolution"]["met"] is True


def test_a_withdrawn_request_has_no_verdict(desk: Desk) -> None:
    made = desk.activate().reference
    desk.stand_down(made)
    assert {(one["met"], one["state"]) for one in clocks(desk, made).values()} == {(None, "cancelled")}


def test_a_reopened_ticket_goes_on_where_its_clock_stood(desk: Desk, reference: str) -> None:
    """S-3.2.6, rule R7"""
    desk.clock.advance(minutes=100)
    desk.close(reference)
    desk.clock.advance(days=3)
    do(desk, reference, reopening.reopen)
    desk.clock.advance(minutes=20)
    found = clocks(desk, reference)["resolution"]
    assert (found["elapsed_minutes"], found["met"], found["state"]) == (120, None, "running")


def test_the_older_of_two_doubles_counts(desk: Desk, reference: str) -> None:
    desk.clock.advance(minutes=60)
    newer = opened(desk, "P2")
    with desk.runtime.work() as work:
        reopening.merge(work, tickets.locked(work, reference), tickets.locked(work, newer), ANA)
    assert at(clocks(desk, newer)["resolution"]["due_at"]) == MONDAY + timedelta(minutes=480)


def test_the_contact_is_due_by_the_sla_when_that_comes_first(desk: Desk) -> None:
    """One deadline in every text: the policy's ten minutes, or what is left of the thirty of the SLA"""
    made = desk.activate().reference
    opened_at = desk.clock.at
    desk.clock.advance(minutes=25)
    desk.acknowledge(made, "ana")
    assert desk.ticket(made).contact_due_at == opened_at + timedelta(minutes=30)


def test_an_sla_that_has_passed_sets_no_deadline_for_whoever_says_yes(desk: Desk) -> None:
    made = desk.activate().reference
    desk.clock.advance(minutes=45)
    desk.acknowledge(made, "ana")
    assert desk.ticket(made).contact_due_at == desk.clock.at + timedelta(minutes=10)


def test_coverage_counts_anew_from_its_change_on_and_verdicts_stay(desk: Desk, reference: str) -> None:
    """Rule R8, S-4.8"""
    desk.clock.advance(hours=1)
    do(desk, reference, handling.wait, "third_party", "El proveedor lo mira.")
    desk.clock.advance(hours=2)
    do(desk, reference, handling.resume)
    assert at(clocks(desk, reference)["resolution"]["due_at"]) == local("2026-03-02T20:00")
    desk.clock.advance(hours=4)
    with desk.runtime.database.transaction() as session:
        customer = next(one.body for one in store.load(session) if one.id == "hotel-sol")
        contract = customer["contract"] | {"coverage": {"backup": "business", "cloud": "business"}}
        source = SourceFile("x.yaml", json.dumps({"customers": [customer | {"contract": contract}, *others(session)]}))
        planned = plan_apply([source], store.load(session), False, running_policies(session))
        moved = apply(session, planned, desk.clock.at)  # type: ignore[arg-type]  # no problems
    assert [(one.reference, one.metric) for one in moved] == [(reference, "resolution")]
    found = clocks(desk, reference)
    assert at(found["resolution"]["due_at"]) == local("2026-03-03T11:00")
    assert found["response"]["met"] is True


def others(session: Any) -> list[dict[str, Any]]:
    return [one.body for one in store.load(session) if one.section == "customers" and one.id != "hotel-sol"]


def test_two_turns_at_once_say_it_once(desk: Desk, reference: str) -> None:
    desk.contact(reference, "ana", "reached")
    desk.clock.advance(minutes=250)
    with desk.runtime.database.transaction() as session:
        session.get_one(periodic.PeriodicTaskRow, "sla-say").due_at = desk.clock.at
    jobs.say("sla-say", 15)
    jobs.say("sla-say", 15)
    with desk.runtime.database.reading() as session:
        assert session.scalars(select(SlaClockRow.warned).where(SlaClockRow.metric == "resolution")).all() == [50]
        told = session.scalars(select(AttemptRow.id).where(AttemptRow.template == "sla_sms")).all()
    assert len(told) == 1

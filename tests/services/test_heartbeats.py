"""Jobs that are watched by their heartbeats: late, failed, back; one ticket for each trouble (S-3.2.1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alerting.configuration import Configuration
from alerting.monitoring import jobs, service
from alerting.monitoring.models import HeartbeatRow, HeartbeatRunRow
from alerting.monitoring.service import Said, Signal
from alerting.tickets.models import TicketRow
from alerting.tickets.queries import timeline
from core import periodic
from core.documents import store
from service.periodic import TASKS
from tests.domain.oncall.builders import local
from tests.support.desk import Desk

JOB = "sol-erp-nightly"
EVENING = local("2026-03-02T20:00")
NIGHT = local("2026-03-03T03:00")
LATE = local("2026-03-03T03:45")


@pytest.fixture
def evening(desk: Desk) -> Desk:
    """The nightly job has run well last night; tonight's is expected at 03:00, at the latest 03:45."""
    desk.clock.at = EVENING
    with desk.runtime.database.transaction() as session:
        periodic.register(session, TASKS, desk.clock.at)
    hear(desk)
    return desk


def hear(desk: Desk, signal: Signal = "success", said: str | None = None, job: str = JOB) -> bool:
    with desk.runtime.work() as work:
        return service.hear(work, job, signal, None if said is None else Said(said))


def look(desk: Desk, at: datetime) -> None:
    """One turn of the periodic work."""
    desk.clock.at = at
    with desk.runtime.database.transaction() as session:
        session.get_one(periodic.PeriodicTaskRow, "heartbeats").due_at = at
        for row in session.scalars(select(HeartbeatRow).where(HeartbeatRow.id != JOB)):
            row.due_at = None  # the other jobs are not tonight's story
    jobs.look("heartbeats", 10)


def tickets(desk: Desk) -> list[TicketRow]:
    with desk.runtime.database.reading() as session:
        return list(session.scalars(select(TicketRow).order_by(TicketRow.opened_at, TicketRow.id)))


def state(desk: Desk) -> str:
    with desk.runtime.database.reading() as session:
        return str(session.get_one(HeartbeatRow, JOB).state)


def read(desk: Desk, reference: str, language: str = "es") -> list[str]:
    with desk.runtime.database.reading() as session:
        config = desk.runtime.configurations.current(session)
        return [item.text for item in timeline(session, desk.ticket(reference), config, language)]


def rule(desk: Desk, **keys: Any) -> Configuration:
    """Change what the nightly job's lateness does."""
    with desk.runtime.database.transaction() as session:
        found = store.find(session, "heartbeats", JOB)
        assert found is not None
        body = found.body | {"on_late": found.body["on_late"] | keys}
        store.save(session, [store.Change("update", "heartbeats", JOB, body, found.position)], desk.clock.at)
        return desk.runtime.configurations.current(session)


def test_a_backup_that_does_not_run_becomes_one_ticket_with_its_facts(evening: Desk) -> None:
    look(evening, LATE - timedelta(seconds=1))
    assert tickets(evening) == []
    look(evening, LATE)
    look(evening, LATE + timedelta(minutes=10))

    (ticket,) = tickets(evening)
    assert (ticket.kind, ticket.incident_type, ticket.channel) == ("incident", "backup_not_run", "heartbeat")
    assert (ticket.priority, ticket.component, ticket.customer_id) == ("P2", "backup", "hotel-sol")
    assert ticket.title == "Copia no ejecutada: ERP nocturno (srv-erp)"
    assert ticket.symptoms is not None
    for fact in ("srv-erp", "Se esperaba: 03/03/2026 03:00", "Última ejecución correcta: 02/03/2026 20:00"):
        assert fact in ticket.symptoms
    assert evening.paged(ticket.reference) == []


def test_the_customer_is_told_and_offered_the_plan_with_the_form_filled_in(evening: Desk) -> None:
    look(evening, LATE)
    (ticket,) = tickets(evening)

    (mail, *_) = evening.attempts(ticket.reference, template="reported_mail")
    assert mail.facts["suggested"] == "Restauración del ERP"
    assert mail.facts["activate_url"] == f"/portal/activate/erp-restore?ticket={ticket.reference}"


def test_a_job_that_runs_again_is_noted_and_people_close_the_ticket(evening: Desk) -> None:
    look(evening, LATE)
    evening.clock.at = LATE + timedelta(hours=1)
    hear(evening)

    (ticket,) = tickets(evening)
    assert ticket.state == "new"
    assert state(evening) == "up"
    assert any("ha vuelto a terminar bien: 03/03/2026 04:45" in text for text in read(evening, ticket.reference))
    assert any("ended well again" in text for text in read(evening, ticket.reference, "en"))


def test_the_next_night_without_a_run_is_told_on_the_ticket_that_is_still_open(evening: Desk) -> None:
    look(evening, LATE)
    hear(evening)
    look(evening, LATE + timedelta(days=1))

    (ticket,) = tickets(evening)
    assert evening.kinds(ticket.reference).count("heartbeat.late") == 2


def test_a_ticket_that_was_closed_while_the_job_still_fails_is_followed_by_another(evening: Desk) -> None:
    look(evening, LATE)
    (first,) = tickets(evening)
    evening.close(first.reference)
    look(evening, LATE + timedelta(hours=1))
    assert len(tickets(evening)) == 1
    look(evening, LATE + timedelta(days=1))

    assert [ticket.state for ticket in tickets(evening)] == ["closed", "new"]


def test_a_failed_run_is_a_backup_that_failed_with_what_the_job_said(evening: Desk) -> None:
    evening.clock.at = NIGHT + timedelta(minutes=20)
    hear(evening, "fail", "tar: /srv/erp: no space left\npassword=verysecret1")
    hear(evening, "fail", "tar: /srv/erp: no space left")

    (ticket,) = tickets(evening)
    assert ticket.incident_type == "backup_failed"
    assert ticket.title == "Copia fallida: ERP nocturno (srv-erp)"
    assert ticket.intake is not None
    assert "no space left" in ticket.intake["error_output"]
    assert "verysecret1" not in str(ticket.intake)


def test_a_policy_pages_and_the_page_is_answered_like_any_other(evening: Desk) -> None:
    rule(evening, escalation_policy="contingency")
    look(evening, LATE)
    evening.run_due()
    (ticket,) = tickets(evening)

    first = evening.paged(ticket.reference)[0]
    answer = evening.acknowledge(ticket.reference, first)
    assert answer.won
    assert evening.ticket(ticket.reference).owner == first
    assert [mail.template for mail in evening.attempts(ticket.reference, purpose="customer", channel="email")][-1] == (
        "taken_mail"
    )


def test_the_customer_of_a_paged_incident_hears_that_nobody_has_answered_and_then_who_has_it(evening: Desk) -> None:
    rule(evening, escalation_policy="contingency")
    look(evening, LATE)
    (ticket,) = tickets(evening)
    evening.advance(minutes=11)
    evening.acknowledge(ticket.reference, "clara")
    evening.stand_down(ticket.reference)

    told = [one.template for one in evening.attempts(ticket.reference, purpose="customer", channel="sms")]
    assert told == ["customer_nobody_yet_sms", "customer_acknowledged_sms"]
    mailed = [one.template for one in evening.attempts(ticket.reference, purpose="customer", channel="email")]
    assert mailed == ["reported_mail", "still_paging_mail", "taken_mail", "withdrawn_mail"]


def test_what_had_been_dealt_with_pages_anew_when_it_comes_back(evening: Desk) -> None:
    rule(evening, escalation_policy="contingency")
    look(evening, LATE)
    evening.run_due()
    (ticket,) = tickets(evening)
    evening.acknowledge(ticket.reference, "ana")
    evening.contact(ticket.reference, "ana", "reached")
    hear(evening)
    look(evening, LATE + timedelta(days=1))

    assert evening.ticket(ticket.reference).episode == 2
    assert evening.escalation(ticket.reference).state == "running"


def test_whoever_has_the_ticket_is_told_that_the_job_is_late_again_and_back(evening: Desk) -> None:
    look(evening, LATE)
    (ticket,) = tickets(evening)
    evening.acknowledge(ticket.reference, "ana")
    hear(evening)
    look(evening, LATE + timedelta(days=1))

    told = evening.attempts(ticket.reference, template="machine_sms", person_id="ana")
    assert [(one.channel, one.facts["event"]) for one in told] == [
        ("email", "heartbeat.back"),
        ("email", "heartbeat.late"),
    ]


def test_a_ticket_of_the_time_when_we_stood_still_says_that_the_signal_may_be_lost(evening: Desk) -> None:
    evening.clock.at = LATE + timedelta(hours=2)
    with evening.runtime.database.transaction() as session:
        session.get_one(periodic.PeriodicTaskRow, "heartbeats").due_at = LATE - timedelta(hours=1)
    jobs.look("heartbeats", 10)

    (ticket,) = [one for one in tickets(evening) if "ERP" in one.title]
    assert "Nuestro propio servicio estuvo parado entre 03/03/2026 02:45" in str(ticket.symptoms)


def test_two_clocks_and_a_job_of_the_same_moment_make_one_ticket(evening: Desk) -> None:
    evening.clock.at = LATE

    def one(which: int) -> None:
        with evening.runtime.work() as work:
            service.hear(work, JOB, "fail") if which == 2 else service.look(work, JOB)

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(one, range(3)))

    assert len(tickets(evening)) == 1


def test_a_run_keeps_when_it_began_when_it_ended_and_what_it_said(evening: Desk) -> None:
    evening.clock.at = NIGHT
    hear(evening, "start")
    evening.clock.at = NIGHT + timedelta(hours=2)
    hear(evening, "start")
    evening.clock.at = NIGHT + timedelta(hours=3)
    hear(evening, "success", "42 GB copied")

    with evening.runtime.database.reading() as session:
        runs = session.scalars(
            select(HeartbeatRunRow).where(HeartbeatRunRow.heartbeat_id == JOB).order_by(HeartbeatRunRow.id)
        ).all()
    assert [run.outcome for run in runs] == ["succeeded", "broken_off", "succeeded"]
    assert (runs[2].started_at, runs[2].ended_at) == (NIGHT + timedelta(hours=2), NIGHT + timedelta(hours=3))
    assert runs[2].log == "42 GB copied"


def test_of_old_runs_a_hundred_are_kept(evening: Desk) -> None:
    for _ in range(service.KEPT_RUNS + 3):
        hear(evening)

    with evening.runtime.database.reading() as session:
        assert len(session.scalars(select(HeartbeatRunRow.id)).all()) == service.KEPT_RUNS


def test_an_archived_heartbeat_is_expected_no_more_and_counts_anew_when_it_comes_back(evening: Desk) -> None:
    archive(evening, "archive")
    look(evening, LATE)
    assert tickets(evening) == []
    assert not hear(evening)

    evening.clock.at = local("2026-03-05T12:00")
    archive(evening, "restore")
    look(evening, local("2026-03-06T03:44"))
    assert tickets(evening) == []
    look(evening, local("2026-03-06T03:45"))
    assert len(tickets(evening)) == 1


def archive(desk: Desk, kind: store.ChangeKind) -> None:
    with desk.runtime.database.transaction() as session:
        found = store.find(session, "heartbeats", JOB)
        assert found is not None
        store.save(session, [store.Change(kind, "heartbeats", JOB, found.body, found.position)], desk.clock.at)
    with desk.runtime.work() as work:
        service.watch(work)

"""Monthly figures read from the tickets; on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import event

from alerting.handling import reopening
from alerting.handling import service as handling
from alerting.handling.service import Author, Note
from alerting.ratings import service as ratings
from alerting.ratings.schema import Weights
from alerting.ratings.service import Rater
from alerting.reports import queries, service
from alerting.reports.measures import METRICS, Share, sheet
from alerting.reports.time_spent import Charged, account
from alerting.sla import service as sla
from alerting.tickets import service as tickets
from core.audit.chain import LogActor
from core.db import Database
from oncall.fairness import month
from tests.support.desk import MARTA, Desk

OCTOBER = month(date(2026, 10, 1), "Europe/Madrid")
SEPTEMBER = month(date(2026, 9, 1), "Europe/Madrid")


def rated(desk: Desk, reference: str) -> None:
    with desk.runtime.work() as work:
        rater = Rater(MARTA, LogActor("user", "marta"), "portal")
        ratings.rate(work, tickets.locked(work, reference), rater, 4, None)


def worked(desk: Desk, minutes: int, code: str) -> None:
    """An activation, answered and spoken about at once, closed after so many minutes, and rated with 4."""
    reference = desk.activate().reference
    desk.acknowledge(reference, "ana")
    desk.contact(reference, "ana", "reached")
    desk.clock.advance(minutes=minutes)
    desk.close(reference, code, "El disco es de otro.")
    rated(desk, reference)


def test_the_totals_are_the_sum_of_the_tickets_verdicts(desk: Desk) -> None:
    """S-4.7: one resolved late; what was not ours apart; double, drill and withdrawal nowhere."""
    worked(desk, 300, "resolved")
    worked(desk, 10, "not_our_responsibility")
    double = desk.activate().reference
    desk.close(double, "duplicate")
    rated(desk, double)
    desk.close(desk.activate(mode="drill").reference)
    desk.stand_down(desk.activate().reference)
    with desk.runtime.database.reading() as session:
        found = queries.verdicts(session, OCTOBER)
        scores = queries.scores(session, OCTOBER)
        assert queries.verdicts(session, SEPTEMBER) == queries.scores(session, SEPTEMBER) == []
        assert queries.satisfaction_of(session, "hotel-sol", OCTOBER) == (2, 4.0)
        assert queries.satisfaction_of(session, "banco-norte", OCTOBER) == (0, None)
    made = sheet(found, scores, Weights())
    (row,) = made.rows
    assert (row.component, row.priority, row.ratings) == ("backup", "P1", 2)
    assert row.shares == {"response": Share(1, 1), "contact": Share(1, 1), "resolution": Share(0, 1)}
    assert made.apart == {"response": Share(1, 1), "contact": Share(1, 1), "resolution": Share(1, 1)}
    assert len(found) == sum(made.total.shares[metric].decided + made.apart[metric].decided for metric in METRICS)


def test_time_noted_on_tickets_is_charged_to_their_departments(desk: Desk) -> None:
    """S-F.1"""
    by = Author(LogActor("person", "ana"), "ana", "ana@itsafer.example")
    reference = desk.activate().reference
    for minutes in (20, 15, None):
        with desk.runtime.work() as work:
            ticket = tickets.locked(work, reference)
            ticket.department = "Recepción"
            handling.add_note(work, ticket, by, Note("Comprobado.", public=False, minutes=minutes))
    with desk.runtime.database.reading() as session:
        assert queries.time_spent(session, SEPTEMBER) == []
        made = account(queries.time_spent(session, OCTOBER))
    assert made.rows == [Charged("Hotel Sol", "Recepción", 35, 2)]
    assert made.minutes == 35


def test_a_time_that_is_broken_and_runs_on_is_named_until_it_is_decided(desk: Desk) -> None:
    reference = desk.activate().reference
    desk.acknowledge(reference, "ana")
    desk.contact(reference, "ana", "reached")
    desk.advance(minutes=300)
    with desk.runtime.work() as work:
        for ticket_id in sla.due(work):
            sla.say(work, ticket_id)
    with desk.runtime.database.reading() as session:
        assert sorted(one.metric for one in queries.verdicts(session, OCTOBER)) == ["contact", "response"]
        assert queries.overdue(session, OCTOBER) == 1
    desk.close(reference)
    with desk.runtime.database.reading() as session:
        assert queries.overdue(session, OCTOBER) == 0
        assert [one.met for one in queries.verdicts(session, OCTOBER) if one.metric == "resolution"] == [False]


def test_the_time_of_a_month_is_found_without_reading_the_whole_log(sqlite_database: Database) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(sqlite_database.engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    with sqlite_database.reading() as session:
        queries.time_spent(session, OCTOBER)
        statement, values = next(one for one in asked if "log_entries" in one[0])
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        assert any("ix_log_entries_notes" in row[3] for row in plan)


def test_what_was_reported_of_a_month_stays_and_a_reopening_is_a_dated_correction(desk: Desk) -> None:
    """S-4.8"""
    worked(desk, 10, "resolved")
    reference = desk.activate("files-restore").reference
    desk.acknowledge(reference, "ana")
    desk.contact(reference, "ana", "reached")
    desk.close(reference)
    desk.clock.at = OCTOBER.to_at + timedelta(hours=6)
    with desk.runtime.work() as work:
        assert service.freeze(work) == [date(2026, 10, 1)]
        assert service.freeze(work) == []
        assert service.correct(work) == 0
    desk.clock.advance(days=3)
    with desk.runtime.work() as work:
        marta = Author(LogActor("user", "marta"), None, MARTA, customer=True)
        reopening.reopen(work, tickets.locked(work, reference), marta)
    with desk.runtime.work() as work:
        assert (service.correct(work), service.correct(work)) == (1, 0)
    with desk.runtime.database.reading() as session:
        report = queries.frozen_report(session, date(2026, 10, 1))
        now = queries.verdicts(session, OCTOBER)
    assert report is not None
    assert report.intact
    assert sheet(report.facts.verdicts, (), Weights()).total.shares["resolution"] == Share(2, 2)
    assert sheet(now, (), Weights()).total.shares["resolution"] == Share(1, 1)
    (correction,) = report.corrections
    assert correction.at == desk.clock.at
    assert [(one.reference, one.metric) for one in correction.what.removed] == [(reference, "resolution")]
    assert correction.what.added == ()

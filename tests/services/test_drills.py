"""Drills from their planning to the signed report (S-F.2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from alerting.catalog import plan_versions
from alerting.catalog.models import PlanVersionRow
from alerting.configuration import change
from alerting.drills import agreement, jobs, queries, reminding, service
from alerting.drills.models import DrillRow
from alerting.drills.service import By, TooLate, Wanted
from alerting.drills.timing import NotPossible
from alerting.notifications.models import AttemptRow
from alerting.tickets.models import TicketRow
from core.audit import log
from core.audit.chain import LogActor
from core.documents import store
from core.periodic import PeriodicTaskRow, register
from tests.support.desk import MARTA, Desk

CLARA = By("clara@itsafer.example", "Clara Vidal", LogActor("person", "clara"))
OWNER = By(MARTA, "Marta Ruiz", LogActor("user", "marta"))
THURSDAY_TEN = datetime(2026, 10, 29, 9, 0, tzinfo=UTC)
A_WEEK_LATER = THURSDAY_TEN + timedelta(weeks=1)


@pytest.fixture
def dialect() -> str:
    return "sqlite"


def plan(desk: Desk, starts_at: datetime = THURSDAY_TEN, **keys: Any) -> str:
    with desk.runtime.work() as work:
        return service.plan_drill(work, Wanted("hotel-sol", "erp-restore", starts_at, **keys), CLARA)


def look(desk: Desk, times: int = 1) -> None:
    """The periodic task's turn, as often as it takes: what closes a ticket is reported the turn after."""
    for _ in range(times):
        with desk.runtime.database.transaction() as session:
            register(session, ["drills"], desk.clock.at)
            session.get_one(PeriodicTaskRow, "drills").due_at = desk.clock.at
        jobs.look("drills", 20)
        desk.run_due()


def at(desk: Desk, when: datetime) -> None:
    desk.clock.at = when
    look(desk)


def row(desk: Desk, drill_id: str) -> DrillRow:
    with desk.runtime.database.reading() as session:
        return session.get_one(DrillRow, drill_id)


def exercise(desk: Desk, drill_id: str) -> queries.Exercise:
    with desk.runtime.database.reading() as session:
        found = queries.find(session, drill_id)
    assert found is not None
    return found


def mails(desk: Desk) -> list[tuple[str, str | None]]:
    with desk.runtime.database.reading() as session:
        rows = session.scalars(select(AttemptRow).where(AttemptRow.template.like("drill%")).order_by(AttemptRow.id))
        return [(one.template, one.address or one.person_id) for one in rows]


def reconfigure(desk: Desk, **contract: Any) -> None:
    with desk.runtime.database.transaction() as session:
        found = store.find(session, "customers", "hotel-sol")
        assert found is not None
        body = found.body | {"contract": found.body["contract"] | contract}
        change(
            session,
            [store.Change("update", "customers", "hotel-sol", body, found.position)],
            desk.runtime.settings,
            desk.clock.at,
        )


def run_to_contact(desk: Desk, drill_id: str) -> str:
    """Begun at its hour, accepted by Ana after two minutes, the customer reached after four, closed after ten."""
    at(desk, THURSDAY_TEN)
    reference = row(desk, drill_id).reference
    assert reference is not None
    desk.advance(minutes=2)
    desk.acknowledge(reference, "ana")
    desk.advance(minutes=2)
    desk.contact(reference, "ana", "reached")
    desk.advance(minutes=6)
    desk.close(reference)
    look(desk)
    return reference


def test_the_customer_is_told_when_it_is_planned_and_again_on_the_day_before(desk: Desk) -> None:
    plan(desk, A_WEEK_LATER)
    assert mails(desk) == [("drill_planned_mail", MARTA)]
    at(desk, A_WEEK_LATER - timedelta(hours=24))
    look(desk)
    assert mails(desk)[1:] == [("drill_reminder_mail", MARTA)]
    texts = [path.read_text() for path in desk.runtime.settings.mail_dir.glob("*.eml")]
    assert any("SIMULACRO" in text for text in texts)


def test_at_its_hour_the_same_people_are_paged_and_the_ticket_is_a_drill(desk: Desk) -> None:
    drill = plan(desk)
    at(desk, THURSDAY_TEN - timedelta(seconds=1))
    assert row(desk, drill).state == "planned"
    at(desk, THURSDAY_TEN)
    begun = row(desk, drill)
    assert begun.state == "running"
    assert begun.reference is not None
    assert desk.ticket(begun.reference).mode == "drill"
    assert desk.paged(begun.reference) == ["ana"]


def test_it_is_planned_once_and_in_open_hours_unless_a_manager_asks_for_others(desk: Desk) -> None:
    plan(desk)
    with pytest.raises(NotPossible, match="exists"):
        plan(desk, A_WEEK_LATER)
    night = THURSDAY_TEN + timedelta(hours=12)
    with pytest.raises(NotPossible, match="closed"):
        plan(desk, night)


def test_a_drill_at_night_begins_when_a_manager_asked_for_it(desk: Desk) -> None:
    night = THURSDAY_TEN + timedelta(hours=12)
    drill = plan(desk, night, out_of_hours=True)
    at(desk, night)
    reference = row(desk, drill).reference
    assert reference is not None
    assert desk.ticket(reference).queued_until is None
    assert desk.paged(reference) == ["ana"]


def test_a_real_activation_that_is_open_moves_it_and_everybody_is_told(desk: Desk) -> None:
    drill = plan(desk)
    real = desk.activate()
    at(desk, THURSDAY_TEN)
    moved = row(desk, drill)
    assert (moved.state, moved.starts_at, moved.why, moved.moves) == ("planned", A_WEEK_LATER, "real", 1)
    assert [template for template, _ in mails(desk)[1:]] == ["drill_moved_mail", "drill_changed_sms"]
    assert desk.kinds(real.reference).count("escalation.cancelled") == 0


def test_a_real_activation_in_the_middle_of_it_breaks_it_off(desk: Desk) -> None:
    drill = plan(desk)
    at(desk, THURSDAY_TEN)
    reference = row(desk, drill).reference
    assert reference is not None
    desk.advance(minutes=1)
    real = desk.activate()
    look(desk)
    ended = row(desk, drill)
    assert (ended.state, ended.why) == ("broken_off", "real")
    assert desk.ticket(reference).close_code == "withdrawn"
    assert desk.paged(real.reference) == ["ana"]
    report = exercise(desk, drill).report
    assert report is not None
    assert "broken_off" in [gap.kind for gap in report.gaps]


def test_a_real_activation_without_a_plan_ends_a_drill_of_the_customer_too(desk: Desk) -> None:
    drill = plan(desk)
    at(desk, THURSDAY_TEN)
    desk.activate(None)
    look(desk, times=2)
    assert (row(desk, drill).state, row(desk, drill).why) == ("broken_off", "real")


def test_a_real_activation_of_the_very_same_moment_wins_too(desk: Desk) -> None:
    """Neither transaction saw the other's ticket; the next turn puts it right."""
    drill = plan(desk)
    real = desk.activate("files-restore")
    at(desk, THURSDAY_TEN)
    with desk.runtime.database.transaction() as session:
        found = session.scalars(select(TicketRow).where(TicketRow.reference == real.reference)).one()
        found.open_key, found.plan_id, found.opened_at = "hotel-sol/erp-restore/real", "erp-restore", desk.clock.at
    look(desk, times=2)
    assert (row(desk, drill).state, row(desk, drill).why) == ("broken_off", "real")


def test_the_report_has_the_times_of_the_log_and_who_answered(desk: Desk) -> None:
    drill = plan(desk)
    reference = run_to_contact(desk, drill)
    report = exercise(desk, drill).report
    assert report is not None
    assert report.answered_by == ("ana",)
    assert (report.acknowledged, report.contacted, report.closed) == (
        timedelta(minutes=2),
        timedelta(minutes=4),
        timedelta(minutes=10),
    )
    assert [(step.seconds, step.kind) for step in report.steps] == [
        (0, "step.started"),
        (120, "page.acknowledged"),
        (240, "contact.attempted"),
        (240, "contact.made"),
        (600, "ticket.closed"),
    ]
    assert report.gaps == ()
    assert (report.rto, report.rpo, report.plan_version) == (timedelta(hours=4), timedelta(hours=1), 1)
    with desk.runtime.database.reading() as session:
        assert report.head in [entry.link.hash for entry in log.read(session, reference)]
    assert mails(desk)[-1] == ("drill_report_mail", MARTA)


def test_a_drill_that_nobody_answers_ends_by_itself_with_its_gaps(desk: Desk) -> None:
    drill = plan(desk)
    at(desk, THURSDAY_TEN)
    desk.advance(minutes=30)
    look(desk, times=2)
    ended = exercise(desk, drill)
    assert ended.drill.state == "done"
    assert ended.report is not None
    assert {gap.kind for gap in ended.report.gaps} >= {"nobody_answered", "step_unanswered"}
    assert ended.report.acknowledged is None


def test_a_rehearsal_rings_nobody_and_reports_who_would_be_called(desk: Desk) -> None:
    reconfigure(desk, drills="rehearse")
    drill = plan(desk)
    at(desk, THURSDAY_TEN)
    look(desk, times=2)
    ended = exercise(desk, drill)
    assert ended.drill.reference is not None
    assert desk.paged(ended.drill.reference) == []
    assert ended.report is not None
    assert ended.report.rehearsed
    assert next(step.facts["people"] for step in ended.report.steps if step.kind == "step.started") == ["ana"]


def test_what_was_not_begun_in_time_is_moved_not_made_up_for(desk: Desk) -> None:
    drill = plan(desk)
    at(desk, THURSDAY_TEN + timedelta(hours=3))
    assert (row(desk, drill).state, row(desk, drill).starts_at, row(desk, drill).why) == (
        "planned",
        A_WEEK_LATER,
        "late",
    )


def test_called_off_by_staff_nothing_begins_and_another_can_be_planned(desk: Desk) -> None:
    drill = plan(desk)
    with desk.runtime.work() as work:
        service.call_off(work, drill, CLARA)
    at(desk, THURSDAY_TEN)
    assert row(desk, drill).state == "called_off"
    assert mails(desk)[-1] == ("drill_called_off_mail", MARTA)
    plan(desk, A_WEEK_LATER)


def test_a_drill_that_a_customer_activated_has_its_report_too(desk: Desk) -> None:
    desk.clock.at = THURSDAY_TEN
    reference = desk.activate(mode="drill").reference
    desk.acknowledge(reference, "ana")
    desk.close(reference)
    look(desk)
    with desk.runtime.database.reading() as session:
        taken_up = queries.of_ticket(session, reference)
    assert taken_up is not None
    assert (taken_up.state, taken_up.planned_by) == ("done", None)


def test_signatures_hold_for_what_was_signed_and_an_action_asks_for_new_ones(desk: Desk) -> None:
    drill = plan(desk)
    run_to_contact(desk, drill)
    seen = exercise(desk, drill).digest
    with desk.runtime.work() as work:
        agreement.sign(work, drill, "customer", seen, OWNER)
        agreement.sign(work, drill, "provider", seen, CLARA)
        agreement.sign(work, drill, "provider", seen, CLARA)
    assert {side: one.name for side, one in exercise(desk, drill).signed.items()} == {
        "customer": "Marta Ruiz",
        "provider": "Clara Vidal",
    }
    with desk.runtime.work() as work:
        agreement.add_action(work, drill, "Segundo teléfono para Borja", "Clara", date(2026, 11, 30), CLARA)
    changed = exercise(desk, drill)
    assert changed.signed == {}
    assert len(changed.signed_before) == 2
    with pytest.raises(TooLate), desk.runtime.work() as work:
        agreement.sign(work, drill, "customer", seen, OWNER)


def test_an_action_is_done_once_and_keeps_the_signatures(desk: Desk) -> None:
    drill = plan(desk)
    run_to_contact(desk, drill)
    with desk.runtime.work() as work:
        for _ in range(2):
            agreement.add_action(work, drill, "Segundo teléfono para Borja", "Clara", date(2026, 11, 30), CLARA)
    action, *others = exercise(desk, drill).actions
    assert others == []
    with desk.runtime.work() as work:
        agreement.sign(work, drill, "customer", exercise(desk, drill).digest, OWNER)
        agreement.finish_action(work, drill, action.id, CLARA)
    assert exercise(desk, drill).actions[0].done_by == CLARA.email
    assert "customer" in exercise(desk, drill).signed


def test_managers_are_mailed_of_plans_without_a_drill_until_one_is_done(desk: Desk) -> None:
    """S-F.2: exercises at planned intervals."""
    with desk.runtime.work() as work:
        work.session.execute(update(PlanVersionRow).values(from_at=desk.clock.at))
        assert reminding.remind(work, 12) == 0
    desk.clock.at += timedelta(days=366)
    with desk.runtime.work() as work:
        assert reminding.remind(work, 12) == 3
        assert reminding.remind(work, 12) == 0
    desk.run_due()
    told = [one for one in mails(desk) if one[0] == "drills_overdue_sms"]
    assert len(told) == 1


def test_every_change_of_a_plan_is_a_version(desk: Desk) -> None:
    reconfigure(desk, out_of_coverage="allow")  # not the plan
    with desk.runtime.database.transaction() as session:
        found = store.find(session, "customers", "hotel-sol")
        assert found is not None
        first, *others = found.body["plans"]
        body = found.body | {"plans": [first | {"rto": "2h"}, *others]}
        change(
            session,
            [store.Change("update", "customers", "hotel-sol", body, found.position)],
            desk.runtime.settings,
            desk.clock.at,
        )
    with desk.runtime.database.reading() as session:
        versions = plan_versions.of_plan(session, "hotel-sol", "erp-restore")
    assert [(one.number, one.plan.rto) for one in versions] == [(2, timedelta(hours=2)), (1, timedelta(hours=4))]

"""Around a shift: the proof that its person can be reached, and the hand-off notices."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from alerting.configuration import change_own
from alerting.duty import jobs, notes, service
from alerting.duty.models import DutyRow
from alerting.notifications.models import AttemptRow
from alerting.notifications.out_of_use import take_out
from core import periodic
from core.documents.models import DocumentRow, DocumentsVersion
from oncall.resolve import who_is_on_call
from service.periodic import TASKS
from tests.domain.oncall.builders import local
from tests.support.databases import AT_LENGTH
from tests.support.desk import Desk


@pytest.fixture(params=AT_LENGTH)
def dialect(request: pytest.FixtureRequest) -> str:
    """On PostgreSQL as well when all is run at length."""
    given: str = request.param
    return given


MONDAY = local("2026-11-02T09:00")  # Borja takes over the first place from Ana, Carol the second from Borja
TUESDAY = local("2026-11-03T09:00")
MORNING = local("2026-11-02T08:00")


OURS = {name: TASKS[name] for name in ("duty-plan", "duty-act", "coverage-warn", "holidays")}
OF_THE_YEAR = "holidays_sms"  # to managers in autumn, whatever happens to shifts


@pytest.fixture
def eve(desk: Desk) -> Desk:
    """Sunday evening: everything about Monday's hand-off is planned."""
    desk.clock.at = local("2026-11-01T20:00")
    with desk.runtime.database.transaction() as session:
        periodic.register(session, OURS, desk.clock.at)
    turn(desk)
    return desk


def turn(desk: Desk) -> None:
    """One turn of the periodic work, and what it set in motion."""
    with desk.runtime.database.transaction() as session:
        session.execute(update(periodic.PeriodicTaskRow).values(due_at=desk.clock.at))
    jobs.plan("duty-plan", 300)
    jobs.act("duty-act", 20)
    desk.run_due()


def until(desk: Desk, at: datetime) -> None:
    """The clock looks every few seconds; to see what it does, every two hours of the night are enough, and every ten
    minutes of the morning before the hand-off."""
    while desk.clock.at < at:
        step = timedelta(minutes=10) if MORNING - timedelta(minutes=20) <= desk.clock.at else timedelta(hours=2)
        desk.clock.at = min(desk.clock.at + step, at)
        turn(desk)


def duties(desk: Desk, kind: str) -> dict[str, str]:
    """State by person, of Monday."""
    with desk.runtime.database.reading() as session:
        rows = session.scalars(select(DutyRow).where(DutyRow.kind == kind, DutyRow.at == MONDAY))
        return {row.person_id: row.state for row in rows}


def sent(desk: Desk, purpose: str) -> list[tuple[str | None, str | None, str]]:
    with desk.runtime.database.reading() as session:
        rows = session.scalars(select(AttemptRow).where(AttemptRow.purpose == purpose).order_by(AttemptRow.id))
        return [(row.person_id, row.channel, row.template) for row in rows if row.template != OF_THE_YEAR]


def confirm(desk: Desk, person: str, channel: str) -> None:
    with desk.runtime.database.transaction() as session:
        session.execute(
            update(AttemptRow)
            .where(AttemptRow.person_id == person, AttemptRow.channel == channel, AttemptRow.purpose == "test")
            .values(state="confirmed")
        )


def test_whoever_comes_on_call_is_tested_by_message_and_then_by_call(eve: Desk) -> None:
    until(eve, MORNING - timedelta(minutes=10))
    assert sent(eve, "test") == []
    until(eve, MORNING)
    assert [(who, how) for who, how, _ in sent(eve, "test")] == [("carol", "sms")]
    until(eve, MORNING + timedelta(minutes=10))
    assert [(who, how) for who, how, _ in sent(eve, "test")] == [("carol", "sms"), ("carol", "voice")]


def test_whoever_only_changes_places_is_not_tested(eve: Desk) -> None:
    """Borja goes from second to first, and Ana's turn ends."""
    until(eve, MONDAY)
    assert {who for who, _, _ in sent(eve, "test")} == {"carol"}


def test_one_answer_is_enough(eve: Desk) -> None:
    until(eve, MORNING)
    confirm(eve, "carol", "sms")
    until(eve, MONDAY + timedelta(minutes=20))
    assert duties(eve, "proof") == {"carol": "confirmed"}
    assert sent(eve, "notice") == []


def test_without_an_answer_whoever_is_next_and_the_managers_know_at_the_start(eve: Desk) -> None:
    until(eve, MONDAY - timedelta(minutes=1))
    assert sent(eve, "notice") == []
    until(eve, MONDAY + timedelta(minutes=20))
    assert duties(eve, "proof") == {"carol": "unconfirmed"}
    assert sent(eve, "notice") == [("clara", "email", "unproven_watch_sms")]


def test_somebody_without_a_working_telephone_is_known_at_once(eve: Desk) -> None:
    with eve.runtime.work() as work:
        for channel in ("sms", "voice"):
            take_out(work, channel, "+34600000003", "method_disabled")
    until(eve, MORNING)
    assert duties(eve, "proof") == {"carol": "unreachable"}
    assert ("clara", "email", "unproven_watch_sms") in sent(eve, "notice")


def test_a_recent_answer_on_that_telephone_is_proof_enough(eve: Desk) -> None:
    with eve.runtime.work() as work:
        carol = work.config.oncall.people["carol"]
        way = service.notifications.way_to_tell(work, carol, ("sms",))
        assert way is not None
        service.reachability.send_test(work, carol, way)
    confirm(eve, "carol", "sms")
    until(eve, MONDAY)
    assert duties(eve, "proof") == {"carol": "not_needed"}
    assert len(sent(eve, "test")) == 1


def test_a_shift_that_is_not_there_any_more_sends_nothing(eve: Desk) -> None:
    rewrite(eve, "rotations", "backup-second", participants=["borja"])
    until(eve, MONDAY + timedelta(minutes=20))
    assert sent(eve, "test") == []
    assert duties(eve, "proof") == {"carol": "dropped"}
    assert [who for who, _, what in sent(eve, "handoff") if what == "on_call_starts_sms"] == ["borja"]


def test_a_schedule_without_a_lead_tests_nobody(desk: Desk) -> None:
    rewrite(desk, "schedules", "backup-secondary", reachability_test={"lead": "0s"})
    desk.clock.at = local("2026-11-01T20:00")
    with desk.runtime.work() as work:
        service.plan_ahead(work)
    assert duties(desk, "proof") == {}


def test_by_policy_the_next_in_line_takes_the_shift_for_a_day(eve: Desk) -> None:
    rewrite(eve, "schedules", "backup-secondary", reachability_test={"cover": True})
    until(eve, MONDAY)
    with eve.runtime.database.reading() as session:
        world = eve.runtime.configurations.current(session).oncall
    on = [who_is_on_call(world.schedules["backup-secondary"], world.rotations, (), at) for at in (MONDAY, TUESDAY)]
    assert [[one.person_id for one in people] for people in on] == [["clara"], ["carol"]]
    assert [who for who, _, what in sent(eve, "notice") if what == "unproven_watch_sms"] == ["clara", "carol"]
    until(eve, MONDAY + timedelta(hours=1))
    with eve.runtime.database.reading() as session:
        proofs = session.scalars(select(DutyRow).where(DutyRow.kind == "proof", DutyRow.at == TUESDAY))
        assert [row.person_id for row in proofs] == ["carol"]


def test_planning_twice_plans_once(eve: Desk) -> None:
    with eve.runtime.work() as work:
        assert service.plan_ahead(work) == 0


def test_two_workers_send_one_test(eve: Desk) -> None:
    eve.clock.at = MORNING
    with eve.runtime.work() as work:
        [first] = service.due(work)
        service.act(work, eve.runtime.settings, first)
        service.act(work, eve.runtime.settings, first)
    assert len(sent(eve, "test")) == 1


def test_leaving_and_coming_engineers_are_told_by_mail(eve: Desk) -> None:
    until(eve, MONDAY)
    told = sorted(sent(eve, "handoff"))
    assert told == [
        ("ana", "email", "on_call_ends_sms"),
        ("borja", "email", "on_call_ends_sms"),
        ("borja", "email", "on_call_starts_sms"),
        ("carol", "email", "on_call_starts_sms"),
    ]


def test_a_message_besides_the_mail_is_for_whoever_wants_one(eve: Desk) -> None:
    with eve.runtime.database.transaction() as session:
        change_own(session, "carol", lambda own: own.model_copy(update={"handoff_sms": True}), eve.clock.at)
    until(eve, MONDAY)
    assert {how for who, how, _ in sent(eve, "handoff") if who == "carol"} == {"email", "sms"}
    assert {how for who, how, _ in sent(eve, "handoff") if who == "ana"} == {"email"}


def test_the_notice_says_who_is_relieved_what_is_open_and_what_the_leaving_one_wrote(eve: Desk) -> None:
    eve.clock.at = MONDAY - timedelta(minutes=30)
    made = eve.activate()
    eve.acknowledge(made.reference, "ana")
    with eve.runtime.database.transaction() as session:
        notes.write(session, "backup-primary", "ana", "La réplica va lenta.", eve.clock.at)
    until(eve, MONDAY)
    mails = [path.read_text() for path in eve.runtime.settings.mail_dir.glob("*.eml")]
    [mail] = [text for text in mails if "To: borja@" in text and "entra usted de guardia" in text]
    for words in ("Releva a Ana", "Hotel Sol", "La r=C3=A9plica va lenta", "/desk/handover"):
        assert words in mail


def test_a_notice_that_comes_hours_late_is_not_sent(eve: Desk) -> None:
    eve.clock.at = MONDAY + timedelta(hours=3)
    turn(eve)
    assert sent(eve, "handoff") == []


def rewrite(desk: Desk, section: str, id_: str, **keys: object) -> None:
    with desk.runtime.database.transaction() as session:
        row = session.execute(
            select(DocumentRow).where(DocumentRow.section == section, DocumentRow.id == id_)
        ).scalar_one()
        row.body = row.body | keys
        session.execute(update(DocumentsVersion).values(version=DocumentsVersion.version + 1))

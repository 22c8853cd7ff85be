"""Managers are told of gaps while there is time; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alerting.coverage import jobs, service, warnings
from alerting.coverage.models import ToldGapRow
from alerting.coverage.service import Given, Wanted
from alerting.notifications.models import AttemptRow
from alerting.notifications.out_of_use import take_out
from alerting.rota import standing
from core import periodic
from core.audit.chain import LogActor
from oncall.pieces import Span
from oncall.schema import StandingOverride
from service.periodic import TASKS
from tests.domain.oncall.builders import local
from tests.services.test_duty import rewrite
from tests.support.databases import AT_LENGTH
from tests.support.desk import Desk


@pytest.fixture(params=AT_LENGTH)
def dialect(request: pytest.FixtureRequest) -> str:
    """On PostgreSQL as well when all is run at length."""
    given: str = request.param
    return given


HOLE = local("2026-11-04T18:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def hole(desk: Desk) -> Desk:
    """Nobody is first on call on Wednesday night, eight days from now."""
    keys: dict[str, Any] = {"id": "hole", "schedule": "backup-primary", "kind": "remove", "remove": "borja"}
    enter(desk, StandingOverride.model_validate(keys | {"from": HOLE, "to": HOLE + 15 * HOUR}))
    return desk


def enter(desk: Desk, entry: standing.Entry) -> None:
    with desk.runtime.database.transaction() as session:
        standing.enter(session, [entry], desk.runtime.settings, desk.clock.at)


def warn(desk: Desk, before: timedelta) -> int:
    """What the clock does when so much is left."""
    desk.clock.at = HOLE - before
    with desk.runtime.work() as work:
        count = warnings.warn(work)
    desk.run_due()
    return count


def told(desk: Desk) -> list[tuple[str | None, str | None, str]]:
    with desk.runtime.database.reading() as session:
        rows = session.scalars(select(AttemptRow).where(AttemptRow.template.like("uncovered%")).order_by(AttemptRow.id))
        return [(row.person_id, row.channel, row.state) for row in rows]


MAIL = ("clara", "email", "sent")


def test_a_gap_is_told_by_mail_three_times_and_then_by_call(hole: Desk) -> None:
    counts = [warn(hole, before) for before in (8 * DAY, 7 * DAY, 3 * DAY, DAY, 3 * HOUR)]
    assert counts == [1, 1, 0, 1, 0]
    assert told(hole) == [MAIL] * 3
    assert warn(hole, 2 * HOUR) == 1
    assert told(hole)[3:] == [("clara", "voice", "accepted"), MAIL]
    assert warn(hole, HOUR) == 0


def test_the_mail_says_when_where_and_who_could_take_it(hole: Desk) -> None:
    warn(hole, 8 * DAY)
    [mail] = [path.read_text() for path in hole.runtime.settings.mail_dir.glob("*.eml")]
    for words in ("NADIE de guardia (backup-primary)", "04/11 18:00", "Ana Garc=C3=ADa", "/console/coverage"):
        assert words in mail.replace("=\n", "")


def test_a_second_run_says_nothing(hole: Desk) -> None:
    assert [warn(hole, 5 * DAY), warn(hole, 5 * DAY)] == [1, 0]
    assert told(hole) == [MAIL]


def test_a_closed_gap_stops_and_one_that_opens_again_is_told_again(hole: Desk) -> None:
    warn(hole, 8 * DAY)
    with hole.runtime.database.transaction() as session:
        standing.end(session, StandingOverride, "hole", "Europe/Madrid", hole.runtime.settings, hole.clock.at)
    assert [warn(hole, 7 * DAY), warn(hole, DAY), warn(hole, HOUR)] == [0, 0, 0]
    with hole.runtime.database.reading() as session:
        assert session.scalars(select(ToldGapRow)).all() == []


def test_a_manager_with_message_and_call_gets_both(hole: Desk) -> None:
    number = "+34600000009"
    methods = [{"id": one, "channel": one, "address": number, "verified": True} for one in ("sms", "voice")]
    rewrite(hole, "people", "clara", contact_methods=methods)
    warn(hole, HOUR)
    assert sorted((how, state) for _, how, state in told(hole)) == [
        ("email", "sent"),
        ("sms", "accepted"),
        ("voice", "accepted"),
    ]


def test_without_a_manager_who_has_a_telephone_the_last_resort_is_called(hole: Desk) -> None:
    """The manager still gets the mail."""
    rewrite(hole, "people", "clara", contact_methods=[])
    rewrite(hole, "escalation_policies", "contingency", last_resort={"notify": [{"person": "carol"}], "every": "5m"})
    warn(hole, HOUR)
    assert {(who, how) for who, how, _ in told(hole)} >= {("clara", "email"), ("carol", "sms"), ("carol", "voice")}


def test_a_telephone_that_is_out_of_use_is_none(hole: Desk) -> None:
    with hole.runtime.work() as work:
        take_out(work, "voice", "+34600000009", "method_disabled")
    warn(hole, HOUR)
    assert {(who, how) for who, how, _ in told(hole)} == {("clara", "email")}


def test_with_nobody_to_tell_the_log_says_so(hole: Desk, caplog: pytest.LogCaptureFixture) -> None:
    rewrite(hole, "people", "clara", contact_methods=[], email=None)
    warn(hole, 5 * DAY)
    warn(hole, HOUR)
    assert told(hole) == []
    assert [record.levelname for record in caplog.records if "be told" in record.message] == ["ERROR", "ERROR"]


def test_gaps_that_are_meant_are_not_told(hole: Desk) -> None:
    rewrite(hole, "schedules", "backup-primary", gap_warnings=False)
    assert warn(hole, HOUR) == 0


def test_the_managers_of_the_team_are_told_and_no_others(hole: Desk) -> None:
    rewrite(hole, "teams", "backup", managers=["carol"])
    warn(hole, 8 * DAY)
    assert told(hole) == [("carol", "email", "sent")]
    rewrite(hole, "teams", "backup", managers=[])
    warn(hole, 7 * DAY)
    assert told(hole)[1:] == [MAIL]


def test_several_gaps_are_one_mail(hole: Desk) -> None:
    keys: dict[str, Any] = {"id": "other", "schedule": "backup-secondary", "kind": "remove", "remove": "carol"}
    enter(hole, StandingOverride.model_validate(keys | {"from": HOLE, "to": HOLE + HOUR}))
    assert warn(hole, 8 * DAY) == 2
    assert told(hole) == [MAIL]


def test_the_clock_does_it_once_of_two(hole: Desk) -> None:
    with hole.runtime.database.transaction() as session:
        periodic.register(session, TASKS, hole.clock.at)
    for _ in range(2):
        jobs.warn("coverage-warn", 300)
    hole.run_due()
    assert told(hole) == [MAIL]


def test_a_gap_that_is_given_is_told_no_more(hole: Desk) -> None:
    warn(hole, 8 * DAY)
    wanted = Wanted("backup-primary", Span(HOLE, HOLE + 15 * HOUR), "ana")
    assert [give(hole, wanted), give(hole, wanted)] == [Given.DONE, Given.ALREADY]
    assert give(hole, replace(wanted, person="borja")) is Given.COVERED
    assert [warn(hole, 7 * DAY), warn(hole, HOUR)] == [0, 0]


def give(desk: Desk, wanted: Wanted) -> Given:
    with desk.runtime.work() as work:
        return service.give(work, desk.runtime.settings, wanted, LogActor("person", "clara"))

"""A yearly survey from its invitations to its report; on both databases."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from alerting.notifications.models import AttemptRow
from alerting.ratings import opt_outs
from alerting.surveys import queries, service
from alerting.surveys.campaign import NotLikeThis
from alerting.surveys.models import SurveyAnswerRow, SurveyInvitationRow
from alerting.surveys.questions import QUESTIONS
from alerting.surveys.service import TooLate
from core.audit import log
from core.audit.chain import LogActor
from core.documents import store
from tests.support.desk import MARTA, Desk

CLARA = LogActor("person", "clara")
ALL_GOOD = {question.id: 5 for question in QUESTIONS}
LAST_DAY = date(2026, 11, 26)  # thirty days from Tuesday 27 October


def open_survey(desk: Desk, year: int = 2026) -> int:
    with desk.runtime.work() as work:
        invited = service.open_survey(work, year, LAST_DAY, CLARA, "clara")
    desk.run_due()
    return invited


def go_on(desk: Desk) -> None:
    with desk.runtime.work() as work:
        service.go_on(work)
    desk.run_due()


def answer(desk: Desk, invitation: str, score: int = 5, comment: str | None = None) -> None:
    with desk.runtime.work() as work:
        service.answer(work, invitation, ALL_GOOD | {"overall": score}, comment)


def invitations(desk: Desk) -> list[SurveyInvitationRow]:
    with desk.runtime.database.reading() as session:
        return list(session.scalars(select(SurveyInvitationRow).order_by(SurveyInvitationRow.id)))


def mailed(desk: Desk) -> list[tuple[str, str | None, str]]:
    with desk.runtime.database.reading() as session:
        rows = session.scalars(select(AttemptRow).where(AttemptRow.template.like("survey%")).order_by(AttemptRow.id))
        return [(row.template, row.address, row.language) for row in rows]


@pytest.fixture
def six_owners(desk: Desk) -> None:
    """Of Hotel Sol, which has 24x7; and Jon of Banco Norte in office hours."""
    with desk.runtime.database.transaction() as session:
        found = {one.id: one for one in store.load(session) if one.section == "customers"}
        more: list[Any] = [
            {"id": f"p{n}", "name": f"Persona {n}", "email": f"p{n}@hotelsol.example", "roles": ["owner"]}
            for n in range(5)
        ]
        sol, norte = found["hotel-sol"], found["banco-norte"]
        bodies = {
            "hotel-sol": sol.body | {"contacts": [*sol.body["contacts"], *more]},
            "banco-norte": norte.body | {"contacts": [norte.body["contacts"][0] | {"roles": ["owner"]}]},
        }
        changes = [store.Change("update", "customers", id_, body, found[id_].position) for id_, body in bodies.items()]
        store.save(session, changes, desk.clock.at)


def test_signatory_contacts_are_invited_each_by_a_link_of_their_own(desk: Desk) -> None:
    """S-2.15: Marta is the only owner of the example world."""
    assert open_survey(desk) == 1
    assert mailed(desk) == [("survey_mail", MARTA, "es")]
    texts = [path.read_text().replace("=\n", "") for path in desk.runtime.settings.mail_dir.glob("*.eml")]
    (token,) = {found for text in texts for found in re.findall(r"/survey/([A-Za-z0-9]{43})", text)}
    with desk.runtime.database.reading() as session:
        known = queries.behind(session, token)
    assert known is not None
    assert known[0].address == MARTA


def test_two_reminders_at_most_and_none_for_who_has_answered(desk: Desk, six_owners: None) -> None:
    """S-2.15, S-4.2"""
    open_survey(desk)
    first, second, *_ = invitations(desk)
    answer(desk, first.id)
    with desk.runtime.work() as work:
        opt_outs.opt_out(work, second.address, second.customer_id, LogActor("contact"))
    for _ in range(6):
        desk.clock.advance(days=5)
        go_on(desk)
    reminded = [address for kind, address, _ in mailed(desk) if kind == "survey_reminder_mail"]
    assert len(reminded) == 2 * 5
    assert first.address not in reminded
    assert second.address not in reminded


def test_a_third_and_two_thirds_missed_together_are_one_reminder(desk: Desk) -> None:
    open_survey(desk)
    desk.clock.advance(days=25)
    go_on(desk)
    go_on(desk)
    assert [kind for kind, _, _ in mailed(desk)] == ["survey_mail", "survey_reminder_mail"]


def test_who_wants_no_more_surveys_is_not_invited(desk: Desk) -> None:
    """S-4.2"""
    with desk.runtime.work() as work:
        opt_outs.opt_out(work, MARTA, "hotel-sol", LogActor("contact"))
    with pytest.raises(NotLikeThis, match="nobody"):
        open_survey(desk)


def test_one_answer_for_each_invitation_and_nothing_that_says_whose(desk: Desk, six_owners: None) -> None:
    open_survey(desk)
    first, *_ = invitations(desk)
    answer(desk, first.id, 2, "password=Sol2026! y más rápido")
    with pytest.raises(TooLate):
        answer(desk, first.id, 5)
    with desk.runtime.database.reading() as session:
        (row,) = session.scalars(select(SurveyAnswerRow))
        kept = {column.name: getattr(row, column.name) for column in SurveyAnswerRow.__table__.columns}
    assert kept.keys() == {"id", "survey_id", "part", "scores", "comment"}
    assert "Sol2026!" not in str(kept)
    assert kept["scores"]["overall"] == 2


def test_after_the_last_day_nothing_is_taken_and_only_then_it_can_be_published(desk: Desk, six_owners: None) -> None:
    """S-2.15"""
    open_survey(desk)
    people = invitations(desk)
    for one in people[:6]:
        answer(desk, one.id, 4, "Bien.")
    with pytest.raises(NotLikeThis, match="not_over"), desk.runtime.work() as work:
        service.publish(work, 2026, None, CLARA, "clara")
    desk.clock.advance(days=31)
    with pytest.raises(TooLate):
        answer(desk, people[6].id)
    go_on(desk)
    with desk.runtime.database.reading() as session:
        assert queries.reports(session, published=True) == []
    for _ in range(2):
        with desk.runtime.work() as work:
            service.publish(work, 2026, "Llamaremos antes.", CLARA, "clara")
    with desk.runtime.database.reading() as session:
        (report,) = queries.reports(session, published=True)
        assert report.results is not None
        assert report.results.total is not None
        assert (report.results.total.count, report.results.total.means["overall"]) == (6, 4.0)
        assert (report.survey.summary, report.comments) == ("Llamaremos antes.", ())
        assert queries.reports(session, published=False)[0].comments == ("Bien.",) * 6
        assert [e.link.kind for e in log.read(session, "survey:2026")] == [
            "survey.opened",
            "survey.closed",
            "survey.published",
        ]


def test_there_is_one_survey_a_year(desk: Desk) -> None:
    open_survey(desk)
    with pytest.raises(NotLikeThis, match="exists"):
        open_survey(desk)
    assert open_survey(desk, 2027) == 1


def test_an_answer_to_some_of_the_questions_is_none(desk: Desk) -> None:
    open_survey(desk)
    (only,) = invitations(desk)
    with pytest.raises(ValueError, match="every question"), desk.runtime.work() as work:
        service.answer(work, only.id, {"overall": 5}, None)
    assert not invitations(desk)[0].answered

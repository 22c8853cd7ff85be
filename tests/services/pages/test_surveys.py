"""Yearly surveys on pages: a manager makes one, a contact answers it, all customers read what is published."""

import re

from sqlalchemy import insert

from alerting.surveys import service
from alerting.surveys.models import SurveyAnswerRow
from alerting.surveys.queries import of_year
from alerting.surveys.questions import QUESTIONS
from tests.services.pages.paper import words_of
from tests.services.pages.people import ANA, CLARA, JON, LUIS

ALL_FIVE = {question.id: "5" for question in QUESTIONS}


def make(visit):
    return visit(CLARA).open("/console/surveys").press("Enviar las invitaciones", closes_on="2026-11-26")


def link(desk, runtime):
    desk.run_due()
    texts = [path.read_text().replace("=\n", "") for path in runtime.settings.mail_dir.glob("*.eml")]
    return next(found[0] for text in texts if (found := re.search(r"/survey/[A-Za-z0-9]{43}", text)))


def test_a_manager_makes_a_survey_and_a_contact_answers_without_signing_in(visit, desk, runtime):
    """S-2.15"""
    clara = make(visit)
    assert "Invitados: 1." in clara.text
    assert "0 de 1" in clara.text
    stranger = visit().open(link(desk, runtime))
    assert "Encuesta anual 2026" in stranger.text
    half = stranger.press("Enviar mis respuestas", overall="4", comment="Todo bien")
    assert half.status == 422
    assert re.search(r'name="overall" value="4" required checked', half.source)
    assert "Todo bien" in half.text
    stranger.press("Enviar mis respuestas", **ALL_FIVE)
    assert "Gracias, sus respuestas quedan guardadas" in stranger.text
    assert "Enviar mis respuestas" not in stranger.buttons
    assert "1 de 1" in clara.open("/console/surveys").text


def test_what_is_published_is_read_by_every_customer_and_nothing_before(visit, desk, runtime):
    """S-2.15, S-4.4"""
    make(visit)
    with runtime.database.transaction() as session:
        survey = of_year(session, 2026)
        rows = [
            {"id": f"a{n}", "survey_id": survey.id, "part": "24x7", "comment": "CANARIO",
             "scores": {question.id: 4 if n else 3 for question in QUESTIONS}}
            for n in range(6)
        ]  # fmt: skip
        session.execute(insert(SurveyAnswerRow), rows)
    assert "No se ha publicado todavía ninguna" in visit(JON).open("/portal/surveys").text
    assert visit(JON).client.get("/portal/surveys/2026.pdf").status_code == 404
    desk.clock.advance(days=31)
    with runtime.work() as work:
        service.go_on(work)
    clara = visit(CLARA).open("/console/surveys")
    assert "CANARIO" in clara.text
    clara.press("Publicar para todos los clientes", summary="Avisaremos antes.")
    for email in (JON, LUIS):
        page = visit(email).open("/portal/surveys")
        assert "Avisaremos antes." in page.text
        assert "3,8" in page.text
        assert "CANARIO" not in page.text
        said = words_of(page.client.get("/portal/surveys/2026.pdf").data)
        assert "Avisaremos antes." in said
        assert "3,8" in said
        assert "CANARIO" not in said


def test_a_survey_that_cannot_be_says_why(visit):
    clara = visit(CLARA).open("/console/surveys").press("Enviar las invitaciones", closes_on="2026-10-28")
    assert "al menos una semana" in clara.text
    clara.press("Enviar las invitaciones", year="0x10", closes_on="2026-11-26")
    assert "El año en cuatro cifras" in clara.text
    make(visit)
    assert "Ya hay una encuesta de ese año" in make(visit).text
    assert visit(ANA).open("/console/surveys").status == 403


def test_a_link_that_was_never_sent_leads_to_nothing(visit):
    assert visit().open("/survey/" + "a" * 43).status == 404

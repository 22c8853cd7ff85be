"""The page on which a closed ticket is rated: in the portal, and behind the link of a mail."""

import re

import pytest
from sqlalchemy import func, select

from alerting.handling import reopening
from alerting.handling.service import Author
from alerting.ratings.models import RatingRow, SurveyOptOutRow
from alerting.tickets import service as tickets
from core.audit.chain import SYSTEM
from tests.services.pages.people import JON, LUIS, MARTA
from tests.services.pages.quiet import ask, close
from tests.services.pages.test_every_page import fingerprint


@pytest.fixture
def reference(desk):
    made = desk.activate().reference
    desk.close(made)
    return made


@pytest.fixture
def link(desk, runtime, reference):
    """Of the mail to Marta."""
    mail = max(runtime.settings.mail_dir.glob("*.eml"), key=lambda path: "/rate/" in path.read_text())
    found = re.search(r"/rate/[A-Za-z0-9]{43}", mail.read_text().replace("=\n", ""))
    assert found is not None
    return found[0]


def ratings(runtime):
    with runtime.database.reading() as session:
        return [(row.rater, row.score, row.comment, row.via) for row in session.scalars(select(RatingRow))]


def test_a_closed_ticket_offers_a_rating_and_shows_ones_own(visit, runtime, reference):
    """S-2.14"""
    marta = visit(MARTA).open(f"/portal/tickets/{reference}").follow("Valorar")
    marta.press("Enviar mi valoración", score="4", comment="Llamaron enseguida.")
    assert "Gracias. Su valoración queda guardada" in marta.text
    assert ratings(runtime) == [(MARTA, 4, "Llamaron enseguida.", "portal")]
    assert "con un 4 de 5" in marta.open(f"/portal/tickets/{reference}").text
    marta.follow("Cambiar su valoración").press("Cambiar mi valoración", score="2")
    assert [score for _, score, _, _ in ratings(runtime)] == [2]


def test_the_link_of_a_mail_needs_no_sign_in_and_looking_at_it_changes_nothing(visit, runtime, link):
    """S-2.14"""
    before = fingerprint(runtime.database)
    stranger = visit().open(link)
    for _ in range(3):
        assert stranger.client.head(link).status_code == 200
    assert fingerprint(runtime.database) == before
    assert stranger.headers["Cache-Control"] == "no-store"
    stranger.press("Enviar mi valoración", score="5")
    assert ratings(runtime) == [(MARTA, 5, None, "link")]
    assert "Gracias" in stranger.text


def test_without_one_of_the_five_answers_nothing_is_kept_and_the_comment_stays_on_the_page(visit, runtime, link):
    stranger = visit().open(link).press("Enviar mi valoración", comment="Muy bien todo")
    assert stranger.status == 422
    assert "Elija una de las cinco respuestas" in stranger.text
    assert "Muy bien todo" in stranger.text
    assert ratings(runtime) == []


def test_an_old_link_says_that_the_ticket_was_reopened_and_rates_nothing(visit, runtime, desk, reference, link, reopen):
    page = visit().open(link)
    reopen(reference)
    page.press("Enviar mi valoración", score="1")
    assert "se ha vuelto a abrir" in page.text
    desk.close(reference)
    page.open(link)
    assert not [button for button in page.buttons if "valoración" in button]
    assert ratings(runtime) == []


@pytest.fixture
def reopen(runtime):
    def again(reference):
        with runtime.work() as work:
            reopening.reopen(work, tickets.locked(work, reference), Author(SYSTEM, None, MARTA))

    return again


def test_no_more_surveys_is_one_button_and_can_be_taken_back(visit, runtime, link):
    """S-4.2"""
    stranger = visit().open(link).press("No más encuestas", wanted="no")
    assert f"No enviamos encuestas a {MARTA}" in stranger.text
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SurveyOptOutRow)) == 1
    stranger.press("Vuelvan a preguntarme", wanted="yes")
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SurveyOptOutRow)) == 0


def test_a_viewer_and_another_customer_cannot_rate_and_an_open_ticket_says_when(visit, runtime, reference):
    assert visit(LUIS).open(f"/portal/tickets/{reference}/rating").status == 403
    assert visit(JON).open(f"/portal/tickets/{reference}/rating").status == 404
    fresh = ask(runtime, "files-restore")
    assert "El ticket no está cerrado" in visit(MARTA).open(f"/portal/tickets/{fresh}/rating").text
    close(runtime, fresh)
    assert "Enviar mi valoración" in visit(MARTA).open(f"/portal/tickets/{fresh}/rating").buttons


def test_a_link_that_was_never_sent_leads_to_nothing(visit, link):
    for wrong in (link[:-1], link + "a", "/rate/" + "a" * 43, "/rate/é"):
        assert visit().open(wrong).status == 404


def test_another_site_cannot_rate_in_somebodys_name(visit, runtime, link):
    stranger = visit().open(link)
    assert stranger.post(link, {"score": "1"}).status in (400, 403)
    assert ratings(runtime) == []

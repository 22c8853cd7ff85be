"""Monthly figures on the page of managers, and what of them a customer may see."""

import pytest
from sqlalchemy import update

from alerting.handling import reopening
from alerting.handling.service import Author
from alerting.ratings import service as ratings
from alerting.ratings.service import Rater
from alerting.reports import service as reports
from alerting.reports.models import MonthlyReportRow
from alerting.tickets import service as tickets
from core.audit.chain import SYSTEM
from core.documents import store
from tests.domain.oncall.builders import local
from tests.services.pages.paper import words_of
from tests.services.pages.people import ANA, CLARA, JON, MARTA


@pytest.fixture
def rated(desk, runtime):
    reference = desk.activate().reference
    desk.acknowledge(reference, "ana")
    desk.contact(reference, "ana", "reached")
    desk.clock.advance(minutes=300)
    desk.close(reference)
    with runtime.work() as work:
        ratings.rate(work, tickets.locked(work, reference), Rater(MARTA, SYSTEM, "portal"), 2, "CANARIO")
    return reference


def test_managers_read_the_month_and_take_it_as_a_file(visit, rated):
    """S-4.7"""
    clara = visit(CLARA).open("/console/figures")
    assert "backup · P1" in clara.text
    assert "0/1" in clara.text
    file = clara.client.get("/console/figures.csv?month=2026-10")
    assert file.headers["Content-Disposition"] == 'attachment; filename="guardia-figures-2026-10.csv"'
    assert "backup;P1;1;1;1;1;0;1;1;2,00;" in file.get_data(as_text=True)
    time = clara.client.get("/console/time-spent.csv?month=2026-10").get_data(as_text=True)
    assert time.removeprefix("\ufeff") == "Cliente;Departamento;Minutos;Notas con tiempo\r\n"
    assert "En este mes no se decidió" in clara.open("/console/figures?month=2026-08").text
    for odd in ("2099-12", "2000-01", "13", "%00"):
        assert clara.open(f"/console/figures?month={odd}").status == 200
    assert visit(ANA).open("/console/figures").status == 403


def test_the_month_on_paper(visit, rated):
    """S-4.8"""
    clara = visit(CLARA)
    file = clara.client.get("/console/figures.pdf?month=2026-10")
    assert file.headers["Content-Disposition"] == 'attachment; filename="guardia-figures-2026-10.pdf"'
    said = words_of(file.data)
    assert "Cifras del mes: oct 2026" in said
    assert "backup P1 1 1 1 1 0 1 1 2" in said
    assert "Este mes todavía no tiene informe" in said
    assert visit(MARTA).client.get("/console/figures.pdf").status_code == 403


def test_whoever_works_the_ticket_reads_what_was_said_of_it(visit, rated):
    desk = visit(ANA).open(f"/desk/tickets/{rated}")
    assert "2 de 5" in desk.text
    assert "CANARIO" in desk.text
    assert "CANARIO" not in visit(MARTA).open(f"/portal/tickets/{rated}").text


def test_a_customer_sees_no_figure_about_satisfaction_unless_the_contract_agrees(visit, runtime, rated):
    """S-4.4"""
    marta = visit(MARTA)
    assert "de media" not in marta.open("/portal/surveys").text
    agree(runtime, "hotel-sol")
    page = marta.open("/portal/surveys").text
    assert "2 de 5 de media. Valoraciones: 1." in page
    assert "Anexo 3" in page
    assert "CANARIO" not in page
    assert "de media" not in visit(JON).open("/portal/surveys").text


def agree(runtime, customer):
    with runtime.database.transaction() as session:
        found = next(one for one in store.load(session) if (one.section, one.id) == ("customers", customer))
        agreement = {"share_csat_agreement": {"document": "Anexo 3", "agreed_on": "2026-05-01"}}
        body = found.body | {"contract": found.body["contract"] | agreement}
        store.save(session, [store.Change("update", "customers", customer, body, found.position)], runtime.now(session))


def test_a_month_that_is_over_shows_what_was_reported_and_what_changed_since(visit, runtime, rated, clock):
    """S-4.8"""
    clock.at = local("2026-11-01T06:00")
    with runtime.work() as work:
        reports.freeze(work)
        reopening.reopen(work, tickets.locked(work, rated), Author(SYSTEM, None, MARTA, customer=True))
    with runtime.work() as work:
        reports.correct(work)
    clara = visit(CLARA).open("/console/figures?month=2026-10")
    assert "0/1" in clara.text
    assert "Tal como se informó (" in clara.text
    assert f"{rated} · Resolución: ya no cuenta como incumplido" in clara.text
    assert "backup;P1;1;1;1;1;0;1;1;2,00;" in clara.client.get("/console/figures.csv?month=2026-10").get_data(
        as_text=True
    )
    said = words_of(clara.client.get("/console/figures.pdf?month=2026-10").data)
    assert "Tal como se informó (" in said
    assert f"Corrección, 06:00:00 (+01:00): {rated}" in said
    with runtime.database.transaction() as session:
        session.execute(update(MonthlyReportRow).values(frozen_at=local("2026-11-01T07:00")))
    assert "alguien lo ha cambiado" in clara.open("/console/figures?month=2026-10").text

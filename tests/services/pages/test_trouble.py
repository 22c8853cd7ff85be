"""When something is wrong on our side the page says so, shows nothing of it, and gives the telephone."""

import json
import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from alerting.api import journalled
from alerting.tickets.models import TicketRow
from alerting.web import provider_cache
from core.db import Database
from service.app import create_app
from tests.services.pages.browsing import Browser
from tests.services.pages.conftest import answering_as_in_production
from tests.services.pages.people import CLARA, MARTA


def test_without_a_database_the_page_still_gives_the_telephone(app, visit, runtime, tmp_path):
    """S-1.2"""
    visit(MARTA).open("/portal")  # by now the telephone is known
    gone = Database(f"sqlite:///{tmp_path}/gone/guardia.db")
    (tmp_path / "gone").rmdir()
    browser = Browser(create_app(replace(runtime, database=gone)))
    browser.open("/portal")
    gone.dispose()
    assert browser.status == 503
    assert "El servicio no puede responder en este momento" in browser.text
    assert "+34 910 000 000" in browser.text
    assert "sqlite" not in browser.source.lower()


def test_a_process_that_never_saw_the_database_finds_the_telephone_on_disk(app, visit, runtime):
    visit(MARTA).open("/portal")
    kept = runtime.settings.data_dir / "provider.json"
    assert json.loads(kept.read_text()) == {"name": "Itsafer", "emergency_phone": "+34910000000"}
    provider_cache.forget()
    assert provider_cache.recall(runtime.settings).emergency_phone == "+34910000000"


def test_a_damaged_file_is_no_reason_to_fail_and_the_environment_wins(runtime, tmp_path):
    provider_cache.forget()
    (runtime.settings.data_dir / "provider.json").write_text("{half a fi")
    assert provider_cache.recall(runtime.settings).emergency_phone == ""
    told = runtime.settings.model_copy(update={"emergency_phone": "+34910000009"})
    assert provider_cache.recall(told).emergency_phone == "+34910000009"


class Away:
    """The database is out of reach from `begins` to `ends`: a folder lies where its file was."""

    def __init__(self, runtime):
        self.database = runtime.database
        self.file = runtime.settings.data_dir / "guardia.db"

    def begins(self):
        self.database.dispose()
        self.file.rename(self.file.with_suffix(".away"))
        self.file.mkdir()

    def ends(self):
        self.database.dispose()
        self.file.rmdir()
        self.file.with_suffix(".away").rename(self.file)


@pytest.fixture
def away(runtime):
    return Away(runtime)


def test_an_activation_while_the_database_is_away_is_kept_and_becomes_a_ticket_later(visit, runtime, away):
    """S-1.2"""
    marta = visit(MARTA).open("/portal/activate/erp-restore")
    away.begins()
    marta.press("Activar ahora", symptoms="El ERP no arranca", critical="yes", callback_phone="611 000 002")
    assert marta.status == 202
    assert re.search(r"Su solicitud está a salvo como P-[0-9A-Z]{8}", marta.text)
    assert "Si no puede esperar, llame al +34 910 000 000" in marta.text
    away.ends()
    assert journalled.replay(runtime) == 1
    marta.open("/portal").follow("ITS-0000013")
    with runtime.database.reading() as session:
        (ticket,) = session.scalars(select(TicketRow)).all()
    assert (ticket.plan_id, ticket.channel, ticket.critical) == ("erp-restore", "portal", True)
    assert (ticket.symptoms, ticket.callback_phone) == ("El ERP no arranca", "+34611000002")


def test_pressed_again_and_again_while_the_database_is_away_it_becomes_one_ticket(visit, runtime, away):
    marta = visit(MARTA).open("/portal/activate/erp-restore")
    form = next(form for form in marta.page.forms if "Activar ahora" in form.buttons)
    away.begins()
    assert [marta.post(form.action, form.fields | {"callback_phone": "?"}).status for _ in range(3)] == [202] * 3
    away.ends()
    assert journalled.replay(runtime) == 3
    with runtime.database.reading() as session:
        (ticket,) = session.scalars(select(TicketRow)).all()
    assert ticket.symptoms == "?"  # what could not be called is there to be read


def test_staff_press_it_for_a_customer_while_the_database_is_away(visit, runtime, away):
    clara = visit(CLARA).open("/console/activate/banco-norte/core-restore")
    away.begins()
    assert clara.press("Activar ahora").status == 202
    away.ends()
    journalled.replay(runtime)
    with runtime.database.reading() as session:
        (ticket,) = session.scalars(select(TicketRow)).all()
    assert ticket.customer_id == "banco-norte"


def test_when_not_even_the_disk_takes_it_the_page_says_to_call(visit, runtime, away):
    marta = visit(MARTA).open("/portal/activate/erp-restore")
    away.begins()
    (runtime.settings.data_dir / "journal").write_text("in the way")
    assert marta.press("Activar ahora").status == 503
    assert "Si es urgente, no espere: llámenos." in marta.text
    assert "+34 910 000 000" in marta.text


def test_a_stranger_has_nothing_kept(app, away, runtime):
    browser = Browser(app).open("/sign-in")
    token = browser.page.forms[0].fields["csrf_token"]
    away.begins()
    assert browser.post("/portal/activate/erp-restore", {"csrf_token": token}).status == 503
    assert not (runtime.settings.data_dir / "journal").exists()


@pytest.fixture
def broken(runtime):
    app = answering_as_in_production(create_app(runtime))

    def fall_over():
        raise RuntimeError("secret of the house")

    app.add_url_rule("/broken", "broken", fall_over)
    return app


def test_a_fault_of_ours_shows_nothing_of_the_inside(broken):
    browser = Browser(broken).open("/broken")
    assert browser.status == 500
    assert "Algo ha fallado por nuestra parte" in browser.text
    assert "secret of the house" not in browser.source
    assert "Traceback" not in browser.source


def test_a_page_that_does_not_exist_looks_like_one_of_ours(visit):
    browser = visit(MARTA).open("/nothing/at/all")
    assert browser.status == 404
    assert "Aquí no hay nada" in browser.text
    assert "Salir" in browser.buttons or "Ir a la página de inicio" in browser.links

"""One's own contact methods on the desk."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from alerting.configuration import Configurations
from alerting.notifications import rendering
from alerting.notifications.models import AttemptRow
from alerting.notifications.out_of_use import take_out
from alerting.runtime import Runtime, install
from core.accounts import sessions
from core.accounts.service import find_user
from core.documents import store
from oncall.methods import service as methods
from service.app import create_app
from tests.services.pages.browsing import Browser
from tests.services.pages.people import ADMIN, ANA
from tests.support import databases
from tests.support.pagerduty import PagerDutyDesk

NEW = "+34600000055"


@pytest.fixture
def ana(visit, desk):
    return visit(ANA).open("/desk/methods")


def code_of(runtime):
    with runtime.database.reading() as session:
        rows = methods.open_codes(session, "ana", runtime.now(session))
    return rendering.method_code(runtime.settings.signing_key(), rows[0].id)


def test_a_number_is_added_with_the_code_that_was_sent_to_it(ana, desk, runtime):
    ana.press("Enviar el código", channel="sms", address="600 000 055")
    assert f"Enviamos un código a {NEW}. Escríbalo aquí." in ana.text
    desk.run_due()
    ana.press("Verificar", code=code_of(runtime))
    assert "Verificado: ya está en uso." in ana.text
    assert "SMS +34 600 000 055 verificado ninguna regla lo usa todavía añadido por usted" in ana.text


def test_a_wrong_code_says_so_and_verifies_nothing(ana, runtime):
    ana.press("Enviar el código", channel="sms", address=NEW)
    ana.press("Verificar", code="12")
    assert "Ese no es el código." in ana.text
    assert "añadido por usted" not in ana.text


@pytest.mark.parametrize(
    ("channel", "address", "answer"),
    [
        ("sms", "+34910000055", "A un fijo no llegan SMS: elija la llamada"),
        ("sms", "hola", "No es un número fijo ni móvil."),
        ("voice", "+34803000000", "No es un número fijo ni móvil."),
        ("email", "ana en casa", "No es una dirección de correo."),
    ],
)
def test_an_address_that_cannot_work_is_refused_with_the_remedy(ana, channel, address, answer):
    ana.press("Enviar el código", channel=channel, address=address)
    assert answer in ana.text
    assert "Escriba el código" not in ana.text


def test_a_second_click_sends_no_second_code(ana, runtime):
    ana.press("Enviar el código", channel="sms", address=NEW)
    ana.press("Enviar el código", channel="sms", address=NEW)
    assert "Demasiado pronto tras el anterior: se podrá de nuevo a las 03:01." in ana.text


def test_the_result_of_a_test_is_shown(ana, desk, runtime):
    ana.press("Probar SMS +34600000001")
    assert "La prueba está en camino." in ana.text
    desk.run_due()
    with runtime.database.transaction() as session:
        session.execute(update(AttemptRow).where(AttemptRow.purpose == "test").values(state="confirmed"))
    assert "Última prueba: 03:00:00 (+01:00) · confirmada" in ana.open("/desk/methods").text


def test_what_is_out_of_use_says_why_and_how_to_mend_it(ana, desk, runtime):
    with runtime.work() as work:
        take_out(work, "sms", "+34600000001", "opted_out")
        take_out(work, "voice", "+34600000001", "method_disabled")
    ana.open("/desk/methods")
    assert "fuera de uso: respondió STOP" in ana.text
    assert "envíe START desde ese teléfono al +34 600 900 900" in ana.text
    assert "fuera de uso: la operadora no llega a él" in ana.text
    assert "Enviar un código llamada +34600000001" in ana.buttons


def test_rules_that_would_ring_no_telephone_are_refused(ana):
    form = next(form for form in ana.page.forms if form.action.endswith("/rules/critical"))
    ana.post(form.action, {"csrf_token": form.fields["csrf_token"], "via": ["mail"], "after": ["0"]})
    assert "los avisos urgentes ya no sonarían en ningún teléfono suyo" in ana.text


def test_rules_are_changed_and_taken_back(ana):
    form = next(form for form in ana.page.forms if form.action.endswith("/rules/normal"))
    token = form.fields["csrf_token"]
    ana.post(form.action, {"csrf_token": token, "via": ["voice", "", "sms"], "after": ["5", "0", "0.5"]})
    assert "Guardado: vale desde el próximo aviso." in ana.text
    assert "Volver a lo que dice la configuración" in ana.buttons
    ana.post(form.action, {"csrf_token": token, "reset": "1"})
    assert "Volver a lo que dice la configuración" not in ana.buttons


@pytest.mark.parametrize("after", ["-1", "121", "soon", "nan", "inf"])
def test_minutes_that_no_form_sends_are_refused(ana, after):
    form = next(form for form in ana.page.forms if form.action.endswith("/rules/normal"))
    ana.post(form.action, {"csrf_token": form.fields["csrf_token"], "via": ["voice"], "after": [after]})
    assert ana.status == 400


def test_our_numbers_fit_into_an_address_book(ana):
    ana.follow("Nuestros números para su agenda (vCard)")
    assert ana.headers["Content-Type"].startswith("text/vcard")
    lines = ana.source.split("\r\n")
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:3.0"]
    assert "TEL;TYPE=WORK,VOICE:+34910000001" in lines
    assert lines[-2:] == ["END:VCARD", ""]


def test_an_administrator_who_is_nobody_on_call_has_no_methods(visit):
    assert visit(ADMIN).open("/desk/methods").status == 403


@pytest.fixture
def ana_beside_pagerduty(runtime, network, desk):
    """The same house with a key of PagerDuty's."""
    pagerduty = PagerDutyDesk(network)
    pagerduty.reset()
    given = {"pagerduty_events_url": network, "pagerduty_api_url": network, "pagerduty_routing_key": "R" * 32,
             "pagerduty_api_key": "simulated-pagerduty-key", "pagerduty_webhook_secret": "secret"}  # fmt: skip
    settings = databases.settings_for(
        runtime.database, runtime.settings.data_dir, twilio_api_url=network, public_url="http://localhost", **given
    )
    beside = Runtime(settings, runtime.database, Configurations(settings), runtime.carrier, now=runtime.now)
    browser = Browser(create_app(beside), "es")
    with runtime.database.transaction() as session:
        user = find_user(session, ANA)
        browser.client.set_cookie("guardia", sessions.create(session, user.id, runtime.now(session)))
    install(beside)
    yield browser.open("/desk/methods"), desk, pagerduty
    pagerduty.close()


def test_a_way_through_pagerduty_is_proved_there(ana_beside_pagerduty):
    ana, desk, pagerduty = ana_beside_pagerduty
    ana.press("Enviar una prueba a PagerDuty", service="default")
    assert "Reconózcala allí y el medio quedará en uso." in ana.text
    desk.run_due()
    assert pagerduty.incident()["title"].startswith("PRUEBA Itsafer para Ana García")
    ana.press("Enviar una prueba a PagerDuty", service="default")
    assert "Demasiado pronto" in ana.text


def test_somebody_whom_pagerduty_does_not_know_is_told_before_anybody_is_rung(ana_beside_pagerduty, runtime):
    ana, _, pagerduty = ana_beside_pagerduty
    with runtime.database.transaction() as session:
        body = store.find(session, "people", "ana").body | {"pagerduty_user": "PWRONG1"}
        store.save(session, [store.Change("update", "people", "ana", body, 0, "console")], runtime.now(session))
    ana.press("Enviar una prueba a PagerDuty", service="default")
    assert "PagerDuty no conoce ningún usuario" in ana.text
    assert pagerduty.incidents() == []


def test_a_method_whose_service_has_no_key_says_so(ana, runtime):
    with runtime.database.transaction() as session:
        body = store.find(session, "people", "ana").body
        method = {"id": "pd", "channel": "pagerduty", "address": "default", "verified": True}
        body |= {"contact_methods": [*body["contact_methods"], method]}
        store.save(session, [store.Change("update", "people", "ana", body, 0, "console")], runtime.now(session))
    assert "PagerDuty default no se usa: su servicio de PagerDuty no tiene clave" in ana.open("/desk/methods").text

"""The hand-over on the desk, and the readiness page of managers."""

from __future__ import annotations

import pytest

from alerting.duty import service as duty
from alerting.notifications.out_of_use import take_out
from tests.domain.oncall.builders import local
from tests.services.pages.people import ANA, BORJA, CLARA
from tests.services.pages.quiet import accept, ask

MONDAY = local("2026-11-02T09:00")  # Ana hands over to Borja, Borja to Carol


@pytest.fixture
def morning(clock):
    """An hour before the hand-off."""
    clock.at = local("2026-11-02T08:00")
    return clock


def test_the_note_of_the_leaving_engineer_is_read_by_the_coming_one(morning, visit):
    ana = visit(ANA).open("/desk/handover")
    assert "Está de guardia hasta lun 02/11 09:00 (+01:00). Entra Borja Ruiz." in ana.text
    ana.press("Guardar la nota", note="La réplica va lenta.")
    assert "Guardada: quien entra de guardia la lee aquí y en el correo." in ana.text
    assert "La réplica va lenta." in visit(BORJA).open("/desk/handover").text


def test_open_tickets_go_over_with_one_button(morning, visit, runtime, desk):
    reference = ask(runtime)
    accept(runtime, reference, "ana")
    ana = visit(ANA).open("/desk/handover").press("Pasar a Borja Ruiz")
    assert "Traspasado a Borja Ruiz: se lo estamos diciendo a los dos." in ana.text
    assert "No tiene tickets abiertos." in ana.text
    assert desk.ticket(reference).owner == "borja"


def test_nobody_is_handed_tickets_who_does_not_come(morning, visit, runtime, desk):
    reference = ask(runtime)
    accept(runtime, reference, "ana")
    ana = visit(ANA).open("/desk/handover")
    form = next(form for form in ana.page.forms if form.action.endswith("/tickets"))
    ana.post(form.action, form.fields | {"to": "carol", "ticket": reference})
    assert "el calendario ha cambiado" in ana.text
    assert desk.ticket(reference).owner == "ana"


def test_whoever_is_not_on_call_writes_no_note(morning, visit):
    clara = visit(CLARA).open("/desk/handover")
    assert "Hoy no está de guardia" in clara.text
    token = clara.page.forms[0].fields["csrf_token"]
    clara.post("/desk/handover/backup-primary/note", {"csrf_token": token, "note": "hola"})
    assert "No se ha guardado" in clara.text


def test_managers_see_who_begins_and_who_cannot_be_reached(morning, visit, runtime):
    with runtime.work() as work:
        duty.plan_ahead(work)
        for channel in ("sms", "voice"):
            take_out(work, channel, "+34600000003", "method_disabled")
    clara = visit(CLARA).open("/console/readiness")
    assert "lun 02/11 09:00 (+01:00) Carol Smith backup-secondary no funciona ningún teléfono" in clara.text
    assert 'class="gap"' in clara.source


def test_an_unanswered_test_is_seen_and_an_answer_too(morning, visit, runtime):
    with runtime.work() as work:
        duty.plan_ahead(work)
        [first] = duty.due(work)
        duty.act(work, runtime.settings, first)
    assert "mensaje enviado, sin respuesta todavía" in visit(CLARA).open("/console/readiness").text


def test_readiness_is_for_managers(morning, visit):
    assert visit(ANA).open("/console/readiness").status == 403

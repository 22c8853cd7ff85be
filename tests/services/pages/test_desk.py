"""What engineers do on the screen: the same commands as by telephone, and second clicks do no harm."""

import pytest
from sqlalchemy import select

from alerting.escalation.models import ContactTryRow
from tests.services.pages.people import ADMIN, ANA, BORJA, CLARA, JON
from tests.services.pages.quiet import ask


@pytest.fixture
def ticket(runtime):
    return ask(runtime, symptoms="El ERP no arranca")


@pytest.fixture
def ana(visit, ticket):
    return visit(ANA).open(f"/desk/tickets/{ticket}")


def test_what_waits_for_me_comes_first(visit, desk):
    second = desk.activate("core-restore", customer="banco-norte", by=JON).reference
    first = desk.activate().reference
    ana = visit(ANA).open("/desk")
    order = [link[:11] for link in ana.links if link.startswith("ITS-")]
    assert order == [first, second]
    assert "espera su respuesta" in ana.text


def test_the_ticket_tells_all_that_is_needed_to_help(ana):
    for text in (
        "Hotel Sol",
        "Restauración del ERP",
        "El ERP no arranca",
        "No reinicie el servidor.",
        "Levantar réplica",
    ):
        assert text in ana.text
    assert '<a class="tel" href="tel:+34611000001">+34 611 000 001</a>' in ana.source


def test_accepting_on_the_screen_stops_the_calls(ana, desk, ticket):
    ana.press("Aceptar: me encargo yo")
    assert "Es suyo. Llame ahora al cliente." in ana.text
    assert ana.sentence == "Lo tiene usted: llame al cliente."
    row = desk.ticket(ticket)
    assert (row.acknowledged_by, row.acknowledged_via) == ("ana", "portal")
    assert desk.escalation(ticket).state == "acknowledged"


def test_whoever_is_second_learns_who_has_it(ana, visit, desk, ticket):
    borja = visit(BORJA).open(f"/desk/tickets/{ticket}")
    ana.press("Aceptar: me encargo yo")
    borja.press("Aceptar: me encargo yo")
    assert borja.status == 200
    assert "Lo tiene Ana García desde las 03:00." in borja.text
    assert desk.ticket(ticket).owner == "ana"


def test_a_second_click_of_the_same_person_is_an_answer_not_an_error(ana, desk, ticket):
    form = next(form for form in ana.page.forms if "Aceptar: me encargo yo" in form.buttons)
    ana.post(form.action, form.fields)
    ana.post(form.action, form.fields)
    assert ana.status == 200
    assert "Es suyo." in ana.text
    assert desk.kinds(ticket).count("page.acknowledged") == 1


def test_declining_calls_the_next_one_at_once(ana, desk, ticket):
    ana.press("No puedo: llamar al siguiente")
    desk.run_due()
    assert desk.paged(ticket) == ["ana", "borja"]
    assert "Estamos llamando a la siguiente persona." in ana.text


def test_one_click_records_that_the_customer_was_reached(ana, desk, ticket):
    ana.press("Aceptar: me encargo yo")
    ana.press("He hablado con el cliente")
    assert desk.ticket(ticket).contact_state == "reached"
    assert desk.escalation(ticket).state == "contacted"


@pytest.mark.parametrize("outcome", ["no_answer", "busy", "voicemail", "wrong_number", "refused"])
def test_a_try_that_reached_nobody_is_kept_and_is_no_contact(ana, desk, runtime, ticket, outcome):
    ana.press("Aceptar: me encargo yo")
    ana.press("Registrar", outcome=outcome, address="+34611000002", note="sin respuesta")
    assert desk.ticket(ticket).contact_state == "pending"
    with runtime.database.reading() as session:
        row = session.scalars(select(ContactTryRow)).one()
    assert (row.outcome, row.channel, row.address, row.person_id) == (outcome, "voice", "+34611000002", "ana")
    assert "sin respuesta" not in ana.text  # a note is internal and stands in the log alone


def test_an_outcome_that_does_not_exist_is_refused(ana, desk, ticket):
    before = desk.kinds(ticket)
    ana.press("Registrar", outcome="perhaps")
    assert ana.status == 400
    assert desk.kinds(ticket) == before


def test_closing_tells_the_customer_why(ana, desk, ticket):
    ana.press("Cerrar el ticket", code="resolved", explanation="Réplica levantada")
    assert "El ticket está cerrado y estamos avisando al cliente." in ana.text
    row = desk.ticket(ticket)
    assert (row.state, row.close_code, row.explanation) == ("closed", "resolved", "Réplica levantada")


def test_what_is_not_ours_is_closed_with_an_explanation_or_not_at_all(ana, desk, ticket):
    ana.press("Cerrar el ticket", code="not_our_responsibility")
    assert "Explique al cliente por qué no es responsabilidad nuestra" in ana.text
    assert desk.ticket(ticket).state == "new"
    ana.press("Cerrar el ticket", code="not_our_responsibility", explanation="Es la línea del operador")
    assert desk.ticket(ticket).close_code == "not_our_responsibility"


def test_a_ticket_that_was_closed_meanwhile_says_so(ana, desk, ticket):
    desk.close(ticket)
    ana.press("Cerrar el ticket")
    assert "Eso ya no es posible: el ticket ha cambiado de estado." in ana.text


def test_an_administrator_who_is_nobody_on_call_cannot_take_a_ticket(visit, desk, ticket):
    admin = visit(ADMIN).open(f"/desk/tickets/{ticket}")
    assert "Aceptar: me encargo yo" not in admin.buttons
    token = admin.page.forms[0].fields["csrf_token"]
    assert admin.post(f"/desk/tickets/{ticket}/acknowledgement", {"csrf_token": token}).status == 403
    assert desk.ticket(ticket).owner is None


def test_a_manager_stands_down_and_an_engineer_may_not(visit, ana, desk, ticket):
    assert ana.open(f"/desk/tickets/{ticket}/stand-down").status == 403
    clara = visit(CLARA).open(f"/desk/tickets/{ticket}").follow("Retirar: el cliente ya no lo necesita")
    clara.press("Sí, retirarla")
    assert desk.ticket(ticket).close_code == "withdrawn"


def test_an_empty_desk_says_that_all_is_quiet(visit):
    assert "No hay nada abierto. Todo tranquilo." in visit(ANA).open("/desk").text

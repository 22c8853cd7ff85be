"""The button: two clicks, one ticket, never a refusal that helps nobody (clauses S-2.6 to S-2.8)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from alerting.catalog.models import ActivationRow
from alerting.tickets.models import TicketRow
from tests.services.pages.people import ANA, CLARA, JON, LUIS, MARTA


@pytest.fixture
def marta(visit):
    return visit(MARTA)


def tickets(runtime):
    with runtime.database.reading() as session:
        return session.scalars(select(TicketRow).order_by(TicketRow.opened_at)).all()


def test_two_clicks_and_the_team_is_being_called(marta, runtime, desk):
    marta.open("/portal")
    assert "Intervención por activación de plan de contingencia" in marta.text
    marta.follow("Restauración del ERP").press("Activar ahora")
    (ticket,) = tickets(runtime)
    assert marta.path == f"/portal/tickets/{ticket.reference}"
    assert marta.sentence == "Estamos llamando al primer ingeniero de guardia"
    desk.run_due()
    assert desk.paged(ticket.reference) == ["ana"]
    assert (ticket.mode, ticket.channel, ticket.callback_phone) == ("real", "portal", "+34611000001")


def test_the_button_pressed_twice_makes_one_ticket_and_one_request(marta, runtime):
    marta.open("/portal/activate/erp-restore")
    form = next(form for form in marta.page.forms if "Activar ahora" in form.buttons)
    first = marta.post(form.action, form.fields).path
    assert marta.post(form.action, form.fields).path == first
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ActivationRow)) == 1
    assert len(tickets(runtime)) == 1


def test_going_back_and_writing_more_joins_the_same_ticket(marta, runtime):
    marta.open("/portal/activate/erp-restore")
    form = next(form for form in marta.page.forms if "Activar ahora" in form.buttons)
    first = marta.post(form.action, form.fields).path
    assert marta.post(form.action, form.fields | {"symptoms": "Y ahora el correo tampoco"}).path == first
    assert "Esta intervención ya estaba abierta" in marta.text


def test_a_colleague_who_presses_too_joins_what_is_open(marta, visit, runtime):
    marta.open("/portal/activate/erp-restore").press("Activar ahora")
    ana = visit(ANA).open("/console/activate/hotel-sol/erp-restore").press("Activar ahora")
    assert "Esta intervención ya estaba abierta" in ana.text
    assert len(tickets(runtime)) == 1


def test_after_the_customer_was_contacted_pressing_again_calls_the_team_again(marta, desk, runtime):
    marta.open("/portal/activate/erp-restore").press("Activar ahora")
    reference = tickets(runtime)[0].reference
    desk.acknowledge(reference, "ana")
    desk.contact(reference, "ana", "reached")
    marta.open("/portal/activate/erp-restore").press("Activar ahora")
    assert "Estamos llamando otra vez al equipo de guardia." in marta.text


def test_what_was_written_stands_on_the_ticket_and_cannot_become_markup(marta, runtime):
    words = "<script>alert(1)</script> & 'comillas'"
    marta.open("/portal/activate/erp-restore").press(
        "Activar ahora", symptoms=words, critical="yes", callback_phone="611 00 00 02"
    )
    (ticket,) = tickets(runtime)
    assert (ticket.symptoms, ticket.critical, ticket.priority) == (words, True, "P1")
    assert (ticket.callback_phone, ticket.callback_name) == ("+34611000002", "Luis Pérez")
    assert "<script>alert" not in marta.source
    assert words in marta.text


@pytest.mark.parametrize("number", ["12345", "no sé", "+34803123456", "+1900555"])
def test_a_number_that_cannot_be_called_is_asked_for_again_and_nothing_is_lost(marta, runtime, number):
    marta.open("/portal/activate/erp-restore")
    marta.press("Activar ahora", callback_phone=number, symptoms="El ERP no arranca")
    assert marta.status == 422
    assert "No podemos llamar a este número." in marta.text
    form = next(form for form in marta.page.forms if "Activar ahora" in form.buttons)
    assert (form.fields["symptoms"], form.fields["callback_phone"]) == ("El ERP no arranca", number)
    assert tickets(runtime) == []
    assert marta.press("Activar ahora", callback_phone="").status == 200


def test_a_drill_is_chosen_with_one_more_click_and_says_so_everywhere(marta, runtime, clock):
    clock.advance(hours=8)  # 11:00: nobody is woken for an exercise
    marta.open("/portal/activate/erp-restore").press("Activar ahora", mode="drill")
    assert tickets(runtime)[0].mode == "drill"
    assert marta.sentence.startswith("SIMULACRO")
    assert "SIMULACRO" in marta.open("/portal").text


def test_outside_its_hours_the_request_is_recorded_and_says_when_and_whom_to_call(visit, runtime):
    jon = visit(JON, "en").open("/portal")
    assert "Office hours: closed now, opens 09:00." in jon.text
    assert "If it cannot wait, call +34 910 000 000" in jon.text
    jon.follow("Core banking restore").press("Activate now")
    assert jon.sentence == "We have your request. We call the team from 09:00."
    assert tickets(runtime)[0].queued_until is not None


def test_without_a_plan_the_contract_says_who_is_called(marta, runtime):
    marta.open("/portal").follow("Otra cosa, sin indicar un plan").press("Activar ahora")
    (ticket,) = tickets(runtime)
    assert (ticket.plan_id, ticket.priority) == (None, "P1")


def test_a_viewer_sees_the_plans_and_no_button(visit):
    luis = visit(LUIS).open("/portal")
    assert "Restauración del ERP" in luis.text
    assert "Su cuenta puede mirar, pero no activar." in luis.text
    assert "Restauración del ERP" not in luis.links
    assert luis.open("/portal/activate/erp-restore").status == 403


@pytest.mark.parametrize("plan", ["core-restore", "nothing", "ERP"])
def test_a_plan_that_is_not_the_customers_does_not_exist(marta, plan):
    assert marta.open(f"/portal/activate/{plan}").status == 404


def test_a_customer_without_a_default_policy_must_name_a_plan(visit):
    assert visit(JON).open("/portal/activate/-").status == 404


def test_staff_activate_for_a_customer_who_calls_and_it_is_recorded_so(visit, runtime):
    clara = visit(CLARA).open("/console/activate").follow("Restauración del ERP")
    assert "Queda registrado que actúa en nombre del cliente." in clara.text
    clara.press("Activar ahora", reason="Marta ha llamado a la centralita")
    (ticket,) = tickets(runtime)
    assert clara.path == f"/desk/tickets/{ticket.reference}"
    assert ticket.callback_phone == "+34611000001"
    with runtime.database.reading() as session:
        row = session.scalars(select(ActivationRow)).one()
    assert (row.on_behalf, row.requester_email) == (True, CLARA)
    assert row.reason == "Marta ha llamado a la centralita"
    assert CLARA not in ticket.informed


def test_two_people_of_one_company_press_at_the_same_moment(app, visit, runtime):
    browsers = [visit(email) for email in (MARTA, MARTA, CLARA)]
    pages = ["/portal/activate/erp-restore"] * 2 + ["/console/activate/hotel-sol/erp-restore"]
    for browser, page in zip(browsers, pages, strict=True):
        browser.open(page)
    with ThreadPoolExecutor(3) as pool:
        statuses = list(pool.map(lambda browser: browser.press("Activar ahora").status, browsers))
    assert statuses == [200, 200, 200]
    assert len(tickets(runtime)) == 1

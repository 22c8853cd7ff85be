"""Plans and drills on the pages of customers and staff (S-F.2)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from alerting.catalog.models import PlanVersionRow
from alerting.drills import agreement, queries, service
from alerting.drills.models import DrillRow
from alerting.drills.service import By
from core.accounts.service import find_user
from core.audit.chain import LogActor
from tests.services.pages.people import ANA, CLARA, JON, LUIS, MARTA
from tests.services.pages.quiet import accept, close

THURSDAY_TEN = datetime(2026, 10, 29, 9, 0, tzinfo=UTC)
PLAN = {"plan": "hotel-sol/erp-restore", "day": "2026-10-29", "hour": "10:00", "purpose": "Que Borja conteste"}
CLARA_BY = By(CLARA, "Clara Vidal", LogActor("person", "clara"))


def look(runtime, drill):
    for _ in range(2):
        with runtime.work() as work:
            service.look(work, drill)


def only_drill(runtime):
    with runtime.database.reading() as session:
        return queries.listing(session, open_=True)[0]


@pytest.fixture
def planned(visit, runtime):
    """By Ana, for Thursday at ten."""
    visit(ANA).open("/console/drills").press("Programar el simulacro", **PLAN)
    return only_drill(runtime)


@pytest.fixture
def ended(planned, runtime, clock):
    clock.at = THURSDAY_TEN
    look(runtime, planned.id)
    reference = only_drill(runtime).reference
    clock.advance(minutes=2)
    accept(runtime, reference, "ana")
    clock.advance(minutes=3)
    close(runtime, reference)
    look(runtime, planned.id)
    return planned.id


def test_staff_plan_a_drill_and_the_customer_sees_its_date_and_purpose(visit, planned):
    assert (planned.starts_at, planned.planned_by) == (THURSDAY_TEN, ANA)
    luis = visit(LUIS).open("/portal/plans")
    assert "29/10/2026 10:00:00 (+01:00)" in luis.text
    page = luis.open(f"/portal/drills/{planned.id}")
    assert "Que Borja conteste" in page.text
    assert "previsto" in page.text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (
            {"hour": "20:00"},
            "Un responsable puede elegir esa hora a propósito. Abre el vie 30/10 09:00",
        ),
        ({"day": "2026-10-26"}, "Ese momento ya ha pasado"),
        ({"day": "mañana"}, "Indique la fecha y la hora"),
        ({"day": "9999-12-31", "hour": "23:59"}, "Elija una fecha"),
        ({"plan": "hotel-sol/otro"}, "Elija un plan de la lista"),
        ({"hour": "20:00", "out_of_hours": "yes"}, "La oficina está cerrada entonces"),  # Ana is no manager
    ],
)
def test_what_cannot_be_planned_is_said_and_nothing_typed_is_lost(visit, runtime, sent, said):
    ana = visit(ANA).open("/console/drills")
    form = next(form for form in ana.page.forms if "Programar el simulacro" in form.buttons)
    page = ana.post(form.action, form.fields | PLAN | sent)
    assert page.status == 422
    assert said in page.text
    assert "Que Borja conteste" in page.text
    with runtime.database.reading() as session:
        assert queries.listing(session, open_=True) == []


def test_a_second_click_plans_nothing_twice(visit, runtime):
    ana = visit(ANA).open("/console/drills")
    form = next(form for form in ana.page.forms if "Programar el simulacro" in form.buttons)
    ana.post(form.action, form.fields | PLAN)
    assert "Ya hay un simulacro de este plan" in ana.post(form.action, form.fields | PLAN).text
    with runtime.database.reading() as session:
        assert len(queries.listing(session, open_=True)) == 1


def test_a_manager_plans_one_at_night_on_purpose(visit, runtime):
    visit(CLARA).open("/console/drills").press("Programar el simulacro", **PLAN | {"hour": "03:00"}, out_of_hours="yes")
    assert only_drill(runtime).out_of_hours


def test_a_planned_drill_is_called_off_with_one_button(visit, planned, runtime):
    page = visit(ANA).open(f"/console/drills/{planned.id}").press("Anularlo")
    assert "Se avisa al cliente por correo" in page.text
    assert "Anularlo" not in page.buttons


def test_the_report_shows_every_step_who_answered_and_the_gaps_to_both_sides(visit, ended):
    for reader, path in ((ANA, "/console"), (LUIS, "/portal")):
        page = visit(reader).open(f"{path}/drills/{ended}")
        assert "El paso 1 avisó a Ana García" in page.text
        assert "Ana García aceptó (llamada)" in page.text
        assert "Aceptado en 2 min" in page.text
        assert "No se contactó con el cliente." in page.text
        assert "RTO 4 h" in page.text


def test_whoever_does_not_see_the_drills_ticket_does_not_read_its_report(visit, runtime, ended):
    """S-5.1"""
    with runtime.database.transaction() as session:
        find_user(session, LUIS).visibility = "own"
    assert visit(LUIS).open(f"/portal/drills/{ended}").status == 404
    assert visit(MARTA).open(f"/portal/drills/{ended}").status == 200


def test_the_customers_owner_and_a_manager_sign_and_nobody_else_can(visit, ended):
    assert "Firmar el informe" not in visit(LUIS).open(f"/portal/drills/{ended}").buttons
    assert "Firmar el informe" not in visit(ANA).open(f"/console/drills/{ended}").buttons
    visit(MARTA).open(f"/portal/drills/{ended}").press("Firmar el informe")
    page = visit(CLARA).open(f"/console/drills/{ended}").press("Firmar el informe")
    assert f"Marta Ruiz ({MARTA})" in page.text
    assert f"Clara Vidal ({CLARA})" in page.text
    assert "Firmar el informe" not in page.buttons


def test_an_action_has_an_owner_and_a_date_and_asks_for_new_signatures(visit, ended):
    marta = visit(MARTA).open(f"/portal/drills/{ended}").press("Firmar el informe")
    action = {"text": "Revisar el teléfono de Borja", "owner": "Clara", "due_on": "2026-11-20"}
    clara = visit(CLARA).open(f"/console/drills/{ended}").press("Añadir la acción", **action)
    assert "Revisar el teléfono de Borja" in clara.open("/console/drills").text
    page = marta.open(f"/portal/drills/{ended}")
    assert "vie 20/11/2026" in page.text
    assert "Firmado antes de añadir acciones" in page.text
    assert "Firmar el informe" in page.buttons
    assert "Ya está hecha" not in clara.open(f"/console/drills/{ended}").press("Ya está hecha").buttons


def test_what_was_not_seen_is_not_signed(visit, ended, runtime):
    marta = visit(MARTA).open(f"/portal/drills/{ended}")
    with runtime.work() as work:
        agreement.add_action(work, ended, "Otro teléfono", "Clara", date(2026, 11, 20), CLARA_BY)
    assert "El informe ha cambiado entretanto" in marta.press("Firmar el informe").text


def test_a_report_that_was_changed_in_the_database_says_so(visit, ended, runtime):
    page = visit(CLARA).open(f"/console/drills/{ended}")
    assert "alguien lo ha cambiado" not in page.text
    with runtime.database.transaction() as session:
        row = session.get_one(DrillRow, ended)
        row.report = row.report | {"acknowledged": 1.0}
    assert "alguien lo ha cambiado" in page.open(f"/console/drills/{ended}").text


def test_the_tickets_of_a_drill_lead_to_its_report_and_its_plan(visit, ended, runtime):
    with runtime.database.reading() as session:
        reference = session.get_one(DrillRow, ended).reference
    ana = visit(ANA).open(f"/desk/tickets/{reference}")
    assert "Aceptado en" in ana.follow("Su informe").text
    assert "Levantar réplica" in ana.open(f"/desk/tickets/{reference}").follow("Restauración del ERP").text
    assert "Aceptado en" in visit(LUIS).open(f"/portal/tickets/{reference}").follow("Informe del simulacro").text


def test_another_customers_drills_and_plans_are_not_there(visit, ended):
    jon = visit(JON)
    for path in (f"/portal/drills/{ended}", "/portal/plans/erp-restore"):
        assert jon.open(path).status == 404
    assert "Hotel Sol" not in jon.open("/portal/plans").text


def test_a_plan_is_read_with_its_version_its_times_and_its_checklist(visit):
    for reader, path in ((LUIS, "/portal/plans/erp-restore"), (ANA, "/console/plans/hotel-sol/erp-restore")):
        page = visit(reader).open(path)
        assert "Versión 1" in page.text
        assert "RTO 4 h" in page.text
        assert "Levantar réplica" in page.text
        assert ("No reinicie el servidor." in page.text) is (reader == ANA)  # it is said to the engineer
        assert page.open(f"{path}?version=7").status == 404


def test_plans_without_a_drill_stand_first_on_the_console(visit, runtime, clock):
    with runtime.work() as work:
        work.session.execute(update(PlanVersionRow).values(from_at=clock.at))
    clock.advance(days=366)
    page = visit(ANA).open("/console/drills")
    assert "Sin simulacro en 12 meses: 3 planes" in page.text
    assert "Hotel Sol: Restauración del ERP · nunca ensayado" in page.text


def test_the_style_sheet_prints_no_menus_and_no_forms(visit):
    browser = visit().open("/sign-in")
    address = next(part for part in browser.source.split('"') if "guardia.css" in part)
    printed = browser.open(address).source.partition("@media print")[2]
    for hidden in (".top nav", "form", ".on-screen"):
        assert hidden in printed.partition("display: none")[0]

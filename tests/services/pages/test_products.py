"""A ticket from an older build shows what is new, and is held up by nothing (S-5.2)."""

from datetime import date

import pytest

from alerting.products import service as products
from tests.services.pages.people import ANA, CLARA, MARTA

NOTES = "Corrige la restauración de volúmenes grandes."


@pytest.fixture
def two_builds(runtime):
    with runtime.work() as work:
        for number, day, notes in (("12.1", date(2025, 3, 1), None), ("12.3", date(2026, 3, 10), NOTES)):
            products.save(work, "Copia", number, day, notes, "https://itsafer.example/notes", False, "clara")


def opened(visit, build):
    page = visit(MARTA).open("/portal/tickets/new")
    page.press("Abrir el ticket", symptoms="No termina", product_build=build)
    assert page.path.startswith("/portal/tickets/ITS-")
    return page


@pytest.mark.usefixtures("two_builds")
def test_customer_and_engineer_see_the_release_notes_and_the_ticket_goes_on(visit):
    """S-5.2"""
    page = opened(visit, "Copia 12.1")
    assert "anterior a la vigente de Copia, la 12.3" in page.text
    assert NOTES in page.text
    assert 'href="https://itsafer.example/notes"' in page.source
    reference = page.path.rpartition("/")[2]
    assert "El cliente ve lo mismo." in visit(ANA).open(f"/desk/tickets/{reference}").text


@pytest.mark.usefixtures("two_builds")
@pytest.mark.parametrize("build", ["Copia 12.3", ""])
def test_the_current_build_and_none_at_all_show_no_hint(visit, build):
    assert "anterior a la vigente" not in opened(visit, build).text


@pytest.mark.usefixtures("two_builds")
def test_the_form_proposes_the_builds_that_are_known(visit):
    assert '<option value="Copia 12.3">' in visit(MARTA).open("/portal/tickets/new").source


def test_a_manager_keeps_the_list_and_marks_initial_releases(visit):
    """S-5.2"""
    clara = visit(CLARA).open("/console/products")
    assert "Todavía no hay ninguna compilación" in clara.text
    new = {"product": "Copia", "number": "12.1", "released_on": "2025-03-01"}
    assert "12.1 vigente" in clara.press("Guardar la compilación", **new).text
    clara.press("Guardar la compilación", **new | {"number": "13.0", "released_on": "2026-09-01", "initial": "yes"})
    assert "13.0 versión inicial" in clara.text
    ticket = opened(visit, "Copia 12.1")
    assert "anterior a la vigente" not in ticket.text  # nobody is asked to install an initial release
    clara.press("Guardar la compilación", **new | {"number": "13.0", "released_on": "2026-09-01"})
    assert "La compilación está cambiada." in clara.text
    assert "anterior a la vigente" in ticket.open(ticket.path).text
    clara.press("Quitar · 13.0")
    assert "anterior a la vigente" not in ticket.open(ticket.path).text


def test_a_build_that_is_written_wrongly_is_refused_with_the_reason_and_kept_in_the_form(visit):
    clara = visit(CLARA).open("/console/products")
    page = clara.press("Guardar la compilación", product="Copia", number="12.1", url="ftp://x", released_on="mañana")
    assert page.status == 422
    assert "empiece por https://" in page.text
    assert "Dé el día" in page.text
    assert 'value="Copia"' in page.source


def test_engineers_read_hints_and_do_not_keep_the_list(visit):
    assert visit(ANA).open("/console/products").status == 403

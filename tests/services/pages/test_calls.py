"""A telephone call becomes a ticket on the desk."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from alerting.catalog.models import ActivationRow
from alerting.tickets.models import TicketRow
from core.audit import log
from tests.services.pages.people import ANA, MARTA
from tests.support.time import TUESDAY_AT_THREE

NEW = "/desk/calls/new?customer=hotel-sol&contact=marta"
HALF_AN_HOUR_AGO = "2026-10-27T02:30"  # local; the tests' clock stands at three in Madrid


@pytest.fixture
def ana(visit):
    return visit(ANA)


def write_down(ana, **fields):
    return ana.press("Abrir el ticket", **({"symptoms": "El ERP no arranca."} | fields))


def ticket(runtime, reference):
    with runtime.database.reading() as session:
        return session.scalars(select(TicketRow).where(TicketRow.reference == reference)).one()


def reference_of(browser):
    return browser.path.rpartition("/")[2]


def test_a_call_is_a_ticket_with_its_caller_and_its_code_to_read_out(ana, runtime):
    """S-2.1, S-3.2.3"""
    ana.open("/desk/calls/new?q=611+000+001").follow("Marta Ruiz")
    page = write_down(ana, type="backup_failed", component="backup")
    row = ticket(runtime, reference_of(page))
    assert (row.channel, row.requester_email, row.callback_phone) == ("phone", MARTA, "+34611000001")
    assert row.informed == [MARTA]
    assert f"código a quien llama: {' '.join(row.reference[-7:])}" in page.text


def test_a_call_entered_later_counts_from_when_it_came(ana, runtime):
    """S-4.9"""
    page = write_down(ana.open(NEW), opened_at=HALF_AN_HOUR_AGO)
    row = ticket(runtime, reference_of(page))
    assert row.opened_at == TUESDAY_AT_THREE - timedelta(minutes=30)
    with runtime.database.reading() as session:
        opened = next(entry.link for entry in log.read(session, row.reference) if entry.link.kind == "ticket.opened")
    assert opened.data["opened_at"] == row.opened_at.isoformat()
    assert opened.data["on_behalf"] is True


@pytest.mark.parametrize(
    ("came", "said"),
    [
        ("2026-10-27T03:01", "Está en el futuro"),
        ("2026-09-01T03:00", "Hace demasiado tiempo"),
        ("ayer", "No es una hora"),
    ],
)
def test_a_call_is_never_opened_later_than_now_nor_long_ago(ana, came, said):
    """S-4.9"""
    page = write_down(ana.open(NEW), opened_at=came, environment="VLAN 3")
    assert page.status == 422
    assert said in page.text
    assert "VLAN 3" in page.source


def test_a_second_click_on_a_call_leads_to_the_same_ticket(ana):
    form = next(form for form in ana.open(NEW).page.forms if form.action == "/desk/calls")
    first = ana.post("/desk/calls", form.fields | {"symptoms": "x"}).path
    assert ana.post("/desk/calls", form.fields | {"symptoms": "x"}).path == first


def test_whoever_may_only_read_is_logged_with_a_warning_that_names_who_may(ana):
    """S-5.1"""
    page = ana.open("/desk/calls/new?customer=hotel-sol&contact=luis")
    assert "Autorizados: Marta Ruiz" in page.text
    assert "Marta Ruiz" in ana.open("/desk/calls/new?customer=hotel-sol").text
    assert ana.open("/desk/calls/new?customer=hotel-sol&contact=jon").status == 404


def test_a_stopped_business_is_offered_an_activation_on_behalf_of_the_caller(ana, runtime):
    """S-3.B3"""
    page = write_down(ana.open(NEW), critical_situation="yes", component="backup", contact_phone="+34611000002")
    about = reference_of(page)
    assert "P1" in page.text
    page.follow("Activar Restauración del ERP")
    assert f"{about}: El ERP no arranca." in ana.source
    page = ana.press("Activar ahora")
    row = ticket(runtime, reference_of(page))
    assert (row.kind, row.requester_email, row.informed) == ("contingency", MARTA, [MARTA])
    assert row.callback_phone == "+34611000002"
    with runtime.database.reading() as session:
        asked = session.scalars(select(ActivationRow).where(ActivationRow.ticket_id == row.id)).one()
    assert (asked.on_behalf, asked.requester_email) == (True, ANA)
    assert about in (asked.reason or "")


def test_a_new_ticket_says_what_happens_next(ana):
    page = write_down(ana.open(NEW), component="backup", priority="P2")
    assert page.sentence == "Nuevo: nadie lo ha tomado todavía."
    assert "lo lleva quien pulse «Me ocupo yo». Respuesta antes del" in page.text

"""New support terms are told to owners, who accept them with a click; nothing waits for it (S-7.1)."""

import pytest
from sqlalchemy import select

from alerting.acceptance import service
from alerting.configuration import change
from alerting.notifications.models import AttemptRow
from core.accounts.models import User
from core.audit import log
from core.documents import store
from tests.services.pages.people import ANA, CLARA, LUIS, MARTA
from tests.services.pages.quiet import ask

NEXT = {
    "id": "2027-01",
    "from": "2027-01-01",
    "url": "https://itsafer.example/terms-2027-01.pdf",
    "notice": {"es": "Las P2 se responden en 45 minutos.", "en": "P2 is answered within 45 minutes."},
}
PRESENT = {"id": "2026-01", "from": "2026-01-01"}
ACCEPT = "Aceptar la versión 2027-01"


def configure(runtime, clock, *versions):
    with runtime.database.transaction() as session:
        changes = [store.Change("create", "terms", one["id"], one, n) for n, one in enumerate(versions)]
        change(session, changes, runtime.settings, clock.at)


@pytest.fixture(autouse=True)
def announced(runtime, clock):
    configure(runtime, clock, NEXT)


def tell(runtime, desk):
    with runtime.work() as work:
        count = service.tell(work)
    desk.run_due()
    return count


def mailed(runtime):
    with runtime.database.reading() as session:
        rows = session.scalars(select(AttemptRow).where(AttemptRow.template == "terms_mail").order_by(AttemptRow.id))
        return [(row.address, row.message or "") for row in rows]


def test_the_owner_is_mailed_the_new_version_once_with_its_day_and_what_changes(runtime, desk):
    """S-7.1"""
    assert (tell(runtime, desk), tell(runtime, desk)) == (1, 0)
    ((address, text),) = mailed(runtime)
    assert address == MARTA
    assert "en vigor desde el 01/01/2027" in text
    assert NEXT["notice"]["es"] in text
    assert "/portal/terms" in text


def test_the_owner_sees_it_accepts_it_with_a_click_and_who_and_when_is_kept(visit, runtime):
    """S-7.1"""
    marta = visit(MARTA).open("/portal")
    assert "Nuevos términos de soporte, versión 2027-01" in marta.text
    page = marta.follow("Leerlos y aceptarlos")
    assert NEXT["notice"]["es"] in page.text
    assert "Queda anotado" in page.press(ACCEPT).text
    assert f"por {MARTA}, 03:00:00" in page.text
    assert ACCEPT not in page.buttons
    assert "Nuevos términos" not in marta.open("/portal").text
    assert f"{MARTA}, 03:00:00" in visit(CLARA).open("/console/terms").text
    with runtime.database.reading() as session:
        assert [entry.link.kind for entry in log.read(session, "terms:hotel-sol")] == ["terms.accepted"]
        assert log.verify(session, "terms:hotel-sol") == []


def test_a_second_click_is_the_same_acceptance(visit, runtime):
    page = visit(MARTA).open("/portal/terms")
    form = page.page.forms[-1]
    for _ in range(2):
        page.post(form.action, form.fields)
    with runtime.database.reading() as session:
        assert len(list(log.read(session, "terms:hotel-sol"))) == 1


def test_nobody_is_mailed_what_their_organisation_has_accepted(visit, runtime, desk):
    visit(MARTA).open("/portal/terms").press(ACCEPT)
    assert tell(runtime, desk) == 0


def test_not_accepting_blocks_neither_an_activation_nor_a_ticket(visit, runtime, clock):
    """S-7.1"""
    clock.advance(days=90)  # in force by now, and nobody has clicked
    ask(runtime)
    page = visit(MARTA).open("/portal/tickets/new")
    page.press("Abrir el ticket", symptoms="No termina")
    assert page.path.startswith("/portal/tickets/ITS-")
    assert "versión 2027-01" in page.text


def test_a_version_that_has_passed_asks_for_nothing_any_more(visit, runtime, clock):
    configure(runtime, clock, PRESENT)
    assert "Aceptar la versión 2026-01" in visit(MARTA).open("/portal/terms").buttons
    clock.advance(days=90)
    assert visit(MARTA).open("/portal/terms").text.count("Aceptar la versión") == 1


def test_only_owners_accept_and_only_versions_that_exist(visit, runtime):
    assert visit(LUIS).open("/portal/terms").status == 403
    assert "Nuevos términos" not in visit(LUIS).open("/portal").text
    assert visit(ANA).open("/console/terms").status == 403
    marta = visit(MARTA).open("/portal/terms")
    fields = marta.page.forms[-1].fields
    assert marta.post("/portal/terms/2030-01/acceptance", fields).status == 404


def test_whoever_becomes_owner_later_is_told_then(runtime, desk):
    tell(runtime, desk)
    with runtime.database.transaction() as session:
        luis = session.scalars(select(User).where(User.email == LUIS)).one()
        luis.roles = ["owner"]
    assert tell(runtime, desk) == 1
    assert [address for address, _ in mailed(runtime)] == [MARTA, LUIS]

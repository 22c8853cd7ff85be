"""What the console shows of machines, a new key, and the form that a missed backup suggests (S-3.2.1)."""

import re

import pytest

from alerting.monitoring import keys, service
from alerting.monitoring.models import HeartbeatRow
from alerting.monitoring.service import Said
from alerting.tickets.models import TicketRow
from tests.services.pages.people import ADMIN, ANA, CLARA, JON, LUIS, MARTA

JOB = "sol-erp-nightly"


@pytest.fixture
def failed(runtime):
    """The nightly job has failed; the reference of its ticket."""
    with runtime.work() as work:
        service.hear(work, JOB, "fail", Said("tar: <b>no space left</b>", cut=True))
    with runtime.database.reading() as session:
        row = session.get_one(HeartbeatRow, JOB)
        return session.get_one(TicketRow, row.ticket_id).reference


def test_an_engineer_sees_which_job_is_in_trouble_and_goes_to_its_ticket(visit, failed):
    ana = visit(ANA)
    ana.open("/console/monitoring")
    row = next(line for line in ana.source.split("<tr") if "ERP nocturno" in line)
    for shown in ("Hotel Sol", "fallido", failed):
        assert shown in row
    ana.open(f"/desk/tickets/{failed}")
    assert "Copia fallida: ERP nocturno (srv-erp)" in ana.text
    assert f"/console/monitoring/heartbeats/{JOB}" in ana.source


def test_the_runs_of_a_job_show_what_it_said_and_that_it_was_cut(visit, failed):
    ana = visit(ANA)
    ana.open(f"/console/monitoring/heartbeats/{JOB}")
    assert "tar: &lt;b&gt;no space left" in ana.source
    assert "estos son sus últimos 64 kB" in ana.text


def test_an_administrator_makes_a_new_key_that_is_shown_once(visit, runtime):
    with runtime.database.transaction() as session:
        before = keys.make(session, "heartbeats", JOB, runtime.now(session)).key
    admin = visit(ADMIN)
    admin.open(f"/console/monitoring/heartbeats/{JOB}")
    assert before not in admin.source
    admin.press("Crear una clave nueva")

    made = re.search(r"/heartbeats/([A-Za-z0-9]{22,})", admin.source)
    assert made is not None
    with runtime.database.reading() as session:
        assert keys.object_of(session, "heartbeats", made[1]) == JOB
        assert keys.object_of(session, "heartbeats", before) is None
    admin.open(f"/console/monitoring/heartbeats/{JOB}")
    assert made[1] not in admin.source


@pytest.mark.parametrize("path", ["heartbeats/sol-erp-nightly/key", "integrations/sol-prometheus/key"])
def test_nobody_else_makes_keys(visit, path):
    for email, home in ((ANA, "/desk"), (CLARA, "/desk"), (MARTA, "/portal")):
        assert posted(visit(email), home, f"/console/monitoring/{path}").status == 403
    assert posted(visit(ADMIN), "/desk", "/console/monitoring/heartbeats/nothing/key").status == 404


def posted(browser, home, path):
    token = browser.open(home).page.forms[0].fields["csrf_token"]
    return browser.post(path, {"csrf_token": token})


def test_the_customer_is_offered_the_form_with_what_was_reported_and_looking_at_it_activates_nothing(visit, failed):
    marta = visit(MARTA)
    marta.open(f"/portal/tickets/{failed}")
    marta.follow("Ir al formulario")
    assert f"{failed}: El trabajo ha comunicado que ha terminado con error." in marta.text
    marta.open("/portal")
    assert "Intervención en curso" not in marta.text
    marta.open(f"/portal/activate/erp-restore?ticket={failed}")
    marta.press("Activar ahora")
    assert "Restauración del ERP" in marta.text


def test_a_viewer_is_offered_nothing_and_another_customers_ticket_fills_in_nothing(visit, failed):
    luis = visit(LUIS)
    luis.open(f"/portal/tickets/{failed}")
    assert "Ir al formulario" not in luis.text
    jon = visit(JON)
    jon.open(f"/portal/activate/core-restore?ticket={failed}")
    assert jon.status == 200
    assert "terminado con error" not in jon.text

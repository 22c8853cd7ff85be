"""Files in the forms of customers and engineers, without JavaScript."""

import io
import re

import pytest

from alerting.attachments.service import Store
from tests.services.pages.people import ANA, JON, LUIS, MARTA
from tests.support.files import picture

CANARY = "CANARIO-7F3A"
LOG = b"ERROR 5: disco lleno\n"


@pytest.fixture
def marta(visit):
    return visit(MARTA)


@pytest.fixture
def ana(visit):
    return visit(ANA)


def send(browser, action, *files, **fields):
    """The form that leads there, with files in it."""
    form = next(form for form in browser.page.forms if form.action == action)
    return browser.post(action, form.fields | fields | {"files": [(io.BytesIO(data), name) for data, name in files]})


@pytest.fixture
def reference(marta):
    marta.open("/portal/tickets/new")
    page = send(marta, "/portal/tickets", (LOG, "backup.log"), (picture(), "foto.jpg"), symptoms="No termina.")
    return page.path.rpartition("/")[2]


def addresses(browser):
    return re.findall(r'href="(/\w+/tickets/[^"]+/attachments/[^"]+)"', browser.source)


def test_a_ticket_opens_with_its_files(marta, reference):
    """S-3.A6"""
    assert "backup.log" in marta.text
    assert "Usted: adjunta backup.log, foto.jpg." in marta.text
    log, photo, again = addresses(marta)
    assert photo == again
    answer = marta.open(log)
    assert answer.source.encode() == LOG
    assert answer.headers["Content-Disposition"] == "attachment; filename=backup.log"
    seen = marta.client.get(photo)
    assert (seen.mimetype, seen.headers["Content-Disposition"]) == ("image/jpeg", "inline; filename=foto.jpg")
    assert marta.client.get(f"{photo}/preview").mimetype == "image/webp"
    assert marta.client.get(f"{log}/preview").status_code == 404


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<script>alert(1)</script>", "pagina.html"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "dibujo.svg"),
        (b"%PDF-1.7 ...", "informe.pdf"),
        (b"#!/bin/sh\nrm -rf /\n", "x.sh"),
    ],
)
def test_what_could_run_in_a_browser_is_only_ever_downloaded(marta, content, name):
    marta.open("/portal/tickets/new")
    send(marta, "/portal/tickets", (content, name), symptoms="x")
    answer = marta.client.get(addresses(marta)[0])
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.mimetype in ("text/plain", "application/pdf")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_file_that_cannot_be_kept_keeps_nobody_from_opening_a_ticket(marta):
    marta.open("/portal/tickets/new")
    page = send(marta, "/portal/tickets", (b"MZ\0\0", "<i>captura.png"), (LOG, "a.log"), symptoms="No termina.")
    assert "Su ticket está abierto." in page.text
    assert "No hemos guardado _i_captura.png: su contenido no es PNG" in page.text
    assert "a.log" in page.text


def test_a_customer_adds_files_without_a_word(marta, reference, ana):
    page = send(marta, f"/portal/tickets/{reference}/updates", (b"mas", "mas.log"))
    assert "Añadido." in page.text
    assert "mas.log" in ana.open(f"/desk/tickets/{reference}").text
    assert "elija un fichero" in send(marta, f"/portal/tickets/{reference}/updates").text


def test_an_engineer_who_logs_a_call_adds_what_came_with_it(ana):
    """S-2.1"""
    ana.open("/desk/calls/new?customer=hotel-sol&contact=marta")
    page = send(ana, "/desk/calls", (LOG, "backup.log"), symptoms="No termina.")
    assert "backup.log" in page.text
    assert "Ana García: adjunta backup.log." in page.text


def test_a_closed_ticket_is_reopened_with_a_file(marta, desk, reference):
    desk.close(reference)
    marta.open(f"/portal/tickets/{reference}")
    page = send(marta, f"/portal/tickets/{reference}/reopening", (b"sigue", "sigue.log"), reason="Sigue igual.")
    assert "sigue.log" in page.text


def test_an_internal_file_is_on_the_desk_and_nowhere_else(marta, ana, reference):
    """S-2.11"""
    ana.open(f"/desk/tickets/{reference}")
    send(ana, f"/desk/tickets/{reference}/updates", (CANARY.encode(), f"{CANARY}.log"), public="no")
    assert f"{CANARY}.log" in ana.text
    assert "solo para nosotros" in ana.text
    (hidden,) = [one for one in addresses(ana) if ana.client.get(one).data == CANARY.encode()]
    for path in ("", "/status"):
        assert CANARY not in marta.open(f"/portal/tickets/{reference}{path}").source
    assert marta.open(hidden.replace("/desk/", "/portal/")).status == 404
    assert marta.open(hidden).status == 403


@pytest.mark.parametrize("email", [JON, None])
def test_a_file_of_another_customer_is_not_there(visit, marta, reference, email):
    for address in addresses(marta):
        other = visit(email)
        assert other.client.get(address).status_code == (404 if email else 303)


def test_a_viewer_looks_at_files_and_sends_none(visit, marta, reference):
    files = addresses(marta)
    luis = visit(LUIS).open(f"/portal/tickets/{reference}")
    assert luis.client.get(files[0]).status_code == 200
    assert "Añadir algo" not in luis.text


def test_staff_remove_a_file_for_good(ana, marta, reference, runtime):
    ana.open(f"/desk/tickets/{reference}").press("Eliminar para siempre")
    assert "El fichero se ha eliminado." in ana.text
    assert "Hemos retirado el adjunto backup.log." in marta.open(f"/portal/tickets/{reference}").text
    assert len(addresses(marta)) == 2  # the photograph and its preview
    left = [path for path in Store(runtime.settings).folder.path.rglob("*") if path.is_file()]
    assert len(left) == 2


def test_large_forms_are_for_those_who_may_send_files(visit, marta, reference):
    large = {"environ_overrides": {"CONTENT_LENGTH": "3000000"}, "content_type": "multipart/form-data; boundary=x"}
    path = f"/portal/tickets/{reference}/updates"
    codes = [visit(email).client.post(path, **large).status_code for email in (None, LUIS, MARTA)]
    assert codes[:2] == [413, 413]
    assert codes[2] == 400  # it is read, and has no token


def test_a_file_that_is_missing_on_disk_is_told_as_not_there(marta, reference, runtime):
    address = addresses(marta)[0]
    Store(runtime.settings).folder.remove(address.rpartition("/")[2])
    assert marta.open(address).status == 404

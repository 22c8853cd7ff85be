"""Tickets that page nobody, on the pages of customers and engineers."""

import pytest

from tests.services.pages.people import ANA, BORJA, JON, LUIS, MARTA

NEW = "/portal/tickets/new"
CANARY = "CANARY-4711"


@pytest.fixture
def marta(visit):
    return visit(MARTA)


@pytest.fixture
def ana(visit):
    return visit(ANA)


def fill(browser, **fields):
    form = next(form for form in browser.page.forms if form.action == "/portal/tickets")
    return browser.post("/portal/tickets", form.fields | fields)


@pytest.fixture
def reference(marta):
    marta.open(NEW)
    page = fill(marta, symptoms="La copia no termina.", type="backup_failed")
    return page.path.rpartition("/")[2]


def send(browser, path, **fields):
    token = browser.page.forms[0].fields["csrf_token"]
    return browser.post(path, {"csrf_token": token} | fields)


def test_the_form_asks_for_the_symptoms_alone_and_leads_to_the_ticket(marta):
    """S-3.A1, S-2.1"""
    marta.open(NEW)
    page = fill(marta, symptoms="La copia no termina.")
    assert "Su ticket está abierto." in page.text
    assert "El equipo lo atiende por orden de prioridad." in page.sentence
    assert "nadie" not in page.sentence


def test_a_second_click_leads_to_the_same_ticket(marta):
    marta.open(NEW)
    form = next(form for form in marta.page.forms if form.action == "/portal/tickets")
    first = marta.post("/portal/tickets", form.fields | {"symptoms": "x"}).path
    assert marta.post("/portal/tickets", form.fields | {"symptoms": "x"}).path == first


def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(marta):
    marta.open(NEW)
    page = fill(marta, symptoms="", contact_phone="12", affected_users="muchos", environment="VLAN 3")
    assert page.status == 422
    for said in ("Escriba lo que observa", "No es un teléfono", "Escriba un número entero", "VLAN 3"):
        assert said in page.source
    assert page.source.count('<details class="card" open>') == 2


def test_everything_told_is_shown_again(marta):
    """S-3.A1 to S-3.D3, S-2.11"""
    marta.open(NEW)
    page = fill(
        marta, symptoms="No arranca", machines="srv-erp\nsrv-db", users="marta", error_output="E 0x1", os="linux_unix",
        affected_users="4", occurred_before="again", strategic_users="no", kb_articles="KB1", department="Dirección",
    )  # fmt: skip
    for shown in ("srv-erp", "srv-db", "E 0x1", "Linux/UNIX", "sí, antes", "KB1"):
        assert shown in page.text


def test_a_stopped_business_is_offered_the_activation(marta):
    """S-3.B3"""
    marta.open(NEW)
    page = fill(marta, symptoms="No arranca nada", critical_situation="yes", component="backup")
    assert "puede hacer que llamemos ya a un ingeniero" in page.text


def test_a_password_is_taken_out_and_the_customer_told(marta):
    """S-3.D2"""
    marta.open(NEW)
    page = fill(marta, symptoms="No entra con password=hunter22")
    assert "hunter22" not in page.source
    assert "parecía una contraseña" in page.text


def test_whoever_may_only_look_opens_nothing_and_nobody_elses_is_seen(visit, reference):
    assert visit(LUIS).open(NEW).status == 403
    assert visit(JON).open(f"/portal/tickets/{reference}").status == 404


def test_an_engineer_takes_it_works_it_and_the_customer_reads_along(ana, marta, reference):
    """S-2.11, S-3.2.4, S-2.12"""
    ana.open("/desk")
    assert f"{reference} " in ana.text
    ana.open(f"/desk/tickets/{reference}")
    ana.press("Me ocupo yo")
    send(ana, f"/desk/tickets/{reference}/updates", text="Miro los discos.", public="yes", causes="Disco lleno.")
    send(ana, f"/desk/tickets/{reference}/updates", text=CANARY, public="no", minutes="15")
    assert CANARY in ana.open(f"/desk/tickets/{reference}").text
    page = marta.open(f"/portal/tickets/{reference}")
    assert "Ana García se ocupa de ello." in page.sentence
    for shown in ("Ana García: Miro los discos.", "Disco lleno."):
        assert shown in page.text
    assert CANARY not in page.source


def test_one_click_asks_for_what_is_missing_and_the_answer_ends_the_waiting(ana, marta, reference):
    """S-3.2.2"""
    ana.open(f"/desk/tickets/{reference}")
    ana.press("Me ocupo yo")
    ana.press("Pedir al cliente lo que falta")
    page = marta.open(f"/portal/tickets/{reference}")
    assert "Necesitamos algo de usted" in page.sentence
    assert "Indíquenos, por favor: Mensajes de error, tal como aparecen;" in page.text
    page = send(marta, f"/portal/tickets/{reference}/updates", text="E 0x1")
    assert "Ana García se ocupa de ello." in page.sentence


def test_waiting_without_a_word_for_the_customer_is_refused(ana, reference):
    """S-4.10"""
    ana.open(f"/desk/tickets/{reference}")
    ana.press("Me ocupo yo")
    page = send(ana, f"/desk/tickets/{reference}/waiting", reason="third_party", note=" ")
    assert "Diga al cliente a qué espera" in page.text
    assert send(ana, f"/desk/tickets/{reference}/waiting", reason="lunch", note="x").status == 400


def test_priority_and_owner_change_on_the_desk(ana, visit, reference):
    ana.open(f"/desk/tickets/{reference}")
    send(ana, f"/desk/tickets/{reference}/priority", priority="P2", reason="Cae la web.")
    page = send(ana, f"/desk/tickets/{reference}/assignment", person="borja")
    assert "El ticket lo lleva Borja Ruiz" in page.text
    assert "P2" in page.text
    assert "Lo tiene usted" in visit(BORJA).open(f"/desk/tickets/{reference}").text


def test_the_customer_reopens_a_closed_ticket(ana, marta, reference):
    """S-3.2.6"""
    ana.open(f"/desk/tickets/{reference}")
    ana.press("Me ocupo yo")
    send(ana, f"/desk/tickets/{reference}/closure", code="resolved")
    marta.open(f"/portal/tickets/{reference}")
    page = send(marta, f"/portal/tickets/{reference}/reopening", reason="Sigue igual.")
    assert "El ticket vuelve a estar abierto" in page.text
    assert "Sigue igual." in page.text
    assert send(marta, f"/portal/tickets/{reference}/reopening").status == 200


def test_a_double_goes_on_in_the_other_ticket(ana, marta, reference):
    marta.open(NEW)
    double = fill(marta, symptoms="Otra vez.").path.rpartition("/")[2]
    ana.open(f"/desk/tickets/{double}")
    assert "No hay otro ticket abierto" in send(ana, f"/desk/tickets/{double}/merge", into="ITS-1").text
    page = send(ana, f"/desk/tickets/{double}/merge", into=reference)
    assert "Sigue en el otro ticket." in page.text
    assert reference in page.text

"""No customer ever sees anything of another (security.md A1)."""

import re

import pytest

from tests.services.pages.people import ENGINEERS_PHONES, JON, LUIS, MARTA
from tests.services.pages.quiet import ask, attach
from tests.services.pages.test_every_page import PICTURE, paths

CANARY = "CANARIO-7F3A"


@pytest.fixture
def banco_norte(runtime):
    """A ticket of Banco Norte with a canary in every text of the customer's."""
    reference = ask(runtime, "core-restore", customer="banco-norte", by=JON, symptoms=f"{CANARY} no arranca")
    attach(runtime, reference, PICTURE, f"{CANARY}.png")
    return reference


@pytest.mark.parametrize("email", [MARTA, LUIS])
def test_hotel_sol_never_sees_anything_of_banco_norte(app, visit, banco_norte, email):
    browser = visit(email)
    for path in [
        *paths(app, banco_norte),
        "/portal/activate/core-restore",
        "/console/activate/banco-norte/core-restore",
    ]:
        browser.open(path)
        for secret in (CANARY, "Banco Norte", "Core banking", "611000003", "611 000 003", JON):
            assert secret not in browser.source.replace(path, ""), path


def test_the_owner_of_the_canary_does_see_it(visit, banco_norte):
    assert CANARY in visit(JON).open(f"/portal/tickets/{banco_norte}").text


def test_anothers_ticket_and_no_ticket_at_all_are_the_same_page(visit, banco_norte):
    marta = visit(MARTA)
    pages = []
    for reference in (banco_norte, "ITS-0999990", "ITS-0000000", "nothing"):
        marta.open(f"/portal/tickets/{reference}")
        pages.append((marta.status, re.sub(r'name="csrf_token" value="[^"]+"', "", marta.source)))
    assert pages[0][0] == 404
    assert len(set(pages)) == 1


@pytest.mark.parametrize("verb", ["contact", "stand-down"])
def test_nobody_acts_on_anothers_ticket(visit, desk, banco_norte, verb):
    marta = visit(MARTA).open("/portal")
    token = marta.page.forms[0].fields["csrf_token"]
    before = desk.kinds(banco_norte)
    fields = {"csrf_token": token, "reached": "yes"}
    assert marta.post(f"/portal/tickets/{banco_norte}/{verb}", fields).status == 404
    assert desk.kinds(banco_norte) == before


def test_a_customer_never_sees_an_engineers_telephone(visit, desk):
    reference = desk.activate().reference
    desk.advance(minutes=7)
    desk.acknowledge(reference, "clara")
    desk.contact(reference, "clara", "no_answer", "+34611000001")
    marta = visit(MARTA)
    for path in (f"/portal/tickets/{reference}", f"/portal/tickets/{reference}/status", "/portal"):
        marta.open(path)
        assert not [phone for phone in ENGINEERS_PHONES if phone in marta.source], path

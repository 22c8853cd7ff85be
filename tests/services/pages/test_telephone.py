"""Choosing one's PIN for calls to us."""

import pytest
from sqlalchemy import select

from core.accounts.models import TelephonePin
from tests.services.pages.conftest import PASSWORD
from tests.services.pages.people import ANA, LUIS, MARTA

PIN = "481590"
TYPED = {"pin": PIN, "again": PIN, "password": PASSWORD}


def kept(runtime):
    with runtime.database.reading() as session:
        return session.execute(select(TelephonePin.pin_hash)).scalars().all()


@pytest.mark.parametrize(("who", "page"), [(MARTA, "/portal/telephone"), (ANA, "/desk/telephone")])
def test_a_pin_is_chosen_replaced_and_removed(visit, runtime, who, page):
    person = visit(who).open(page)
    assert "Todavía no tiene PIN" in person.text
    person.press("Guardar el PIN", **TYPED)
    assert "Su PIN queda guardado" in person.text
    first = kept(runtime)
    person.press("Guardar el PIN", **TYPED | {"pin": "90817263", "again": "90817263"})
    assert len(kept(runtime)) == 1
    assert kept(runtime) != first
    person.press("Quitar mi PIN")
    assert kept(runtime) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"pin": "123456", "again": "123456"}, "se prueban primero"),
        ({"pin": "000001", "again": "000001"}, "se prueban primero"),
        ({"pin": "4815", "again": "4815"}, "de 6 a 8 cifras"),
        ({"again": "481591"}, "no son iguales"),
        ({"password": "a horse under the roof"}, "no es su contraseña"),
    ],
)
def test_a_pin_that_is_refused_says_why_and_keeps_nothing(visit, runtime, wrong, said):
    marta = visit(MARTA).open("/portal/telephone").press("Guardar el PIN", **TYPED | wrong)
    assert marta.status == 422
    assert said in marta.text
    assert kept(runtime) == []
    assert PIN not in marta.source


def test_who_may_not_activate_has_no_pin_to_choose(visit):
    assert visit(LUIS).open("/portal/telephone").status == 403

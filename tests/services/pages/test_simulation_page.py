"""Staff ask who would be called for an activation at an instant, and see what the escalation would do."""

import pytest

from tests.services.pages.people import ANA, CLARA, MARTA

PAGE = "/console/simulate"
AT = "at=2026-10-28T03:00"


def test_a_policy_is_walked_until_the_last_resort(visit):
    page = visit(CLARA).open(f"{PAGE}?what=policy:contingency&{AT}").text
    assert "nadie ha aceptado: último recurso" in page
    for shown in ("Ana García", "Borja Ruiz", "Clara Vidal", "turno de la rotación"):
        assert shown in page
    assert "Se vuelve a llamar al último recurso cada 5m" in page


def test_a_supposed_answer_ends_it(visit):
    clara = visit(CLARA)
    page = clara.open(f"{PAGE}?what=plan:hotel-sol/erp-restore&{AT}&person_1=borja&says_1=acknowledge&after_1=4").text
    assert "03:04:00 (+01:00) : lo acepta Borja Ruiz" in page.replace("28/10/2026 ", "")
    assert "Clara Vidal" not in page.split("Por orden de tiempo")[1]


def test_engineers_see_no_number_of_a_colleague_in_full(visit):
    address = f"{PAGE}?what=policy:contingency&{AT}"
    assert "+34600000002" in visit(CLARA).open(address).source
    assert "+34600000002" not in visit(ANA).open(address).source


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("what=policy:nothing&at=2026-10-28T03:00", "Elija una opción de la lista."),
        ("what=plan:nobody/x&at=2026-10-28T03:00", "Elija una opción de la lista."),
        ("what=policy:contingency&at=soon", "Eso no es un día y una hora"),
        (f"what=policy:contingency&{AT}&person_1=x&after_1=4", "Elija a una persona de la lista."),
        (f"what=policy:contingency&{AT}&person_1=ana&after_1=99999", "de 0 a 1440"),
        (f"what=policy:contingency&{AT}&person_1=ana&after_1=%C2%B2", "de 0 a 1440"),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field(visit, asked, said):
    page = visit(CLARA).open(f"{PAGE}?{asked}")
    assert page.status == 200
    assert said in page.text
    assert "Por orden de tiempo" not in page.text


def test_customers_do_not_simulate(visit):
    assert visit(MARTA).open(PAGE).status == 403

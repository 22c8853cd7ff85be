"""One's own shifts, and shifts that change hands, on desk and console."""

from __future__ import annotations

import pytest

from alerting.notifications.out_of_use import take_out
from alerting.swaps import service
from alerting.swaps.service import Wanted
from core.audit.chain import LogActor
from oncall.pieces import Span
from oncall.swaps.rules import Part
from tests.domain.oncall.builders import local
from tests.services.pages.people import ADMIN, ANA, BORJA, CLARA

PRIMARY = "backup-primary"
NIGHT = Span(local("2026-11-03T18:00"), local("2026-11-04T09:00"))  # Borja's


def asked(runtime, of=None):
    with runtime.work() as work:
        wanted = Wanted(Part(PRIMARY, "borja", NIGHT), of)
        return service.ask(work, runtime.settings, wanted, LogActor("person", "borja"))


def first_ask(browser):
    """The form about Borja's first week on the primary schedule."""
    browser.open("/desk/shifts")
    return browser.open(
        next(href for words, href in browser.page.links if words.startswith("Buscar relevo") and PRIMARY in href)
    )


def test_my_shifts_stand_with_who_comes_before_and_after(visit):
    text = visit(BORJA).open("/desk/shifts").text
    assert "lun 02/11 09:00 (+01:00) lun 09/11 09:00 (+01:00) backup-primary Ana García Carol Smith" in text
    assert "Buscar relevo" in text
    assert "Guardias en mi calendario" in text


def test_the_month_shows_the_days_on_call_and_leads_on(visit):
    borja = visit(BORJA).open("/desk/shifts?month=2026-11")
    assert "09:00–24:00" in borja.text
    assert borja.open("/desk/shifts?month=2027-02").status == 200
    for wrong in ("2099-01", "2026-13", "x", "0001-01"):
        assert borja.open(f"/desk/shifts?month={wrong}").status == 404


def test_cover_for_a_part_is_asked_taken_and_shown(visit):
    borja = first_ask(visit(BORJA)).press("Pedir relevo", **{"from": "2026-11-03T18:00", "to": "2026-11-04T09:00"})
    assert "Pedido: se lo diremos en cuanto alguien conteste." in borja.text
    ana = visit(ANA).open("/desk/swaps")
    assert "Borja Ruiz pide a todos: backup-primary mar 03/11 18:00 (+01:00) – mié 04/11 09:00 (+01:00)" in ana.text
    ana.press(next(button for button in ana.buttons if button.startswith("Lo hago yo")))
    assert "Es suyo" in ana.text
    assert "mar 03/11 18:00 (+01:00) mié 04/11 09:00 (+01:00) backup-primary" in ana.open("/desk/shifts").text


def test_a_swap_is_offered_for_a_colleagues_shift(visit):
    borja = first_ask(visit(BORJA)).press("Proponer el cambio")
    assert "a cambio de" in borja.text
    assert any(button.startswith("Retirar") for button in borja.buttons)


def test_a_time_that_is_not_ones_own_is_refused_with_the_reason(visit):
    borja = first_ask(visit(BORJA)).press("Pedir relevo", **{"from": "2026-11-03T18:00", "to": "2026-11-10T09:00"})
    assert "a esas horas la guardia no es de esa persona" in borja.text


@pytest.mark.parametrize("to", ["x", "", "9999-12-31T23:59", "0001-01-01T00:00"])
def test_what_is_no_time_is_a_bad_request(visit, to):
    borja = first_ask(visit(BORJA)).press("Pedir relevo", **{"from": "2026-11-03T18:00", "to": to})
    assert borja.status == 400


def test_without_a_telephone_nothing_can_be_taken_and_the_page_says_why(visit, runtime):
    asked(runtime)
    with runtime.work() as work:
        for channel in ("sms", "voice"):
            take_out(work, channel, "+34600000001", "method_disabled")
    ana = visit(ANA).open("/desk/swaps")
    assert "No tiene ningún teléfono verificado que funcione" in ana.text
    assert not any(button.startswith("Lo hago yo") for button in ana.buttons)


def test_somebody_elses_request_and_one_that_is_not_there_do_not_exist(visit, runtime):
    request = asked(runtime, of="carol")
    ana = visit(ANA).open("/desk/swaps")
    token = first_ask(visit(BORJA)).page.forms[0].fields["csrf_token"]
    assert token
    ana.open("/desk/methods")
    fields = {"csrf_token": ana.page.forms[0].fields["csrf_token"]}
    for path in (f"/desk/swaps/{request}/acceptance", f"/desk/swaps/{request}/withdrawal", "/desk/swaps/no/refusal"):
        assert ana.post(path, fields).status == 404


def test_a_manager_gives_a_shift_after_a_warning(visit):
    clara = visit(CLARA).open(f"/console/swaps?schedule={PRIMARY}")
    clara.follow("Buscar a alguien lun 02/11 09:00 (+01:00)")
    give = {"taker": "carol", "from": "2026-11-03T18:00", "to": "2026-11-04T09:00"}
    clara.press("Dar el turno", **give)
    assert "También de guardia en backup-secondary" in clara.text
    clara.press("Dar el turno", **give)
    assert "Carol Smith tiene la guardia: se lo estamos diciendo a los dos." in clara.text
    assert "lo arregló Clara Vidal" in clara.text


def test_a_manager_asks_everybody_for_a_colleague_and_withdraws_it(visit):
    clara = visit(CLARA).open(f"/console/swaps?schedule={PRIMARY}")
    clara.follow("Buscar a alguien lun 02/11 09:00 (+01:00)").press("Pedir a todos")
    assert "Borja Ruiz: backup-primary" in clara.text
    clara.press(next(button for button in clara.buttons if button.startswith("Retirar")))
    assert "Nadie pide nada." in clara.text


def test_engineers_do_not_arrange_for_others_and_a_user_who_is_nobody_asks_for_nothing(visit):
    assert visit(ANA).open("/console/swaps").status == 403
    assert visit(ADMIN).open("/desk/swaps").status == 403
    assert visit(ADMIN).open("/desk/shifts").status == 200

"""What an engineer can say with a text message, or with the link in one."""

from __future__ import annotations

import requests

from tests.acceptance.words import code, is_paged, link, number
from tests.support.stack import Stack
from tests.support.telephones import Telephones


def test_the_code_with_an_a_is_a_yes(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    page = phones["Ana"].expect_sms("Hotel Sol")
    ringing = phones["Ana"].rings()
    phones["Ana"].reply(f"{code(page)}A")
    phones["Ana"].expect_sms("aceptado", "Marta Ruiz +34611000001")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    ringing.ends("canceled")
    assert stack.ticket(reference)["acknowledged_via"] == "sms"
    assert stack.attempts(reference, "ana", purpose="page", channel="sms")[0]["state"] == "confirmed"


def test_vale_is_a_yes_while_one_page_is_open(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    phones["Ana"].reply("Vale, voy 👍")
    phones["Ana"].expect_sms("aceptado")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    assert stack.ticket(reference)["acknowledged_by"]["id"] == "ana"


def test_vale_with_two_open_pages_asks_which_and_the_code_says_it(stack: Stack, phones: Telephones) -> None:
    first, second = stack.activate("mail-restore"), stack.activate("phone-restore")
    pages = {}
    for reference in (first, second):
        phones["Marta"].expect_sms("recibida", number(reference))
        pages[reference] = phones["Ana"].expect_sms("Hotel Sol", number(reference))
        phones["Ana"].rings()
    phones["Ana"].reply("vale")
    phones["Ana"].expect_sms("2 avisos", number(first), number(second))
    assert stack.ticket(first)["acknowledged_by"] is None
    phones["Ana"].reply(f"{code(pages[first])} a")
    phones["Ana"].expect_sms("aceptado", number(first))
    phones["Marta"].expect_sms("Ana Garcia se ocupa", number(first))
    assert stack.ticket(second)["acknowledged_by"] is None


def test_paso_pages_the_next_engineer_and_stops_the_ringing(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    ringing = phones["Ana"].rings()
    phones["Ana"].reply("Paso")
    phones["Ana"].expect_sms("escalado", "Borja Ruiz")
    is_paged(phones["Borja"], "Nivel 2")
    ringing.ends("canceled")
    assert stack.escalation(reference)["step"] == 2


def test_a_sentence_is_no_yes_and_is_answered(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    phones["Ana"].reply("Estoy de vacaciones, vuelvo el lunes")
    phones["Ana"].expect_sms("no hemos entendido")
    assert stack.ticket(reference)["acknowledged_by"] is None


def test_a_strangers_yes_is_met_with_silence(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    page = phones["Ana"].expect_sms("Hotel Sol")
    phones["Ana"].rings()
    stranger = phones["+34699999999"].set(strict=True)
    stranger.text(f"{code(page)}A", to="+34600900900")
    phones.wait_for("the text is taken", lambda event: event["type"] == "webhook" and event["kind"] == "sms")
    stranger.expect_silence()
    assert stack.ticket(reference)["acknowledged_by"] is None


def test_a_late_yes_by_text_hears_who_has_it(stack: Stack, phones: Telephones) -> None:
    stack.activate("files-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    page = is_paged(phones["Borja"])
    phones["Ana"].reply("ok")
    phones["Ana"].expect_sms("aceptado")
    phones["Borja"].expect_sms("ya lo tiene Ana Garcia")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    phones["Borja"].reply(f"{code(page)}A")
    phones["Borja"].expect_sms("ya lo tiene Ana Garcia")


def test_looking_at_the_link_changes_nothing(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    page = is_paged(phones["Ana"])
    for _ in range(3):
        shown = requests.get(link(page), timeout=10)
        assert (shown.status_code, number(reference) in shown.text) == (200, True)
        assert requests.head(link(page), timeout=10).ok
    assert stack.ticket(reference)["acknowledged_by"] is None
    phones["Ana"].expect_silence()


def test_the_links_button_asks_for_the_two_digits_of_the_message(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    page = is_paged(phones["Ana"])
    other = f"{(int(code(page)) + 1) % 100:02d}"
    for wrong in ("", other):
        answer = requests.post(link(page), data={"code": wrong, "action": "acknowledge"}, timeout=10)
        assert answer.status_code == 403
    assert stack.ticket(reference)["acknowledged_by"] is None
    answer = requests.post(link(page), data={"code": code(page), "action": "acknowledge"}, timeout=10)
    assert answer.status_code == 200
    phones["Ana"].expect_sms("aceptado")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    assert stack.ticket(reference)["acknowledged_via"] == "link"


def test_a_link_that_was_tried_five_times_wrongly_is_closed_but_the_telephone_is_not(
    stack: Stack, phones: Telephones
) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    page = phones["Ana"].expect_sms("Hotel Sol")
    call = phones["Ana"].answer_call()
    other = f"{(int(code(page)) + 1) % 100:02d}"
    for _ in range(5):
        requests.post(link(page), data={"code": other, "action": "acknowledge"}, timeout=10)
    right = requests.post(link(page), data={"code": code(page), "action": "acknowledge"}, timeout=10)
    assert right.status_code == 403
    assert stack.ticket(reference)["acknowledged_by"] is None
    call.press("4").hears("El ticket es suyo").hang_up()
    phones["Ana"].expect_sms("aceptado")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")

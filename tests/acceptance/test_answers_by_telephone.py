"""What an engineer can say with the keys of a telephone."""

from __future__ import annotations

from tests.acceptance.words import code, is_paged, number
from tests.support.stack import Stack, in_parallel
from tests.support.telephones import Telephones


def test_pressing_5_twice_pages_the_next_engineer_at_once(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    call = phones["Ana"].answer_call().press("5").hears("¿Seguro que no puede atenderlo?")
    assert stack.paged(reference) == ["ana"]
    call.press("5").hears("Escalado a Borja Ruiz").ends("completed")
    is_paged(phones["Borja"], "Hotel Sol")
    assert "page.declined" in stack.kinds(reference)
    assert stack.ticket(reference)["acknowledged_by"] is None


def test_a_second_thought_after_5_is_a_yes(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    phones["Ana"].answer_call().press("5").hears("¿Seguro que no puede").press("4").hears("El ticket es suyo").hang_up()
    phones["Ana"].expect_sms("Llame ya al cliente")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    assert stack.ticket(reference)["acknowledged_by"]["id"] == "ana"


def test_wrong_keys_are_no_yes(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    call = phones["Ana"].answer_call().press("1").hears("Tecla no valida").press("2").hears("Tecla no valida")
    call.press("3").hears("No hemos recibido respuesta").ends("completed")
    stack.wait_until(lambda: stack.attempts(reference, "ana", channel="voice")[0]["state"] == "no_input", "it is noted")
    assert stack.ticket(reference)["acknowledged_by"] is None
    assert stack.escalation(reference)["state"] == "running"


def test_key_6_closes_nothing_and_key_7_waits_for_the_yes(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    call = phones["Ana"].answer_call().press("6").hears("no esta disponible")
    call.press("7").hears("primero acepte el aviso").hang_up()
    assert stack.ticket(reference)["state"] == "new"
    phones["Marta"].expect_silence()


def test_hanging_up_is_no_yes(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("erp-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    phones["Ana"].answer_call().hears("pulse 4").hang_up().ends("completed")
    is_paged(phones["Borja"], "Nivel 2")
    assert stack.ticket(reference)["acknowledged_by"] is None


def test_the_second_engineers_late_4_hears_who_has_it(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("files-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    phones["Borja"].expect_sms("Hotel Sol")
    late = phones["Borja"].answer_call().hears("pulse 4")
    phones["Ana"].answer_call().press("4").hears("El ticket es suyo").hang_up()
    phones["Ana"].expect_sms("Llame ya al cliente")
    phones["Borja"].expect_sms("ya lo tiene Ana Garcia")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    late.press("4").hears("ya lo ha aceptado Ana Garcia").ends("completed")
    assert stack.ticket(reference)["acknowledged_by"]["id"] == "ana"
    assert "page.acknowledged_late" in stack.kinds(reference)


def test_both_press_4_at_once_and_one_of_them_has_it(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("files-restore")
    phones["Marta"].expect_sms("recibida")
    calls = {}
    for name in ("Ana", "Borja"):
        phones[name].expect_sms("Hotel Sol")
        calls[name] = phones[name].answer_call().hears("pulse 4")
    in_parallel(*(lambda call=call: call.press("4") for call in calls.values()))
    stack.wait_for_state(reference, "acknowledged")
    has_it = {"ana": "Ana", "borja": "Borja"}[stack.ticket(reference)["acknowledged_by"]["id"]]
    other = {"Ana": "Borja", "Borja": "Ana"}[has_it]
    calls[has_it].hears("El ticket es suyo").hang_up()
    calls[other].hears("ya lo ha aceptado", has_it).ends("completed")
    phones[has_it].expect_sms("Llame ya al cliente")
    phones[other].expect_sms("ya lo tiene", has_it)
    phones["Marta"].expect_sms("se ocupa", has_it)
    assert stack.kinds(reference).count("page.acknowledged") == 1
    assert stack.kinds(reference).count("page.acknowledged_late") == 1


def test_a_telephone_that_still_rings_stops_when_somebody_else_has_it(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("files-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    phones["Borja"].expect_sms("Hotel Sol")
    ringing = phones["Borja"].rings()
    phones["Ana"].answer_call().press("4").hears("El ticket es suyo").hang_up()
    ringing.ends("canceled")
    phones["Ana"].expect_sms("Llame ya al cliente")
    phones["Borja"].expect_sms("ya lo tiene Ana Garcia")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    stack.wait_until(
        lambda: stack.attempts(reference, "borja", channel="voice")[0]["state"] == "cancelled", "it is noted"
    )


def test_nobody_answers_and_the_last_resort_is_called_until_somebody_does(stack: Stack, phones: Telephones) -> None:
    for name in ("Ana", "Borja"):
        phones[name].set(strict=False, call="busy")
    reference = stack.activate("quick-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Clara"].set(call="busy")
    phones["Marta"].expect_sms("todavia no ha respondido nadie")
    for _ in range(2):
        phones["Clara"].set(call="ignore", ring_seconds=0.2)
        phones["Clara"].rings().ends("no-answer")
    phones["Clara"].answer_call().hears("Nadie ha contestado todavia").press("4").hears("El ticket es suyo").hang_up()
    phones["Marta"].expect_sms("Clara Vidal se ocupa")
    assert stack.ticket(reference)["acknowledged_by"]["id"] == "clara"
    phones["Clara"].expect_silence(1.5)


def test_a_caller_finds_no_closed_line_but_can_accept_nothing(stack: Stack, phones: Telephones) -> None:
    """S-1.1"""
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"], number(reference))
    phones["Ana"].call().hears("no se puede aceptar").ends("completed")
    phones["Luis"].call().hears("entre en el portal").ends("completed")
    assert stack.ticket(reference)["acknowledged_by"] is None


def test_a_customer_activates_by_telephone_and_the_engineer_who_missed_the_call_calls_back(
    stack: Stack, phones: Telephones
) -> None:
    """S-1.2, S-2.1"""
    for email in ("marta@hotelsol.example", "ana@itsafer.example"):
        stack.give_pin(email, "481590")
    phones["Ana"].set(call="ignore", ring_seconds=0.2)
    customer = phones["Marta"].call().press("481590#").hears("Restauracion del correo, pulse 2").press("2").press("1")
    customer.hears("Va a activar Restauracion del correo, de Hotel Sol").press("1")
    customer.hears("Activacion registrada").ends("completed")
    phones["Marta"].expect_sms("recibida")
    page = phones["Ana"].expect_sms("Hotel Sol")
    phones["Ana"].rings().ends("no-answer")
    engineer = phones["Ana"].call().press("481590#").hears("Hotel Sol").press(f"{code(page)}#")
    engineer.hears("Para aceptar, pulse 4").press("4").hears("El ticket es suyo").hang_up()
    phones["Ana"].expect_sms("Llame ya al cliente: Marta Ruiz +34611000001")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")

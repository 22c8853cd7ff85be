"""The promise ends in contact, not in a yes."""

from __future__ import annotations

from tests.acceptance.words import code, is_paged, number
from tests.support.stack import Stack
from tests.support.telephones import Conversation, Telephones


def test_an_owner_who_does_not_call_is_paged_again_and_the_next_engineer_too(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("phone-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    phones["Ana"].reply("voy")
    phones["Ana"].expect_sms("aceptado")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    again = is_paged(phones["Ana"], "sin contacto con el cliente")
    is_paged(phones["Borja"], "Hotel Sol")
    phones["Ana"].reply(f"{code(again)}C")
    phones["Ana"].expect_sms("contacto con el cliente anotado")
    phones["Borja"].expect_sms("ya lo tiene Ana Garcia")
    ticket = stack.ticket(reference)
    assert (ticket["contact_state"], ticket["acknowledged_by"]["id"]) == ("reached", "ana")
    assert stack.escalation(reference)["state"] == "contacted"
    assert "contact.overdue" in stack.kinds(reference)


def test_the_customers_voicemail_is_no_contact(stack: Stack, phones: Telephones) -> None:
    phones["Marta"].set(call="voicemail")
    reference, engineer = _accepted(stack, phones)
    engineer.press("7").hears("Llamando a Marta Ruiz")
    phones["Marta"].rings()
    engineer.hears("No ha contestado", "Llamando ahora a Luis Perez")
    assert stack.ticket(reference)["contact_state"] == "pending"
    phones["Luis"].answer_call().press("1").is_bridged().hang_up()
    engineer.hears("Contacto con el cliente registrado").ends("completed")
    assert stack.ticket(reference)["contact_state"] == "reached"


def test_an_engineer_who_hangs_up_while_the_customer_rings_has_not_reached_them(
    stack: Stack, phones: Telephones
) -> None:
    reference, engineer = _accepted(stack, phones)
    engineer.press("7")
    ringing = phones["Marta"].rings()
    engineer.hang_up()
    ringing.ends("canceled")
    assert stack.ticket(reference)["contact_state"] == "pending"
    assert "contact.made" not in stack.kinds(reference)


def test_a_customer_whom_nobody_called_is_believed(stack: Stack, phones: Telephones) -> None:
    reference, engineer = _accepted(stack, phones)
    engineer.hang_up()
    stack.say(reference, "contact", "Ana", outcome="reached", channel="voice")
    assert stack.ticket(reference)["contact_state"] == "reached"
    said = stack.say(reference, "contact", "Marta", reached=False)
    assert said["contact_state"] == "disputed"
    is_paged(phones["Ana"], "sin contacto con el cliente")
    is_paged(phones["Borja"], number(reference))
    assert stack.escalation(reference)["state"] == "running"
    assert stack.ticket(reference)["acknowledged_by"]["id"] == "ana"


def test_a_customer_who_was_called_may_say_so(stack: Stack, phones: Telephones) -> None:
    reference, engineer = _accepted(stack, phones)
    engineer.hang_up()
    assert stack.say(reference, "contact", "Marta", reached=True)["contact_state"] == "reached"
    assert stack.escalation(reference)["state"] == "contacted"


def test_an_owner_who_gives_it_back_leaves_it_to_the_next_engineer(stack: Stack, phones: Telephones) -> None:
    reference, engineer = _accepted(stack, phones)
    engineer.press("5").hears("¿Seguro que no puede seguir con él?").press("5").hears("Escalado a Borja Ruiz")
    is_paged(phones["Borja"], number(reference))
    ticket = stack.ticket(reference)
    assert (ticket["owner"], ticket["acknowledged_by"]["id"]) == (None, "ana")


def _accepted(stack: Stack, phones: Telephones) -> tuple[str, Conversation]:
    """Ana has pressed 4 and is still on the telephone."""
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    call = phones["Ana"].answer_call().press("4").hears("El ticket es suyo")
    phones["Ana"].expect_sms("Llame ya al cliente")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    return reference, call

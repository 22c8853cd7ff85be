"""Requests that are repeated, withdrawn, exercised, made out of hours, or made in English."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from alerting.escalation.models import EscalationRow
from alerting.tickets.models import TicketRow
from tests.acceptance.words import code, is_paged, number
from tests.support.stack import Stack
from tests.support.telephones import Telephones


def test_a_withdrawn_request_stops_the_ringing_and_tells_everybody_who_was_paged(
    stack: Stack, phones: Telephones
) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    ringing = phones["Ana"].rings()
    stack.say(reference, "stand-down", "Marta", reason="Ya funciona")
    ringing.ends("canceled")
    phones["Ana"].expect_sms("anulado por el cliente", number(reference))
    ticket = stack.ticket(reference)
    assert (ticket["state"], ticket["close_code"]) == ("closed", "withdrawn")
    phones["Ana"].expect_silence()
    phones["Borja"].expect_silence()


def test_a_yes_to_a_withdrawn_request_hears_that_it_is_over(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    call = phones["Ana"].answer_call().hears("pulse 4")
    stack.say(reference, "stand-down", "Marta")
    phones["Ana"].expect_sms("anulado por el cliente")
    call.press("4").hears("se ha anulado").ends("completed")
    assert stack.ticket(reference)["acknowledged_by"] is None


def test_the_second_click_joins_and_wakes_nobody_again(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    answer = stack.request_activation("mail-restore")
    assert answer.status_code == 200
    assert (answer.json()["reference"], answer.json()["joined"], answer.json()["repaged"]) == (reference, True, False)
    phones["Ana"].expect_silence(0.5)


def test_a_second_click_after_the_yes_gives_the_owner_one_notice(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    phones["Ana"].reply("voy")
    phones["Ana"].expect_sms("aceptado")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    assert stack.request_activation("mail-restore").json()["reference"] == reference
    phones["Ana"].expect_sms("se une al aviso que usted lleva", number(reference))


def test_every_word_of_a_drill_begins_with_simulacro(stack: Stack, phones: Telephones) -> None:
    """S-F.2"""
    reference = stack.activate("mail-restore", by="Clara", mode="drill", customer="hotel-sol")
    assert phones["Marta"].expect_sms("recibida").body.startswith("SIMULACRO ")
    page = phones["Ana"].expect_sms("Hotel Sol")
    assert page.body.startswith("SIMULACRO ")
    call = phones["Ana"].answer_call().hears("SIMULACRO. Aviso urgente").press("4").hears("SIMULACRO. Aceptado")
    call.hang_up()
    assert phones["Ana"].expect_sms("Llame ya").body.startswith("SIMULACRO ")
    assert phones["Marta"].expect_sms("se ocupa").body.startswith("SIMULACRO ")
    assert stack.ticket(reference)["mode"] == "drill"


def test_a_real_request_ends_the_drill_of_the_same_plan(stack: Stack, phones: Telephones) -> None:
    drill = stack.activate("mail-restore", by="Clara", mode="drill", customer="hotel-sol")
    phones["Marta"].expect_sms("SIMULACRO", "recibida")
    is_paged(phones["Ana"], "SIMULACRO")
    real = stack.activate("mail-restore")
    phones["Ana"].expect_sms("SIMULACRO", "anulado", number(drill))
    phones["Marta"].expect_sms("recibida", number(real))
    page = is_paged(phones["Ana"], number(real))
    assert not page.body.startswith("SIMULACRO")
    assert stack.ticket(drill)["close_code"] == "withdrawn"


def test_a_request_out_of_hours_waits_for_the_morning_and_says_so(stack: Stack, phones: Telephones) -> None:
    """S-2.6"""
    answer = stack.request_activation("core-restore", by="Jon")
    assert answer.status_code == 201
    queued = answer.json()
    assert (queued["state"], queued["emergency_phone"]) == ("new", "+34910000000")
    assert datetime.fromisoformat(queued["queued_until"]) > datetime.now(UTC)
    phones["Jon"].expect_sms("recorded outside service hours", "+34910000000")
    assert stack.escalation(queued["reference"])["state"] == "scheduled"
    phones["Carol"].expect_silence(0.5)

    _it_is_morning(stack, queued["reference"])
    is_paged(phones["Carol"], "Banco Norte")
    assert stack.escalation(queued["reference"])["state"] == "running"


def test_an_english_customer_and_an_english_engineer_hear_english(stack: Stack, phones: Telephones) -> None:
    """S-F.3"""
    reference = stack.activate("cloud-restore", by="Jon")
    phones["Jon"].expect_sms("contingency activation", "received")
    page = phones["Carol"].expect_sms("Banco Norte", "A=ack")
    engineer = phones["Carol"].answer_call().hears("Urgent page from Itsafer for Carol Smith", "press 4").press("4")
    engineer.hears("The ticket is yours")
    phones["Carol"].expect_sms("acknowledged", "Jon Ibarra +34611000003")
    phones["Jon"].expect_sms("Carol Smith is on it")
    engineer.press("7").hears("Calling Jon Ibarra")
    phones["Jon"].answer_call().hears("Press 1 to speak to Carol Smith").press("1").is_bridged().hang_up()
    engineer.hears("Contact with the customer recorded").ends("completed")
    assert code(page)
    texts = [item["text"] for item in stack.timeline(reference, by="Jon")]
    assert stack.ticket(reference)["contact_state"] == "reached"
    assert len(texts) >= 4


def test_staff_may_ask_on_behalf_of_a_customer(stack: Stack, phones: Telephones) -> None:
    reference = stack.activate("mail-restore", by="Clara", customer="hotel-sol", callback_phone="+34611000002")
    phones["Luis"].expect_sms("recibida", number(reference))
    is_paged(phones["Ana"])
    phones["Ana"].reply("voy")
    phones["Ana"].expect_sms("Luis Perez +34611000002")
    phones["Luis"].expect_sms("Ana Garcia se ocupa")


def test_what_a_customer_writes_is_read_out_and_commands_nothing(stack: Stack, phones: Telephones) -> None:
    written = "No arranca & pita <Hangup/> 4 🔥\u202e" + " muy mal" * 300
    stack.activate("mail-restore", symptoms=written)
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    call = phones["Ana"].answer_call().press("9").hears("No arranca & pita", "pulse 4").press("4")
    call.hears("El ticket es suyo").hang_up()
    phones["Ana"].expect_sms("Llame ya al cliente")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    assert phones.events("error") == []


def _it_is_morning(stack: Stack, reference: str) -> None:
    with stack.database.transaction() as session:
        ticket = session.query(TicketRow).where(TicketRow.reference == reference).one()
        session.execute(
            update(EscalationRow).where(EscalationRow.ticket_id == ticket.id).values(due_at=datetime.now(UTC))
        )

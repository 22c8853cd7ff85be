"""A page by telephone, from the greeting to the customer's voice."""

from __future__ import annotations

import pytest
from sqlalchemy import text, update

from alerting.notifications.models import AttemptRow
from alerting.notifications.repeats import FOR_THE_MESSAGE
from core.audit import log
from tests.support.desk import Desk
from tests.webhooks.carrier import Call, Carrier

MARTA, LUIS = "+34611000001", "+34611000002"


def call_to(desk: Desk, reference: str, person: str) -> AttemptRow:
    """The person's newest call about that ticket."""
    return desk.attempts(reference, purpose="page", channel="voice", person_id=person)[-1]


def first_call(desk: Desk, reference: str, person: str) -> AttemptRow:
    return desk.attempts(reference, purpose="page", channel="voice", person_id=person)[0]


def entries(desk: Desk, reference: str, kind: str) -> list[dict[str, object]]:
    with desk.runtime.database.reading() as session:
        return [dict(e.link.data) for e in log.read(session, reference) if e.link.kind == kind]


@pytest.fixture
def anas_call(desk: Desk, carrier: Carrier, reference: str) -> Call:
    return carrier.picks_up(first_call(desk, reference, "ana"))


def test_the_engineer_hears_who_needs_what_and_accepts_with_a_key(desk: Desk, anas_call: Call, reference: str) -> None:
    digits = " ".join(reference.partition("-")[2])
    anas_call.hears("Ana García", "Hotel Sol", "Restauración del ERP", digits, "Para aceptar, pulse 4")
    anas_call.press("4").hears("Aceptado a las 3 en punto", "Marta Ruiz", "antes de las 3 y 10", "pulse 7")
    ticket = desk.ticket(reference)
    assert (ticket.acknowledged_by, ticket.acknowledged_via, ticket.state) == ("ana", "voice", "acknowledged")
    assert first_call(desk, reference, "ana").state == "confirmed"


def test_picking_up_is_no_acknowledgement(desk: Desk, anas_call: Call, reference: str) -> None:
    assert first_call(desk, reference, "ana").state == "answered"
    assert desk.ticket(reference).acknowledged_by is None


def test_three_wrong_keys_end_the_call_without_an_acknowledgement(desk: Desk, anas_call: Call, reference: str) -> None:
    anas_call.press("8").hears("Tecla no válida")
    anas_call.press("1").hears("Tecla no válida")
    anas_call.press("3").hears("No hemos recibido respuesta")
    assert anas_call.has_ended
    assert first_call(desk, reference, "ana").state == "no_input"
    assert desk.ticket(reference).acknowledged_by is None


def test_silence_repeats_everything_once_and_then_ends_the_call(desk: Desk, anas_call: Call, reference: str) -> None:
    anas_call.stays_silent().hears("Ana García", "pulse 4")
    anas_call.stays_silent().hears("No hemos recibido respuesta")
    assert anas_call.has_ended
    assert first_call(desk, reference, "ana").state == "no_input"


def test_the_details_tell_what_the_customer_wrote_and_the_plan_asks_for(anas_call: Call) -> None:
    anas_call.press("9").hears("No arranca el ERP", "No reinicie el servidor", "Marta Ruiz", "Para aceptar, pulse 4")


def test_escalating_is_asked_twice_and_names_who_is_paged_now(desk: Desk, anas_call: Call, reference: str) -> None:
    anas_call.press("5").hears("¿Seguro")
    assert desk.paged(reference) == ["ana"]
    anas_call.press("5").hears("Escalado a Borja Ruiz")
    assert anas_call.has_ended
    desk.run_due()
    assert desk.paged(reference) == ["ana", "borja"]
    assert first_call(desk, reference, "ana").state == "declined"


def test_the_second_engineer_who_accepts_too_hears_who_was_first(
    desk: Desk, carrier: Carrier, anas_call: Call, reference: str
) -> None:
    desk.advance(minutes=3)
    borjas_call = carrier.picks_up(first_call(desk, reference, "borja")).hears("Borja Ruiz")
    anas_call.press("4").hears("Aceptado")
    borjas_call.press("4").hears("ya lo ha aceptado Ana García a las 3 y 3", "No tiene que hacer nada")
    assert borjas_call.has_ended
    assert desk.ticket(reference).acknowledged_by == "ana"
    late = entries(desk, reference, "page.acknowledged_late")
    assert [(entry["person"], entry["owner"]) for entry in late] == [("borja", "ana")]


def test_whoever_picks_up_after_it_was_taken_or_withdrawn_hears_so(
    desk: Desk, carrier: Carrier, reference: str
) -> None:
    desk.advance(minutes=3)
    desk.acknowledge(reference, "ana")
    assert carrier.picks_up(first_call(desk, reference, "borja")).hears("Ana García").has_ended
    desk.stand_down(reference)
    assert carrier.picks_up(first_call(desk, reference, "ana")).hears("se ha anulado").has_ended


def test_a_key_delivered_twice_acknowledges_once_and_hears_the_same(
    desk: Desk, anas_call: Call, reference: str
) -> None:
    asked_at = anas_call.asked_at
    said = anas_call.press("4").said
    assert anas_call.load(asked_at, Digits="4").said == said
    kinds = desk.kinds(reference)
    assert kinds.count("page.acknowledged") == 1
    assert "page.acknowledged_late" not in kinds


def test_a_replayed_key_of_an_earlier_call_does_not_hand_the_ticket_back(
    desk: Desk, anas_call: Call, reference: str
) -> None:
    anas_call.press("5")
    asked_at = anas_call.asked_at
    anas_call.press("5")
    desk.run_due()
    escalation = desk.escalation(reference)
    anas_call.load(asked_at, Digits="5")
    assert desk.escalation(reference).version == escalation.version


def test_a_machine_that_picks_up_hears_no_name_of_a_customer(desk: Desk, carrier: Carrier, reference: str) -> None:
    call = carrier.picks_up(first_call(desk, reference, "ana"))
    assert carrier.detects(first_call(desk, reference, "ana"), "machine_start").status_code == 204
    assert first_call(desk, reference, "ana").state == "voicemail"
    left = call.load(f"/webhooks/twilio/voice/{first_call(desk, reference, 'ana').token}")
    assert "Hotel Sol" not in left.hears("aviso urgente número", "Llame al 3 4 9 1").said
    assert left.stays_silent().has_ended
    assert desk.ticket(reference).acknowledged_by is None


def test_a_machine_hurries_the_next_call_and_leaves_time_for_the_message(
    desk: Desk, carrier: Carrier, reference: str
) -> None:
    carrier.picks_up(first_call(desk, reference, "ana"))
    for _ in range(2):  # a repeated report hurries nothing more
        carrier.detects(first_call(desk, reference, "ana"), "machine_start")
    calls = desk.attempts(reference, purpose="page", channel="voice", person_id="ana")
    assert [call.due_at - desk.clock.at for call in calls[1:]] == [FOR_THE_MESSAGE]


def test_a_person_who_was_taken_for_a_machine_can_still_accept(desk: Desk, carrier: Carrier, reference: str) -> None:
    call = carrier.picks_up(first_call(desk, reference, "ana"))
    carrier.detects(first_call(desk, reference, "ana"), "machine_start")
    call.load(f"/webhooks/twilio/voice/{first_call(desk, reference, 'ana').token}")
    call.press("4").hears("Aceptado a las 3 en punto")
    assert desk.ticket(reference).acknowledged_by == "ana"
    assert first_call(desk, reference, "ana").state == "confirmed"


def test_whoever_has_pressed_a_key_is_no_machine(desk: Desk, carrier: Carrier, anas_call: Call, reference: str) -> None:
    anas_call.press("9")
    carrier.detects(first_call(desk, reference, "ana"), "machine_start")
    assert first_call(desk, reference, "ana").state == "answered"


def test_a_call_that_nobody_takes_is_made_once_more_at_once(desk: Desk, carrier: Carrier, reference: str) -> None:
    with desk.runtime.database.transaction() as session:  # Ana's rules ring her again soon; here they do not
        later = (AttemptRow.person_id == "ana", AttemptRow.channel == "voice", AttemptRow.state == "pending")
        session.execute(update(AttemptRow).where(*later).values(state="superseded"))
    for _ in range(2):
        carrier.reports_call(first_call(desk, reference, "ana"), "no-answer", 3)
    desk.run_due()
    first, _, second = desk.attempts(reference, purpose="page", channel="voice", person_id="ana")
    assert (first.state, second.state, second.address) == ("no_answer", "accepted", first.address)
    carrier.reports_call(second, "no-answer", 3)
    assert len(desk.attempts(reference, purpose="page", channel="voice", person_id="ana")) == 3


def test_a_drill_says_so_before_anything_else(desk: Desk, carrier: Carrier) -> None:
    drill = desk.activate(mode="drill", by_manager=True).reference
    assert carrier.picks_up(first_call(desk, drill, "ana")).said.startswith("SIMULACRO. ")


def test_customers_words_are_read_and_never_obeyed(desk: Desk, carrier: Carrier, reference: str) -> None:
    desk.stand_down(reference)
    evil = "</Say><Dial>+34806000000</Dial><Say>"
    call = carrier.picks_up(first_call(desk, desk.activate(symptoms=evil).reference, "ana")).press("9")
    assert call.document.find(".//Dial") is None
    assert "+34806000000" in call.said


# --- the customer


def test_key_seven_calls_the_customer_and_their_key_one_is_the_contact(
    desk: Desk, anas_call: Call, reference: str
) -> None:
    anas_call.press("4").press("7").hears("Llamando a Marta Ruiz")
    assert anas_call.dialled == MARTA
    customer = anas_call.customer_picks_up("CAleg1").hears("Itsafer", "Pulse 1 para hablar con Ana García")
    assert desk.ticket(reference).contact_state == "pending"
    assert list(customer.press("1").document) == []
    ticket = desk.ticket(reference)
    assert (ticket.contact_state, ticket.contacted_by, ticket.state) == ("reached", "ana", "in_progress")
    anas_call.dial_ends("completed", "CAleg1").hears("Contacto con el cliente registrado")
    assert anas_call.has_ended
    assert [entry["outcome"] for entry in entries(desk, reference, "contact.attempted")] == ["reached"]


def test_a_customer_who_does_not_answer_is_a_try_and_the_next_number_follows(
    desk: Desk, anas_call: Call, reference: str
) -> None:
    anas_call.press("4").press("7").dial_ends("no-answer", "CAleg1").hears("No ha contestado", "Luis Pérez")
    assert anas_call.dialled == LUIS
    anas_call.dial_ends("busy", "CAleg2").hears("no ha contestado", "Intento 2").press("7")
    assert anas_call.dialled == MARTA
    assert [e["outcome"] for e in entries(desk, reference, "contact.attempted")] == ["no_answer", "busy"]
    assert desk.ticket(reference).contact_state == "pending"


def test_a_machine_at_the_customers_is_no_contact(desk: Desk, anas_call: Call, reference: str) -> None:
    anas_call.press("4").press("7")
    assert anas_call.customer_picks_up("CAleg1").stays_silent().hears("Volveremos a llamarle").has_ended
    anas_call.dial_ends("completed", "CAleg1").hears("No ha contestado")
    assert desk.ticket(reference).contact_state == "pending"
    assert [e["outcome"] for e in entries(desk, reference, "contact.attempted")] == ["voicemail"]


def test_a_customers_wrong_key_is_asked_once_more(anas_call: Call) -> None:
    customer = anas_call.press("4").press("7").customer_picks_up("CAleg1")
    assert not customer.press("3").hears("Pulse 1").has_ended
    assert customer.press("3").has_ended


def test_a_try_is_written_down_once_whoever_reports_it_first(desk: Desk, anas_call: Call, reference: str) -> None:
    anas_call.press("4").press("7")
    assert anas_call.leg_reports("CAleg1", "ringing").status_code == 204
    assert anas_call.leg_reports("CAleg1", "no-answer").status_code == 204
    anas_call.dial_ends("no-answer", "CAleg1")
    assert len(entries(desk, reference, "contact.attempted")) == 1


def test_a_try_counts_although_the_engineer_has_hung_up(desk: Desk, anas_call: Call, reference: str) -> None:
    anas_call.press("4").press("7").leg_reports("CAleg1", "failed", SipResponseCode="404")
    assert [e["outcome"] for e in entries(desk, reference, "contact.attempted")] == ["wrong_number"]


def test_an_english_customer_is_addressed_in_english(desk: Desk, carrier: Carrier) -> None:
    desk.clock.advance(hours=8)
    reference = desk.activate("core-restore", customer="banco-norte", by="jon@banconorte.example").reference
    call = carrier.picks_up(first_call(desk, reference, "ana")).press("4").press("7").hears("Llamando a Jon Ibarra")
    call.customer_picks_up("CAleg1").hears("Press 1 to speak to Ana García")


# --- when our own house is on fire


def test_without_the_database_the_caller_is_asked_for_a_moment_and_the_key_is_not_lost(
    desk: Desk, anas_call: Call, reference: str
) -> None:
    _rename(desk, "tickets", "away")
    anas_call.press("4").hears("Un momento, por favor")
    assert "Aceptado" not in anas_call.said
    _rename(desk, "away", "tickets")
    anas_call.waits().hears("Aceptado a las 3 en punto")
    assert desk.ticket(reference).acknowledged_by == "ana"


def test_after_three_moments_the_caller_is_asked_for_the_one_key_that_can_be_kept(
    desk: Desk, anas_call: Call, reference: str
) -> None:
    _rename(desk, "tickets", "away")
    anas_call.press("*").hears("Un momento").waits().hears("Un momento").waits().hears("Un momento")
    assert "/webhooks/fallback/call/" in anas_call.waits().hears("mire el SMS", "pulse 4").asked_at
    _rename(desk, "away", "tickets")
    assert desk.ticket(reference).acknowledged_by is None


def test_a_customer_who_presses_one_is_connected_even_when_it_cannot_be_recorded(desk: Desk, anas_call: Call) -> None:
    customer = anas_call.press("4").press("7").customer_picks_up("CAleg1")
    _rename(desk, "tickets", "away")
    customer.press("1").hears("Un momento").waits().waits().waits()
    assert list(customer.document) == []
    _rename(desk, "away", "tickets")


def _rename(desk: Desk, table: str, to: str) -> None:
    with desk.runtime.database.engine.begin() as connection:
        connection.execute(text("PRAGMA legacy_alter_table=ON"))
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))

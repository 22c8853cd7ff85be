"""One call for two tickets: both with one key, or one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.notifications import turns
from alerting.notifications.models import AttemptRow
from tests.support.desk import Desk
from tests.webhooks.carrier import Call, Carrier

ANA = "+34600000001"


@pytest.fixture
def references(desk: Desk, reference: str) -> tuple[str, str]:
    """Ana's telephone could not be called for a while, and two tickets want her."""
    with desk.runtime.work() as work:
        for channel in ("sms", "voice"):
            turns.leave_alone(work, "twilio", channel, work.now + timedelta(seconds=100))
    second = desk.activate(None).reference
    desk.advance(seconds=100)
    return reference, second


@pytest.fixture
def call(desk: Desk, carrier: Carrier, references: tuple[str, str]) -> Call:
    rows = bundled(desk, references)
    (leading,) = {row.id: row for row in rows if row.bundle_id == row.id}.values()
    assert {row.ticket_id for row in rows} == {desk.ticket(reference).id for reference in references}
    return carrier.picks_up(leading)


def bundled(desk: Desk, references: tuple[str, str], channel: str = "voice") -> list[AttemptRow]:
    rows = [row for reference in references for row in desk.attempts(reference, channel=channel, person_id="ana")]
    return [row for row in rows if row.bundle_id]


def owners(desk: Desk, references: tuple[str, str]) -> list[str | None]:
    return [desk.ticket(reference).acknowledged_by for reference in references]


def test_key_4_accepts_all_of_them(desk: Desk, call: Call, references: tuple[str, str]) -> None:
    call.hears("Ana García", "Tiene 2 avisos: Hotel Sol.", "Para aceptarlos todos, pulse 4")
    call.press("4").hears("Aceptados: 2")
    assert call.has_ended
    assert owners(desk, references) == ["ana", "ana"]


def test_one_by_one_each_has_its_own_answer(desk: Desk, call: Call, references: tuple[str, str]) -> None:
    call.press("9").hears(" ".join(references[0].partition("-")[2]), "Para aceptar, pulse 4")
    call.press("4").hears("Aceptado", "Para el siguiente aviso, pulse almohadilla")
    assert owners(desk, references) == ["ana", None]
    call.press("#").hears("Siguiente aviso. Quedan 1.", " ".join(references[1].partition("-")[2]))
    call.press("5").press("5").hears("Escalado")
    assert call.has_ended
    assert owners(desk, references) == ["ana", None]


def test_after_an_answer_silence_goes_on_to_the_next_one(desk: Desk, call: Call, references: tuple[str, str]) -> None:
    call.press("9").press("4").stays_silent().hears("Siguiente aviso", "Para aceptar, pulse 4").press("4")
    assert owners(desk, references) == ["ana", "ana"]


def test_what_somebody_else_has_taken_is_not_asked_about(
    desk: Desk, carrier: Carrier, references: tuple[str, str]
) -> None:
    desk.acknowledge(references[0], "borja")
    (leading,) = [row for row in bundled(desk, references) if row.bundle_id == row.id]
    call = carrier.picks_up(leading).hears(" ".join(references[1].partition("-")[2]), "Para aceptar, pulse 4")
    call.press("4").hears("Aceptado")
    assert owners(desk, references) == ["borja", "ana"]


def test_all_of_them_are_handed_on_after_being_asked_twice(desk: Desk, call: Call, references: tuple[str, str]) -> None:
    call.press("5").hears("¿Seguro")
    assert "page.declined" not in desk.kinds(references[0])
    call.press("5").hears("Escalados: 2")
    assert all("page.declined" in desk.kinds(reference) for reference in references)


def test_silence_is_no_answer_to_any_of_them(desk: Desk, call: Call, references: tuple[str, str]) -> None:
    call.stays_silent().hears("Tiene 2 avisos")
    call.stays_silent().hears("No hemos recibido respuesta")
    assert call.has_ended
    assert owners(desk, references) == [None, None]
    assert "no_input" in {row.state for row in bundled(desk, references)}


def test_a_key_that_is_delivered_twice_is_one_answer(desk: Desk, call: Call, references: tuple[str, str]) -> None:
    address = call.asked_at
    first = call.press("4").said
    assert call.load(address, Digits="4").said == first
    assert [desk.kinds(reference).count("page.acknowledged") for reference in references] == [1, 1]


def test_one_yes_by_sms_for_all_acknowledges_every_ticket(
    desk: Desk, carrier: Carrier, references: tuple[str, str]
) -> None:
    assert len({row.carrier_sid for row in bundled(desk, references, "sms")}) <= 1
    carrier.text(ANA, "AA")
    assert owners(desk, references) == ["ana", "ana"]


def test_what_is_reported_of_the_call_is_reported_of_each_ticket(
    desk: Desk, carrier: Carrier, references: tuple[str, str]
) -> None:
    (leading,) = [row for row in bundled(desk, references) if row.bundle_id == row.id]
    carrier.reports_call(leading, "no-answer", 3)
    assert {row.state for row in bundled(desk, references) if row.id == leading.id} == {"no_answer"}
    assert {row.state for row in bundled(desk, references) if row.bundle_id == leading.id} == {"no_answer"}

"""People who call us: engineers who missed a page, customers in trouble, and everybody else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from alerting.api.journalled import replay
from alerting.notifications.models import AttemptRow
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from core.accounts import pins
from core.accounts.service import find_user
from core.db import Database
from core.settings import Settings
from tests.support import databases
from tests.support.desk import Desk
from tests.webhooks.carrier import Call, Carrier
from webhooks.inbound.operator import MOST_FROM_ONE
from webhooks.models import ReceiptRow

ANA, BORJA, MARTA, LUIS, NOBODY = "+34600000001", "+34600000002", "+34611000001", "+34611000002", "+34699999999"
LINE = "+34910000001"
PIN = "481590"
Ring = Callable[[str], Call]


@pytest.fixture
def pin_of(runtime: Runtime) -> Callable[[str], None]:
    def give(email: str) -> None:
        with runtime.database.transaction() as session:
            user = find_user(session, email)
            assert user is not None
            pins.set_pin(session, runtime.settings.signing_key(), user, PIN, runtime.now(session))

    return give


@pytest.fixture
def ring(carrier: Carrier) -> Ring:
    """Somebody calls our number."""

    def call(number: str) -> Call:
        made = Call(carrier, LINE, carrier.sid("CA"), caller=number)
        return made.load("/webhooks/twilio/voice", CallStatus="ringing")

    return call


def tickets(desk: Desk) -> int:
    with desk.runtime.database.reading() as session:
        return session.execute(select(func.count()).select_from(TicketRow)).scalar_one()


def newest(desk: Desk) -> TicketRow:
    with desk.runtime.database.reading() as session:
        return session.execute(select(TicketRow).order_by(TicketRow.id.desc()).limit(1)).scalar_one()


def code_on(desk: Desk, reference: str) -> str:
    return str(desk.attempts(reference, purpose="page", channel="sms", person_id="ana")[0].reply_code)


# --- engineers


@pytest.fixture
def anas_call(ring: Ring, pin_of: Callable[[str], None]) -> Call:
    pin_of("ana@itsafer.example")
    return ring(ANA).hears("equipo de guardia", "Marque su PIN")


def test_an_engineer_who_calls_back_hears_their_pages_and_accepts_one(
    desk: Desk, anas_call: Call, reference: str
) -> None:
    digits = " ".join(reference.partition("-")[2])
    anas_call.press(PIN).hears("Tiene un aviso abierto", "Hotel Sol", digits)
    anas_call.press(code_on(desk, reference)).hears("Ana García", "Para aceptar, pulse 4")
    anas_call.press("4").hears("Aceptado a las 3 en punto", "pulse 7").press("7").hears("Llamando a Marta Ruiz")
    ticket = desk.ticket(reference)
    assert (ticket.acknowledged_by, ticket.acknowledged_via) == ("ana", "voice")
    evidence = desk.attempts(reference, purpose="call_in")
    assert [(a.state, a.carrier_sid, a.address) for a in evidence] == [("confirmed", anas_call.sid, ANA)]


def test_a_page_may_be_named_by_the_digits_of_its_ticket(desk: Desk, anas_call: Call, reference: str) -> None:
    anas_call.press(PIN).press(reference.partition("-")[2]).hears("Para aceptar, pulse 4")


def test_a_number_alone_accepts_nothing(desk: Desk, anas_call: Call, reference: str) -> None:
    anas_call.press("111222").hears("Ese PIN no es correcto")
    anas_call.press("111223").hears("Ese PIN no es correcto")
    assert anas_call.press("111224").hears("Responda al SMS o use el portal").has_ended
    assert desk.ticket(reference).acknowledged_by is None
    assert desk.attempts(reference, purpose="call_in") == []


def test_a_code_of_no_page_of_theirs_is_asked_again(desk: Desk, anas_call: Call, reference: str) -> None:
    wrong = "99" if code_on(desk, reference) != "99" else "98"
    anas_call.press(PIN).press(wrong).hears("Ningún aviso suyo", "Hotel Sol").press(wrong)
    assert anas_call.press(wrong).hears("Responda al SMS").has_ended


def test_an_engineer_without_open_pages_hears_so(desk: Desk, anas_call: Call, reference: str) -> None:
    desk.stand_down(reference)
    assert anas_call.press(PIN).hears("no tiene ningún aviso pendiente").has_ended


def test_an_engineer_without_a_pin_learns_how_to_answer(ring: Ring) -> None:
    assert ring(BORJA).hears("Todavía no tiene PIN", "Responda al SMS o use el portal").has_ended


def test_the_same_request_again_is_one_guess_and_one_attempt(desk: Desk, anas_call: Call, reference: str) -> None:
    asked_at = anas_call.asked_at
    said = anas_call.press(PIN).said
    assert anas_call.load(asked_at, Digits=PIN).said == said
    asked_at = anas_call.asked_at
    for _ in range(2):
        anas_call.load(asked_at, Digits=code_on(desk, reference)).hears("Para aceptar")
    assert len(desk.attempts(reference, purpose="call_in")) == 1


def test_many_wrong_pins_are_not_looked_at_any_more(ring: Ring, anas_call: Call) -> None:
    anas_call.press("111222").press("111223").press("111224")
    second = ring(ANA).press("111225").press("111226")
    assert second.press(PIN).hears("demasiados intentos").has_ended


def test_a_pin_stands_in_no_receipt_and_no_address(
    desk: Desk, anas_call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    _rename(desk, "users", "away")
    anas_call.press(PIN).hears("Un momento")
    assert PIN not in anas_call.redirect
    _rename(desk, "away", "users")
    anas_call.waits().hears("Marque su PIN").press(PIN).hears("Tiene un aviso")
    with desk.runtime.database.reading() as session:
        kept = session.execute(select(ReceiptRow.key, ReceiptRow.answer)).all()
    assert PIN not in str(kept) + caplog.text


# --- customers


@pytest.fixture
def martas_call(ring: Ring, pin_of: Callable[[str], None]) -> Call:
    pin_of("marta@hotelsol.example")
    return ring(MARTA).hears("Para activar un plan de contingencia, marque su PIN")


def test_a_customer_activates_by_telephone_and_hears_it_read_back_first(desk: Desk, martas_call: Call) -> None:
    before = tickets(desk)
    martas_call.press(PIN).hears("Restauración del ERP, pulse 1", "Restauración de ficheros, pulse 2")
    martas_call.press("2").hears("emergencia real, pulse 1", "simulacro, pulse 2")
    martas_call.press("1").hears("Va a activar Restauración de ficheros, de Hotel Sol", "emergencia real")
    assert tickets(desk) == before
    martas_call.press("1")
    ticket = newest(desk)
    assert martas_call.hears("Activación registrada", " ".join(ticket.reference.partition("-")[2])).has_ended
    assert (ticket.channel, ticket.plan_id, ticket.mode, ticket.callback_phone) == (
        "phone", "files-restore", "real", MARTA,
    )  # fmt: skip
    desk.run_due()
    assert desk.paged(ticket.reference) == ["ana"]


def test_a_second_request_joins_what_is_under_way(desk: Desk, martas_call: Call, reference: str) -> None:
    before = tickets(desk)
    martas_call.press(PIN).press("1").press("1").press("1").hears("ya está en marcha")
    assert tickets(desk) == before
    assert "ticket.joined" in desk.kinds(reference)


def test_a_confirmation_delivered_twice_is_one_activation(desk: Desk, martas_call: Call) -> None:
    martas_call.press(PIN).press("2").press("1")
    asked_at = martas_call.asked_at
    said = martas_call.press("1").said
    after = tickets(desk)
    assert martas_call.load(asked_at, Digits="1").said == said
    assert tickets(desk) == after
    assert "ticket.joined" not in desk.kinds(newest(desk).reference)


def test_a_drill_says_so_and_waits_for_the_office(desk: Desk, martas_call: Call) -> None:
    martas_call.press(PIN).press("2").press("2")
    assert martas_call.said.startswith("SIMULACRO. Va a ensayar")
    martas_call.press("1").hears("SIMULACRO. Solicitud registrada", "desde el martes a las 9 en punto")
    assert (newest(desk).mode, newest(desk).channel) == ("drill", "phone")


def test_key_2_at_the_end_activates_nothing(desk: Desk, martas_call: Call) -> None:
    before = tickets(desk)
    assert martas_call.press(PIN).press("2").press("1").press("2").hears("No se ha activado nada").has_ended
    assert tickets(desk) == before


def test_a_customer_who_has_no_pin_or_may_not_activate_is_told_how_to_reach_us(ring: Ring) -> None:
    assert ring(MARTA).hears("hace falta un PIN", "entre en el portal", "La oficina abre el martes a las 9").has_ended
    luis = ring(LUIS)
    assert luis.hears("entre en el portal").has_ended
    assert "PIN" not in luis.said


def test_without_the_database_a_confirmed_activation_is_kept_and_made_later(desk: Desk, martas_call: Call) -> None:
    before = tickets(desk)
    martas_call.press(PIN).press("2").press("1")
    _rename(desk, "tickets", "away")
    martas_call.press("1").hears("Un momento").waits().waits()
    assert martas_call.waits().hears("Su petición queda guardada", "3 4 9 1 0 0 0 0 0 0 0").has_ended
    _rename(desk, "away", "tickets")
    assert replay(desk.runtime) == 1
    assert tickets(desk) == before + 1
    assert (newest(desk).plan_id, newest(desk).channel, newest(desk).callback_phone) == (
        "files-restore", "phone", MARTA,
    )  # fmt: skip


# --- everybody else


def test_a_stranger_hears_when_the_office_opens_and_how_to_leave_a_ticket(carrier: Carrier, ring: Ring) -> None:
    call = ring(NOBODY).hears("Itsafer", "entre en el portal", "martes a las 9 en punto", "3 4 9 1 0 0 0 0 0 0 0")
    assert call.has_ended


def test_without_the_database_a_caller_still_hears_the_emergency_number(desk: Desk, ring: Ring) -> None:
    _rename(desk, "receipts", "away")
    assert ring(NOBODY).hears("entre en el portal").has_ended


class TestPutThrough:
    """Where callers are put through to the engineer on call."""

    @pytest.fixture
    def settings(self, database: Database, tmp_path: Path, network: str) -> Settings:
        more = {"twilio_api_url": network, "public_url": network, "callers_schedule": "backup-primary"}
        return databases.settings_for(database, tmp_path, **more)

    def test_a_stranger_is_put_through_to_whoever_is_on_call_and_takes_it(self, desk: Desk, ring: Ring) -> None:
        call = ring(NOBODY).hears("Le pasamos con la persona de guardia")
        assert call.dialled == ANA
        engineer = call.customer_picks_up("CAleg1").hears("número desconocido", "Pulse 1")
        assert list(engineer.press("1").document) == []
        assert call.dial_ends("completed", "CAleg1").has_ended
        assert call.said == ""
        assert self.evidence(desk) == [("ana", "confirmed")]

    def test_a_known_contact_is_announced_by_name(self, ring: Ring) -> None:
        ring(LUIS).customer_picks_up("CAleg1").hears("Llamada de Luis Pérez, de Hotel Sol")

    def test_when_nobody_takes_it_the_caller_hears_how_else_to_reach_us(self, desk: Desk, ring: Ring) -> None:
        call = ring(NOBODY)
        assert call.customer_picks_up("CAleg1").stays_silent().has_ended
        address = call.ended_at
        for _ in range(2):
            call.load(address, DialCallStatus="no-answer", DialCallSid="CAleg1")
            assert call.hears("No ha podido contestar nadie", "entre en el portal").has_ended
        assert self.evidence(desk) == [("ana", "no_answer")]

    def test_a_machine_that_keeps_calling_wakes_nobody_for_ever(self, ring: Ring) -> None:
        for _ in range(MOST_FROM_ONE):
            assert ring(NOBODY).dialled == ANA
        assert ring(NOBODY).hears("entre en el portal").has_ended

    def evidence(self, desk: Desk) -> list[tuple[str | None, str]]:
        with desk.runtime.database.reading() as session:
            rows = session.execute(select(AttemptRow).where(AttemptRow.purpose == "call_in")).scalars()
            return [(row.person_id, row.state) for row in rows]


def _rename(desk: Desk, table: str, to: str) -> None:
    with desk.runtime.database.engine.begin() as connection:
        connection.execute(text("PRAGMA legacy_alter_table=ON"))
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))

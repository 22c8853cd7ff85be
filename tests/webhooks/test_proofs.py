"""Calls and messages that prove something about a telephone: whose it is, and that its person can answer."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from alerting.methods import service as methods
from alerting.notifications import rendering, service
from alerting.notifications.models import AttemptRow
from alerting.notifications.spoken import UncoveredCall
from tests.support.desk import Desk
from tests.webhooks.carrier import Carrier

ANA = "+34600000001"
LANDLINE = "+34910000055"


def proof_sent(desk: Desk, method: str) -> AttemptRow:
    with desk.runtime.work() as work:
        sent = methods.test(work, work.config.oncall.people["ana"], method)
    desk.run_due()
    return attempt(desk, sent)


def attempt(desk: Desk, attempt_id: str) -> AttemptRow:
    with desk.runtime.database.reading() as session:
        return session.execute(select(AttemptRow).where(AttemptRow.id == attempt_id)).scalar_one()


@pytest.fixture
def code_call(desk: Desk) -> AttemptRow:
    """Ana has asked for a call with the code to her landline."""
    with desk.runtime.work() as work:
        ana = work.config.oncall.people["ana"]
        sent = methods.send_code(work, desk.runtime.settings.signing_key(), ana, "voice", LANDLINE)
    desk.run_due()
    return attempt(desk, sent)


def test_the_call_says_the_code_digit_by_digit_and_twice(desk: Desk, carrier: Carrier, code_call: AttemptRow) -> None:
    digits = " ".join(rendering.method_code(desk.runtime.settings.signing_key(), code_call.id))
    call = carrier.picks_up(code_call)
    assert call.said.count(digits) == 2
    assert call.has_ended


def test_no_machine_hears_the_code(carrier: Carrier, code_call: AttemptRow) -> None:
    call = carrier.picks_up(code_call, AnsweredBy="machine_start")
    assert call.said == ""
    assert call.has_ended


def test_key_4_confirms_a_test_call(desk: Desk, carrier: Carrier) -> None:
    test = proof_sent(desk, "voice")
    carrier.picks_up(test).hears("Llamada de prueba", "No es una incidencia").press("4").hears("Prueba confirmada")
    assert attempt(desk, test.id).state == "confirmed"


def test_a_machine_that_takes_a_test_call_hears_of_no_urgency(desk: Desk, carrier: Carrier) -> None:
    test = proof_sent(desk, "voice")
    carrier.picks_up(test, AnsweredBy="machine_start").hears("La prueba queda sin confirmar")
    assert attempt(desk, test.id).state == "voicemail"


def test_the_code_of_a_test_message_confirms_it_while_a_page_is_open(
    desk: Desk, carrier: Carrier, reference: str
) -> None:
    test = proof_sent(desk, "sms")
    assert "PRUEBA: confirmada" in (carrier.text(ANA, f"{test.reply_code}A") or "")
    assert attempt(desk, test.id).state == "confirmed"
    assert desk.ticket(reference).acknowledged_by is None


def test_the_code_of_an_earlier_test_message_confirms_that_one(desk: Desk, carrier: Carrier) -> None:
    first = proof_sent(desk, "sms")
    desk.clock.advance(minutes=2)
    second = proof_sent(desk, "sms")
    if first.reply_code != second.reply_code:
        carrier.text(ANA, f"{first.reply_code}a")
        assert attempt(desk, first.id).state == "confirmed"
        assert attempt(desk, second.id).state != "confirmed"


def test_whoever_answers_stop_is_told_by_mail_how_to_come_back(desk: Desk, carrier: Carrier) -> None:
    assert carrier.text(ANA, "STOP", OptOutType="STOP") is None
    desk.run_due()
    with desk.runtime.database.reading() as session:
        told = session.execute(select(AttemptRow).where(AttemptRow.template == "opted_out_sms")).scalar_one()
    assert (told.person_id, told.channel, told.address) == ("ana", "email", "ana@itsafer.example")
    assert "envie START desde ese telefono" in (told.message or "")


@pytest.mark.parametrize("answered_by", ["human", "machine_start"])
def test_a_call_about_a_gap_says_so_to_a_manager_and_to_their_voicemail(
    desk: Desk, carrier: Carrier, answered_by: str
) -> None:
    text = UncoveredCall(schedule="Backup", starts_at=desk.clock.at)
    with desk.runtime.work() as work:
        clara = work.config.oncall.people["clara"]
        way = service.way_to_tell(work, clara, ("voice",))
        assert way is not None
        sent = service.send(work, clara, way, text, "notice")
    desk.run_due()
    call = carrier.picks_up(attempt(desk, sent), AnsweredBy=answered_by).hears("Nadie está de guardia en Backup")
    assert call.has_ended

"""Answers by text message: codes, words, and everything that people and machines write instead."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from alerting.notifications.models import AttemptRow
from core.audit import log
from core.ids import short
from oncall import disabled
from tests.support.desk import JON, Desk
from tests.webhooks.carrier import Carrier

ANA, BORJA, CLARA = "+34600000001", "+34600000002", "+34600000009"


@pytest.fixture
def code(desk: Desk, reference: str) -> str:
    return code_of(desk, reference, "ana")


def code_of(desk: Desk, reference: str, person: str) -> str:
    """The two digits of the person's newest page."""
    return str(desk.attempts(reference, purpose="page", channel="sms", person_id=person)[-1].reply_code)


def wrong(code: str) -> str:
    return "10" if code != "10" else "11"


def notices(desk: Desk, reference: str, person: str) -> list[str]:
    """Texts sent to the person besides pages."""
    desk.run_due()
    return [str(a.message) for a in desk.attempts(reference, purpose="notice", person_id=person)]


def second_page(desk: Desk) -> str:
    """Another customer's emergency, in office hours, on the same telephone."""
    desk.clock.advance(hours=8)
    return desk.activate("core-restore", customer="banco-norte", by=JON).reference


@pytest.mark.parametrize("written", ["vale", "{code}A", "{code}a ", " «{code} A»", "ok", "Sí, voy", "ack {short}"])
def test_a_yes_acknowledges_and_the_owner_gets_the_customers_number_once(
    desk: Desk, carrier: Carrier, reference: str, code: str, written: str
) -> None:
    assert carrier.text(ANA, written.format(code=code, short=short(reference))) is None
    ticket = desk.ticket(reference)
    assert (ticket.acknowledged_by, ticket.acknowledged_via) == ("ana", "sms")
    told = notices(desk, reference, "ana")
    assert len(told) == 1
    assert "+34611000001" in told[0]
    assert desk.attempts(reference, purpose="page", channel="sms")[0].state == "confirmed"


def test_the_same_message_delivered_again_is_the_same_answer_and_nothing_more(
    desk: Desk, carrier: Carrier, reference: str, code: str
) -> None:
    answers = {carrier.text(ANA, f"{code}E", sid="SMsame") for _ in range(3)}
    assert len(answers) == 1
    assert desk.kinds(reference).count("page.declined") == 1


def test_escalating_by_message_pages_the_next_person_and_names_them(
    desk: Desk, carrier: Carrier, reference: str, code: str
) -> None:
    said = carrier.text(ANA, f"{code}E")
    assert said is not None
    assert "Borja Ruiz" in said
    desk.run_due()
    assert desk.paged(reference) == ["ana", "borja"]


def test_the_owner_reports_contact_by_message(desk: Desk, carrier: Carrier, reference: str, code: str) -> None:
    carrier.text(ANA, f"{code}A")
    said = carrier.text(ANA, f"{code}C")
    assert said is not None
    assert "contacto con el cliente anotado" in said
    assert desk.ticket(reference).contact_state == "reached"


def test_a_second_yes_of_the_owner_is_told_the_facts_again(
    desk: Desk, carrier: Carrier, reference: str, code: str
) -> None:
    carrier.text(ANA, f"{code}A")
    said = carrier.text(ANA, f"{code}A")
    assert said is not None
    assert "+34611000001" in said
    assert desk.ticket(reference).acknowledged_by == "ana"


def test_a_late_yes_is_told_who_has_it_since_when(desk: Desk, carrier: Carrier, reference: str) -> None:
    desk.advance(minutes=3)
    desk.acknowledge(reference, "ana")
    for written in (f"{code_of(desk, reference, 'borja')}A", "voy"):
        said = carrier.text(BORJA, written)
        assert said is not None
        assert "ya lo tiene Ana Garcia desde las 03:03" in said
    assert desk.kinds(reference).count("page.acknowledged_late") == 2
    assert desk.ticket(reference).acknowledged_by == "ana"


def test_a_yes_to_a_closed_page_is_told_so(desk: Desk, carrier: Carrier, reference: str, code: str) -> None:
    desk.stand_down(reference)
    said = carrier.text(ANA, f"{code}A")
    assert said is not None
    assert "cerrado desde las 03:00" in said


def test_a_bare_word_with_two_pages_open_is_answered_with_the_list(
    desk: Desk, carrier: Carrier, reference: str
) -> None:
    other = second_page(desk)
    said = carrier.text(ANA, "vale")
    assert said is not None
    assert all(code_of(desk, one, "ana") in said for one in (reference, other))
    assert desk.ticket(other).acknowledged_by is None
    assert "reply.ambiguous" in desk.kinds(other)


def test_a_bare_yes_means_the_page_that_nobody_has_yet(desk: Desk, carrier: Carrier, reference: str) -> None:
    carrier.text(ANA, "vale")
    carrier.text(ANA, "contactado")
    other = second_page(desk)
    carrier.text(ANA, "vale")
    assert desk.ticket(other).acknowledged_by == "ana"


def test_all_pages_are_accepted_by_one_word(desk: Desk, carrier: Carrier, reference: str) -> None:
    other = second_page(desk)
    said = carrier.text(ANA, "AA")
    assert said is not None
    assert all(short(one) in said for one in (reference, other))
    assert {desk.ticket(one).acknowledged_by for one in (reference, other)} == {"ana"}


def test_a_question_mark_lists_the_open_pages(carrier: Carrier, reference: str, code: str) -> None:
    said = carrier.text(ANA, "?")
    assert said is not None
    assert f"{code}: {short(reference)}" in said


def test_words_that_mean_nothing_are_answered_with_what_would(carrier: Carrier, reference: str, code: str) -> None:
    said = carrier.text(ANA, "mañana lo miro")
    assert said is not None
    assert f"{code}A" in said


def test_an_engineer_is_answered_in_their_language(desk: Desk, carrier: Carrier, reference: str) -> None:
    said = carrier.text("+34600000003", "?")
    assert said == "ITSAFER: you have no open pages right now."


# --- people who are not who they seem


@pytest.mark.parametrize("sender", ["+34611000001", "+34699999999", "600000001", ""])
def test_whoever_is_not_ours_gets_silence(desk: Desk, carrier: Carrier, reference: str, code: str, sender: str) -> None:
    assert carrier.text(sender, f"{code}A") is None
    assert desk.ticket(reference).acknowledged_by is None


def test_the_right_code_from_another_engineers_telephone_is_no_yes(
    desk: Desk, carrier: Carrier, reference: str, code: str
) -> None:
    said = carrier.text(BORJA, f"{code}A")
    assert said is not None
    assert desk.ticket(reference).acknowledged_by is None


def test_after_five_wrong_codes_the_code_itself_is_refused_without_an_answer(
    desk: Desk, carrier: Carrier, reference: str, code: str
) -> None:
    answers = [carrier.text(ANA, f"{wrong(code)}A") for _ in range(7)]
    assert [answer is not None for answer in answers] == [True] * 5 + [False] * 2
    assert carrier.text(ANA, f"{code}A") is None
    assert desk.ticket(reference).acknowledged_by is None
    assert "reply.rejected" in desk.kinds(reference)


def test_two_machines_do_not_talk_to_each_other_for_ever(carrier: Carrier, reference: str) -> None:
    answers = [carrier.text(ANA, "Estoy fuera de la oficina") for _ in range(9)]
    assert sum(answer is not None for answer in answers) == 5


def test_after_an_hour_mistakes_are_answered_again(desk: Desk, carrier: Carrier, reference: str) -> None:
    for _ in range(6):
        carrier.text(ANA, "mañana")
    desk.clock.advance(minutes=61)
    assert carrier.text(ANA, "mañana") is not None


# --- STOP


def test_stop_takes_the_number_out_of_use_and_tells_the_manager(desk: Desk, carrier: Carrier, reference: str) -> None:
    assert carrier.text(ANA, "STOP") is None
    person = _config(desk).oncall.people["ana"]
    with desk.runtime.database.reading() as session:
        assert disabled.methods_of(session, person).opted_out == {ANA}
        told = session.execute(select(AttemptRow).where(AttemptRow.person_id == "clara")).scalars().all()
    assert [(a.channel, a.address, a.template) for a in told] == [
        ("email", "clara@itsafer.example", "opted_out_manager_sms")
    ]
    desk.run_due()
    mails = [path.read_text() for path in desk.runtime.settings.mail_dir.glob("*.eml")]
    assert any("ha respondido STOP" in mail for mail in mails)


def test_the_carriers_own_reading_of_an_opt_out_counts(desk: Desk, carrier: Carrier, reference: str) -> None:
    carrier.text(ANA, "no quiero mas mensajes", OptOutType="STOP")
    with desk.runtime.database.reading() as session:
        assert disabled.methods_of(session, _config(desk).oncall.people["ana"]).opted_out == {ANA}


def test_start_puts_the_number_back_into_use(desk: Desk, carrier: Carrier) -> None:
    carrier.text(ANA, "BAJA")
    carrier.text(ANA, "ALTA")
    with desk.runtime.database.reading() as session:
        assert disabled.methods_of(session, _config(desk).oncall.people["ana"]).opted_out == frozenset()


def test_the_log_proves_what_was_written_without_repeating_it(desk: Desk, carrier: Carrier, reference: str) -> None:
    carrier.text(ANA, "vale gracias")
    with desk.runtime.database.reading() as session:
        entries = log.read(session, reference)
    received = next(entry for entry in entries if entry.link.kind == "reply.received")
    assert received.link.data["meaning"] == "acknowledge"
    assert len(received.link.data["digest"]) == 64
    assert "vale gracias" not in repr(entries)


def test_without_the_database_the_engineer_is_told_to_answer_again(desk: Desk, carrier: Carrier, code: str) -> None:
    desk.runtime.database.engine.dispose()
    with desk.runtime.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE receipts RENAME TO away")
    said = carrier.text(ANA, f"{code}A", sid="SMlater")
    assert said is not None
    assert "no hemos podido registrar su respuesta" in said
    with desk.runtime.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO receipts")
    assert carrier.text(ANA, f"{code}A", sid="SMlater") is None


def _config(desk: Desk):  # type: ignore[no-untyped-def]
    with desk.runtime.database.reading() as session:
        return desk.runtime.configurations.current(session)

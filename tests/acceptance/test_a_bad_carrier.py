"""The carrier refuses, breaks off, answers late, or says everything twice: at most one message too many, never none."""

from __future__ import annotations

from typing import Any

from tests.acceptance.words import is_paged
from tests.support.stack import Stack
from tests.support.telephones import NUMBERS, Telephones

FAULTY_MESSAGES = {"resource": "messages", "to": NUMBERS["Ana"], "times": 1}


def test_keys_pressed_before_the_carrier_has_answered_our_request_count(stack: Stack, phones: Telephones) -> None:
    phones.fault(carrier=[{"kind": "hang", "seconds": 3, "resource": "calls", "to": NUMBERS["Ana"], "times": 1}])
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    phones["Ana"].answer_call().press("4").hears("El ticket es suyo").hang_up()
    phones["Ana"].expect_sms("Llame ya al cliente")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    stack.wait_until(lambda: stack.kinds(reference).count("attempt.accepted") >= 3, "the carrier has answered")
    voice = stack.attempts(reference, "ana", channel="voice")
    assert [(a["state"], bool(a["carrier_sid"])) for a in voice] == [("confirmed", True)]
    phones["Ana"].expect_silence()


def test_callbacks_that_come_twice_late_and_in_any_order_change_no_final_state(
    stack: Stack, phones: Telephones
) -> None:
    phones.fault(
        callbacks=[
            {"kind": "delayed", "seconds": 1, "statuses": ["ringing"]},
            {"kind": "reordered", "seconds": 0.5, "statuses": ["initiated", "sent"]},
            {"kind": "duplicate"},
        ]
    )
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].expect_sms("Hotel Sol")
    phones["Ana"].answer_call().press("4").hears("El ticket es suyo").hang_up().ends("completed")
    phones["Ana"].expect_sms("Llame ya al cliente")
    phones["Marta"].expect_sms("Ana Garcia se ocupa")
    stack.wait_until(lambda: _reported(stack, reference, "voice") >= {"ringing", "completed"}, "all is reported")
    states = {(a["channel"], a["state"]) for a in stack.attempts(reference, "ana", purpose="page")}
    assert states == {("sms", "delivered"), ("voice", "confirmed")}
    assert stack.kinds(reference).count("page.acknowledged") == 1


def test_a_forged_callback_changes_nothing(stack: Stack, phones: Telephones) -> None:
    phones.fault(callbacks=[{"kind": "bad_signature"}])
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    phones.wait_for("it is refused", lambda event: event["type"] == "webhook" and event["status"] == 403)
    stack.wait_until(lambda: stack.attempts(reference, "ana", channel="sms")[0]["state"] == "accepted", "it is sent")
    assert stack.attempts(reference, "ana", channel="sms")[0]["statuses"] == []


def test_a_carrier_with_too_much_to_do_is_asked_again_when_it_said(stack: Stack, phones: Telephones) -> None:
    phones.fault(carrier=[{**FAULTY_MESSAGES, "kind": "429", "seconds": 2}])
    stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].rings()
    phones["Ana"].expect_sms("Hotel Sol")
    refused, taken = _creates(phones)
    assert (taken["received_ns"] - refused["received_ns"]) / 1e9 >= 2
    phones["Ana"].expect_silence()


def test_a_server_error_of_the_carrier_costs_no_page(stack: Stack, phones: Telephones) -> None:
    phones.fault(carrier=[{**FAULTY_MESSAGES, "kind": "500"}])
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].rings()
    phones["Ana"].expect_sms("Hotel Sol")
    assert len(_creates(phones)) == 2
    assert "attempt.resent" in stack.kinds(reference)
    phones["Ana"].expect_silence()


def test_an_answer_lost_on_the_way_makes_no_second_message(stack: Stack, phones: Telephones) -> None:
    """Nothing but the carrier's own list tells that it has been sent."""
    phones.fault(
        carrier=[{**FAULTY_MESSAGES, "kind": "drop"}],
        callbacks=[{"kind": "lost", "statuses": ["queued", "sending", "sent", "delivered"]}],
    )
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    stack.wait_until(lambda: "attempt.reconciled" in stack.kinds(reference), "it is found at the carrier")
    sms = stack.attempts(reference, "ana", channel="sms")[0]
    assert (sms["state"], sms["carrier_sid"]) == ("accepted", phones.events("sms", phone=NUMBERS["Ana"])[0]["sid"])
    assert len(_creates(phones)) == 1
    phones["Ana"].expect_silence()


def test_a_call_whose_answer_was_lost_is_not_placed_twice(stack: Stack, phones: Telephones) -> None:
    phones.fault(carrier=[{"kind": "drop", "resource": "calls", "to": NUMBERS["Ana"], "times": 1}])
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    stack.wait_until(lambda: stack.attempts(reference, "ana", channel="voice")[0]["state"] == "ringing", "it rings")
    stack.wait_until(lambda: stack.quiet(reference), "nothing is on its way")
    phones["Ana"].expect_silence(2.5)


def test_when_nothing_reaches_an_engineer_the_next_one_need_not_wait(stack: Stack, phones: Telephones) -> None:
    phones.fault(carrier=[{"kind": "refuse", "to": NUMBERS["Ana"]}])
    reference = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Borja"], "Nivel 2")
    attempts = stack.attempts(reference, "ana", purpose="page")
    assert {(a["channel"], a["state"], a["failure"]) for a in attempts} == {
        ("sms", "failed", "transient"),
        ("voice", "failed", "transient"),
    }


def test_a_number_that_does_not_exist_passes_the_page_on(stack: Stack, phones: Telephones) -> None:
    phones["Clara"].set(call="unreachable", strict=False)
    phones["Ana"].set(sms="undelivered", sms_error_code=30008, call="unreachable")
    reference = stack.activate("erp-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Borja"], "Nivel 2")
    assert stack.attempts(reference, "ana", channel="sms")[0]["state"] == "undelivered"


def test_an_engineer_who_has_blocked_our_messages_is_called_until_they_unblock_them(
    stack: Stack, phones: Telephones
) -> None:
    phones["Ana"].set(sms="opted_out")
    first = stack.activate("mail-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].rings()
    stack.wait_until(lambda: stack.attempts(first, "ana", channel="sms")[0]["state"] == "failed", "it is refused")
    second = stack.activate("phone-restore")
    phones["Marta"].expect_sms("recibida")
    phones["Ana"].rings()
    skipped = stack.attempts(second, "ana", channel="sms")[0]
    assert (skipped["state"], skipped["why"]) == ("skipped", "opted_out")

    phones["Ana"].set()
    phones["Ana"].text("START", to="+34600900900")
    phones.wait_for("the word is taken", lambda event: event["type"] == "webhook" and event["kind"] == "sms")
    stack.activate("files-restore")
    phones["Marta"].expect_sms("recibida")
    is_paged(phones["Ana"])
    is_paged(phones["Borja"])


def _creates(phones: Telephones) -> list[dict[str, Any]]:
    """Requests to send Ana a message."""
    found = phones.events("request", method="POST")
    return [e for e in found if e["path"].endswith("/Messages.json") and e["form"]["To"] == [NUMBERS["Ana"]]]


def _reported(stack: Stack, reference: str, channel: str) -> set[str]:
    return {s["status"] for a in stack.attempts(reference, "ana", channel=channel) for s in a["statuses"]}

"""The tests' own telephones must tell the truth, too."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.simulator.conftest import Product
from tests.support.telephones import NUMBERS, Telephones

Place = Callable[..., Any]


def test_a_strict_telephone_fails_the_test_when_it_got_what_nobody_expected(simulator_server: str, text: Place) -> None:
    phones = Telephones(simulator_server)
    phones["Ana"].set(strict=True)
    text(NUMBERS["Ana"], "Sorpresa")
    phones.wait_for("the SMS", lambda event: event["type"] == "sms" and event["body"] == "Sorpresa")
    with pytest.raises(AssertionError, match="Sorpresa"):
        phones.close()


def test_an_expected_message_is_expected_once(phones: Telephones, text: Place) -> None:
    phones["Ana"].set(strict=True)
    text(NUMBERS["Ana"], "Hola")
    phones["Ana"].expect_sms("HOLA")
    with pytest.raises(AssertionError, match="did not happen"):
        phones["Ana"].expect_sms("hola", timeout=0.1)


def test_silence_is_broken_by_a_call(phones: Telephones, call: Place) -> None:
    phones["Ana"].expect_silence(0)
    call(NUMBERS["Ana"])
    with pytest.raises(AssertionError, match="left in peace"):
        phones["Ana"].expect_silence(5)


def test_what_cannot_be_done_with_a_telephone_is_said(phones: Telephones, call: Place, product: Product) -> None:
    call(NUMBERS["Ana"])
    ringing = phones["Ana"].rings()
    with pytest.raises(AssertionError, match=r"409.*cannot press keys"):
        phones.act("POST", f"/_sim/calls/{ringing.sid}/digits", {"digits": "4"})
    ringing.reject().ends("busy")
    with pytest.raises(AssertionError, match="409"):
        ringing.answer()
    with pytest.raises(AssertionError, match="404"):
        phones.act("POST", f"/_sim/calls/CA{'0' * 32}/answer")
    with pytest.raises(AssertionError, match="400"):
        phones["Ana"].set(call="sleepy")
    with pytest.raises(AssertionError, match="400"):
        phones["+12"].set(call="answer")


def test_the_state_shows_telephones_calls_messages_and_faults(
    phones: Telephones, simulator_server: str, call: Place
) -> None:
    phones["Ana"].set(call="ignore")
    phones.fault(carrier=[{"kind": "503", "resource": "messages"}])
    call(NUMBERS["Ana"])
    phones["Ana"].rings()
    state = requests.get(simulator_server + "/_sim/state", timeout=5).json()
    assert state["phones"][NUMBERS["Ana"]]["name"] == "Ana"
    assert state["calls"][0]["status"] == "ringing"
    assert state["faults"]["carrier"][0]["kind"] == "503"
    phones.reset()
    state = requests.get(simulator_server + "/_sim/state", timeout=5).json()
    assert (state["phones"], state["calls"], state["faults"]) == ({}, [], {"carrier": [], "callbacks": [], "seed": 1})


def test_a_reset_ends_calls_without_telling_the_product(phones: Telephones, call: Place, product: Product) -> None:
    call(NUMBERS["Ana"], status_callback_event=["completed"])
    phones["Ana"].rings()
    phones.reset()
    call(NUMBERS["Borja"], status_callback_event=["completed"])
    phones["Borja"].rings().reject()
    phones.wait_for("a callback", lambda event: event["type"] == "webhook")
    assert [form["To"] for form in product.calls_of("/status")] == [NUMBERS["Borja"]]

from collections.abc import Callable
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.simulator.conftest import OriginHttpClient, Product
from tests.support.telephones import NUMBERS, Telephones

Place = Callable[..., Any]
ANA = NUMBERS["Ana"]


@pytest.mark.parametrize(("kind", "code"), [("429", 20429), ("500", 20500), ("503", 20503)])
def test_the_carrier_refuses_the_next_requests_and_then_recovers(
    phones: Telephones, text: Place, http: OriginHttpClient, kind: str, code: int
) -> None:
    phones.fault(carrier=[{"kind": kind, "times": 2, "seconds": 3}])
    for _ in range(2):
        with pytest.raises(TwilioRestException) as raised:
            text(ANA, "Hola")
        assert (raised.value.status, raised.value.code) == (int(kind), code)
    assert http.last.headers.get("Retry-After") == ("3" if kind == "429" else None)
    text(ANA, "Hola")
    phones["Ana"].expect_sms("Hola")
    phones["Ana"].expect_silence()


def test_an_answer_lost_on_the_way_leaves_a_telephone_ringing(phones: Telephones, call: Place) -> None:
    phones.fault(carrier=[{"kind": "drop", "times": 1}])
    with pytest.raises(requests.ConnectionError):
        call(ANA)
    phones["Ana"].rings()


def test_a_refused_connection_creates_nothing(phones: Telephones, text: Place) -> None:
    phones.fault(carrier=[{"kind": "refuse", "times": 1}])
    with pytest.raises(requests.ConnectionError):
        text(ANA, "Hola")
    phones["Ana"].expect_silence()


def test_a_hanging_carrier_has_done_its_work_all_the_same(
    phones: Telephones, text: Place, http: OriginHttpClient
) -> None:
    phones.fault(carrier=[{"kind": "hang", "times": 1, "seconds": 1.0}])
    http.timeout = 0.1
    with pytest.raises(requests.ReadTimeout):
        text(ANA, "Hola")
    phones["Ana"].expect_sms("Hola")


def test_a_fault_may_be_meant_for_one_resource_or_one_number(phones: Telephones, text: Place, call: Place) -> None:
    phones.fault(carrier=[{"kind": "503", "resource": "calls"}, {"kind": "500", "to": NUMBERS["Borja"]}])
    text(ANA, "Hola")
    for _ in range(3):
        with pytest.raises(TwilioRestException, match="503"):
            call(ANA)
    with pytest.raises(TwilioRestException, match="500"):
        text(NUMBERS["Borja"], "Hola")
    phones.fault()
    call(ANA)
    phones["Ana"].rings()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "duplicate", "statuses": ["sent"]}, ["queued", "sending", "sent", "sent", "delivered"]),
        ({"kind": "lost", "statuses": ["sending", "sent"]}, ["queued", "delivered"]),
        ({"kind": "reordered", "times": 1, "statuses": ["sent"]}, ["queued", "sending", "delivered", "sent"]),
        ({"kind": "delayed", "times": 1, "seconds": 0.3}, ["sending", "sent", "delivered", "queued"]),
        ({"kind": "reordered", "statuses": ["delivered"], "seconds": 0.1}, ["queued", "sending", "sent", "delivered"]),
    ],
)
def test_callbacks_come_twice_never_late_or_in_the_wrong_order(
    phones: Telephones, product: Product, text: Place, fault: dict[str, Any], expected: list[str]
) -> None:
    phones.fault(callbacks=[fault])
    text(ANA, "Hola")
    phones["Ana"].expect_sms("Hola")
    phones.wait_for(
        "all callbacks", lambda event: event["type"] == "webhook" and len(phones.events("webhook")) == len(expected)
    )
    assert product.statuses() == expected


def test_a_duplicate_carries_the_same_token(phones: Telephones, product: Product, text: Place) -> None:
    phones.fault(callbacks=[{"kind": "duplicate", "statuses": ["delivered"]}])
    text(ANA, "Hola")
    phones.wait_for("all five", lambda event: event["type"] == "webhook" and len(phones.events("webhook")) == 5)
    first, second = product.received[-2:]
    assert first == second


def test_a_forged_callback_is_signed_with_another_secret(phones: Telephones, product: Product, text: Place) -> None:
    phones.fault(callbacks=[{"kind": "bad_signature", "statuses": ["delivered"]}])
    text(ANA, "Hola")
    phones.wait_for("all four", lambda event: event["type"] == "webhook" and len(phones.events("webhook")) == 4)
    assert [one.signed for one in product.received] == [True, True, True, False]


def test_an_unknown_fault_is_refused(simulator_server: str) -> None:
    answer = requests.put(simulator_server + "/_sim/faults", json={"carrier": [{"kind": "fire"}]}, timeout=5)
    assert answer.status_code == 400
    assert "429" in answer.json()["error"]


def test_chances_of_a_fault_fall_the_same_for_the_same_seed(phones: Telephones, text: Place) -> None:
    def refused(seed: int) -> list[bool]:
        order = {"carrier": [{"kind": "503", "chance": 0.5}], "callbacks": [], "seed": seed}
        phones.act("PUT", "/_sim/faults", order)
        fallen = []
        for _ in range(12):
            try:
                text(ANA, "Hola")
            except TwilioRestException:
                fallen.append(True)
            else:
                fallen.append(False)
        return fallen

    assert refused(7) == refused(7) != refused(8)
    assert 0 < sum(refused(7)) < 12


def test_a_callback_may_come_with_an_old_number(phones: Telephones, product: Product, call: Place) -> None:
    phones["Ana"].set(call="busy")
    phones.fault(callbacks=[{"kind": "old_sequence", "statuses": ["busy"]}])
    call(ANA)
    phones.wait_for("the end", lambda event: event["type"] == "webhook" and event["params"]["CallStatus"] == "busy")
    numbers = {form["CallStatus"]: form["SequenceNumber"] for form in product.calls_of("/status")}
    assert numbers == {"initiated": "0", "busy": "0"}

"""What is wrong with our account and numbers at the carrier."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from alerting.notifications.carriers.numbers import Account, Expected, Number, findings

ORIGIN = "https://guardia.itsafer.example"
OURS: dict[str, Any] = {
    "voice": True,
    "sms": True,
    "voice_url": f"{ORIGIN}/webhooks/twilio/voice",
    "sms_url": f"{ORIGIN}/webhooks/twilio/sms",
}
MOBILE, LANDLINE = Number("+34600900900", **OURS), Number("+34910000001", **OURS | {"sms": False})
WELL = Account("active", Decimal("41.20"), "EUR", (MOBILE, LANDLINE))
EXPECTED = Expected("+34600900900", "+34910000001", ORIGIN, Decimal(20))


def test_nothing_is_wrong_with_numbers_that_lead_to_us() -> None:
    assert findings(WELL, EXPECTED) == []


@pytest.mark.parametrize(
    ("account", "found"),
    [
        ({"status": "suspended"}, "suspended:  suspended"),
        ({"status": ""}, ""),  # an API key may not ask
        ({"balance": Decimal("19.99")}, "low_balance:  19.99 EUR"),
        ({"balance": None}, ""),
        ({"numbers": None}, ""),
        ({"numbers": (MOBILE,)}, "unknown_caller_id: +34910000001"),
        ({"numbers": (MOBILE,), "caller_ids": frozenset({"+34910000001"})}, "no_calls_back: +34910000001"),
        ({"numbers": (LANDLINE,)}, "unknown_sender: +34600900900"),
        ({"numbers": (replace(MOBILE, sms=False), LANDLINE)}, "no_sms: +34600900900"),
        ({"numbers": (MOBILE, replace(LANDLINE, voice=False))}, "no_voice: +34910000001"),
        ({"numbers": (replace(MOBILE, sms_url=""), LANDLINE)}, "sms_elsewhere: +34600900900 nowhere"),
        ({"numbers": (replace(MOBILE, sms_url=MOBILE.sms_url + "#rc=3"), LANDLINE)}, ""),
        (
            {"numbers": (MOBILE, replace(LANDLINE, voice_method="GET"))},
            f"calls_elsewhere: +34910000001 GET {ORIGIN}/webhooks/twilio/voice",
        ),
        ({"numbers": (MOBILE, replace(LANDLINE, voice_instead="TK1"))}, "calls_elsewhere: +34910000001 TK1"),
    ],
)
def test_each_fault_is_found_with_the_number_and_the_carriers_words(account: dict[str, Any], found: str) -> None:
    told = [f"{one.fault}: {one.about} {one.detail}".strip() for one in findings(replace(WELL, **account), EXPECTED)]
    assert told == ([found] if found else [])


def test_a_sender_that_is_a_name_can_only_be_warned_of() -> None:
    (found,) = findings(WELL, replace(EXPECTED, sms_from="ITSAFER"))
    assert found.fault == "one_way_sender"


def test_a_limit_of_zero_is_none() -> None:
    assert findings(replace(WELL, balance=Decimal("0.01")), replace(EXPECTED, least_balance=Decimal(0))) == []


def test_a_number_without_our_fallback_can_only_be_warned_of() -> None:
    elsewhere = "https://fallback.itsafer.example"
    voice = replace(LANDLINE, voice_fallback=f"{elsewhere}/webhooks/fallback/voice#rc=3")
    account = replace(WELL, numbers=(replace(MOBILE, sms_fallback=f"{ORIGIN}/webhooks/fallback/sms"), voice))
    (found,) = findings(account, replace(EXPECTED, fallback_origin=elsewhere))
    assert (found.fault, found.about) == ("sms_without_fallback", "+34600900900")

"""Which PINs are refused."""

from __future__ import annotations

import pytest

from core.accounts.pins import WeakPin, check_strength


@pytest.mark.parametrize("pin", ["481590", "4815906", "48159062", "112358"])
def test_six_to_eight_digits_that_are_no_pattern_are_a_pin(pin: str) -> None:
    check_strength(pin, ["+34600000001"])


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "12345",
        "481590623",
        "48159a",
        "٤٨١٥٩٠",
        " 48159",
        "000000",
        "777777",
        "123456",
        "890123",
        "987654",
        "000001",
    ],
)
def test_what_is_no_pin_or_is_tried_first_is_refused(pin: str) -> None:
    with pytest.raises(WeakPin):
        check_strength(pin, ["+34600000001"])

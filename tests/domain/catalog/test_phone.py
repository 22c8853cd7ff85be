"""Numbers that we may call for a customer."""

from __future__ import annotations

import pytest

from alerting.catalog.phone import BadPhone, callable_number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+34600111222", "+34600111222"),
        ("600 111 222", "+34600111222"),
        ("0034 910 000 001", "+34910000001"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_a_number_is_understood_as_people_write_it(written: str, number: str) -> None:
    assert callable_number(written) == number


@pytest.mark.parametrize("written", ["", "call me", "123", "+3460011122", "+99912345678"])
def test_what_is_no_number_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(BadPhone, match=r"\+34600111222"):
        callable_number(written)


@pytest.mark.parametrize("written", ["803 123 456", "+34 806 123 456"])
def test_a_premium_number_is_refused(written: str) -> None:
    with pytest.raises(BadPhone, match="neither a fixed line nor a mobile"):
        callable_number(written)

"""When a closed ticket can be rated, and what a configuration may not weigh."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerting.ratings import offers
from alerting.ratings.offers import Standing
from alerting.ratings.schema import Ratings, Weights

AT = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)
UNTIL = AT + timedelta(days=30)


@pytest.mark.parametrize(
    ("closing", "reopened", "closed", "now", "standing"),
    [
        (0, 0, True, AT, Standing.OPEN),
        (0, 0, True, UNTIL - timedelta(seconds=1), Standing.OPEN),
        (0, 0, True, UNTIL, Standing.EXPIRED),
        (0, 1, False, AT, Standing.REOPENED),  # open again
        (0, 1, True, AT, Standing.REOPENED),  # closed again: that closure has an offer of its own
        (1, 1, True, AT, Standing.OPEN),
        (0, 0, False, AT, Standing.REOPENED),
    ],
)
def test_an_offer_is_open_for_its_own_closure_and_its_time(
    closing: int, reopened: int, closed: bool, now: datetime, standing: Standing
) -> None:
    """S-2.14"""
    assert offers.standing(closing, UNTIL, reopened, closed, now) is standing


@pytest.mark.parametrize(
    ("code", "drill", "reminded"),
    [
        ("resolved", False, True),
        ("not_our_responsibility", False, True),
        ("duplicate", False, False),
        ("withdrawn", False, False),
        ("resolved", True, False),
    ],
)
def test_the_one_reminder_is_for_those_who_had_something_to_judge(code: str, drill: bool, reminded: bool) -> None:
    """S-4.2"""
    assert offers.remind_at(Ratings(), AT, code, drill) == (AT + timedelta(days=3) if reminded else None)


def test_reminders_can_be_switched_off() -> None:
    assert offers.remind_at(Ratings(remind_after=timedelta(0)), AT, "resolved", drill=False) is None


def test_a_reminder_of_what_is_over_is_refused() -> None:
    with pytest.raises(ValidationError, match="shorter than open_for"):
        Ratings(open_for=timedelta(days=3), remind_after=timedelta(days=3))


WEIGHT = st.floats(min_value=0, max_value=1000)


@given(WEIGHT, WEIGHT)
def test_satisfaction_never_weighs_as_much_as_the_time_to_resolution(resolution: float, satisfaction: float) -> None:
    """S-4.3"""
    if satisfaction < resolution:
        assert Weights(resolution=resolution, satisfaction=satisfaction).satisfaction == satisfaction
        return
    with pytest.raises(ValidationError, match="satisfaction must"):
        Weights(resolution=resolution, satisfaction=satisfaction)


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf")])
def test_a_weight_is_a_number_that_can_be_weighed(weight: float) -> None:
    with pytest.raises(ValidationError):
        Weights(resolution=5, satisfaction=weight)
    with pytest.raises(ValidationError):
        Weights(resolution=weight)

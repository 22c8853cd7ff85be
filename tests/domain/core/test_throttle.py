"""Wrong passwords: the waits grow, and end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accounts.throttle import ACCOUNT, ADDRESS, Failures, open_at

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(5, 1), (6, 2), (7, 4), (10, 32), (13, 256), (14, 300), (100_000, 300)]
)
def test_each_wrong_guess_doubles_the_wait_up_to_five_minutes(failures, seconds):
    assert open_at(Failures(failures, NOON), ACCOUNT) == NOON + timedelta(seconds=seconds)


def test_a_few_mistakes_cost_nothing():
    assert open_at(None, ACCOUNT) is None
    assert open_at(Failures(4, NOON), ACCOUNT) is None


@given(st.integers(0, 10**9), st.sampled_from([ACCOUNT, ADDRESS]))
def test_nobody_is_ever_locked_out_for_good(failures, limit):
    until = open_at(Failures(failures, NOON), limit)
    assert until is None or until <= NOON + limit.longest


def test_a_day_of_guessing_one_account_is_a_few_hundred_guesses():
    failures, at, looked_at = 0, NOON, 0
    while at < NOON + timedelta(days=1):
        looked_at, failures = looked_at + 1, failures + 1
        at = open_at(Failures(failures, at), ACCOUNT) or at
    assert looked_at < 310

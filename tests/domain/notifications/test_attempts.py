"""The life of a delivery attempt: which of the carrier's words counts, and what follows a failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.notifications import attempts
from alerting.notifications.attempts import FINAL, AttemptState, GiveUp, RetryAt, after_transient, follows, voice_state

S = AttemptState
NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "sip", "answered_by", "state"),
    [
        ("queued", None, None, S.ACCEPTED),
        ("initiated", None, None, S.ACCEPTED),
        ("ringing", None, None, S.RINGING),
        ("in-progress", None, None, S.ANSWERED),
        ("completed", None, None, S.NO_INPUT),
        ("completed", None, "machine_start", S.VOICEMAIL),
        ("in-progress", None, "fax", S.VOICEMAIL),
        ("in-progress", None, "human", S.ANSWERED),
        ("in-progress", None, "unknown", S.ANSWERED),
        ("no-answer", None, None, S.NO_ANSWER),
        ("busy", None, None, S.BUSY),
        ("canceled", None, None, S.CANCELLED),
        ("failed", "480", None, S.NO_ANSWER),
        ("failed", "408", None, S.NO_ANSWER),
        ("failed", "486", None, S.BUSY),
        ("failed", "404", None, S.FAILED),
        ("failed", None, None, S.FAILED),
        ("a word of tomorrow", None, None, None),
    ],
)
def test_what_a_call_status_means(status: str, sip: str | None, answered_by: str | None, state: S | None) -> None:
    assert voice_state(status, sip, answered_by, pressed=False) is state


def test_a_call_that_ends_after_a_key_says_nothing_new() -> None:
    assert voice_state("completed", None, None, pressed=True) is None


def test_a_message_reported_lost_may_still_turn_out_delivered() -> None:
    assert follows(S.UNDELIVERED, -1, S.DELIVERED, None)
    assert not follows(S.DELIVERED, -1, S.UNDELIVERED, None)


def test_a_callback_with_an_older_number_is_ignored() -> None:
    assert not follows(S.RINGING, 1, S.ACCEPTED, 0)
    assert not follows(S.RINGING, 1, S.RINGING, 1)
    assert follows(S.RINGING, 1, S.ANSWERED, 2)


@given(st.sampled_from(sorted(FINAL - {S.UNDELIVERED})), st.sampled_from(list(S)), st.integers(0, 9))
def test_a_final_state_stays(current: S, new: S, sequence: int) -> None:
    assert not follows(current, -1, new, sequence)


@pytest.mark.parametrize("order", list(permutations(["accepted", "sent", "delivered"])))
def test_whatever_the_order_of_the_callbacks_a_delivered_message_ends_delivered(order: tuple[str, ...]) -> None:
    state = S.SENDING
    for word in order:
        reported = attempts.SMS_STATES[word]
        if follows(state, -1, reported, None):
            state = reported
    assert state is S.DELIVERED


def test_a_busy_carrier_is_asked_three_times_more_with_growing_pauses() -> None:
    pauses = [after_transient(tries, None, NOW) for tries in (1, 2, 3, 4)]
    assert pauses == [*(RetryAt(NOW + timedelta(seconds=s)) for s in (1, 2, 4)), GiveUp()]


def test_a_longer_pause_that_the_carrier_asks_for_is_kept() -> None:
    assert after_transient(1, 30, NOW) == RetryAt(NOW + timedelta(seconds=30))


def test_a_shorter_pause_does_not_make_us_hurry() -> None:
    assert after_transient(3, 0.5, NOW) == RetryAt(NOW + timedelta(seconds=4))

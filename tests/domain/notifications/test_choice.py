"""Several senders: which one is next, and when one that fails is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.notifications.carriers.choice import LONGEST_PAUSE, PROBE, WINDOW, Circuit, State, sender_for

NOW = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)

CHOICES: dict[str, tuple[str | None, set[str], bool, str]] = {
    "the first, to whoever was not tried yet": (None, set(), False, "a"),
    "then the other": ("a", set(), False, "b"),
    "and the first again": ("b", set(), False, "a"),
    "not one that fails": (None, {"a"}, False, "b"),
    "nor when it were its turn": ("b", {"a"}, False, "b"),
    "any, when all fail": ("a", {"a", "b"}, False, "b"),
    "the same again, when the telephone must know the number": ("a", set(), True, "a"),
    "but not one that fails even then": ("a", {"a"}, True, "b"),
    "the first, after one that is gone": ("old", set(), False, "a"),
}


@pytest.mark.parametrize("case", CHOICES)
def test_who_sends(case: str) -> None:
    last, shut, stay, expected = CHOICES[case]
    assert sender_for(("a", "b"), last, shut, stay=stay) == expected


def after(results: Sequence[bool], circuit: Circuit | None = None, *, every: float = 1) -> Circuit:
    made = circuit or Circuit()
    for n, well in enumerate(results):
        made = made.after(well=well, now=NOW + timedelta(seconds=n * every))
    return made


CIRCUITS: dict[str, tuple[Circuit, State]] = {
    "three failures say nothing about a rate": (after([False] * 3), State.CLOSED),
    "four do": (after([False] * 4), State.OPEN),
    "half of them is failing": (after([True, True, False, False]), State.OPEN),
    "less is not": (after([True, True, True, False]), State.CLOSED),
    "failures far apart are not counted together": (
        after([False] * 9, every=WINDOW.total_seconds() + 1), State.CLOSED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CIRCUITS)
def test_when_a_circuit_opens(case: str) -> None:
    circuit, expected = CIRCUITS[case]
    assert circuit.state(NOW + timedelta(seconds=4)) is expected


OPEN = Circuit(opened_at=NOW, opened=1)
LATER = NOW + OPEN.pause


def test_after_its_pause_one_attempt_at_a_time_tries_it() -> None:
    assert not OPEN.lets_through(NOW)
    assert OPEN.lets_through(LATER)
    tried = OPEN.tried(LATER)
    assert not tried.lets_through(LATER)
    assert tried.lets_through(LATER + PROBE)  # whoever tried it has died


def test_a_trial_that_goes_well_closes_it() -> None:
    assert OPEN.tried(LATER).after(well=True, now=LATER) == Circuit()


def test_a_trial_that_fails_opens_it_for_longer_up_to_a_limit() -> None:
    circuit, now = OPEN, NOW
    for _ in range(20):
        now += circuit.pause
        longer = circuit.tried(now).after(well=False, now=now)
        assert longer.pause >= circuit.pause
        circuit = longer
    assert circuit.pause == LONGEST_PAUSE


def test_a_late_answer_to_an_earlier_request_does_not_close_it() -> None:
    assert OPEN.after(well=True, now=NOW) == OPEN


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 400)), max_size=60))
def test_whatever_happened_it_is_tried_again_within_the_longest_pause(history: list[tuple[bool, float]]) -> None:
    circuit, now = Circuit(), NOW
    for well, seconds in history:
        now += timedelta(seconds=seconds)
        circuit = circuit.after(well=well, now=now)
    assert circuit.lets_through(now + LONGEST_PAUSE)

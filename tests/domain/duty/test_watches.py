"""When somebody is on call without a break, and when their telephone is tested before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.duty.watches import Watch, is_waking, merged, proof_at, relieved, relieving, watches_of, whole
from oncall.pieces import Shift, Span
from oncall.walltime import to_local
from tests.domain.oncall.builders import MADRID, local, utc

TWO_HOURS = timedelta(hours=2)
NINE, TEN, ELEVEN, NOON = (utc(f"2026-11-23T{hour:02}:00") for hour in (9, 10, 11, 12))


def shift(start, end, person="ana", source="rotation:weekly"):
    return Shift(start, end, person, source)


def test_consecutive_shifts_of_one_person_are_one_watch_whatever_they_come_from():
    found = watches_of("primary", [shift(NINE, TEN), shift(TEN, ELEVEN, source="override:swap")])
    assert found == [Watch(NINE, "ana", ELEVEN, ("primary",))]


def test_a_break_makes_two_watches():
    assert len(watches_of("primary", [shift(NINE, TEN), shift(ELEVEN, NOON)])) == 2


def test_whoever_goes_on_by_another_schedule_does_not_start_anew():
    first, second = watches_of("secondary", [shift(NINE, TEN)]), watches_of("primary", [shift(TEN, NOON)])
    assert merged([*second, *first]) == [Watch(NINE, "ana", NOON, ("secondary", "primary"))]


def test_what_began_before_the_window_does_not_start_in_it():
    found = watches_of("primary", [shift(NINE, TEN), shift(TEN, NOON, "borja")])
    assert [one.person for one in whole(found, Span(NINE, NOON))] == ["borja"]


def test_who_relieves_whom():
    found = watches_of("primary", [shift(NINE, TEN), shift(TEN, NOON, "borja")])
    assert relieved(found[1], found) == ["ana"]
    assert relieving(TEN, "ana", found) == ["borja"]


@pytest.mark.parametrize(
    ("starts", "tested"),
    [
        ("2026-11-23T18:00", "2026-11-23T16:00"),
        ("2026-11-23T10:00", "2026-11-23T08:00"),
        ("2026-11-23T09:00", "2026-11-23T08:00"),  # seven is night; an hour is enough to find somebody
        ("2026-11-23T08:30", "2026-11-23T08:00"),
        ("2026-11-23T08:00", "2026-11-22T21:45"),  # the evening before
        ("2026-11-23T03:00", "2026-11-22T21:45"),
        ("2026-11-24T00:00", "2026-11-23T21:45"),
        ("2026-11-23T23:30", "2026-11-23T21:30"),
        ("2026-10-25T03:00", "2026-10-24T21:45"),  # the night that has three o'clock twice
        ("2026-03-29T03:00", "2026-03-28T21:45"),  # and the one that skips two
    ],
)
def test_nobody_is_woken_by_a_test(starts, tested):
    assert proof_at(local(starts), TWO_HOURS, MADRID) == local(tested)


zones = st.sampled_from(["Europe/Madrid", "America/Santiago", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])
minutes = st.integers(0, 366 * 24 * 60).map(lambda m: utc("2026-01-01T00:00") + timedelta(minutes=m))
leads = st.integers(30, 24 * 60).map(lambda m: timedelta(minutes=m))


@given(minutes, leads, zones)
def test_every_test_comes_in_waking_hours_and_in_time(starts_at, lead, zone):
    at = proof_at(starts_at, lead, zone)
    assert is_waking(at, zone), to_local(at, zone)
    assert timedelta(minutes=30) <= starts_at - at <= lead + timedelta(hours=13)

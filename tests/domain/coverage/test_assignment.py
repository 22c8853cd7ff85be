"""A fair assignment of time that nobody covers."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.absence import Out
from oncall.assignment import Assigned, assign, merged, split
from oncall.pieces import Span, gaps_between
from tests.domain.oncall.builders import MADRID, local

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = local("2026-10-19T09:00")
WEEK = Span(START, local("2026-10-26T09:00"))


def hours(person: str, part: Span, own: object) -> float:
    return (part.to_at - part.from_at) / HOUR


def days(gap: Span) -> list[Span]:
    return split(gap, 1, MADRID)


def test_a_gap_is_cut_at_the_clock_time_at_which_it_begins_also_when_the_clocks_change() -> None:
    parts = days(WEEK)
    assert [part.from_at for part in parts] == [local(f"2026-10-{day}T09:00") for day in range(19, 26)]
    assert [part.to_at - part.from_at for part in parts] == [DAY] * 5 + [DAY + HOUR] + [DAY]


def test_the_last_part_may_be_shorter() -> None:
    assert split(Span(START, START + 3 * DAY), 2, MADRID)[-1] == Span(START + 2 * DAY, START + 3 * DAY)


@pytest.mark.parametrize("zone", ["America/Havana", "America/Santiago", "Pacific/Apia", "Australia/Lord_Howe"])
def test_the_parts_are_the_gap_in_every_zone(zone: str) -> None:
    gap = Span(local("2026-03-01T23:30"), local("2026-11-20T11:00"))
    parts = split(gap, 1, zone)
    assert gaps_between(parts, gap) == ()
    assert all(one.to_at == other.from_at for one, other in pairwise(parts))


def test_whoever_has_the_lowest_burden_takes_the_next_part() -> None:
    found = assign(days(WEEK), [["ana", "borja", "carol"]], {}, (), {"ana": 30.0}, hours)
    assert [one.person for one in found] == ["borja", "carol", "borja", "carol", "ana", "borja", "carol"]


def test_nobody_is_given_time_in_which_they_are_absent_or_on_call() -> None:
    out = (Out(START + 30 * HOUR, START + 31 * HOUR, "ana", "next"),)
    own = {"borja": [Span(START + 2 * DAY, START + 4 * DAY)]}
    found = assign(days(Span(START, START + 4 * DAY)), [["ana", "borja"]], own, out, {"borja": 100.0}, hours)
    assert [one.person for one in found] == ["ana", "borja", "ana", "ana"]


def test_others_are_asked_only_where_nobody_of_the_rotation_is_free() -> None:
    own = {"ana": [Span(START + DAY, START + 2 * DAY)]}
    found = assign(days(Span(START, START + 3 * DAY)), [["ana"], ["borja"]], own, (), {"ana": 99.0}, hours)
    assert [one.person for one in found] == ["ana", "borja", "ana"]


def test_where_nobody_is_free_nobody_is_named() -> None:
    assert assign([WEEK], [["ana"], []], {"ana": [WEEK]}, (), {}, hours) == [Assigned(*WEEK, None)]


def test_parts_of_one_person_that_touch_are_one_shift() -> None:
    first, second, third = days(Span(START, START + 3 * DAY))
    parts = [Assigned(*first, "ana"), Assigned(*second, "ana"), Assigned(*third, "borja")]
    assert merged(parts, 2 * DAY) == [Assigned(first.from_at, second.to_at, "ana"), Assigned(*third, "borja")]
    assert merged(parts, DAY) == parts


BURDENS = st.dictionaries(st.sampled_from("abcd"), st.floats(0, 200), min_size=4, max_size=4)


@given(BURDENS, st.integers(1, 60), st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 60)), max_size=20))
def test_each_part_goes_to_the_least_burdened_of_those_who_are_free(
    burden: dict[str, float], count: int, busy: list[tuple[str, int]]
) -> None:
    parts = [Span(START + n * DAY, START + (n + 1) * DAY) for n in range(count)]
    own: dict[str, list[Span]] = {}
    for person, number in busy:
        own.setdefault(person, []).append(Span(parts[0].from_at + number * DAY + HOUR, START + number * DAY + 2 * HOUR))
    load = dict(burden)
    for number, one in enumerate(assign(parts, ["abcd"], own, (), burden, hours)):
        free = {person for person in "abcd" if (person, number) not in busy}
        assert one.span == parts[number]
        assert (one.person is None) == (not free)
        if one.person is not None:
            assert one.person in free
            assert load[one.person] == min(load[person] for person in free)
            load[one.person] += 24

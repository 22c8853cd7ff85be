"""How fast a sender hands over, and who goes first when more is due than that."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.notifications.pacing import Bucket, Waiting, order

NOW = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


BUCKETS: dict[str, tuple[Bucket, float, int]] = {
    "a quiet sender has one second's worth": (Bucket.full(5, NOW), 0, 5),
    "and not more after an hour": (Bucket.full(5, NOW), 3600, 5),
    "a slow one has one": (Bucket.full(0.5, NOW), 3600, 1),
    "an empty one has none": (Bucket(1, 0, NOW), 0, 0),
    "and one when its second is over": (Bucket(1, 0, NOW), 1, 1),
    "and none a moment before": (Bucket(1, 0, NOW), 0.9, 0),
    "a rate of less than one takes longer": (Bucket(0.25, 0, NOW), 4, 1),
    "a clock that was set back gives nothing": (Bucket(1, 0, NOW), -3600, 0),
    "nor takes anything": (Bucket(1, 1, NOW), -3600, 1),
    "the carrier wants to be left alone": (Bucket(5, 5, NOW, after(10)), 9, 0),
    "until it does not": (Bucket(5, 5, NOW, after(10)), 10, 5),
}


@pytest.mark.parametrize("case", BUCKETS)
def test_so_many_may_leave(case: str) -> None:
    bucket, seconds, expected = BUCKETS[case]
    assert bucket.whole(after(seconds)) == expected


@given(
    st.floats(0.1, 50),
    st.lists(st.tuples(st.floats(0, 3), st.integers(1, 5)), min_size=1, max_size=40),
)
def test_in_any_span_no_more_leave_than_the_rate_and_one_second_s_worth(
    rate: float, asks: list[tuple[float, int]]
) -> None:
    bucket, at, left = Bucket.full(rate, NOW), 0.0, []
    for wait, wanted in asks:
        at += wait
        number = min(wanted, bucket.whole(after(at)))
        bucket = bucket.without(number, after(at))
        left += [at] * number
    for first in range(len(left)):
        for last in range(first, len(left)):
            assert last - first + 1 <= max(1, rate) + rate * (left[last] - left[first]) + 0.01


@given(st.floats(0.1, 50), st.floats(0, 10), st.integers(1, 20))
def test_when_room_was_promised_there_is_room(rate: float, tokens: float, number: int) -> None:
    bucket = Bucket(rate, min(tokens, max(1.0, rate)), NOW)
    if number <= max(1.0, rate):
        assert bucket.whole(bucket.room_at(number, NOW)) >= number


def page(id_: str, group: str, seconds: float = 0, *, first: bool = False) -> Waiting:
    return Waiting(id_, group, after(seconds), is_page=True, is_first=first)


def notice(id_: str, group: str, seconds: float = 0) -> Waiting:
    return Waiting(id_, group, after(seconds), is_page=False)


LINES: dict[str, tuple[list[Waiting], dict[str, datetime], str]] = {
    "a page goes before a notice that waits longer": ([notice("n", "A"), page("p", "A", 5)], {}, "pn"),
    "the first page of an activation goes before every other": (
        [page("a", "A"), page("b", "A", 1), page("c", "B", 9, first=True)], {}, "cab",
    ),
    "of an activation only the oldest page is its first": (
        [page("a", "A", 0, first=True), page("b", "A", 1, first=True), page("c", "B", 2, first=True)], {}, "acb",
    ),
    "first pages go by age, whatever else was sent for their ticket": (
        [page("b", "B", 2, first=True), page("a", "A", 1, first=True)], {"A": after(1)}, "ab",
    ),
    "tickets take turns": ([page("a", "A"), page("b", "A"), page("c", "A"), page("d", "B", 9)], {}, "adbc"),
    "the one that was served last comes last": ([page("a", "A"), page("b", "B", 9)], {"A": after(10)}, "ba"),
    "of two that were served, the one longer ago": (
        [page("a", "A"), page("b", "B")], {"A": after(10), "B": after(4)}, "ba",
    ),
    "notices take turns too": ([notice("a", "A"), notice("b", "A", 1), notice("c", "B", 2)], {}, "acb"),
    "nobody waits": ([], {}, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", LINES)
def test_who_goes_first(case: str) -> None:
    waiting, served_at, expected = LINES[case]
    assert "".join(one.id for one in order(waiting, served_at)) == expected
    assert order(reversed(waiting), served_at) == order(waiting, served_at)


WAITING = st.lists(
    st.builds(
        Waiting,
        st.uuids().map(str),
        st.sampled_from("ABC"),
        st.integers(0, 99).map(after),
        is_page=st.booleans(),
        is_first=st.just(False),
    ),
    max_size=40,
)


@given(WAITING)
def test_everybody_has_a_place_and_no_ticket_is_two_turns_behind_another(waiting: list[Waiting]) -> None:
    line = order(waiting, {})
    assert Counter(line) == Counter(waiting)
    for is_page in (True, False):
        whole = Counter(one.group for one in line if one.is_page is is_page)
        had: Counter[str] = Counter()
        for one in (one for one in line if one.is_page is is_page):
            had[one.group] += 1
            for group in whole:
                assert had[one.group] - had[group] <= 1 or had[group] == whole[group]

"""When managers are told of a gap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.coverage.due import WITHIN, Settled, Told, open_ended, settle
from oncall.coverage import Gap
from oncall.pieces import LATEST, Span, gaps_between
from tests.domain.oncall.builders import utc

NOW = utc("2026-11-02T00:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URGENT, ONE, SEVEN, FOURTEEN = WITHIN


def gap(begin: float, end: float, schedule: str = "a") -> Gap:
    """In hours from NOW."""
    return Gap(NOW + begin * HOUR, NOW + end * HOUR, schedule)


def said(settled: Settled) -> list[tuple[Gap, timedelta]]:
    return [(one.gap, one.within) for one in settled.due]


def walk(gaps: Iterable[Gap], until: datetime, step: timedelta = HOUR) -> list[tuple[timedelta, timedelta]]:
    """When, before its begin, each is told and for which nearness."""
    told: frozenset[Told] = frozenset()
    found, now = [], NOW
    while now < until:
        ahead = [one._replace(from_at=max(one.from_at, now)) for one in gaps if one.to_at > now]
        settled = settle(ahead, told, now)
        told = settled.told
        found += [(one.gap.from_at - now, one.within) for one in settled.due]
        now += step
    return found


@pytest.mark.parametrize(
    ("begins", "told"),
    [
        (20 * 24, [(14 * DAY, FOURTEEN), (7 * DAY, SEVEN), (DAY, ONE), (2 * HOUR, URGENT)]),
        (14 * 24, [(14 * DAY, FOURTEEN), (7 * DAY, SEVEN), (DAY, ONE), (2 * HOUR, URGENT)]),
        (5 * 24, [(5 * DAY, SEVEN), (DAY, ONE), (2 * HOUR, URGENT)]),
        (3, [(3 * HOUR, ONE), (2 * HOUR, URGENT)]),
        (1, [(HOUR, URGENT)]),
        (0, [(0 * HOUR, URGENT)]),
    ],
)
def test_a_gap_is_told_at_once_and_then_once_within_each_smaller_span(
    begins: int, told: list[tuple[timedelta, timedelta]]
) -> None:
    assert walk([gap(begins, begins + 9)], NOW + (begins + 12) * HOUR) == told


def test_what_lies_further_ahead_is_not_told_yet() -> None:
    assert settle([gap(14 * 24 + 1, 14 * 24 + 2)], (), NOW) == Settled(frozenset(), ())


def test_a_closed_gap_is_forgotten_and_told_anew_when_it_opens_again() -> None:
    first = settle([gap(48, 60)], (), NOW)
    closed = settle([], first.told, NOW + HOUR)
    assert closed == Settled(frozenset(), ())
    assert said(settle([gap(48, 60)], closed.told, NOW + 2 * HOUR)) == [(gap(48, 60), SEVEN)]


def test_a_gap_that_becomes_smaller_is_no_news_and_one_that_grows_is() -> None:
    told = settle([gap(48, 60)], (), NOW).told
    smaller = settle([gap(50, 52), gap(55, 60)], told, NOW + HOUR)
    assert smaller.due == ()
    assert smaller.told == {
        Told("a", SEVEN, gap(50, 52).from_at, gap(50, 52).to_at),
        Told("a", SEVEN, *gap(55, 60).span),
    }
    assert said(settle([gap(48, 61)], told, NOW + HOUR)) == [(gap(48, 61), SEVEN)]


def test_the_same_time_of_another_schedule_is_another_gap() -> None:
    told = settle([gap(48, 60)], (), NOW).told
    assert said(settle([gap(48, 60), gap(48, 60, "b")], told, NOW)) == [(gap(48, 60, "b"), SEVEN)]


def test_a_gap_without_an_end_is_no_news_every_day() -> None:
    told: frozenset[Told] = frozenset()
    counts = []
    for day in range(60):
        now = NOW + day * DAY
        window = Span(now, now + 60 * DAY)
        settled = settle(open_ended([Gap(now, window.to_at, "a")], window), told, now)
        told = settled.told
        counts.append(len(settled.due))
    assert counts == [1] + [0] * 59
    assert told == {Told("a", URGENT, NOW, LATEST)}


GAPS = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 60), st.sampled_from("ab")).map(
        lambda g: gap(g[0], g[0] + g[1], g[2])
    ),
    max_size=6,
)


@given(GAPS, GAPS, st.integers(0, 400))
def test_settling_again_says_nothing_and_everything_near_has_been_said(
    before: list[Gap], after: list[Gap], later: int
) -> None:
    told = settle(before, (), NOW).told
    now = NOW + later * HOUR
    ahead = [one._replace(from_at=max(one.from_at, now)) for one in after if one.to_at > now]
    settled = settle(ahead, told, now)
    assert settle(ahead, settled.told, now) == Settled(settled.told, ())
    near = {one for one in ahead if one.from_at - now <= FOURTEEN}
    for one in near:
        known = [Span(t.from_at, t.to_at) for t in settled.told if t.schedule == one.schedule]
        assert not gaps_between(known, one.span)
    assert {one.gap for one in settled.due} <= near

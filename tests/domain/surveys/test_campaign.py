"""The course of a survey, and what its report may show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.surveys import campaign
from alerting.surveys.campaign import NotLikeThis
from alerting.surveys.questions import QUESTIONS
from alerting.surveys.results import FEWEST, Given, results, shown_groups

NOW = datetime(2026, 10, 20, 8, 0, tzinfo=UTC)


def test_a_survey_is_open_to_the_last_second_of_its_last_day_also_when_the_clocks_change() -> None:
    assert campaign.closes_at(date(2026, 10, 30), NOW, "Europe/Madrid") == datetime(
        2026, 10, 30, 22, 59, 59, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 10, 19), "too_short"),
        (date(2026, 10, 24), "too_short"),
        (date(2027, 6, 1), "too_long"),
        (date.min, "too_short"),
        (date.max, "too_long"),
    ],
)
def test_a_survey_gives_people_time_but_does_not_go_on_for_ever(day: date, why: str) -> None:
    with pytest.raises(NotLikeThis) as refused:
        campaign.closes_at(day, NOW, "Europe/Madrid")
    assert refused.value.why == why


def test_there_are_two_reminders_at_most() -> None:
    """S-2.15"""
    end = NOW + timedelta(days=30)
    assert [campaign.reminder_at(NOW, end, sent) for sent in range(4)] == [
        NOW + timedelta(days=10),
        NOW + timedelta(days=20),
        None,
        None,
    ]


def answers(group: str, *scores: int) -> list[Given]:
    return [Given(group, {question.id: score for question in QUESTIONS}) for score in scores]


def test_figures_are_means_of_all_and_of_each_group_that_is_large_enough() -> None:
    found = results(answers("24x7", 5, 4, 4, 4, 4, 4) + answers("business", 3, 3, 3, 2, 1))
    assert found.total is not None
    assert (found.total.count, found.total.means["overall"]) == (11, 3.4)
    assert {group: (part.count, part.means["overall"]) for group, part in found.groups.items()} == {
        "24x7": (6, 4.2),
        "business": (5, 2.4),
    }
    assert not found.hidden


def test_a_small_group_is_hidden_together_with_the_one_that_would_give_it_away() -> None:
    """S-2.15"""
    found = results(answers("24x7", *[5] * 20) + answers("business", 1, 1))
    assert found.total is not None
    assert found.groups == {}
    assert found.hidden


def test_of_fewer_than_five_answers_nothing_is_said() -> None:
    """S-2.15"""
    found = results(answers("24x7", 5, 5, 5, 5))
    assert (found.total, found.groups, found.hidden) == (None, {}, True)
    assert results([]).total is None


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(min_value=1, max_value=12), min_size=1))
def test_no_sum_or_difference_of_what_is_shown_is_about_fewer_than_five(counts: Mapping[str, int]) -> None:
    """S-2.15: by trying every difference between the total and shown groups, and every group."""
    total = sum(counts.values())
    if total < FEWEST:
        return  # then not even the total is shown
    shown = sorted(shown_groups(counts))
    assert all(counts[group] >= FEWEST for group in shown)
    for size in range(len(shown) + 1):
        for taken in combinations(shown, size):
            rest = total - sum(counts[group] for group in taken)
            assert rest == 0 or rest >= FEWEST, (counts, shown, taken)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(min_value=5, max_value=12), min_size=1))
def test_nothing_is_hidden_without_need(counts: Mapping[str, int]) -> None:
    assert shown_groups(counts) == set(counts)

"""Monthly figures: nothing is lost between a ticket's verdict and the total, and satisfaction weighs least."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.ratings.schema import Weights
from alerting.reports.measures import METRICS, Score, Share, Verdict, composite, csv_rows, sheet

COMPONENTS, PRIORITIES = st.sampled_from(["", "backup", "cloud"]), st.sampled_from(["P1", "P2", "P3", "P4"])
VERDICTS = st.builds(Verdict, COMPONENTS, PRIORITIES, st.sampled_from(METRICS), st.booleans(), st.booleans())
SCORES = st.builds(Score, COMPONENTS, PRIORITIES, st.integers(min_value=1, max_value=5))


@given(st.lists(VERDICTS), st.lists(SCORES))
def test_totals_are_the_sum_of_the_tickets_verdicts(verdicts: list[Verdict], scores: list[Score]) -> None:
    """S-4.7"""
    made = sheet(verdicts, scores, Weights())
    for metric in METRICS:
        of = [one for one in verdicts if one.metric == metric]
        own = Share(sum(one.met for one in of if not one.apart), sum(not one.apart for one in of))
        assert made.total.shares[metric] == own
        assert sum((row.shares[metric] for row in made.rows), Share()) == own
        assert own + made.apart[metric] == Share(sum(one.met for one in of), len(of))
    assert sum(row.ratings for row in made.rows) == made.total.ratings == len(scores)
    assert len({(row.component, row.priority) for row in made.rows}) == len(made.rows)


@given(st.lists(VERDICTS, min_size=1), st.lists(SCORES))
def test_every_figure_lies_between_nothing_and_everything(verdicts: list[Verdict], scores: list[Score]) -> None:
    for row in sheet(verdicts, scores, Weights()).rows:
        assert row.composite is None or -1e-9 <= row.composite <= 1 + 1e-9
        assert row.mean is None or 1 <= row.mean <= 5


SHARES = st.builds(lambda decided, part: Share(round(decided * part), decided), st.integers(1, 50), st.floats(0, 1))


@given(SHARES, SHARES, st.floats(0.01, 100), st.floats(0, 0.99))
def test_all_the_satisfaction_there_is_moves_less_than_the_resolution(
    response: Share, contact: Share, resolution: float, part: float
) -> None:
    """S-4.3"""
    weights = Weights(resolution=resolution, satisfaction=resolution * part)
    others = {"response": response, "contact": contact}

    def score(solved: int, mean: float) -> float:
        found = composite(others | {"resolution": Share(solved, 10)}, mean, weights)
        assert found is not None
        return found

    by_satisfaction = score(5, 5) - score(5, 1)
    by_resolution = score(10, 3) - score(0, 3)
    assert 0 <= by_satisfaction < by_resolution


def test_without_a_decided_resolution_satisfaction_counts_for_nothing() -> None:
    """S-4.3"""
    nothing = dict.fromkeys(METRICS, Share())
    assert composite(nothing, 5, Weights()) is None
    answered = nothing | {"response": Share(1, 2)}
    assert composite(answered, 5, Weights()) == composite(answered, 1, Weights()) == 0.5


def test_the_composite_is_the_weighted_mean_of_what_there_is() -> None:
    shares = {"response": Share(1, 1), "contact": Share(), "resolution": Share(1, 2)}
    assert composite(shares, 3, Weights()) == pytest.approx((2 * 1 + 5 * 0.5 + 1 * 0.5) / 8)


def test_what_was_not_ours_is_counted_apart() -> None:
    """S-3.2.5"""
    made = sheet([Verdict("backup", "P1", "resolution", met=False, apart=True)], [], Weights())
    assert made.rows == []
    assert made.apart["resolution"] == Share(0, 1)


def test_the_file_has_a_line_for_each_row_and_the_total() -> None:
    made = sheet([Verdict("backup", "P1", "resolution", met=True)], [Score("backup", "P1", 4)], Weights())
    line = [0, 0, 0, 0, 1, 1, 1, 4.0, 95.8]
    assert csv_rows(made) == [["backup", "P1", *line], ["", "", *line]]

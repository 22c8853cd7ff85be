"""What was reported of a month stays (S-4.8)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.ratings.schema import Weights
from alerting.reports.frozen import FIRST_HASH, Difference, Facts, chained, difference, intact, to_freeze
from alerting.reports.measures import Score, Verdict
from alerting.reports.time_spent import Spent
from tests.domain.oncall.builders import MADRID, local

verdict = st.builds(
    Verdict,
    st.just("backup"),
    st.sampled_from(["P1", "P2"]),
    st.sampled_from(["contact", "resolution"]),
    st.booleans(),
    st.just(False),
    st.sampled_from(["ITS-1", "ITS-2"]),
)
verdicts = st.lists(verdict, max_size=6)


@pytest.mark.parametrize(
    ("now", "frozen", "months"),
    [
        ("2026-11-01T05:59", [], ["2026-09-01"]),
        ("2026-11-01T06:00", [], ["2026-09-01", "2026-10-01"]),
        ("2026-11-01T06:00", ["2026-09-01"], ["2026-10-01"]),
        ("2026-11-30T23:59", ["2026-09-01", "2026-10-01"], []),
    ],
)
def test_a_month_is_frozen_at_six_on_the_first_of_the_next_and_once(now, frozen, months):
    done = [date.fromisoformat(one) for one in frozen]
    assert to_freeze(date(2026, 9, 15), done, local(now), MADRID) == [date.fromisoformat(one) for one in months]


def test_facts_read_back_are_the_facts_that_were_kept():
    facts = Facts(
        (Verdict("backup", "P1", "resolution", False, True, "ITS-1"),),
        (Score("backup", "P1", 4),),
        (Spent("Hotel Sol", "Recepción", 35),),
        Weights(resolution=5.1, satisfaction=0.3),
        2,
    )
    assert Facts.of(facts.body()) == facts


@given(reported=verdicts, now=verdicts)
def test_a_report_and_its_corrections_together_are_what_is_known_now(reported, now):
    changed = difference(reported, (), now)
    assert difference(reported, [Difference.of(changed.body())], now) == Difference((), ())
    assert (changed == Difference((), ())) is (sorted(map(repr, reported)) == sorted(map(repr, now)))


@pytest.mark.parametrize("tampered", ["report", "correction", "time", "order", None])
def test_a_changed_report_or_correction_is_noticed(tampered):
    at, later = local("2026-11-01T06:00"), local("2026-11-09T09:00")
    first = chained(FIRST_HASH, at, {"overdue": 1})
    second = chained(first, later, {"added": []})
    report = (
        local("2026-11-01T06:01") if tampered == "time" else at,
        {"overdue": 2 if tampered == "report" else 1},
        first,
    )
    corrections = [(later, {"added": [1] if tampered == "correction" else []}, second)]
    if tampered == "order":
        corrections.append((at, {"overdue": 1}, first))
    assert intact(report, corrections) is (tampered is None)

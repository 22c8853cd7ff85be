"""Time by department."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerting.reports.time_spent import Charged, Spent, account

WORDS = st.sampled_from(["", "Contabilidad", "Recepción"])
SPENT = st.builds(Spent, st.sampled_from(["Hotel Sol", "Banco Norte"]), WORDS, st.integers(0, 600))


@given(st.lists(SPENT))
def test_the_departments_sum_to_the_total_time(spent: list[Spent]) -> None:
    """S-F.1"""
    made = account(spent)
    assert sum(row.minutes for row in made.rows) == made.minutes == sum(one.minutes for one in spent)
    assert sum(row.notes for row in made.rows) == len(spent)


def test_the_same_word_of_two_customers_is_two_departments() -> None:
    made = account([Spent("B", "IT", 5), Spent("A", "IT", 10), Spent("A", "IT", 1), Spent("A", "", 2)])
    assert made.rows == [Charged("A", "", 2, 1), Charged("A", "IT", 11, 2), Charged("B", "IT", 5, 1)]

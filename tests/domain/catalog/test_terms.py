"""Which version of the support terms is in force (S-7.1)."""

from datetime import date

import pytest

from alerting.catalog.terms import SupportTerms, announced, in_force

VERSIONS = [
    SupportTerms.model_validate({"id": id_, "from": day})
    for id_, day in (("second", "2026-07-01"), ("first", "2026-01-01"), ("third", "2027-01-01"))
]


@pytest.mark.parametrize(
    ("day", "now", "later"),
    [
        ("2025-12-31", None, ["first", "second", "third"]),
        ("2026-01-01", "first", ["second", "third"]),
        ("2026-06-30", "first", ["second", "third"]),
        ("2026-07-01", "second", ["third"]),
        ("2030-01-01", "third", []),
    ],
)
def test_a_version_is_in_force_from_its_first_day_until_the_next_begins(day, now, later):
    current = in_force(VERSIONS, date.fromisoformat(day))
    assert (current.id if current else None) == now
    assert [one.id for one in announced(VERSIONS, date.fromisoformat(day))] == later

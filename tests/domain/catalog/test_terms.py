"""Which version of the support terms is in force (S-7.1)."""

from datetime import date

import pytest

from alerting.catalog.terms import SupportTerms, announced, in_force, to_accept

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


@pytest.mark.parametrize(
    ("day", "accepted", "waiting"),
    [
        (date(2026, 6, 1), [], ["2026-01", "2027-01"]),
        (date(2026, 6, 1), ["2026-01"], ["2027-01"]),
        (date(2026, 6, 1), ["2026-01", "2027-01"], []),
        (date(2025, 6, 1), ["2027-01"], ["2026-01"]),
        (date(2027, 6, 1), [], ["2027-01"]),
    ],
)
def test_the_version_in_force_and_those_to_come_wait_for_a_click(day, accepted, waiting):
    """S-7.1"""
    versions = [SupportTerms.model_validate({"id": f"{year}-01", "from": f"{year}-01-01"}) for year in (2026, 2027)]
    assert [one.id for one in to_accept(versions, accepted, day)] == waiting


def test_what_changes_is_read_in_another_language_rather_than_not_at_all():
    terms = SupportTerms.model_validate({"id": "x", "from": "2026-01-01", "notice": {"es": "Cambia el plazo."}})
    assert terms.notice_in("en") == terms.notice_in("es") == "Cambia el plazo."
    assert SupportTerms.model_validate({"id": "x", "from": "2026-01-01"}).notice_in("es") is None

"""What a ticket tells: completeness and priority."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from alerting.intake.completeness import WANTED, completeness
from alerting.intake.priority import MATRIX, priority_of
from alerting.intake.schema import Told


def test_the_symptoms_are_enough() -> None:
    """S-3.A1: a customer at three in the morning is not kept from anything by a form."""
    assert Told.model_validate({"symptoms": "No arranca"}).symptoms == "No arranca"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"symptoms": "   "},
        {"symptoms": "x" * 20_001},
        {"symptoms": "x", "affected_users": -1},
        {"symptoms": "x", "os": "amiga"},
        {"symptoms": "x", "contact": {"phone": "12"}},
        {"symptoms": "x", "password": "y"},
        {"symptoms": "x", "affected": [{"kind": "printer", "name": "p"}]},
    ],
)
def test_what_cannot_be_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Told.model_validate(told)


def test_the_meter_counts_what_the_terms_ask_for_and_names_what_is_missing() -> None:
    """S-3.2.2"""
    nothing = completeness({"symptoms": "x"})
    assert nothing.percent == 6
    assert nothing.missing[:2] == ("error_output", "affected")
    everything = {name: "x" for group in WANTED.values() for name in group}
    assert completeness(everything) == (100, ())


def test_a_zero_and_a_no_are_answers() -> None:
    """S-3.B2"""
    told = {"symptoms": "x", "affected_users": 0, "strategic_users": False}
    assert {"affected_users", "strategic_users"}.isdisjoint(completeness(told).missing)


@pytest.mark.parametrize(
    ("told", "chosen", "priority"),
    [
        ({}, None, "P3"),
        ({"impact": "high", "urgency": "high"}, None, "P1"),
        ({"impact": "low", "urgency": "low"}, None, "P4"),
        ({"impact": "high"}, None, "P2"),
        ({"urgency": "low"}, None, "P4"),
        ({"impact": "low"}, "P2", "P2"),
        # S-3.B3: what stops the business is P1, whatever the matrix or anybody says.
        ({"critical_situation": True, "impact": "low"}, None, "P1"),
        ({"critical_situation": True}, "P4", "P1"),
    ],
)
def test_the_priority(told: dict[str, object], chosen: str | None, priority: str) -> None:
    """S-3.B3"""
    assert priority_of(Told.model_validate({"symptoms": "x"} | told), chosen) == priority  # type: ignore[arg-type]  # P2, P4


def test_more_of_either_is_never_less_urgent() -> None:
    levels = ("low", "medium", "high")
    for (impact, urgency), priority in MATRIX.items():
        for more in levels[levels.index(impact) :]:
            assert MATRIX[more, urgency] <= priority
            assert MATRIX[urgency, more] <= MATRIX[urgency, impact]

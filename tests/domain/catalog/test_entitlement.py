"""Whether an activation is paged now, waits for opening hours, or is refused (support terms, clause 2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alerting.catalog.entitlement import Granted, Queued, Refused, check
from alerting.catalog.schema import Contract
from oncall.schema import Calendar

MADRID = Calendar.model_validate(
    {
        "id": "madrid",
        "timezone": "Europe/Madrid",
        "holidays": {"country": "ES", "subdivision": "MD"},
        "closed_dates": ["2026-11-09"],
        "rules": [
            {"dates": ["01-05", "12-24", "12-31"], "hours": ["08:00-15:00"]},
            {"from": "07-01", "to": "08-31", "hours": ["08:00-15:00"]},
            {"hours": ["09:00-18:00"]},
        ],
    }
)
CALENDARS = {"madrid": MADRID}
NIGHT = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)  # Tuesday 03:00 in Madrid
NOON = datetime(2026, 10, 27, 11, 0, tzinfo=UTC)
OPENING = datetime(2026, 10, 27, 8, 0, tzinfo=UTC)


def contract(**given: Any) -> Contract:
    values = {"calendar": "madrid", "coverage": {"backup": "24x7", "cloud": "business"}}
    return Contract.model_validate(values | given)


def test_s_2_6_round_the_clock_coverage_is_paged_at_any_hour() -> None:
    assert check(contract(), "backup", "real", NIGHT, CALENDARS) == Granted()


def test_s_2_6_business_coverage_is_paged_in_hours_and_waits_for_them_outside() -> None:
    assert check(contract(), "cloud", "real", NOON, CALENDARS) == Granted()
    assert check(contract(), "cloud", "real", NIGHT, CALENDARS) == Queued(OPENING, ("out_of_coverage",))


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [
        ("queue", Queued(OPENING, ("out_of_coverage",))),
        ("allow", Granted(("out_of_coverage",))),
        ("deny", Refused("plan", "out_of_coverage")),
    ],
)
def test_s_2_6_outside_the_hours_the_contract_says_what_happens(policy: str, outcome: object) -> None:
    assert check(contract(out_of_coverage=policy), "cloud", "real", NIGHT, CALENDARS) == outcome


@pytest.mark.parametrize("status", ["suspended", "expired"])
def test_s_5_1_a_contract_that_has_ended_is_served_and_flagged(status: str) -> None:
    assert check(contract(status=status), "backup", "real", NIGHT, CALENDARS) == Granted((f"contract_{status}",))


def test_s_6_1_a_trial_may_exercise_but_not_activate() -> None:
    assert check(contract(status="trial"), "backup", "real", NOON, CALENDARS) == Refused("mode", "trial")
    assert check(contract(status="trial"), "backup", "drill", NOON, CALENDARS) == Granted()


def test_nobody_is_woken_for_a_drill_unless_a_manager_planned_it() -> None:
    assert check(contract(), "backup", "drill", NIGHT, CALENDARS) == Queued(OPENING)
    assert check(contract(), "backup", "drill", NIGHT, CALENDARS, scheduled_by_manager=True) == Granted()


def test_a_component_that_is_no_part_of_the_contract_is_outside_its_coverage() -> None:
    assert check(contract(), "network", "real", NIGHT, CALENDARS) == Queued(OPENING, ("out_of_coverage",))


def test_without_a_plan_the_best_coverage_of_the_contract_counts() -> None:
    assert check(contract(), None, "real", NIGHT, CALENDARS) == Granted()
    business = contract(coverage={"cloud": "business"})
    assert check(business, None, "real", NIGHT, CALENDARS) == Queued(OPENING, ("out_of_coverage",))


def test_a_calendar_that_is_missing_makes_nobody_wait() -> None:
    assert check(contract(calendar="gone"), "cloud", "real", NIGHT, CALENDARS) == Granted()


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (datetime(2026, 6, 30, 16, 0, tzinfo=UTC), datetime(2026, 7, 1, 6, 0, tzinfo=UTC)),  # the season changes
        (datetime(2026, 10, 30, 18, 0, tzinfo=UTC), datetime(2026, 11, 3, 8, 0, tzinfo=UTC)),  # a moved All Saints'
        (datetime(2026, 11, 6, 18, 0, tzinfo=UTC), datetime(2026, 11, 10, 8, 0, tzinfo=UTC)),  # closed on the 9th
        (datetime(2026, 12, 24, 14, 0, tzinfo=UTC), datetime(2026, 12, 28, 8, 0, tzinfo=UTC)),  # a short Christmas Eve
    ],
)
def test_a_queued_request_waits_for_the_next_opening_of_the_calendar(at: datetime, until: datetime) -> None:
    assert check(contract(), "cloud", "real", at, CALENDARS) == Queued(until, ("out_of_coverage",))

"""The SLA clock and the comparison of targets by the API: computed from the request alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.api.conftest import Caller

OFFICE = {
    "timezone": "Europe/Madrid",
    "rules": [{"from": "07-01", "to": "08-31", "hours": ["08:00-15:00"]}, {"hours": ["09:00-18:00"]}],
    "closed_dates": ["2026-03-19"],
}
ASKED: dict[str, Any] = {
    "calendar": OFFICE,
    "coverage": "business",
    "metric": "resolution",
    "opened_at": "2026-03-02T09:00:00+01:00",
    "target_minutes": 120,
    "pauses": [{"from": "2026-03-02T10:00:00+01:00", "to": "2026-03-02T10:30:00+01:00", "reason": "customer"}],
}


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


def simulated(caller: Caller, **more: Any) -> Any:
    answer = caller.post("/sla/simulate", ASKED | more)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_a_clock_with_its_slices_thresholds_and_checks(ana: Caller) -> None:
    found = simulated(
        ana,
        resolved_at="2026-03-02T11:00:30+01:00",
        thresholds=[50, 100],
        checks=["2026-03-02T10:15:00+01:00", "2026-03-02T12:00:00+01:00"],
    )
    assert found == {
        "due_at": "2026-03-02T10:30:00Z",
        "elapsed_minutes": 90.5,
        "met": True,
        "state": "stopped",
        "checks": [
            {"at": "2026-03-02T09:15:00Z", "elapsed_minutes": 60.0, "state": "paused", "breached": False},
            {"at": "2026-03-02T11:00:00Z", "elapsed_minutes": 90.5, "state": "stopped", "breached": False},
        ],
        "thresholds": [
            {"percent": 50.0, "at": "2026-03-02T09:00:00Z"},
            {"percent": 100.0, "at": "2026-03-02T10:30:00Z"},
        ],
        "slices": [
            {"from": "2026-03-02T08:00:00Z", "to": "2026-03-02T09:00:00Z", "minutes": 60.0, "why": "counted"},
            {
                "from": "2026-03-02T09:00:00Z",
                "to": "2026-03-02T09:30:00Z",
                "minutes": 30.0,
                "why": "paused:customer",
            },
            {"from": "2026-03-02T09:30:00Z", "to": "2026-03-02T10:00:30Z", "minutes": 30.5, "why": "counted"},
        ],
        "earlier_cycles": [],
    }


def test_a_pause_without_an_end_has_no_due_time(ana: Caller) -> None:
    found = simulated(ana, pauses=[{"from": "2026-03-02T10:00:00+01:00", "to": None, "reason": "customer"}])
    assert (found["due_at"], found["met"]) == (None, None)


def test_a_calendar_of_the_configuration_by_its_id_and_times_local_to_it(ana: Caller) -> None:
    found = simulated(ana, calendar="madrid", opened_at="2026-12-24T14:00", pauses=[])
    assert found["due_at"] == "2026-12-28T09:00:00Z"


def test_around_the_clock_needs_no_calendar(ana: Caller) -> None:
    found = simulated(ana, calendar=None, coverage="24x7", opened_at="2026-12-25T03:00:00Z", pauses=[])
    assert found["due_at"] == "2026-12-25T05:00:00Z"


def test_with_restart_the_due_time_is_the_last_cycles_and_the_earlier_ones_keep_their_verdict(ana: Caller) -> None:
    closed = {"resolved_at": "2026-03-02T12:30:00+01:00", "reopened_at": "2026-03-03T09:00:00+01:00"}
    found = simulated(ana, pauses=[], cycles=[closed], reopen_policy="restart", resolved_at="2026-03-03T10:00:00+01:00")
    assert (found["due_at"], found["met"], found["elapsed_minutes"]) == ("2026-03-03T10:00:00Z", True, 60.0)
    assert [(one["met"], one["elapsed_minutes"]) for one in found["earlier_cycles"]] == [(False, 210.0)]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"opened_at": "soon"}, "opened_at"),
        ({"target_minutes": 0}, "target_minutes"),
        ({"coverage": "8x5"}, "coverage"),
        ({"metric": "speed"}, "metric"),
        ({"calendar": "atlantis"}, "calendar"),
        ({"calendar": None}, ""),
        ({"resolved_at": "2026-03-01T09:00:00+01:00"}, "resolved_at"),
        ({"pauses": [ASKED["pauses"][0] | {"to": "2026-03-02T09:00:00+01:00"}]}, "pauses.0.to"),
        (
            {"cycles": [{"resolved_at": "2026-03-03T09:00Z", "reopened_at": "2026-03-02T09:00Z"}]},
            "cycles.0.reopened_at",
        ),
        ({"checks": ["2099-01-01T00:00:00Z"]}, "checks.0"),
        ({"resolved_at": "9999-01-01T00:00:00Z"}, "resolved_at"),
        ({"thresholds": [-1]}, "thresholds.0"),
        ({"priority": "P1"}, "priority"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(ana: Caller, more: dict[str, Any], field: str) -> None:
    answer = ana.post("/sla/simulate", ASKED | more)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def cell(minutes: float, **more: str) -> dict[str, Any]:
    return {"component": "backup", "priority": "P1", "metric": "resolution", "target_minutes": minutes} | more


def test_a_contract_around_the_clock_that_is_worse_for_monday_morning_is_refused(ana: Caller) -> None:
    """S-4.6"""
    base = {"calendar": OFFICE, "coverage": "business", "targets": [cell(480)]}
    contract = {"calendar": OFFICE, "coverage": "24x7", "targets": [cell(600)]}
    answer = ana.post("/sla/validate", {"base": base, "contract": contract}).json
    assert (answer["accept"], answer["cell"]) == (False, "backup/P1/resolution")
    shown = {"calendar": OFFICE, "metric": "resolution", "opened_at": answer["counter_example"], "pauses": []}
    due_at = [
        ana.post("/sla/simulate", shown | {"coverage": side["coverage"], "target_minutes": minutes}).json["due_at"]
        for side, minutes in ((base, 480), (contract, 600))
    ]
    assert due_at[0] < due_at[1]


def test_a_better_contract_is_accepted_with_what_is_then_in_force(ana: Caller) -> None:
    """S-4.6"""
    base = {"calendar": "madrid", "coverage": "business", "targets": [cell(480), cell(60, metric="response")]}
    contract = {"calendar": "madrid", "coverage": "24x7", "targets": [cell(240)]}
    answer = ana.post("/sla/validate", {"base": base, "contract": contract}).json
    assert answer == {"accept": True, "effective": [cell(240), cell(60, metric="response")]}


def test_two_targets_for_one_cell_are_refused(ana: Caller) -> None:
    side = {"coverage": "24x7", "targets": [cell(480), cell(240)]}
    answer = ana.post("/sla/validate", {"base": side, "contract": side})
    assert answer.status_code == 422
    assert "backup/P1/resolution" in answer.text


def test_customers_do_not_simulate(marta: Caller) -> None:
    assert marta.post("/sla/simulate", ASKED).status_code == 403

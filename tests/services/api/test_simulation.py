"""Who would be paged for an activation at any instant, by the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.api.conftest import Caller

CHRISTMAS = {"policy": "contingency", "at": "2026-12-25T03:00"}


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


def test_everybody_who_would_be_reached_in_the_order_of_time_with_the_reason(ana: Caller) -> None:
    rows = ana.post("/escalations/simulate", CHRISTMAS).json
    assert [(row["at"][11:19], row["round"], row["step"], row["person"]["id"], row["channel"]) for row in rows[:4]] == [
        ("02:00:00", 1, 1, "borja", "sms"),
        ("02:00:00", 1, 1, "borja", "voice"),
        ("02:01:30", 1, 1, "borja", "voice"),
        ("02:03:00", 1, 2, "ana", "sms"),
    ]
    assert rows[0]["person"] == {"id": "borja", "name": "Borja Ruiz"}
    assert rows[0]["address"] == "+34600000002"
    assert "sustitución xmas" in rows[0]["why"]
    assert "en lugar de Carol Smith" in rows[0]["why"]
    assert rows[-1]["last_resort"] is True
    assert rows[-1]["person"]["id"] == "clara"


def test_it_ends_with_the_first_yes(ana: Caller) -> None:
    answers = [{"person": "borja", "answer": "decline", "after": "40s"}, {"person": "ana", "after": "2m"}]
    rows = ana.post("/escalations/simulate", CHRISTMAS | {"answers": answers}).json
    assert [(row["at"][14:19], row["person"]["id"], row["channel"]) for row in rows] == [
        ("00:00", "borja", "sms"),
        ("00:00", "borja", "voice"),
        ("00:40", "ana", "sms"),
        ("00:40", "ana", "voice"),
    ]
    at = [{"person": "ana", "at": "2026-12-25T03:00"}]
    assert len(ana.post("/escalations/simulate", CHRISTMAS | {"answers": at}).json) == 2


def test_what_is_not_used_is_shown_on_request(ana: Caller) -> None:
    rows = ana.post("/escalations/simulate", CHRISTMAS | {"skipped": True}).json
    unused = [
        (row["person"] and row["person"]["id"], row["channel"], row["not_used"]) for row in rows if row["not_used"]
    ]
    assert ("clara", "sms", "no_verified_method") in unused
    assert (None, "pagerduty", "pagerduty_not_configured") in unused


def test_a_drill_asks_once_and_never_the_last_resort(ana: Caller) -> None:
    rows = ana.post("/escalations/simulate", CHRISTMAS | {"mode": "drill"}).json
    assert {row["round"] for row in rows} == {1}
    assert not any(row["last_resort"] for row in rows)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"policy": "none"}, "policy"),
        ({"at": "tomorrow"}, "at"),
        ({"answers": [{"person": "nobody", "after": "1m"}]}, "answers.0.person"),
        ({"answers": [{"person": "ana"}]}, "answers.0"),
        ({"answers": [{"person": "ana", "after": "2d"}]}, "answers.0.after"),
        ({"answers": [{"person": "ana", "at": "2026-12-24T03:00"}]}, "answers.0.at"),
        ({"answers": [{"person": "ana", "after": "1m", "answer": "perhaps"}]}, "answers.0.answer"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(ana: Caller, changed: dict[str, Any], field: str) -> None:
    answer = ana.post("/escalations/simulate", CHRISTMAS | changed)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)


def test_customers_may_not_ask(marta: Caller) -> None:
    assert marta.post("/escalations/simulate", CHRISTMAS).status_code == 403

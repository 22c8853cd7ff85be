"""Who is on call, when, and when the office is open, by the API."""

from __future__ import annotations

from typing import Any

import pytest

from alerting import configuration
from alerting.runtime import Runtime
from core.documents import store
from tests.services.api.conftest import Caller

ANA, BORJA = {"id": "ana", "name": "Ana García"}, {"id": "borja", "name": "Borja Ruiz"}


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


def test_who_is_on_call_now_and_why(ana: Caller) -> None:
    (one,) = ana.get("/schedules/backup-primary/oncall").json
    assert one["person"] == ANA
    assert "backup-weekly" in one["reason"]
    assert (one["source"], one["cause"]["to"]) == ("rotation:backup-weekly", "2026-11-02T08:00:00Z")


def test_an_override_says_whom_it_replaces_at_that_instant(ana: Caller) -> None:
    for at in ("2026-12-25T12:00:00+01:00", "2026-12-25T11:00:00Z", "2026-12-25T12:00"):
        (one,) = ana.get("/schedules/backup-primary/oncall", at=at).json
        assert (one["person"], one["source"], one["cause"]["instead_of"]) == (BORJA, "override:xmas", "carol")


def test_a_plus_that_was_not_escaped_is_understood(ana: Caller) -> None:
    answer = ana.client.get("/api/v1/schedules/backup-primary/oncall?at=2026-12-25T12:00:00+01:00", headers=ana.headers)
    assert [one["person"] for one in answer.json] == [BORJA]


def test_shifts_are_clipped_to_the_window(ana: Caller) -> None:
    window = {"from": "2026-12-24T12:00:00Z", "to": "2026-12-27T00:00:00Z"}
    shifts = ana.get("/schedules/backup-primary/shifts", **window).json
    assert [(s["from"], s["to"], s["person"]["id"], s["source"]) for s in shifts] == [
        ("2026-12-24T12:00:00.000Z", "2026-12-24T14:00:00.000Z", "carol", "rotation:backup-weekly"),
        ("2026-12-24T14:00:00.000Z", "2026-12-26T08:00:00.000Z", "borja", "override:xmas"),
        ("2026-12-26T08:00:00.000Z", "2026-12-27T00:00:00.000Z", "carol", "rotation:backup-weekly"),
    ]


def test_without_a_window_the_next_two_weeks_are_shown(ana: Caller) -> None:
    shifts = ana.get("/schedules/backup-primary/shifts").json
    assert shifts[0]["from"] == "2026-10-27T02:00:00.000Z"
    assert shifts[-1]["to"] == "2026-11-10T02:00:00.000Z"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-12-27T00:00Z", "to": "2026-12-26T00:00Z"}, "to"),
        ({"from": "2026-01-01T00:00Z", "to": "2126-01-01T00:00Z"}, "to"),
        ({"from": "2026-01-01"}, "from"),
        ({"to": "soon"}, "to"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(ana: Caller, query: dict[str, str], field: str) -> None:
    answer = ana.get("/schedules/backup-primary/shifts", **query)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)


def test_an_unknown_schedule_or_calendar_is_not_found(ana: Caller) -> None:
    for path in ("/schedules/none/oncall", "/schedules/none/shifts", "/calendars/none/open"):
        assert ana.get(path).status_code == 404


def test_the_past_of_an_archived_schedule_can_be_asked_for(ana: Caller, runtime: Runtime) -> None:
    window = {"from": "2026-10-01T00:00Z", "to": "2026-10-27T02:00Z"}
    before = ana.get("/schedules/backup-primary/shifts", **window).json
    with runtime.database.transaction() as session:
        found = next(one for one in store.load(session) if (one.section, one.id) == ("schedules", "backup-primary"))
        gone = store.Change("archive", found.section, found.id, found.body, found.position)
        configuration.change(session, [gone], runtime.settings, runtime.now(session))
    assert ana.get("/schedules/backup-primary/shifts", **window).json == before
    (one,) = ana.get("/schedules/backup-primary/oncall", at="2026-10-27T01:59:59Z").json
    assert (one["person"], one["cause"]["to"]) == (ANA, "2026-11-02T08:00:00Z")
    assert ana.get("/schedules/backup-primary/oncall").json == []


def test_a_vacation_without_a_zone_is_the_persons_own_as_it_is_for_pages(ana: Caller, runtime: Runtime) -> None:
    with runtime.database.transaction() as session:
        found = next(one for one in store.load(session) if (one.section, one.id) == ("people", "ana"))
        moved = store.Change("update", "people", "ana", found.body | {"timezone": "America/Havana"}, found.position)
        vacation = {"id": "trip", "person": "ana", "from": "2026-10-28T00:00", "to": "2026-10-29T00:00"}
        away = store.Change("create", "absences", "trip", vacation, 9)
        configuration.change(session, [moved, away], runtime.settings, runtime.now(session))
    window = {"from": "2026-10-28T00:00Z", "to": "2026-10-30T00:00Z"}
    shown = ana.get("/schedules/backup-primary/shifts", **window).json
    assert [(one["from"], one["person"]["id"]) for one in shown] == [
        ("2026-10-28T00:00:00.000Z", "ana"),
        ("2026-10-28T04:00:00.000Z", "borja"),
        ("2026-10-29T04:00:00.000Z", "ana"),
    ]


def test_customers_see_no_schedule_but_may_ask_when_the_office_opens(marta: Caller) -> None:
    assert marta.get("/schedules/backup-primary/oncall").status_code == 403
    assert marta.get("/calendars/madrid/open").json == {
        "open": False,
        "opens_at": "2026-10-27T08:00:00.000Z",
        "closes_at": "2026-10-27T17:00:00.000Z",
    }
    assert marta.get("/calendars/madrid/open", at="2026-12-24T14:59:59").json["open"] is True
    assert marta.get("/calendars/madrid/open", at="2026-12-24T15:00:00").json["open"] is False


def preview_of(**changed: Any) -> dict[str, Any]:
    return {
        "schedule": {"id": "nights", "timezone": "Europe/Madrid", "layers": [{"rotation": "week"}]},
        "rotations": [
            {
                "id": "week",
                "kind": "weekly",
                "anchor": "2026-01-05T09:00",
                "timezone": "Europe/Madrid",
                "participants": ["somebody", None],
            }
        ],
        "window": {"from": "2026-01-05T09:00", "to": "2026-01-13T09:00"},
    } | changed


def test_a_preview_shows_hand_offs_shifts_and_gaps_of_people_who_need_not_exist(ana: Caller) -> None:
    assert ana.post("/oncall/preview", preview_of()).json == {
        "handoffs": {"week": ["2026-01-05T08:00:00Z", "2026-01-12T08:00:00Z"]},
        "shifts": [
            {
                "from": "2026-01-05T08:00:00Z",
                "to": "2026-01-12T08:00:00Z",
                "person": "somebody",
                "source": "rotation:week",
            }
        ],
        "gaps": [{"from": "2026-01-12T08:00:00Z", "to": "2026-01-13T08:00:00Z"}],
    }


def test_a_preview_of_something_impossible_names_the_field(ana: Caller) -> None:
    answer = ana.post("/oncall/preview", preview_of(window={"from": "2026-01-05T09:00"}))
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "window.to")
    unknown = ana.post("/oncall/preview", preview_of(rotations=[]))
    assert unknown.status_code == 422
    assert "week" in unknown.json["errors"][0]["message"]

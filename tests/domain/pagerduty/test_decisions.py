"""The two-way table with PagerDuty, and its guards against loops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerting.pagerduty import decisions
from alerting.pagerduty.decisions import ACKNOWLEDGED, RESOLVED, TRIGGERED, Act, Heard, Known, decide, read

AT = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)
SAID_AT = AT - timedelta(minutes=1)


def heard(kind: str, *, user: str | None = "PABC123", at: datetime = AT, note: str | None = None) -> Heard:
    return Heard("01E", f"incident.{kind}", at, "Q1", None, user, "Ana", note)


def known(held: Any = TRIGGERED, **others: Any) -> Known:
    given = {"held": held, "emitted_at": SAID_AT, "heard_at": None, "ours": True, "acknowledged_there": False}
    return Known(**(given | others))


@pytest.mark.parametrize(
    ("event", "before", "act", "held"),
    [
        (heard("triggered", user=None), known(), Act.OPENED, TRIGGERED),
        (heard("reopened"), known(RESOLVED), Act.OPENED, TRIGGERED),
        (heard("acknowledged"), known(), Act.ACKNOWLEDGE, ACKNOWLEDGED),
        (heard("acknowledged"), known(None), Act.ACKNOWLEDGE, ACKNOWLEDGED),
        (heard("unacknowledged", user=None), known(ACKNOWLEDGED, acknowledged_there=True), Act.RESUME, TRIGGERED),
        (heard("unacknowledged", user=None), known(ACKNOWLEDGED), Act.IGNORE, TRIGGERED),
        (heard("resolved"), known(), Act.RESOLVED, RESOLVED),
        (heard("resolved"), known(ACKNOWLEDGED), Act.RESOLVED, RESOLVED),
        (heard("resolved", user=None), known(), Act.IGNORE, RESOLVED),
        (heard("escalated", user=None), known(), Act.NOTE, None),
        (heard("reassigned"), known(), Act.NOTE, None),
        (heard("delegated"), known(), Act.NOTE, None),
        (heard("priority_updated"), known(), Act.NOTE, None),
        (heard("something_new_in_2099"), known(), Act.NOTE, None),
        (Heard("01E", "pagey.ping", AT), known(), Act.IGNORE, None),
    ],
)
def test_each_event_leads_to_its_act(event: Heard, before: Known, act: Act, held: str | None) -> None:
    verdict = decide(event, before)
    assert (verdict.act, verdict.held) == (act, held)


@pytest.mark.parametrize(
    ("event", "before", "why"),
    [
        (heard("acknowledged"), known(ACKNOWLEDGED), "already_so"),
        (heard("acknowledged"), known(RESOLVED), "already_so"),
        (heard("resolved"), known(RESOLVED), "already_so"),
        (heard("acknowledged", user=None), known(), "no_person"),
        (heard("annotated", note="Aceptado por Ana [guardia]"), known(), "own_note"),
        (heard("acknowledged"), known(ours=False), "earlier_episode"),
        (heard("acknowledged"), known(heard_at=AT + timedelta(seconds=2)), "out_of_order"),
        (heard("acknowledged", at=SAID_AT - timedelta(seconds=6)), known(), "out_of_order"),
        (heard("resolved", at=SAID_AT - timedelta(seconds=6)), known(), "out_of_order"),
        (heard("unacknowledged", at=SAID_AT - timedelta(seconds=6)), known(acknowledged_there=True), "out_of_order"),
        (heard("resolved", user=None, at=SAID_AT + timedelta(seconds=1)), known(), "already_so"),
    ],
)
def test_an_echo_of_our_own_word_changes_nothing(event: Heard, before: Known, why: str) -> None:
    verdict = decide(event, before)
    assert (verdict.why, verdict.held) == (why, None)
    assert verdict.act in (Act.IGNORE, Act.NOTE)


def test_a_yes_within_the_skew_of_two_clocks_counts() -> None:
    assert decide(heard("acknowledged", at=SAID_AT - timedelta(seconds=4)), known()).act is Act.ACKNOWLEDGE


@pytest.mark.parametrize("held", [None, TRIGGERED, ACKNOWLEDGED, RESOLVED])
@pytest.mark.parametrize("word", [TRIGGERED, ACKNOWLEDGED, RESOLVED])
def test_what_pagerduty_holds_already_is_never_told_again(word: Any, held: Any) -> None:
    actions = decisions.events_towards(word, held)
    assert (actions == ()) == (word == held or (word, held) == (ACKNOWLEDGED, RESOLVED))


def test_an_acknowledged_incident_is_opened_anew_to_ring_again() -> None:
    assert decisions.events_towards(TRIGGERED, ACKNOWLEDGED) == ("resolve", "trigger")


@pytest.mark.parametrize(
    ("escalation", "mirror", "before", "wanted"),
    [
        ("running", True, ACKNOWLEDGED, TRIGGERED),
        ("running", False, ACKNOWLEDGED, ACKNOWLEDGED),
        ("exhausted", False, TRIGGERED, TRIGGERED),
        ("acknowledged", False, TRIGGERED, ACKNOWLEDGED),
        ("contacted", True, TRIGGERED, ACKNOWLEDGED),
        ("finished", False, ACKNOWLEDGED, RESOLVED),
        ("cancelled", True, TRIGGERED, RESOLVED),
        ("scheduled", True, TRIGGERED, TRIGGERED),
    ],
)
def test_incidents_follow_our_escalation(escalation: str, mirror: bool, before: Any, wanted: str) -> None:
    assert decisions.wanted(escalation, mirror, before) == wanted


def test_a_refused_word_is_said_again_for_ever_but_ever_more_rarely() -> None:
    waits = [decisions.again_after(tries) for tries in (1, 2, 3, 4, 5, 1000)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=5)


EVENT: dict[str, Any] = {
    "id": "01BFRK",
    "event_type": "incident.acknowledged",
    "resource_type": "incident",
    "occurred_at": "2026-10-27T02:00:00.123Z",
    "agent": {"id": "PABC123", "type": "user_reference", "summary": "Ana García"},
    "client": None,
    "data": {"id": "Q1", "type": "incident", "incident_key": None, "status": "acknowledged"},
}


def test_an_event_is_read() -> None:
    found = read({"event": EVENT})
    assert found is not None
    assert (found.kind, found.user, found.name, found.incident_id) == (
        "incident.acknowledged",
        "PABC123",
        "Ana García",
        "Q1",
    )


def test_an_integration_is_no_person() -> None:
    agent = {"id": "PINT1", "type": "inbound_integration_reference", "summary": "Events API"}
    found = read({"event": EVENT | {"agent": agent}})
    assert found is not None
    assert found.user is None


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "event",
        {},
        {"event": None},
        {"event": EVENT | {"id": ""}},
        {"event": EVENT | {"event_type": 7}},
        {"event": EVENT | {"occurred_at": "yesterday"}},
        {"event": EVENT | {"occurred_at": "2026-10-27T02:00:00"}},
        {"event": {"id": "x"}},
    ],
)
def test_what_is_no_event_is_not_read(body: Any) -> None:
    assert read(body) is None


@pytest.mark.parametrize("data", [None, [], "x", {"type": "incident", "id": 7}, {"incident": "Q1"}])
def test_strange_data_is_read_as_no_incident(data: Any) -> None:
    found = read({"event": EVENT | {"data": data}})
    assert found is not None
    assert found.incident_id is None


def test_a_stranger_is_named_as_one() -> None:
    assert decisions.external_name("pagerduty:PEXT999", "Itsafer") == "Itsafer (PagerDuty PEXT999)"
    assert decisions.external_name("ana", "Itsafer") == "ana"


THERE: dict[str, Any] = {
    "id": "Q1",
    "status": "acknowledged",
    "last_status_change_at": "2026-10-27T02:00:00Z",
    "last_status_change_by": {"id": "PABC123", "type": "user_reference", "summary": "Ana García"},
}


def test_what_was_missed_is_read_as_if_it_had_come_by_webhook() -> None:
    found = read(decisions.missed(THERE, TRIGGERED))
    assert found is not None
    assert (found.kind, found.user, found.incident_id) == ("incident.acknowledged", "PABC123", "Q1")
    assert decide(found, known(heard_at=AT + timedelta(milliseconds=900))).act is Act.ACKNOWLEDGE


@pytest.mark.parametrize(
    ("change", "held"),
    [
        ({}, ACKNOWLEDGED),
        ({"status": "triggered"}, TRIGGERED),
        ({"status": "triggered"}, ACKNOWLEDGED),
        ({"status": "invented"}, TRIGGERED),
        ({"last_status_change_at": None}, TRIGGERED),
    ],
)
def test_what_says_nothing_new_was_not_missed(change: dict[str, Any], held: Any) -> None:
    assert decisions.missed(THERE | change, held) is None


def test_a_service_that_changed_it_is_no_person() -> None:
    found = read(
        decisions.missed(THERE | {"last_status_change_by": {"id": "PS", "type": "service_reference"}}, TRIGGERED)
    )
    assert found is not None
    assert found.user is None

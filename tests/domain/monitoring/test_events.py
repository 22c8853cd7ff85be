"""What monitoring systems send, read into events of one shape (S-3.2.1)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from alerting.monitoring.events import Event, read

ALERTMANAGER: dict[str, Any] = {
    "version": "4",
    "groupKey": '{}:{alertname="BackupFailed"}',
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "guardia",
    "groupLabels": {"alertname": "BackupFailed"},
    "commonLabels": {"alertname": "BackupFailed"},
    "commonAnnotations": {},
    "externalURL": "http://alertmanager.example:9093",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "BackupFailed", "job": "erp", "instance": "srv-erp:9100", "severity": "critical"},
            "annotations": {"summary": "La copia del ERP ha fallado", "runbook": "R-12"},
            "startsAt": "2026-10-27T02:00:00.000Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example:9090/graph",
            "fingerprint": "c4f2a7e1b09d3d55",
        },
        {
            "status": "resolved",
            "labels": {"alertname": "DiskFull", "host": "srv-files"},
            "annotations": {},
            "startsAt": "2026-10-27T01:00:00.000Z",
            "endsAt": "2026-10-27T02:00:00.000Z",
            "fingerprint": "aa00",
        },
    ],
}
GRAFANA: dict[str, Any] = {
    "receiver": "guardia",
    "status": "firing",
    "orgId": 1,
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "Copia parada", "grafana_folder": "Backup"},
            "annotations": {"description": "Sin copias desde ayer"},
            "startsAt": "2026-10-27T03:00:00+01:00",
            "endsAt": "0001-01-01T00:00:00Z",
            "values": {"A": 3.5},
            "valueString": "[ var='A' value=3.5 ]",
            "generatorURL": "https://grafana.example/alerting/1",
            "fingerprint": "57c6d9296de2ad39",
            "silenceURL": "https://grafana.example/silence",
            "imageURL": "",
        }
    ],
    "version": "1",
    "groupKey": "{}:{}",
    "truncatedAlerts": 0,
    "title": "[FIRING:1] Copia parada",
    "state": "alerting",
    "message": "**Firing**",
}


def test_a_generic_event_is_taken_as_it_is() -> None:
    body = {"dedup_key": "erp/nightly", "action": "trigger", "summary": "Copia fallida", "job": "erp", "machine": 7,
            "details": {"code": 3, "volume": "D:"}, "sent_by": "backup.sh"}  # fmt: skip

    assert read("generic", body) == [
        Event("erp/nightly", "trigger", "Copia fallida", job="erp", machine="7", details="code: 3\nvolume: D:")
    ]


def test_a_resolve_needs_no_summary() -> None:
    assert read("generic", {"dedup_key": "a", "action": "resolve"})[0].action == "resolve"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "trigger", "summary": "x"}, "dedup_key"),
        ({"dedup_key": " ", "action": "trigger", "summary": "x"}, "dedup_key"),
        ({"dedup_key": "k" * 501, "action": "trigger", "summary": "x"}, "dedup_key"),
        ({"dedup_key": "a", "action": "open", "summary": "x"}, "action"),
        ({"dedup_key": "a", "action": "trigger", "summary": ["x"]}, "summary"),
        ({"dedup_key": "a", "action": "trigger", "summary": "x", "machine": {}}, "machine"),
    ],
)
def test_what_cannot_be_read_is_named(body: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read("generic", body)
    assert [one["loc"] for one in refused.value.errors()] == [(field,)]


def test_a_trigger_says_what_is_wrong() -> None:
    with pytest.raises(ValidationError, match="summary is missing"):
        read("generic", {"dedup_key": "a", "action": "trigger"})


def test_each_alert_of_alertmanagers_group_is_an_event() -> None:
    firing, resolved = read("alertmanager", ALERTMANAGER)

    assert (firing.dedup_key, firing.action) == ("c4f2a7e1b09d3d55", "trigger")
    assert (firing.summary, firing.job, firing.machine) == ("La copia del ERP ha fallado", "erp", "srv-erp:9100")
    assert firing.instance == "2026-10-27T02:00:00.000Z"
    assert "severity: critical" in str(firing.details)
    assert (resolved.dedup_key, resolved.action, resolved.summary) == ("aa00", "resolve", "DiskFull")
    assert resolved.machine == "srv-files"


def test_grafanas_alerts_are_read_the_same_way() -> None:
    (event,) = read("grafana", GRAFANA)

    assert (event.dedup_key, event.summary) == ("57c6d9296de2ad39", "Sin copias desde ayer")
    assert "value=3.5" in str(event.details)


def test_an_alert_without_a_fingerprint_is_known_by_its_labels() -> None:
    bare = {"status": "firing", "labels": {"a": "1", "b": "2"}}
    turned = {"status": "firing", "labels": {"b": "2", "a": "1"}}
    one, same, other = read("alertmanager", {"alerts": [bare, turned, {"status": "firing", "labels": {"a": "2"}}]})

    assert one.dedup_key == same.dedup_key != other.dedup_key


def test_alerts_that_the_sender_left_out_are_said() -> None:
    events = read("alertmanager", ALERTMANAGER | {"truncatedAlerts": 12})

    assert events[-1].summary == "12 more alerts were not sent"


@pytest.mark.parametrize("body", [None, [], "x", 3, {}, {"alerts": {}}, {"alerts": [{"status": "pending"}]}])
def test_what_is_no_delivery_is_refused(body: object) -> None:
    with pytest.raises(ValidationError):
        read("alertmanager", body)


KNOWN = ["alerts", "status", "labels", "annotations", "summary", "dedup_key", "action", "details"]
PLAIN = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20)
JSON = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KNOWN), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.sampled_from(["generic", "alertmanager", "grafana"]), JSON)
def test_any_json_is_read_or_refused_and_what_is_read_can_be_stored(format_: Any, body: object) -> None:
    try:
        events = read(format_, body)
    except ValidationError:
        return
    for event in events:
        assert 1 <= len(event.dedup_key) <= 500
        assert len(event.summary) <= 500
        for text in (event.dedup_key, event.summary, event.details or ""):
            assert "\x00" not in text
            text.encode()

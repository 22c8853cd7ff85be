"""What PagerDuty is told about a ticket."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerting.pagerduty import words
from alerting.pagerduty.words import LONGEST_SUMMARY, Told
from tests.support.pagerduty import valid_event

AT = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)
TOLD = Told("ITS-0048213", "P1", "Hotel Sol", "Restauración del ERP", AT, "backup", "+34611000001", "Marta Ruiz")


@pytest.mark.parametrize(
    ("language", "minutes", "text"),
    [
        ("es", None, "ITS-0048213 P1 Hotel Sol: Restauración del ERP"),
        ("es", 12, "ITS-0048213 P1 Hotel Sol: Restauración del ERP (sin respuesta desde hace 12 min)"),
        ("en", 12, "ITS-0048213 P1 Hotel Sol: Restauración del ERP (without an answer for 12 min)"),
    ],
)
def test_the_summary_says_what_it_is_about(language: str, minutes: int | None, text: str) -> None:
    told = Told(**(vars(TOLD) | {"unanswered_minutes": minutes}))
    assert words.summary(told, language) == text


def test_a_summary_is_never_longer_than_pagerduty_takes() -> None:
    told = Told(**(vars(TOLD) | {"customer": "ñ" * 2000}))
    assert len(words.summary(told, "es")) == LONGEST_SUMMARY


@pytest.mark.parametrize("priority", ["P1", "P2", "P3", "P4", "P9"])
def test_an_event_is_what_its_document_allows(priority: str) -> None:
    event = words.event(
        Told(**(vars(TOLD) | {"priority": priority})), "es", "https://g.itsafer.com", "Itsafer", "Europe/Madrid"
    )
    valid_event(event | {"routing_key": "R" * 32, "event_action": "trigger", "dedup_key": "guardia:1"})


def test_an_event_names_whom_to_call_and_where_to_look() -> None:
    event = words.event(TOLD, "es", "https://g.itsafer.com", "Itsafer", "Europe/Madrid")
    details = event["payload"]["custom_details"]
    assert (details["contact"], details["contact_phone"]) == ("Marta Ruiz", "+34611000001")
    assert details["opened_at"] == "2026-10-27 03:00+01:00"
    assert event["links"] == [{"href": "https://g.itsafer.com/desk/tickets/ITS-0048213", "text": "ITS-0048213"}]
    assert event["payload"]["source"] == "g.itsafer.com"


def test_each_episode_of_each_ticket_has_a_key_of_its_own() -> None:
    keys = {words.dedup_key(id_, "ITS-0048213", episode) for id_ in ("01A", "01B") for episode in (1, 2)}
    assert len(keys) == 4
    assert max(map(len, keys)) <= 255

"""What PagerDuty is told about a ticket: Events API v2. Pure.

https://developer.pagerduty.com/docs/send-alert-event"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

LONGEST_SUMMARY = 1024  # characters
SEVERITY = {"P1": "critical", "P2": "error", "P3": "warning", "P4": "info"}


@dataclass(frozen=True)
class Told:
    """The ticket as its responder must know it. `unanswered_minutes` only for the last resort."""

    reference: str
    priority: str
    customer: str
    subject: str
    opened_at: datetime
    component: str | None = None
    phone: str | None = None
    contact: str | None = None
    contact_due_at: datetime | None = None
    unanswered_minutes: int | None = None


def dedup_key(ticket_id: str, reference: str, episode: int) -> str:
    """One incident for each episode. The ticket's id is unique among all installations, which may share a service."""
    return f"guardia:{reference}:{ticket_id}:{episode}"


def summary(told: Told, language: str) -> str:
    """`ITS-0048213 P1 Hotel Sol: Restauración del ERP`"""
    text = f"{told.reference} {told.priority} {told.customer}: {told.subject}"
    if told.unanswered_minutes is not None:
        unanswered = "without an answer for" if language == "en" else "sin respuesta desde hace"
        text += f" ({unanswered} {told.unanswered_minutes} min)"
    return text[:LONGEST_SUMMARY]


def test_key(attempt_id: str) -> str:
    """A test is an incident of its own."""
    return f"guardia:test:{attempt_id}"


def test_summary(provider: str, person: str, language: str) -> str:
    """`PRUEBA Itsafer para Ana García: reconózcala para confirmar que le llega. No es una incidencia.`"""
    if language == "en":
        return f"TEST {provider} for {person}: acknowledge it to confirm that it reaches you. This is no incident."
    return f"PRUEBA {provider} para {person}: reconózcala para confirmar que le llega. No es una incidencia."


def test_event(summary: str, at: datetime, origin: str, provider: str) -> dict[str, Any]:
    """As urgent as a page, for it proves that a page would ring."""
    address = f"{origin}/desk/methods"
    return {
        "payload": {
            "summary": summary[:LONGEST_SUMMARY],
            "source": urlsplit(origin).hostname or "guardia",
            "severity": "critical",
            "timestamp": at.isoformat(),
            "class": "test",
        },
        "client": provider,
        "client_url": address,
        "links": [{"href": address, "text": provider}],
    }


def event(told: Told, language: str, origin: str, provider: str, timezone: str) -> dict[str, Any]:
    """A trigger without routing key, action and dedup key. `origin` is our public address; `timezone` that of the
    times that people read."""
    zone = ZoneInfo(timezone)
    address = f"{origin}/desk/tickets/{told.reference}"
    details: Mapping[str, str | None] = {
        "reference": told.reference,
        "customer": told.customer,
        "plan": told.subject,
        "contact": told.contact,
        "contact_phone": told.phone,
        "opened_at": _local(told.opened_at, zone),
        "contact_due_at": _local(told.contact_due_at, zone) if told.contact_due_at else None,
    }
    payload: dict[str, Any] = {
        "summary": summary(told, language),
        "source": urlsplit(origin).hostname or "guardia",
        "severity": SEVERITY.get(told.priority, "critical"),
        "timestamp": told.opened_at.isoformat(),
        "group": told.customer,
        "class": "contingency",
        "custom_details": {name: value for name, value in details.items() if value},
    }
    if told.component:
        payload["component"] = told.component
    return {
        "payload": payload,
        "client": provider,
        "client_url": address,
        "links": [{"href": address, "text": told.reference}],
    }


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(sep=" ", timespec="minutes")

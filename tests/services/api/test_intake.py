"""Tickets that page nobody: opened by the API, by customers and for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.time import iso
from tests.services.api.conftest import Caller
from tests.support.time import SteppedClock


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


TOLD: dict[str, Any] = {"symptoms": "La copia del ERP no termina.\nDesde ayer."}


def opened(caller: Caller, **more: Any) -> dict[str, Any]:
    answer = caller.post("/tickets", TOLD | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json  # type: ignore[assignment]
    return found


def mails(staff: Caller, reference: str) -> list[tuple[str, str]]:
    return [
        (one["address"], one["channel"])
        for one in staff.items(f"/tickets/{reference}/attempts")
        if one["purpose"] == "customer"
    ]


def test_the_symptoms_are_enough_and_the_customer_is_told_by_mail(marta: Caller, ana: Caller) -> None:
    """S-3.A1, S-3.2.3, S-2.1"""
    ticket = opened(marta)
    assert (ticket["kind"], ticket["type"], ticket["state"], ticket["priority"]) == ("incident", "other", "new", "P3")
    assert ticket["title"] == "La copia del ERP no termina"
    assert ticket["escalation"] is None
    assert ticket["completeness"]["percent"] == 6
    assert mails(ana, ticket["reference"]) == [("marta@hotelsol.example", "email")]


def test_nobody_is_rung_for_a_ticket(marta: Caller, ana: Caller) -> None:
    reference = opened(marta, critical_situation=True)["reference"]
    assert not [one for one in ana.items(f"/tickets/{reference}/attempts") if one["purpose"] == "page"]


def test_every_field_of_the_terms_is_kept_and_read_again(marta: Caller) -> None:
    """S-3.A1 to S-3.D3"""
    told = {
        "error_output": "E 0x1\nE 0x2",
        "affected": [{"kind": "machine", "name": "srv-erp", "login": "svc"}],
        "steps_to_reproduce": "Lanzarla.",
        "desired_outcome": "Que termine.",
        "business_impact": "Sin copia.",
        "affected_users": 0,
        "affected_machines": 1,
        "strategic_users": False,
        "product_build": "7.1.3",
        "occurred_before": "again",
        "earlier_ticket": "ITS-0000018",
        "preceding_events": "Un corte.",
        "recent_changes": "Disco nuevo.",
        "contact": {"name": "Marta", "phone": "611 00 00 01", "preferred_channel": "phone"},
        "os": "linux_unix",
        "environment": "VLAN 3",
        "platform_login": "hotel-sol",
        "tried_steps": "Reiniciar.",
        "kb_articles": ["KB12"],
        "impact": "medium",
        "urgency": "high",
    }
    reference = opened(marta, type="backup_failed", department="Dirección", **told)["reference"]
    ticket = marta.ticket(reference)
    kept = told | TOLD | {"contact": told["contact"] | {"phone": "+34611000001"}}  # type: ignore[operator]  # a dict
    del kept["strategic_users"]  # a no that was told
    assert {name: ticket["intake"][name] for name in kept} == kept
    assert (ticket["type"], ticket["department"], ticket["priority"]) == ("backup_failed", "Dirección", "P2")


def test_a_critical_situation_is_p1_and_the_activation_is_offered_not_fired(marta: Caller, caller: Any) -> None:
    """S-3.B3"""
    ticket = opened(marta, critical_situation=True, component="backup")
    assert (ticket["priority"], ticket["offer_activation"], ticket["kind"]) == ("P1", True, "incident")
    assert ticket["emergency_phone"] == "+34910000000"
    business = opened(caller("Jon"), critical_situation=True)
    assert (business["priority"], business["offer_activation"]) == ("P1", False)


def test_a_secret_is_taken_out_before_it_is_stored(marta: Caller) -> None:
    """S-3.D2"""
    ticket = opened(marta, environment="VPN password=hunter22")
    assert ticket["redacted"] == ["environment"]
    assert "hunter22" not in marta.get(f"/tickets/{ticket['reference']}").text


def test_staff_enter_a_telephone_call_as_of_when_it_came(ana: Caller, clock: SteppedClock) -> None:
    """S-4.9"""
    at = clock.at - timedelta(hours=2)
    ticket = opened(ana, customer="hotel-sol", phoned=True, opened_at=iso(at), priority="P2")
    assert (ticket["opened_at"], ticket["channel"], ticket["priority"]) == (iso(at), "phone", "P2")


def test_never_forward_and_never_by_the_customer(ana: Caller, marta: Caller, clock: SteppedClock) -> None:
    """S-4.9"""
    later = {"customer": "hotel-sol", "opened_at": iso(clock.at + timedelta(minutes=1))}
    answers = [
        ana.post("/tickets", TOLD | later),
        marta.post("/tickets", TOLD | {"opened_at": iso(clock.at)}),
        marta.post("/tickets", TOLD | {"priority": "P1"}),
        ana.post("/tickets", TOLD),
        marta.post("/tickets", {"symptoms": ""}),
        marta.post("/tickets", TOLD | {"component": "fax"}),
        marta.post("/tickets", TOLD | {"kind": "request", "type": "backup_failed"}),
    ]
    fields = ["opened_at", "opened_at", "priority", "customer", "symptoms", "component", "type"]
    assert [(answer.status_code, answer.json["errors"][0]["field"]) for answer in answers] == [
        (422, field) for field in fields
    ]


def test_another_customer_is_not_there(ana: Caller, marta: Caller) -> None:
    assert marta.post("/tickets", TOLD | {"customer": "banco-norte"}).status_code == 404
    assert ana.post("/tickets", TOLD | {"customer": "nobody"}).status_code == 404


def test_the_same_key_is_one_ticket(marta: Caller) -> None:
    first = marta.post("/tickets", TOLD, Idempotency_Key="k1")
    again = marta.post("/tickets", TOLD, Idempotency_Key="k1")
    assert (first.status_code, again.json["reference"]) == (201, first.json["reference"])
    assert marta.post("/tickets", TOLD | {"title": "x"}, Idempotency_Key="k1").status_code == 409


def test_an_engineer_takes_a_ticket_that_paged_nobody(marta: Caller, ana: Caller, borja: Caller) -> None:
    reference = opened(marta)["reference"]
    first = ana.post(f"/tickets/{reference}/acknowledgement").json
    second = borja.post(f"/tickets/{reference}/acknowledgement").json
    assert (first["state"], first["acknowledgement"]["won"]) == ("acknowledged", True)
    assert (second["acknowledgement"]["won"], second["acknowledgement"]["owner"]["id"]) == (False, "ana")
    contact = ana.post(f"/tickets/{reference}/contact", {"outcome": "reached", "channel": "voice"}).json
    assert (contact["state"], contact["contact_state"]) == ("in_progress", "reached")
    assert ana.post(f"/tickets/{reference}/closure", {"code": "resolved"}).json["state"] == "closed"

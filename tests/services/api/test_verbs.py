"""Acknowledge, decline, contact, stand down, close: who may, what follows, and what is not allowed when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from alerting.escalation.models import ContactTryRow
from alerting.runtime import Runtime
from tests.services.api.conftest import Caller
from tests.support.time import SteppedClock

REACHED = {"outcome": "reached", "channel": "voice"}


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


def kinds(caller: Caller, reference: str) -> list[str]:
    return [entry["kind"] for entry in caller.items(f"/tickets/{reference}/log")]


def fields(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["field"] for error in answer.json["errors"]]


def test_the_first_yes_has_the_ticket_and_the_second_learns_who(marta: Caller, ana: Caller, borja: Caller) -> None:
    reference = marta.activated()
    first = ana.post(f"/tickets/{reference}/acknowledgement")
    assert (first.status_code, first.json["state"], first.json["acknowledged_via"]) == (200, "acknowledged", "api")
    assert first.json["acknowledgement"]["won"] is True
    assert first.json["contact_due_at"] == "2026-10-27T02:10:00.000Z"
    second = borja.post(f"/tickets/{reference}/acknowledgement")
    assert second.status_code == 200
    assert second.json["acknowledgement"] == {"won": False, "owner": {"id": "ana", "name": "Ana García"}}
    assert second.json["owner"] == second.json["acknowledged_by"] == {"id": "ana", "name": "Ana García"}
    assert "page.acknowledged_late" in kinds(ana, reference)


def test_an_administrator_who_is_no_person_on_call_cannot_answer_a_page(
    marta: Caller, caller: Callable[[str], Caller]
) -> None:
    reference = marta.activated()
    administrator = caller("the administrator")
    for verb in ("acknowledgement", "decline"):
        answer = administrator.post(f"/tickets/{reference}/{verb}")
        assert answer.status_code == 403
        assert "person" in answer.json["detail"]
    assert marta.ticket(reference)["state"] == "new"


def test_a_no_pages_whoever_is_next_at_once(marta: Caller, ana: Caller) -> None:
    reference = marta.activated()
    answer = ana.post(f"/tickets/{reference}/decline", {"reason": "Estoy en un avión"})
    assert (answer.status_code, answer.json["escalation"]["step"]) == (200, 2)
    assert "page.declined" in kinds(ana, reference)


def test_contact_by_telephone_ends_the_escalation(marta: Caller, ana: Caller, clock: SteppedClock) -> None:
    reference = marta.activated()
    ana.post(f"/tickets/{reference}/acknowledgement")
    clock.advance(minutes=4)
    answer = ana.post(
        f"/tickets/{reference}/contact", REACHED | {"at": "2026-10-27T03:02:00+01:00", "note": "Todo claro"}
    )
    assert answer.status_code == 200
    assert (answer.json["state"], answer.json["contact_state"]) == ("in_progress", "reached")
    assert answer.json["contacted_at"] == "2026-10-27T02:02:00.000Z"
    assert answer.json["escalation"]["state"] == "contacted"


def test_a_try_without_success_is_documented_and_paging_stays_as_it_was(
    marta: Caller, ana: Caller, runtime: Runtime
) -> None:
    reference = marta.activated()
    answer = ana.post(f"/tickets/{reference}/contact", {"outcome": "voicemail", "channel": "voice"})
    assert (answer.status_code, answer.json["escalation"]["state"]) == (200, "running")
    with runtime.database.reading() as session:
        (made,) = session.scalars(select(ContactTryRow))
    assert (made.person_id, made.outcome) == ("ana", "voicemail")


def test_contact_says_what_is_missing_or_impossible(marta: Caller, ana: Caller) -> None:
    path = f"/tickets/{marta.activated()}/contact"
    assert fields(ana.post(path)) == ["outcome", "channel"]
    assert fields(ana.post(path, {"outcome": "reached"})) == ["channel"]
    assert fields(ana.post(path, REACHED | {"reached": True})) == ["reached"]
    assert fields(ana.post(path, REACHED | {"outcome": "spoken"})) == ["outcome"]
    assert fields(ana.post(path, REACHED | {"channel": "fax"})) == ["channel"]
    for at in ("2026-10-27T04:00:00+01:00", "2026-10-26T00:00:00Z", "2026-10-27T02:00:00", "yesterday", 7):
        assert fields(ana.post(path, REACHED | {"at": at})) == ["at"]
    assert fields(marta.post(path)) == ["reached"]
    assert fields(marta.post(path, {"reached": True, "note": "x"})) == ["note"]


def test_the_customer_confirms_the_call_or_says_that_nobody_called(marta: Caller, ana: Caller) -> None:
    reference = marta.activated()
    ana.post(f"/tickets/{reference}/acknowledgement")
    confirmed = marta.post(f"/tickets/{reference}/contact", {"reached": True}).json
    assert (confirmed["contact_state"], confirmed["escalation"]["state"]) == ("reached", "contacted")
    disputed = marta.post(f"/tickets/{reference}/contact", {"reached": False}).json
    assert (disputed["contact_state"], disputed["escalation"]["state"]) == ("disputed", "running")
    assert marta.post(f"/tickets/{reference}/contact", {"reached": False}).status_code == 200


def test_an_activator_withdraws_the_request(marta: Caller, luis: Caller, ana: Caller) -> None:
    reference = marta.activated()
    assert luis.post(f"/tickets/{reference}/stand-down").status_code == 403
    assert ana.post(f"/tickets/{reference}/stand-down").status_code == 403
    answer = marta.post(f"/tickets/{reference}/stand-down", {"reason": "Falsa alarma"})
    assert answer.status_code == 200
    assert (answer.json["state"], answer.json["close_code"]) == ("closed", "withdrawn")
    assert answer.json["escalation"]["state"] == "cancelled"
    assert answer.json["explanation"] == "Falsa alarma"


def test_a_rehearsed_drill_can_be_withdrawn_too(marta: Caller, amend_contract: Callable[..., None]) -> None:
    amend_contract("hotel-sol", drills="rehearse")
    reference = marta.activated(mode="drill")
    answer = marta.post(f"/tickets/{reference}/stand-down")
    assert (answer.status_code, answer.json["state"]) == (200, "closed")


def test_closing_asks_for_an_explanation_where_the_customer_needs_one(marta: Caller, ana: Caller) -> None:
    """S-3.2.5"""
    path = f"/tickets/{marta.activated()}/closure"
    assert fields(ana.post(path)) == ["code"]
    assert fields(ana.post(path, {"code": "done"})) == ["code"]
    assert fields(ana.post(path, {"code": "withdrawn"})) == ["code"]
    assert fields(ana.post(path, {"code": "no_customer_response"})) == ["code"]
    assert fields(ana.post(path, {"code": "not_our_responsibility"})) == ["explanation"]
    assert fields(ana.post(path, {"code": "not_our_responsibility", "explanation": "  "})) == ["explanation"]
    answer = ana.post(path, {"code": "not_our_responsibility", "explanation": "Era la red del hotel."})
    assert (answer.status_code, answer.json["state"]) == (200, "closed")
    assert answer.json["explanation"] == "Era la red del hotel."
    assert answer.json["escalation"]["state"] == "finished"


def test_a_closed_ticket_says_that_it_can_only_be_reopened(marta: Caller, ana: Caller, clara: Caller) -> None:
    reference = marta.activated()
    ana.post(f"/tickets/{reference}/closure", {"code": "resolved"})
    before = kinds(ana, reference)
    asked = [
        ana.post(f"/tickets/{reference}/acknowledgement"),
        ana.post(f"/tickets/{reference}/decline"),
        ana.post(f"/tickets/{reference}/contact", REACHED),
        marta.post(f"/tickets/{reference}/contact", {"reached": True}),
        marta.post(f"/tickets/{reference}/contact", {"reached": False}),
        clara.post(f"/tickets/{reference}/stand-down"),
        ana.post(f"/tickets/{reference}/closure", {"code": "resolved"}),
    ]
    for answer in asked:
        assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
        assert (answer.json["state"], answer.json["allowed"]) == ("closed", ["reopen"])
    assert kinds(ana, reference) == before


def test_a_drill_that_pages_nobody_says_what_is_allowed_instead(
    marta: Caller, ana: Caller, amend_contract: Callable[..., None]
) -> None:
    amend_contract("hotel-sol", drills="rehearse")
    answer = ana.post(f"/tickets/{marta.activated(mode='drill')}/acknowledgement")
    assert (answer.status_code, answer.json["allowed"]) == (409, ["close"])

"""What one customer says or has never shows to another (security A1)."""

from __future__ import annotations

import io
from typing import Any

import pytest

from alerting.api.blueprint import ROUTES, Route
from tests.services.api.conftest import Caller

CANARY = "CANARY-banco-norte-7731"
UNKNOWN = "ITS-9999994"
BODIES = {
    "/tickets/<ref>/contact": {"reached": False},
    "/tickets/<ref>/closure": {"code": "resolved"},
    "/tickets/<ref>/rating": {"score": 5},
    "/catalog/contingency-activation/requests": {"mode": "real", "plan": "erp-restore"},
}


def sent(route: Route) -> dict[str, Any]:
    if route.method != "POST":
        return {}
    if route.rule.endswith("/attachments"):
        return {"data": {"file": (io.BytesIO(b"x"), "x.log")}}
    return {"json": BODIES.get(route.rule, {})}


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


def test_a_foreign_ticket_answers_like_one_that_does_not_exist_and_nothing_of_it_shows(
    marta: Caller, jon: Caller, clara: Caller
) -> None:
    foreign = jon.activated(plan="core-restore", symptoms=CANARY)
    assert CANARY in clara.get(f"/tickets/{foreign}").text  # the marker is there to be seen by those who may
    before = clara.ticket(foreign)
    marta.activated()
    for route in ROUTES:
        asked = [
            marta.client.open(
                "/api/v1" + route.rule.replace("<ref>", reference).replace("<id>", "madrid"),
                method=route.method,
                headers=marta.headers,
                **sent(route),
            )
            for reference in (foreign, UNKNOWN)
        ]
        for answer in asked:
            assert CANARY not in answer.text
            assert "Banco Norte" not in answer.text
            assert "core-restore" not in answer.text
            assert foreign not in answer.text
        if "<ref>" in route.rule:
            assert asked[0].status_code in (403, 404)
            assert (asked[0].status_code, asked[0].data) == (asked[1].status_code, asked[1].data)
    assert clara.ticket(foreign) == before


def test_searching_finds_ones_own_tickets_alone(marta: Caller, jon: Caller) -> None:
    foreign = jon.activated(plan="core-restore", symptoms=CANARY)
    for sought in (CANARY, foreign, "Banco", "core"):
        assert marta.get("/tickets", q=sought).json == {"items": [], "next_cursor": None}


def test_a_viewer_of_a_customer_reads_its_tickets_and_changes_none(marta: Caller, luis: Caller) -> None:
    reference = marta.activated()
    assert luis.ticket(reference)["reference"] == reference
    for verb in ("acknowledgement", "decline", "contact", "stand-down", "closure"):
        assert luis.post(f"/tickets/{reference}/{verb}").status_code == 403


def test_no_answer_to_a_customer_holds_an_engineers_telephone_or_note(marta: Caller, ana: Caller) -> None:
    reference = marta.activated()
    ana.post(f"/tickets/{reference}/acknowledgement")
    ana.post(f"/tickets/{reference}/contact", {"outcome": "busy", "channel": "voice", "note": CANARY})
    assert "+34600000001" in ana.get(f"/tickets/{reference}/attempts").text
    for route in ROUTES:
        if route.method == "GET":
            text = marta.get(route.rule.replace("<ref>", reference).replace("<id>", "madrid")).text
            assert "+346000000" not in text
            assert CANARY not in text

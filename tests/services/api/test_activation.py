"""Activating a contingency plan by the API (contract, section Activation)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from alerting.notifications.models import AttemptRow
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from core.time import iso
from tests.services.api.conftest import Caller
from tests.support.time import SteppedClock

PHONE = "+34910000000"


@pytest.fixture
def dialect() -> str:
    """What depends on the database is in test_concurrency."""
    return "sqlite"


def rows(runtime: Runtime, table: type[Any]) -> int:
    with runtime.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_activation_answers_where_to_follow_it_and_pages_the_engineer_on_call(marta: Caller, ana: Caller) -> None:
    answer = marta.activate({"symptoms": "El ERP no arranca", "critical": True})
    assert answer.status_code == 201
    reference = answer.json["reference"]
    assert answer.json == {
        "reference": reference,
        "state": "new",
        "ticket_url": f"{answer.json['ticket_url'].partition('/portal')[0]}/portal/tickets/{reference}",
        "status_url": answer.headers["Location"],
        "queued_until": None,
        "emergency_phone": PHONE,
    }
    assert answer.headers["Location"].endswith(f"/api/v1/tickets/{reference}")
    pages = [one for one in ana.items(f"/tickets/{reference}/attempts") if one["purpose"] == "page"]
    assert {one["person"]["id"] for one in pages} == {"ana"}
    assert marta.ticket(reference)["channel"] == "api"


def test_the_addresses_in_the_answer_begin_with_the_public_url(marta: Caller, runtime: Runtime) -> None:
    answer = marta.activate().json
    origin = runtime.settings.public_origin
    assert answer["status_url"] == f"{origin}/api/v1/tickets/{answer['reference']}"
    assert answer["ticket_url"] == f"{origin}/portal/tickets/{answer['reference']}"


def test_the_same_key_and_body_give_the_same_answer_and_one_ticket(marta: Caller, runtime: Runtime) -> None:
    first = marta.activate({"symptoms": "uno"}, Idempotency_Key="k-1")
    again = marta.activate({"symptoms": "uno"}, Idempotency_Key="k-1")
    assert (again.status_code, again.json, again.headers["Location"]) == (201, first.json, first.headers["Location"])
    assert rows(runtime, TicketRow) == 1


def test_the_same_key_with_another_body_is_a_conflict(marta: Caller) -> None:
    marta.activate({"symptoms": "uno"}, Idempotency_Key="k-1")
    answer = marta.activate({"symptoms": "dos"}, Idempotency_Key="k-1")
    assert answer.status_code == 409
    assert "k-1" in answer.json["detail"]


def test_a_key_belongs_to_its_caller(marta: Caller, jon: Caller) -> None:
    first = marta.activate(Idempotency_Key="k-1").json["reference"]
    answer = jon.activate({"plan": "core-restore"}, Idempotency_Key="k-1")
    assert answer.status_code == 201
    assert answer.json["reference"] != first


def test_a_key_is_forgotten_after_thirty_days(marta: Caller, clara: Caller, clock: SteppedClock) -> None:
    first = marta.activate(Idempotency_Key="k-1").json["reference"]
    clara.post(f"/tickets/{first}/closure", {"code": "resolved"})
    clock.advance(days=30, seconds=1)
    assert marta.activate(Idempotency_Key="k-1").json["reference"] != first


def test_a_key_has_255_characters_at_most(marta: Caller) -> None:
    refused = marta.activate(Idempotency_Key="k" * 256)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert marta.activate(Idempotency_Key="k" * 255).status_code == 201


def test_a_second_request_joins_the_open_ticket_and_pages_nobody_anew(marta: Caller, runtime: Runtime) -> None:
    reference = marta.activated()
    paged = page_ids(runtime)
    answer = marta.activate({"symptoms": "sigue igual"})
    assert answer.status_code == 200
    assert answer.headers["Location"].endswith(reference)
    assert {key: answer.json[key] for key in ("reference", "joined", "repaged", "emergency_phone")} == {
        "reference": reference,
        "joined": True,
        "repaged": False,
        "emergency_phone": PHONE,
    }
    assert page_ids(runtime) == paged


def page_ids(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(AttemptRow.id).where(AttemptRow.purpose == "page").order_by(AttemptRow.id)))


def test_a_second_request_after_the_contact_pages_again(marta: Caller, ana: Caller) -> None:
    reference = marta.activated()
    ana.post(f"/tickets/{reference}/acknowledgement")
    ana.post(f"/tickets/{reference}/contact", {"outcome": "reached", "channel": "voice"})
    answer = marta.activate()
    assert (answer.status_code, answer.json["repaged"]) == (200, True)
    ticket = marta.ticket(reference)
    assert (ticket["episode"], ticket["escalation"]["state"]) == (2, "running")


def test_without_a_plan_the_only_one_is_meant(jon: Caller) -> None:
    reference = jon.activate({"plan": None}).json["reference"]
    assert jon.ticket(reference)["plan"] == "core-restore"


def test_without_a_plan_the_default_policy_pages_at_the_first_priority(marta: Caller) -> None:
    ticket = marta.ticket(marta.activated(plan=None))
    assert (ticket["plan"], ticket["priority"]) == (None, "P1")


def test_a_customer_with_several_plans_and_no_default_policy_must_name_one(
    marta: Caller, amend_contract: Callable[..., None]
) -> None:
    amend_contract("hotel-sol", default_escalation_policy=None)
    answer = marta.activate({"plan": None})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "plan")
    assert "erp-restore" in answer.json["errors"][0]["message"]


def test_a_plan_of_somebody_else_is_as_unknown_as_one_that_does_not_exist(marta: Caller) -> None:
    foreign, unknown, broken = (marta.activate({"plan": plan}) for plan in ("core-restore", "no-such-plan", "a\x00"))
    assert (foreign.status_code, foreign.data) == (404, unknown.data)
    assert broken.data == unknown.data


def test_a_viewer_may_not_activate(luis: Caller, runtime: Runtime) -> None:
    assert luis.activate().status_code == 403
    assert rows(runtime, TicketRow) == 0


def test_a_reporter_may_not_activate(new_user: Callable[..., Caller]) -> None:
    reporter = new_user("eva@hotelsol.example", "reporter", customer="hotel-sol")
    assert reporter.activate().status_code == 403


def test_a_bad_or_unknown_field_is_named_and_nothing_is_recorded(marta: Caller, runtime: Runtime) -> None:
    bad: list[tuple[str, Any]] = [
        ("mode", None),
        ("mode", "test"),
        ("callback_phone", "123"),
        ("callback_phone", "+34803123456"),
        ("critical", "very"),
        ("symptoms", 7),
        ("symptoms", "x" * 4001),
        ("tenant_id", "banco-norte"),
        ("state", "closed"),
        ("priority", "P1"),
    ]
    for field, value in bad:
        answer = marta.activate({field: value})
        assert answer.status_code == 422
        assert answer.mimetype == "application/problem+json"
        assert [error["field"] for error in answer.json["errors"]] == [field]
    assert rows(runtime, TicketRow) == 0


def test_the_callback_number_is_kept_with_its_country_code(marta: Caller) -> None:
    assert marta.ticket(marta.activated(callback_phone="611 000 002"))["callback_phone"] == "+34611000002"


def test_staff_activate_for_the_customer_they_name_and_the_log_says_on_behalf(clara: Caller) -> None:
    reference = clara.activated(customer="hotel-sol")
    assert clara.ticket(reference)["customer"] == {"id": "hotel-sol", "name": "Hotel Sol"}
    requested = [one for one in clara.items(f"/tickets/{reference}/log") if one["kind"] == "activation.requested"]
    assert requested[0]["data"]["on_behalf"] is True
    assert requested[0]["actor"] == {"type": "person", "id": "clara"}


def test_staff_must_name_the_customer(clara: Caller) -> None:
    answer = clara.activate()
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "customer")


def test_another_customer_and_an_unknown_one_are_the_same_404(marta: Caller, clara: Caller) -> None:
    foreign, unknown = (marta.activate({"customer": name}) for name in ("banco-norte", "nobody"))
    assert (foreign.status_code, foreign.data) == (404, unknown.data)
    assert clara.activate({"customer": "nobody"}).json == unknown.json
    assert marta.get("/catalog", customer="banco-norte").json == unknown.json


def test_a_customer_may_name_itself(marta: Caller) -> None:
    assert marta.activate({"customer": "hotel-sol"}).status_code == 201


def test_a_trial_contract_allows_no_real_activation_and_gives_the_phone(
    marta: Caller, amend_contract: Callable[..., None]
) -> None:
    """S-6.1"""
    amend_contract("hotel-sol", status="trial")
    answer = marta.activate()
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "mode")
    assert PHONE in answer.json["errors"][0]["message"]
    assert answer.json["emergency_phone"] == PHONE


def test_outside_a_denied_coverage_the_refusal_gives_the_phone(
    jon: Caller, amend_contract: Callable[..., None]
) -> None:
    """S-2.6"""
    amend_contract("banco-norte", out_of_coverage="deny")
    answer = jon.activate({"plan": "core-restore"})
    assert (answer.status_code, answer.json["reason"]) == (422, "out_of_coverage")
    assert PHONE in answer.json["detail"]


def test_outside_business_hours_the_request_is_taken_and_waits_for_the_opening(jon: Caller) -> None:
    answer = jon.activate({"plan": "core-restore"})
    assert answer.status_code == 201
    assert (answer.json["state"], answer.json["queued_until"]) == ("new", "2026-10-27T08:00:00.000Z")
    ticket = jon.ticket(answer.json["reference"])
    assert ticket["escalation"] == {
        "state": "scheduled",
        "step": None,
        "round": None,
        "next_due_at": "2026-10-27T08:00:00.000Z",
    }


def test_a_coverage_that_allows_it_pages_at_once_and_flags_the_ticket(
    jon: Caller, amend_contract: Callable[..., None]
) -> None:
    amend_contract("banco-norte", out_of_coverage="allow")
    ticket = jon.ticket(jon.activated(plan="core-restore"))
    assert (ticket["escalation"]["state"], ticket["flags"]) == ("running", ["out_of_coverage"])


def test_a_drill_at_night_waits_for_the_morning_unless_a_manager_asks(marta: Caller, clara: Caller) -> None:
    waiting = marta.activate({"mode": "drill"}).json
    assert waiting["queued_until"] == "2026-10-27T08:00:00.000Z"
    now = clara.activate({"mode": "drill", "plan": "files-restore", "customer": "hotel-sol"}).json
    assert now["queued_until"] is None


def test_a_real_activation_is_never_held_up_by_a_drill(marta: Caller) -> None:
    drill = marta.activated(mode="drill")
    real = marta.activated()
    assert real != drill
    assert (marta.ticket(drill)["state"], marta.ticket(real)["state"]) == ("closed", "new")


def test_a_real_activation_is_never_held_up_by_a_rehearsal(marta: Caller, amend_contract: Callable[..., None]) -> None:
    amend_contract("hotel-sol", drills="rehearse")
    drill = marta.activated(mode="drill")
    assert marta.ticket(drill)["escalation"] is None
    marta.activated()
    assert marta.ticket(drill)["close_code"] == "withdrawn"


def test_the_catalog_says_what_a_request_would_meet(jon: Caller, marta: Caller, clock: SteppedClock) -> None:
    (item,) = marta.get("/catalog").json
    assert item["id"] == "contingency-activation"
    assert item["name"] == "Intervención por activación de plan de contingencia"
    assert (item["available"], item["reason"], item["coverage"]) == (
        True,
        None,
        {"backup": "24x7", "cloud": "business"},
    )
    assert [(plan["id"], plan["name"]) for plan in item["plans"]] == [
        ("erp-restore", "Restauración del ERP"),
        ("files-restore", "Restauración de ficheros"),
    ]
    (at_night,) = jon.get("/catalog").json
    assert "Tue 27/10 09:00" in at_night["reason"]
    assert PHONE in at_night["reason"]
    clock.advance(hours=7)
    assert jon.get("/catalog").json[0]["reason"] is None


def test_the_catalog_speaks_the_language_that_is_asked_for(marta: Caller) -> None:
    answer = marta.client.get("/api/v1/catalog", headers=marta.headers | {"Accept-Language": "en-GB"})
    assert answer.json[0]["name"] == "Intervention by activation of a contingency plan"


def test_staff_see_the_catalog_of_the_customer_they_name(clara: Caller, marta: Caller) -> None:
    assert [plan["id"] for plan in clara.get("/catalog", customer="banco-norte").json[0]["plans"]] == ["core-restore"]
    assert clara.get("/catalog").json[0]["plans"] == []
    assert clara.get("/catalog", customer="nobody").json == marta.get("/catalog", customer="banco-norte").json


def test_instants_are_utc_with_milliseconds(marta: Caller, clock: SteppedClock) -> None:
    assert marta.ticket(marta.activated())["opened_at"] == iso(clock.at) == "2026-10-27T02:00:00.000Z"

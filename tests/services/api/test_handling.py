"""Working a ticket: notes, waiting, priority, assignment, reopening, merging; and what the customer is told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alerting.handling import provider_cases
from alerting.notifications.models import AttemptRow
from alerting.runtime import Runtime
from alerting.tickets.models import TicketSpanRow
from tests.services.api.conftest import Caller
from tests.support.databases import AT_LENGTH
from tests.support.time import SteppedClock


@pytest.fixture(params=AT_LENGTH)
def dialect(request: pytest.FixtureRequest) -> str:
    """On PostgreSQL as well when all is run at length."""
    given: str = request.param
    return given


SECRET = "CANARY-4711"


@pytest.fixture
def reference(marta: Caller, ana: Caller) -> str:
    """A ticket of Marta's that Ana works."""
    made = marta.post("/tickets", {"symptoms": "La copia no termina."}).json["reference"]
    ana.post(f"/tickets/{made}/acknowledgement")
    return str(made)


def did(caller: Caller, reference: str, verb: str, **body: Any) -> dict[str, Any]:
    answer = caller.post(f"/tickets/{reference}/{verb}", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json  # type: ignore[assignment]
    return found


def told(caller: Caller, reference: str) -> list[str]:
    return [item["text"] for item in caller.items(f"/tickets/{reference}/timeline")]


def progress(runtime: Runtime) -> list[tuple[str | None, str]]:
    """Mails of progress that are planned: to whom, and what they say."""
    with runtime.database.reading() as session:
        rows = session.scalars(select(AttemptRow).where(AttemptRow.template == "updated_mail").order_by(AttemptRow.id))
        return [(row.address, row.facts["updates"]) for row in rows]


def test_three_notes_of_one_moment_travel_in_one_mail(
    reference: str, ana: Caller, runtime: Runtime, clock: SteppedClock
) -> None:
    """S-2.13"""
    for text in ("Uno.", "Dos.", "Tres."):
        did(ana, reference, "updates", text=text)
        clock.advance(seconds=3)
    assert progress(runtime) == [
        ("marta@hotelsol.example", "Ana García: Uno.\n\nAna García: Dos.\n\nAna García: Tres.")
    ]
    clock.advance(seconds=60)
    did(ana, reference, "updates", text="Cuatro.")
    assert len(progress(runtime)) == 2


def test_work_noted_is_work_in_progress(reference: str, ana: Caller) -> None:
    assert did(ana, reference, "updates", text="Miro los discos.")["state"] == "in_progress"


def test_an_internal_note_is_read_by_no_customer(reference: str, ana: Caller, marta: Caller, runtime: Runtime) -> None:
    """S-2.11"""
    did(ana, reference, "updates", text=SECRET, public=False, time_spent_minutes=5)
    for path in (f"/tickets/{reference}", f"/tickets/{reference}/timeline", "/tickets"):
        assert SECRET not in marta.get(path).text
    assert progress(runtime) == []
    assert marta.get(f"/tickets/{reference}/log").status_code == 403


def test_time_spent_is_shown_only_when_the_entry_says_so(reference: str, ana: Caller, marta: Caller) -> None:
    """S-2.12"""
    did(ana, reference, "updates", text="Uno.", time_spent_minutes=25)
    did(ana, reference, "updates", text="Dos.", time_spent_minutes=10, show_time=True)
    assert told(marta, reference)[-2:] == ["Ana García: Uno.", "Ana García: Dos. (10 min)"]


def test_causes_and_plan_are_for_the_customer(reference: str, ana: Caller, marta: Caller) -> None:
    """S-3.2.4"""
    did(ana, reference, "updates", causes="Disco lleno.", contingency_plan="Ampliarlo.")
    ticket = marta.ticket(reference)
    assert (ticket["causes"], ticket["contingency_plan"]) == ("Disco lleno.", "Ampliarlo.")
    assert told(marta, reference)[-1] == "Ana García: Causas: Disco lleno. Plan de contingencia: Ampliarlo."


def test_waiting_says_why_and_the_customers_answer_ends_it(
    reference: str, ana: Caller, marta: Caller, runtime: Runtime
) -> None:
    """S-4.10, S-2.13"""
    waiting = did(ana, reference, "waiting", reason="customer", note="¿Qué versión es?")
    assert (waiting["state"], waiting["waiting_reason"]) == ("waiting", "customer")
    assert told(marta, reference)[-1] == "En espera. Esperamos su respuesta. ¿Qué versión es?"
    answered = did(marta, reference, "updates", text="La 7.1.")
    assert (answered["state"], answered["waiting_reason"]) == ("in_progress", None)
    with runtime.database.reading() as session:
        span = session.scalars(select(TicketSpanRow)).one()
    assert (span.kind, span.reason, span.to_at is not None) == ("waiting", "customer", True)


def test_waiting_needs_a_public_note(reference: str, ana: Caller) -> None:
    """S-4.10"""
    for body in ({"reason": "customer"}, {"reason": "customer", "note": " "}, {"reason": "lunch", "note": "x"}):
        assert ana.post(f"/tickets/{reference}/waiting", body).status_code == 422


def test_waiting_ends_by_hand_and_a_second_time_is_a_conflict(reference: str, ana: Caller) -> None:
    did(ana, reference, "waiting", reason="third_party", note="El proveedor.")
    assert ana.post(f"/tickets/{reference}/waiting", {"reason": "customer", "note": "x"}).status_code == 409
    assert ana.client.delete(f"/api/v1/tickets/{reference}/waiting", headers=ana.headers).json["state"] == "in_progress"
    assert ana.client.delete(f"/api/v1/tickets/{reference}/waiting", headers=ana.headers).status_code == 409


def test_the_priority_changes_once(reference: str, ana: Caller, marta: Caller) -> None:
    assert did(ana, reference, "priority", priority="P1", reason="Cae la web.")["priority"] == "P1"
    did(ana, reference, "priority", priority="P1")
    changes = [text for text in told(marta, reference) if "prioridad" in text]
    assert changes == ["La prioridad pasa de P3 a P1. Cae la web."]
    assert marta.post(f"/tickets/{reference}/priority", {"priority": "P1"}).status_code == 403


def test_somebody_else_gets_it_and_is_told(reference: str, clara: Caller, ana: Caller, marta: Caller) -> None:
    assert did(clara, reference, "assignment", person="borja")["owner"]["id"] == "borja"
    notices = [one for one in clara.items(f"/tickets/{reference}/attempts") if one["purpose"] == "handoff"]
    assert {one["person"]["id"] for one in notices} == {"ana", "borja"}
    assert told(marta, reference)[-1] == "Ahora se ocupa Borja Ruiz."
    answer = ana.post(f"/tickets/{reference}/assignment", {"person": "zoe"})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "person")


def test_a_ticket_is_reopened_whatever_its_age(reference: str, ana: Caller, marta: Caller, clock: SteppedClock) -> None:
    """S-3.2.6, S-3.2.8"""
    did(ana, reference, "closure", code="resolved")
    clock.advance(days=800)
    ticket = did(marta, reference, "reopening", reason="Sigue igual.")
    assert (ticket["state"], ticket["reopen_count"], ticket["owner"]["id"], ticket["closed_at"]) == (
        "new",
        1,
        "ana",
        None,
    )
    assert told(marta, reference)[-1] == "Ticket reabierto: volvemos a trabajar en él. Sigue igual."
    assert marta.post(f"/tickets/{reference}/reopening").status_code == 409


def test_the_owner_is_told_and_from_the_second_time_on_the_managers(reference: str, ana: Caller, marta: Caller) -> None:
    """S-3.2.8"""
    people = []
    for _ in range(2):
        did(ana, reference, "closure", code="resolved")
        did(marta, reference, "reopening")
        notices = [one for one in ana.items(f"/tickets/{reference}/attempts") if one["purpose"] == "notice"]
        people.append(sorted(one["person"]["id"] for one in notices))
    assert people == [["ana"], ["ana", "ana", "clara"]]


def test_whoever_may_only_look_does_not_reopen(reference: str, ana: Caller, caller: Any) -> None:
    did(ana, reference, "closure", code="resolved")
    assert caller("Luis").post(f"/tickets/{reference}/reopening").status_code == 403
    assert caller("Jon").post(f"/tickets/{reference}/reopening").status_code in (403, 404)


def test_a_reopened_contingency_of_p1_pages_again(marta: Caller, ana: Caller) -> None:
    """S-3.2.6"""
    reference = marta.activated()
    did(ana, reference, "closure", code="resolved")
    ticket = did(marta, reference, "reopening")
    assert (ticket["escalation"]["state"], ticket["episode"]) == ("running", 2)
    assert marta.activate().json["joined"] is True


def test_a_reopened_ticket_leaves_the_plan_to_one_that_is_open_meanwhile(marta: Caller, ana: Caller) -> None:
    first = marta.activated()
    did(ana, first, "closure", code="resolved")
    second = marta.activated()
    did(marta, first, "reopening")
    assert marta.activate().json["reference"] == second


def test_a_double_is_merged_into_the_other(reference: str, marta: Caller, ana: Caller) -> None:
    double = marta.post("/tickets", {"symptoms": "Otra vez."}).json["reference"]
    ticket = did(ana, double, "merge", into=reference)
    assert (ticket["state"], ticket["close_code"], ticket["merged_into"]) == ("closed", "duplicate", reference)
    assert told(marta, double)[-1] == f"Seguimos en el ticket {reference}."
    assert told(marta, reference)[-1] == f"Aquí seguimos también el ticket {double}."


def test_what_cannot_be_merged(reference: str, ana: Caller, caller: Any) -> None:
    others = ana.post("/tickets", {"symptoms": "x", "customer": "banco-norte"}).json["reference"]
    assert ana.post(f"/tickets/{reference}/merge", {"into": others}).status_code == 404
    assert ana.post(f"/tickets/{reference}/merge", {"into": reference}).status_code == 422
    assert ana.post(f"/tickets/{reference}/merge", {"into": "ITS-9"}).status_code == 404
    did(ana, reference, "closure", code="resolved")
    open_one = ana.post("/tickets", {"symptoms": "x", "customer": "hotel-sol"}).json["reference"]
    assert ana.post(f"/tickets/{open_one}/merge", {"into": reference}).status_code == 409


def test_a_closed_ticket_takes_no_notes_and_says_what_is_possible(reference: str, ana: Caller, marta: Caller) -> None:
    did(ana, reference, "closure", code="resolved")
    for caller in (ana, marta):
        answer = caller.post(f"/tickets/{reference}/updates", {"text": "x"})
        assert (answer.status_code, answer.json["allowed"]) == (409, ["reopen"])


def test_a_customer_says_nothing_for_staff(reference: str, marta: Caller, clock: SteppedClock) -> None:
    clock.at += timedelta(seconds=1)
    for body in ({"text": "x", "public": False}, {"text": "x", "time_spent_minutes": 1}, {"causes": "x"}, {}):
        assert marta.post(f"/tickets/{reference}/updates", body).status_code == 422


def test_a_note_answers_no_page(marta: Caller, ana: Caller) -> None:
    reference = marta.activated()
    ticket = did(ana, reference, "updates", text="Voy mirando.")
    assert (ticket["state"], ticket["escalation"]["state"]) == ("new", "running")


def test_a_case_at_the_cloud_provider_has_a_timer_of_its_own(
    reference: str, ana: Caller, marta: Caller, runtime: Runtime, clock: SteppedClock
) -> None:
    """S-4.11"""
    case = {"provider": "AWS", "case": "172893", "plan": "Business", "severity": "high", "target_minutes": 60}
    found = did(ana, reference, "provider-cases", **case)["provider_cases"]
    assert [(one["provider"], one["case"], one["closed_at"]) for one in found] == [("AWS", "172893", None)]
    assert marta.items(f"/tickets/{reference}/provider-cases") == found
    assert told(marta, reference)[-1] == "Ana García: Caso abierto en AWS, 172893."
    clock.advance(minutes=61)
    for _ in range(2):
        with runtime.work() as work:
            for case_id in provider_cases.overdue(work):
                provider_cases.remind(work, case_id)
    notices = [one for one in ana.items(f"/tickets/{reference}/attempts") if one["purpose"] == "notice"]
    assert [one["person"]["id"] for one in notices] == ["ana"]


def test_a_case_that_was_answered_reminds_nobody(
    reference: str, ana: Caller, runtime: Runtime, clock: SteppedClock
) -> None:
    """S-4.11"""
    case = did(ana, reference, "provider-cases", provider="AWS", case="1", target_minutes=1)["provider_cases"][0]["id"]
    path = f"/api/v1/tickets/{reference}/provider-cases/{case}"
    assert ana.client.delete(path, headers=ana.headers).status_code == 200
    assert ana.client.delete(path, headers=ana.headers).status_code == 404
    clock.advance(hours=1)
    with runtime.work() as work:
        assert provider_cases.overdue(work) == []


def test_what_cannot_be_a_case(reference: str, ana: Caller, marta: Caller) -> None:
    case: dict[str, Any] = {"provider": "A", "case": "1"}
    for body in ({"provider": "AWS"}, case | {"provider": " "}, case | {"target_minutes": 0}):
        assert ana.post(f"/tickets/{reference}/provider-cases", body).status_code == 422
    assert marta.post(f"/tickets/{reference}/provider-cases", case).status_code == 403


# --- the customer has written


def answers_told(runtime: Runtime) -> list[tuple[str | None, str | None, str | None]]:
    """Notices of an answer that are planned: to whom, by what, and the words that the mail shows."""
    with runtime.database.reading() as session:
        rows = session.scalars(select(AttemptRow).where(AttemptRow.template == "answered_sms").order_by(AttemptRow.id))
        return [(row.person_id, row.channel, "\n".join(row.facts["lines"])) for row in rows]


def test_the_owner_is_told_of_an_answer_at_once_and_once_for_what_comes_in_one_go(
    reference: str, marta: Caller, runtime: Runtime, clock: SteppedClock
) -> None:
    for text in ("Uno.", "Dos.", "Tres."):
        did(marta, reference, "updates", text=text)
        clock.advance(minutes=1)
    assert answers_told(runtime) == [("ana", "email", "Uno.")]
    clock.advance(minutes=3)
    did(marta, reference, "updates", text="Cuatro.")
    assert [words for *_, words in answers_told(runtime)] == ["Uno.", "Cuatro."]


def test_an_answer_to_what_the_owner_has_done_meanwhile_is_another_one(
    reference: str, marta: Caller, ana: Caller, runtime: Runtime, clock: SteppedClock
) -> None:
    did(marta, reference, "updates", text="Uno.")
    clock.advance(seconds=30)
    did(ana, reference, "updates", text="Pruebe ahora.")
    clock.advance(seconds=30)
    did(marta, reference, "updates", text="Dos.")
    assert [words for *_, words in answers_told(runtime)] == ["Uno.", "Dos."]


def test_whoever_was_paged_and_is_at_it_hears_of_an_answer_by_text_message(
    marta: Caller, ana: Caller, runtime: Runtime, clock: SteppedClock
) -> None:
    paged = marta.activate({"plan": "erp-restore"}).json["reference"]
    did(marta, paged, "updates", text="Todavía nadie.")
    assert {channel for _, channel, _ in answers_told(runtime)} == {"email"}
    clock.advance(seconds=30)
    ana.post(f"/tickets/{paged}/acknowledgement")
    did(marta, paged, "updates", text="¿Ya?")
    assert answers_told(runtime)[-1] == ("ana", "sms", "¿Ya?")


def test_of_an_answer_on_a_ticket_that_nobody_has_the_team_knows_by_mail(marta: Caller, runtime: Runtime) -> None:
    made = marta.post("/tickets", {"symptoms": "x", "component": "backup"}).json["reference"]
    did(marta, made, "updates", text="Y ahora tampoco va el correo.")
    assert [(who, by) for who, by, _ in answers_told(runtime)] == [(one, "email") for one in ("ana", "borja", "carol")]


def test_of_what_staff_write_nobody_of_ours_is_told(
    reference: str, runtime: Runtime, caller: Callable[[str], Caller]
) -> None:
    did(caller("the administrator"), reference, "updates", text="Uno.")
    assert answers_told(runtime) == []

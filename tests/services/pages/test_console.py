"""What a manager reads afterwards: everything, in words, and whether somebody has touched it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from alerting.console.queries import schedules
from alerting.console.words import WHY, fact_in_words, why_in_words
from alerting.escalation.queries import OnCallFact
from tests.services.pages.people import ANA, CLARA


@pytest.fixture
def ticket(desk):
    """Ana does not answer, Borja accepts after four minutes and reaches the customer after six."""
    reference = desk.activate().reference
    desk.advance(minutes=4)
    desk.acknowledge(reference, "borja")
    desk.advance(minutes=1)
    desk.contact(reference, "borja", "no_answer", "+34611000001")
    desk.advance(minutes=1)
    desk.contact(reference, "borja", "reached", "+34611000002")
    return reference


@pytest.fixture
def clara(visit):
    return visit(CLARA)


def test_the_list_tells_who_answered_and_how_long_it_took(clara, ticket):
    clara.open("/console/escalations")
    row = next(line for line in clara.source.split("<tr>") if ticket in line)
    for shown in ("Hotel Sol", "Restauración del ERP", "cliente contactado", "Borja Ruiz", ">4 min<", ">6 min<"):
        assert shown in row


def test_the_list_is_filtered_by_state_and_by_drill(clara, desk, ticket):
    desk.clock.advance(hours=8)
    drill = desk.activate("files-restore", mode="drill").reference
    assert drill in clara.open("/console/escalations?mode=drill").text
    assert ticket not in clara.text
    assert ticket in clara.open("/console/escalations?state=contacted").text
    assert drill not in clara.text
    assert drill in clara.open("/console/escalations?state=nonsense").text


def test_one_escalation_tells_who_was_on_call_and_why(clara, ticket):
    clara.open(f"/console/escalations/{ticket}")
    assert "Ana García : turno de la rotación backup-weekly, del 2026-10-26 09:00 al 2026-11-02 09:00" in clara.text
    assert "Ciclo 1, vuelta 1, paso 2 · 03:03:00 (+01:00)" in clara.text
    assert "Borja Ruiz : turno de la rotación backup-second" in clara.text


def test_one_escalation_shows_every_attempt_with_the_carriers_own_number(clara, desk, ticket):
    clara.open(f"/console/escalations/{ticket}")
    sids = [attempt.carrier_sid for attempt in desk.attempts(ticket) if attempt.carrier == "twilio"]
    assert len(sids) >= 4
    assert not [sid for sid in sids if sid not in clara.text]
    assert "no contesta" in clara.text  # Borja's first try to reach the customer


def test_managers_see_numbers_in_full_and_engineers_each_others_masked(clara, visit, ticket):
    assert "+34600000002" in clara.open(f"/console/escalations/{ticket}").text
    ana = visit(ANA).open(f"/console/escalations/{ticket}")
    assert "+34••••002" in ana.text
    assert "+34600000002" not in ana.text


def test_a_log_that_is_as_it_was_written_says_so_with_its_last_hash(clara, desk, runtime, ticket):
    clara.open(f"/console/escalations/{ticket}")
    assert f"Registro verificado: {len(desk.kinds(ticket))} entradas" in clara.text
    with runtime.database.reading() as session:
        head = session.execute(text("SELECT hash FROM log_heads WHERE subject = :ref"), {"ref": ticket}).scalar_one()
    assert head in clara.text


def test_a_log_that_somebody_edited_says_where(clara, runtime, ticket):
    with runtime.database.transaction() as session:
        session.execute(text("DROP TRIGGER log_entries_no_update"))
        session.execute(
            text("UPDATE log_entries SET data = '{\"people\": []}' WHERE subject = :ref AND seq = 5"), {"ref": ticket}
        )
    clara.open(f"/console/escalations/{ticket}")
    assert "Registro roto en la entrada 5" in clara.text
    assert "Registro verificado" not in clara.text


def test_schedules_show_who_is_on_call_now_and_for_a_fortnight(clara):
    clara.open("/console/schedules")
    assert "backup-primary" in clara.text
    assert "Ana García · turno de la rotación backup-weekly" in clara.text
    assert "mar 27/10 03:00 (+01:00)" in clara.text


def test_a_gap_in_a_schedule_stands_out(runtime):
    with runtime.database.reading() as session:
        world = runtime.configurations.current(session).oncall
    at = datetime(2026, 10, 1, tzinfo=UTC)  # Ana is taken off on the 5th, and nobody is put in her place
    complete = world.schedules["backup-complete"]
    nights_alone = complete.model_copy(update={"layers": complete.layers[1:2], "overrides": ()})
    (view,) = schedules(replace(world, schedules={"backup-complete": nights_alone}), at)
    gaps = [line for line in view.lines if line.person is None]
    assert view.gaps == len(gaps) > 0
    assert [line.from_at for line in view.lines] == sorted(line.from_at for line in view.lines)
    for before, after in zip(view.lines, view.lines[1:], strict=False):
        assert before.to_at <= after.to_at


REASON = {"kind": "rotation", "id": "backup-weekly", "from": "2026-10-26T08:00:00Z", "to": "2026-11-02T08:00:00Z"}


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (OnCallFact("ana", "Ana", REASON, None), "turn of the rotation backup-weekly, from 2026-10-26 09:00 to"),
        (OnCallFact("ana", "Ana", {"kind": "owner"}, None), "had accepted, and the contact was overdue"),
        (OnCallFact("ana", "Ana", {"kind": "person", "id": "ana"}, "absent"), "absent"),
        (OnCallFact(None, "", {"kind": "schedule", "id": "nights"}, "nobody_on_call"), "nobody on call: nights"),
        (OnCallFact("ana", "Ana", None, None), ""),
        (OnCallFact("ana", "Ana", {"kind": "new-kind", "id": "x"}, None), "new-kind x"),
    ],
)
def test_every_reason_is_told_in_words(app, fact, words):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert fact_in_words(fact, "en", {"ana": "Ana"}, "Europe/Madrid").startswith(words)


def test_every_why_of_the_contract_has_words_and_an_unknown_one_is_shown(app):
    contract = """nobody_on_call absent no_verified_method method_disabled opted_out already_acknowledged ticket_closed
    duplicate_in_step drill_excluded pagerduty_not_configured rate_limited carrier_down bundled late_collapsed"""
    assert set(WHY) == set(contract.split())
    with app.test_request_context():
        assert why_in_words("something_new") == "something_new"

"""Escalations on both databases: who is paged when, and what stops it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from alerting import configuration
from alerting.catalog.service import NotEntitled, PlanRequired, UnknownPlan
from alerting.notifications.models import AttemptRow
from alerting.tickets.queries import timeline
from alerting.tickets.states import IllegalTransition
from core.audit import log
from core.documents import store
from oncall import disabled
from tests.support.desk import JON, LUIS, Desk


def test_an_activation_pages_the_engineer_on_call_and_tells_the_customer(desk: Desk) -> None:
    made = desk.activate()
    assert desk.paged(made.reference) == ["ana"]
    assert [(a.channel, a.state) for a in desk.attempts(made.reference, purpose="page")] == [
        ("sms", "accepted"),
        ("voice", "accepted"),
        ("voice", "pending"),
    ]
    told = desk.attempts(made.reference, purpose="customer")
    assert [(a.channel, a.address) for a in told] == [("email", "marta@hotelsol.example"), ("sms", "+34611000001")]


def test_whoever_learns_along_is_told_once_and_never_paged(desk: Desk) -> None:
    with desk.runtime.database.transaction() as session:
        document = store.find(session, "schedules", "backup-primary")
        assert document is not None
        layers = [*document.body["layers"], {"rotation": "backup-second", "mode": "shadow"}]
        body = document.body | {"layers": layers}
        change = store.Change("update", "schedules", document.id, body, document.position, document.origin)
        configuration.change(session, [change], desk.runtime.settings, desk.clock.at)
    made = desk.activate()
    told = [(a.person_id, a.template) for a in desk.attempts(made.reference, purpose="notice")]
    assert told == [("borja", "shadowed_page_sms")]
    assert desk.paged(made.reference) == ["ana"]
    desk.advance(minutes=12)
    told = [a.person_id for a in desk.attempts(made.reference, template="shadowed_page_sms")]
    assert told == ["borja"]


def test_the_second_engineer_is_paged_when_the_first_does_not_answer(desk: Desk) -> None:
    made = desk.activate()
    desk.advance(minutes=2, seconds=59)
    assert desk.paged(made.reference) == ["ana"]
    desk.advance(seconds=1)
    assert desk.paged(made.reference) == ["ana", "borja"]


def test_nobody_answers_two_rounds_then_the_last_resort_for_as_long_as_it_takes(desk: Desk) -> None:
    made = desk.activate()
    desk.advance(minutes=22)
    assert desk.escalation(made.reference).state == "exhausted"
    calls = len(desk.attempts(made.reference, person_id="clara", channel="voice"))
    desk.advance(hours=1)
    assert len(desk.attempts(made.reference, person_id="clara", channel="voice")) >= calls + 12
    assert desk.acknowledge(made.reference, "clara").won


def test_the_customer_hears_that_nobody_has_answered_after_the_first_round(desk: Desk) -> None:
    made = desk.activate()
    desk.advance(minutes=11)
    assert "customer_nobody_yet_sms" in [a.template for a in desk.attempts(made.reference, purpose="customer")]


def test_a_yes_stops_everything_and_tells_the_others(desk: Desk) -> None:
    made = desk.activate()
    desk.advance(minutes=3)
    assert desk.acknowledge(made.reference, "borja").won
    desk.advance(minutes=9)
    assert desk.paged(made.reference) == ["ana", "borja"]
    assert not desk.attempts(made.reference, purpose="page", state="pending")
    taken = desk.attempts(made.reference, template="taken_by_other_sms")
    assert [(a.person_id, a.state) for a in taken] == [("ana", "accepted")]


def test_the_second_yes_learns_who_has_it(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    late = desk.acknowledge(made.reference, "borja")
    assert (late.won, late.owner) == (False, "ana")
    assert desk.ticket(made.reference).acknowledged_by == "ana"
    assert "page.acknowledged_late" in desk.kinds(made.reference)


def test_a_decline_pages_the_next_person_now(desk: Desk) -> None:
    made = desk.activate()
    assert desk.decline(made.reference, "ana")
    assert desk.paged(made.reference) == ["ana", "borja"]
    desk.advance(minutes=2)
    assert not desk.attempts(made.reference, person_id="ana", state="pending")


def test_without_contact_the_owner_and_the_next_step_are_paged_again(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    desk.advance(minutes=10)
    again = [a for a in desk.attempts(made.reference, purpose="page", cycle=2) if a.handed_over_at]
    assert {a.person_id for a in again} == {"ana", "borja"}
    assert desk.ticket(made.reference).acknowledged_by == "ana"
    assert desk.escalation(made.reference).state == "running"


def test_in_a_new_cycle_somebody_else_may_become_the_owner_while_the_first_yes_stays(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    desk.advance(minutes=10)
    assert desk.acknowledge(made.reference, "borja").won
    ticket = desk.ticket(made.reference)
    assert (ticket.acknowledged_by, ticket.owner) == ("ana", "borja")


def test_contact_ends_the_escalation(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    desk.contact(made.reference, "ana", "reached")
    desk.advance(hours=2)
    assert desk.escalation(made.reference).state == "contacted"
    assert desk.ticket(made.reference).state == "in_progress"
    assert desk.paged(made.reference) == ["ana"]


def test_voicemail_is_no_contact(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    desk.contact(made.reference, "ana", "voicemail")
    assert desk.ticket(made.reference).contact_state == "pending"
    desk.advance(minutes=10)
    assert desk.escalation(made.reference).cycle == 2


def test_after_documented_tries_on_every_number_nobody_else_is_woken(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    for number in ("+34611000001", "+34611000002", "+34611000001"):
        desk.contact(made.reference, "ana", "no_answer", number)
        desk.advance(minutes=8)
    assert desk.ticket(made.reference).contact_state == "unreachable"
    people = set(desk.paged(made.reference))
    desk.advance(minutes=60)
    assert set(desk.paged(made.reference)) == people
    assert len(desk.attempts(made.reference, template="unreachable_reminder_sms")) >= 4
    told = [a.template for a in desk.attempts(made.reference, purpose="customer")]
    assert "customer_unreachable_sms" in told


def test_a_number_that_was_never_tried_keeps_the_customer_reachable(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    for _ in range(3):
        desk.contact(made.reference, "ana", "no_answer", "+34611000001")
        desk.advance(minutes=8)
    assert desk.ticket(made.reference).contact_state == "pending"


def test_a_customer_whom_nobody_called_is_believed(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    desk.contact(made.reference, "ana", "reached")
    assert desk.customer_says_nobody_called(made.reference)
    assert desk.escalation(made.reference).state == "running"
    assert desk.ticket(made.reference).contact_state == "disputed"
    assert "borja" in desk.paged(made.reference)


def test_a_stand_down_stops_the_pages_and_tells_everybody_paged(desk: Desk) -> None:
    made = desk.activate()
    desk.advance(minutes=3)
    desk.stand_down(made.reference)
    desk.advance(hours=1)
    assert desk.paged(made.reference) == ["ana", "borja"]
    told = {a.person_id for a in desk.attempts(made.reference, purpose="stand_down")}
    assert told == {"ana", "borja"}
    assert (desk.ticket(made.reference).state, desk.ticket(made.reference).close_code) == ("closed", "withdrawn")


def test_a_closed_ticket_cannot_be_closed_again(desk: Desk) -> None:
    made = desk.activate()
    desk.close(made.reference)
    with pytest.raises(IllegalTransition, match="cannot close a ticket that is closed"):
        desk.close(made.reference)


def test_the_second_request_joins_and_wakes_nobody_again(desk: Desk) -> None:
    made = desk.activate()
    pages = len(desk.attempts(made.reference, purpose="page"))
    joined = desk.activate(by=LUIS)
    assert (joined.reference, joined.joined, joined.repaged) == (made.reference, True, False)
    assert len(desk.attempts(made.reference, purpose="page")) == pages
    assert desk.ticket(made.reference).informed == ["marta@hotelsol.example", "luis@hotelsol.example"]


def test_a_second_request_after_the_yes_gives_the_owner_one_notice(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    desk.activate(by=LUIS)
    assert [a.person_id for a in desk.attempts(made.reference, template="joined_owner_sms")] == ["ana"]


def test_a_second_request_after_contact_pages_anew(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    desk.contact(made.reference, "ana", "reached")
    again = desk.activate(by=LUIS)
    assert (again.joined, again.repaged) == (True, True)
    assert desk.escalation(made.reference).episode == 2
    assert desk.escalation(made.reference).state == "running"


def test_another_plan_is_another_ticket(desk: Desk) -> None:
    assert desk.activate("erp-restore").reference != desk.activate("files-restore").reference


def test_a_real_request_stands_the_drill_of_the_same_plan_down(desk: Desk) -> None:
    drill = desk.activate(mode="drill", by_manager=True)
    real = desk.activate()
    assert real.reference != drill.reference
    assert desk.ticket(drill.reference).close_code == "withdrawn"


def test_a_drill_at_night_waits_for_the_morning(desk: Desk) -> None:
    made = desk.activate(mode="drill")
    assert made.queued_until is not None
    assert desk.paged(made.reference) == []
    desk.advance(hours=6)
    assert desk.paged(made.reference) == ["ana"]
    assert all((a.message or "").startswith("SIMULACRO") for a in desk.attempts(made.reference, channel="sms"))


def test_a_drill_that_nobody_answers_ends_without_the_last_resort(desk: Desk) -> None:
    made = desk.activate(mode="drill", by_manager=True)
    desk.advance(hours=1)
    assert desk.escalation(made.reference).state == "exhausted"
    assert len(desk.attempts(made.reference, person_id="clara", template="greeting")) == 2  # her step alone


def test_the_customer_of_a_drill_that_nobody_answers_is_promised_nothing_more(desk: Desk) -> None:
    made = desk.activate(mode="drill", by_manager=True)
    desk.advance(hours=1)
    told = {one.template for one in desk.attempts(made.reference, purpose="customer")}
    assert {"drill_unanswered_mail", "customer_drill_unanswered_sms"} <= told
    assert not {"nobody_yet_mail", "customer_nobody_yet_sms"} & told
    with desk.runtime.database.reading() as session:
        config = desk.runtime.configurations.current(session)
        said = [one.text for one in timeline(session, desk.ticket(made.reference), config, "es")]
    assert said[-1] == "El simulacro ha terminado: no ha respondido nadie."


def test_outside_business_hours_the_request_waits_and_says_until_when(desk: Desk) -> None:
    made = desk.activate("core-restore", customer="banco-norte", by=JON)
    assert made.queued_until is not None
    assert made.queued_until - desk.clock.at == timedelta(hours=6)
    assert desk.paged(made.reference) == []
    desk.advance(hours=6)
    assert desk.paged(made.reference) == ["ana"]


def test_a_plan_of_another_customer_is_unknown(desk: Desk) -> None:
    with pytest.raises(UnknownPlan):
        desk.activate("core-restore")


def test_several_plans_without_a_name_use_the_default_policy_at_p1(desk: Desk) -> None:
    made = desk.activate(None)
    assert desk.ticket(made.reference).priority == "P1"
    assert desk.paged(made.reference) == ["ana"]


def test_a_person_who_answered_stop_is_called_instead(desk: Desk) -> None:
    with desk.runtime.database.transaction() as session:
        disabled.disable(session, "sms", "+34600000001", "opted_out", desk.clock.at)
    made = desk.activate()
    skipped = desk.attempts(made.reference, state="skipped")
    assert [(a.channel, a.why) for a in skipped] == [("sms", "opted_out")]
    assert [a.channel for a in desk.attempts(made.reference, state="accepted", purpose="page")] == ["voice"]


def test_a_step_that_nobody_can_be_reached_at_is_passed_over_at_once(desk: Desk) -> None:
    with desk.runtime.database.transaction() as session:
        for channel in ("sms", "voice"):
            disabled.disable(session, channel, "+34600000002", "method_disabled", desk.clock.at)
    made = desk.activate()
    desk.advance(minutes=3)
    assert desk.paged(made.reference) == ["ana", "clara"]
    assert "step.skipped" in desk.kinds(made.reference)


def test_pagerduty_attempts_are_skipped_with_their_reason(desk: Desk) -> None:
    made = desk.activate()
    desk.advance(minutes=22)
    skipped = desk.attempts(made.reference, channel="pagerduty")
    assert {a.why for a in skipped} == {"pagerduty_not_configured"}


def test_after_an_outage_one_step_is_fired_and_its_wait_starts_again(desk: Desk) -> None:
    made = desk.activate()
    desk.sleep(hours=3)
    assert desk.paged(made.reference) == ["ana", "borja"]
    assert desk.escalation(made.reference).step == 2
    assert desk.escalation(made.reference).due_at == desk.clock.at + timedelta(minutes=3)
    assert "step.late" in desk.kinds(made.reference)


def test_a_page_that_goes_out_late_says_so(desk: Desk) -> None:
    made = desk.activate()
    with desk.runtime.database.transaction() as session:
        session.execute(update(AttemptRow).where(AttemptRow.state == "accepted").values(state="pending"))
    desk.clock.advance(minutes=2)
    desk.run_due()
    sms = desk.attempts(made.reference, person_id="ana", channel="sms")[0]
    assert "RETRASADO 2 min" in (sms.message or "")


def test_the_log_of_an_escalation_verifies(desk: Desk) -> None:
    made = desk.activate()
    desk.advance(minutes=30)
    desk.acknowledge(made.reference, "clara")
    desk.close(made.reference, "not_our_responsibility", "El fallo es del proveedor de energía.")
    with desk.runtime.database.reading() as session:
        assert log.verify(session, made.reference) == []
        assert len(log.read(session, made.reference)) > 30


def test_round_robin_gives_each_escalation_to_the_next_person(desk: Desk) -> None:
    first = desk.activate("files-restore")
    desk.close(first.reference)
    second = desk.activate("files-restore")
    planned = [{a.person_id for a in desk.attempts(m.reference, purpose="page")} for m in (first, second)]
    assert planned == [{"ana"}, {"borja"}]


def test_a_trial_contract_may_not_activate_for_real(desk: Desk) -> None:
    """S-6.1"""
    config = desk.runtime.configurations
    with desk.runtime.database.reading() as session:
        current = config.current(session)
    hotel = current.customers["hotel-sol"]
    trial = hotel.model_copy(update={"contract": hotel.contract.model_copy(update={"status": "trial"})})
    current.customers["hotel-sol"] = trial  # type: ignore[index]  # the kept copy of this test's process alone
    with pytest.raises(NotEntitled) as refused:
        desk.activate()
    assert (refused.value.field, refused.value.reason) == ("mode", "trial")


def test_a_customer_with_several_plans_and_no_default_must_name_one(desk: Desk) -> None:
    with desk.runtime.database.reading() as session:
        current = desk.runtime.configurations.current(session)
    hotel = current.customers["hotel-sol"]
    contract = hotel.contract.model_copy(update={"default_escalation_policy": None})
    current.customers["hotel-sol"] = hotel.model_copy(update={"contract": contract})  # type: ignore[index]
    with pytest.raises(PlanRequired, match="erp-restore, files-restore"):
        desk.activate(None)


def test_after_an_outage_a_person_hears_once_by_each_channel(desk: Desk) -> None:
    made = desk.activate()
    with desk.runtime.database.transaction() as session:
        session.execute(update(AttemptRow).where(AttemptRow.purpose == "page").values(state="pending", sent_at=None))
    desk.clock.advance(seconds=165)
    desk.run_due()
    states = [(a.channel, a.state, a.why) for a in desk.attempts(made.reference, person_id="ana", purpose="page")]
    assert states == [("sms", "accepted", None), ("voice", "accepted", None), ("voice", "skipped", "late_collapsed")]


def test_a_person_with_nothing_but_mail_left_gets_the_page_by_mail(desk: Desk) -> None:
    with desk.runtime.database.transaction() as session:
        for channel in ("sms", "voice"):
            disabled.disable(session, channel, "+34600000001", "method_disabled", desk.clock.at)
    made = desk.activate()
    mails = [a for a in desk.attempts(made.reference, person_id="ana") if a.state != "skipped"]
    assert [(a.channel, a.state) for a in mails] == [("email", "sent")]
    written = [path.read_text() for path in desk.runtime.settings.mail_dir.glob("*.eml")]
    assert any("To: ana@itsafer.example" in text for text in written)


def test_a_manager_with_nothing_but_a_telephone_that_speaks_is_told_by_mail(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    for outcome in ("no_answer", "busy", "voicemail"):
        desk.contact(made.reference, "ana", outcome)
        desk.advance(minutes=8)

    told = [a for a in desk.attempts(made.reference, person_id="clara") if a.purpose == "notice"]

    assert [(a.template, a.channel, a.address, a.state) for a in told][-1] == (
        "unreachable_manager_sms",
        "email",
        "clara@itsafer.example",
        "sent",
    )


def test_everybody_paged_hears_who_ended_it(desk: Desk) -> None:
    by_customer, by_us = desk.activate(), desk.activate("files-restore")
    desk.stand_down(by_customer.reference)
    desk.stand_down(by_us.reference, by_customer=False)

    def said(reference: str) -> str:
        return str(desk.attempts(reference, purpose="stand_down", channel="sms")[0].message)

    assert "anulado por el cliente" in said(by_customer.reference)
    assert "anulado a las" in said(by_us.reference)


def test_a_call_hung_up_by_a_stand_down_says_that_the_ticket_was_closed(desk: Desk) -> None:
    made = desk.activate()
    desk.stand_down(made.reference)
    assert {a.why for a in desk.attempts(made.reference, purpose="page", channel="voice")} == {"ticket_closed"}


def test_who_is_told_already_gets_no_second_mail_for_asking_twice(desk: Desk) -> None:
    made = desk.activate()
    desk.activate()
    desk.activate(by=LUIS)
    desk.activate(by=LUIS)
    mails = desk.attempts(made.reference, purpose="customer", channel="email")
    assert [(a.template, a.address) for a in mails] == [
        ("received_mail", "marta@hotelsol.example"),
        ("joined_mail", LUIS),
    ]


def test_a_mail_leaves_its_words_as_evidence(desk: Desk) -> None:
    made = desk.activate()
    message = str(desk.attempts(made.reference, channel="email", purpose="customer")[0].message)
    assert message.startswith(f"[{made.reference}] Activación recibida: Restauración del ERP\n")
    assert "Estamos avisando al equipo de guardia" in message


def test_the_call_about_an_overdue_contact_is_recorded_as_it_is_spoken(desk: Desk) -> None:
    made = desk.activate()
    desk.acknowledge(made.reference, "ana")
    desk.advance(minutes=10)
    call = desk.attempts(made.reference, person_id="ana", cycle=2, channel="voice")[0]
    assert "hace 10 minutos" in str(call.message)

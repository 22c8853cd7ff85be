"""The escalation machine: what every event does in every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.escalation import machine
from alerting.escalation.machine import (
    Acknowledge,
    AcknowledgementLapsed,
    CancelPages,
    Close,
    ContactMade,
    CustomerUnreachable,
    Decline,
    Due,
    Escalation,
    EscalationState,
    Event,
    NobodyFound,
    NotReached,
    PageLastResort,
    PageStep,
    RemindOwner,
    StandDown,
    Start,
    StepFailed,
    TellCustomerNobodyYet,
    TellOthers,
    TellStandDown,
    TellUnreachable,
    decide,
)
from alerting.escalation.schema import EscalationPolicy

NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
THREE_MINUTES = timedelta(minutes=3)


def policy(steps: int = 3, rounds: int = 2) -> EscalationPolicy:
    people = ("ana", "borja", "clara")
    return EscalationPolicy.model_validate(
        {
            "id": "contingency",
            "steps": [{"notify": [{"person": people[n % 3]}], "wait": "3m"} for n in range(steps)],
            "rounds": rounds,
            "contact_within": "10m",
            "last_resort": {"notify": [{"person": "clara"}], "every": "5m"},
        }
    )


def at_step(round_: int, step: int, **others: object) -> Escalation:
    running = Escalation(EscalationState.RUNNING, round=round_, step=step, due_at=NOW)
    return replace(running, **others)  # type: ignore[arg-type]


def taken(by: str = "ana", step: int = 1, **others: object) -> Escalation:
    return at_step(1, step, **{"state": EscalationState.ACKNOWLEDGED, "owner": by, **others})


def test_the_first_step_is_paged_at_once() -> None:
    decision = decide(Escalation(EscalationState.SCHEDULED), Start(), policy(), NOW)
    assert decision.effects == (PageStep(1, 1),)
    assert decision.next == at_step(1, 1, due_at=NOW + THREE_MINUTES)


def test_a_queued_request_is_paged_when_the_hours_begin() -> None:
    queued = Escalation(EscalationState.SCHEDULED, due_at=NOW)
    assert decide(queued, Due(), policy(), NOW).effects == (PageStep(1, 1),)


@pytest.mark.parametrize(
    ("stands_at", "goes_to"),
    [((1, 1), (1, 2)), ((1, 2), (1, 3)), ((1, 3), (2, 1)), ((2, 1), (2, 2)), ((2, 2), (2, 3))],
)
def test_when_nobody_answers_the_next_step_is_paged(stands_at: tuple[int, int], goes_to: tuple[int, int]) -> None:
    decision = decide(at_step(*stands_at), Due(), policy(), NOW)
    assert PageStep(*goes_to) in decision.effects
    assert (decision.next.round, decision.next.step) == goes_to
    assert decision.next.due_at == NOW + THREE_MINUTES


def test_the_customer_is_told_once_that_nobody_has_answered_yet() -> None:
    after_first_round = decide(at_step(1, 3), Due(), policy(), NOW)
    after_second_round = decide(at_step(2, 3), Due(), policy(), NOW)
    assert TellCustomerNobodyYet() in after_first_round.effects
    assert TellCustomerNobodyYet() not in after_second_round.effects


def test_an_exhausted_policy_pages_the_last_resort_and_goes_on_doing_so() -> None:
    exhausted = decide(at_step(2, 3), Due(), policy(), NOW)
    assert exhausted.next.state is EscalationState.EXHAUSTED
    assert PageLastResort() in exhausted.effects
    again = decide(exhausted.next, Due(), policy(), NOW + timedelta(minutes=5))
    assert again.effects == (PageLastResort(),)
    assert again.next.due_at == NOW + timedelta(minutes=10)


def test_a_step_that_names_nobody_is_passed_over_at_once() -> None:
    decision = decide(at_step(1, 1, due_at=NOW + THREE_MINUTES), NobodyFound(), policy(), NOW)
    assert decision.effects == (PageStep(1, 2),)


def test_a_step_whose_every_attempt_failed_does_not_wait() -> None:
    decision = decide(at_step(1, 1, due_at=NOW + THREE_MINUTES), StepFailed(), policy(), NOW)
    assert decision.effects == (PageStep(1, 2),)


@pytest.mark.parametrize("state", [EscalationState.RUNNING, EscalationState.EXHAUSTED, EscalationState.SCHEDULED])
def test_a_yes_stops_the_pages_and_starts_the_contact_clock(state: EscalationState) -> None:
    due = NOW + timedelta(minutes=10)
    decision = decide(at_step(1, 2, state=state), Acknowledge("borja", due), policy(), NOW)
    assert decision.next.state is EscalationState.ACKNOWLEDGED
    assert (decision.next.owner, decision.next.due_at) == ("borja", due)
    assert decision.effects == (CancelPages(), TellOthers("borja"))


def test_the_second_yes_changes_nothing() -> None:
    assert not decide(taken("ana"), Acknowledge("borja", None), policy(), NOW).changed


def test_a_decline_pages_the_next_step_now() -> None:
    decision = decide(at_step(1, 1), Decline("ana", on_step=True), policy(), NOW)
    assert decision.effects == (PageStep(1, 2),)


def test_a_late_decline_of_an_earlier_step_does_not_hurry_the_present_one() -> None:
    assert not decide(at_step(1, 2), Decline("ana", on_step=False), policy(), NOW).changed


def test_an_owner_who_gives_it_up_is_left_in_peace_and_the_next_step_is_paged() -> None:
    decision = decide(taken("ana"), Decline("ana", on_step=True), policy(), NOW)
    assert decision.effects == (PageStep(1, 2, owner_too=None),)
    assert decision.next.owner is None
    assert decision.next.cycle == 2


def test_without_contact_in_time_the_owner_and_the_next_step_are_paged_in_a_new_cycle() -> None:
    decision = decide(taken("ana", step=1, due_at=NOW), Due(), policy(), NOW)
    assert decision.effects == (PageStep(1, 2, owner_too="ana"),)
    assert (decision.next.state, decision.next.cycle) == (EscalationState.RUNNING, 2)
    assert [record.kind for record in decision.records] == ["contact.overdue", "escalation.resumed"]


def test_the_step_after_the_last_one_is_the_first_one() -> None:
    decision = decide(taken("clara", step=3, due_at=NOW), Due(), policy(), NOW)
    assert decision.effects == (PageStep(1, 1, owner_too="clara"),)


def test_contact_ends_all_paging() -> None:
    decision = decide(taken("ana", due_at=NOW), ContactMade("ana"), policy(), NOW)
    assert decision.next.state is EscalationState.CONTACTED
    assert decision.next.due_at is None


def test_contact_while_others_are_being_paged_tells_them() -> None:
    decision = decide(at_step(1, 2, cycle=2, owner="ana"), ContactMade("ana"), policy(), NOW)
    assert decision.effects == (CancelPages(), TellOthers("ana"))


def test_an_unreachable_customer_wakes_nobody_else_but_the_owner_is_reminded() -> None:
    decision = decide(taken("ana", due_at=NOW), CustomerUnreachable(), policy(), NOW)
    assert decision.effects == (CancelPages(), TellUnreachable())
    reminded = decide(decision.next, Due(), policy(), NOW + timedelta(minutes=15))
    assert reminded.effects == (RemindOwner(),)
    assert reminded.next.state is EscalationState.ACKNOWLEDGED
    assert reminded.next.due_at == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("state", [EscalationState.ACKNOWLEDGED, EscalationState.CONTACTED])
def test_a_customer_whom_nobody_called_starts_the_paging_again(state: EscalationState) -> None:
    decision = decide(taken("ana", state=state), NotReached(), policy(), NOW)
    assert decision.effects == (PageStep(1, 2, owner_too="ana"),)


def test_a_stand_down_tells_everybody_who_was_paged() -> None:
    decision = decide(at_step(1, 2), StandDown(), policy(), NOW)
    assert decision.effects == (CancelPages(), TellStandDown(by_customer=True))
    assert decision.next.state is EscalationState.CANCELLED


def test_pages_ended_by_one_of_ours_are_not_said_to_be_withdrawn_by_the_customer() -> None:
    ours = decide(at_step(1, 2), StandDown(by_customer=False), policy(), NOW)
    closed = decide(at_step(1, 2), Close(), policy(), NOW)
    assert ours.effects == closed.effects == (CancelPages(), TellStandDown(by_customer=False))


def test_a_drill_asks_once_and_never_the_last_resort() -> None:
    decision = decide(at_step(1, 3, drill=True), Due(), policy(), NOW)
    assert decision.next.state is EscalationState.EXHAUSTED
    assert decision.next.due_at is None
    assert decision.effects == (TellCustomerNobodyYet(),)


def test_an_acknowledgement_that_ran_out_pages_the_step_that_was_answered_again() -> None:
    decision = decide(replace(taken("ana"), step=2), AcknowledgementLapsed(), policy(), NOW)
    assert (decision.next.state, decision.next.cycle, decision.next.owner) == (EscalationState.RUNNING, 2, None)
    assert decision.effects == (PageStep(1, 2),)


def test_late_work_fires_one_step_says_so_and_starts_its_wait_anew() -> None:
    two_hours_later = NOW + timedelta(hours=2)
    decision = decide(at_step(1, 1), Due(), policy(), two_hours_later)
    assert decision.effects == (PageStep(1, 2),)
    assert decision.next.due_at == two_hours_later + THREE_MINUTES
    assert {record.kind: record.data for record in decision.records}["step.late"] == {"late_seconds": 7200}


EVENTS: list[Event] = [
    Start(), Due(), NobodyFound(), StepFailed(), Acknowledge("ana", NOW + timedelta(minutes=10)),
    Decline("ana", on_step=True), ContactMade("ana"), CustomerUnreachable(), NotReached(), StandDown(), Close(),
    AcknowledgementLapsed(),
]  # fmt: skip


@pytest.mark.parametrize("state", [EscalationState.CANCELLED, EscalationState.FINISHED])
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_what_has_ended_stays_ended(state: EscalationState, event: Event) -> None:
    assert not decide(at_step(1, 1, state=state), event, policy(), NOW).changed


@given(st.lists(st.sampled_from(EVENTS), max_size=40), st.integers(1, 4), st.integers(1, 3), st.booleans())
def test_an_escalation_is_never_silent_before_it_is_answered(
    events: list[Event], steps: int, rounds: int, drill: bool
) -> None:
    """Invariant I2: while nobody has answered there is always a next instant at which something happens."""
    rules, esc, now = policy(steps, rounds), Escalation(EscalationState.SCHEDULED, due_at=NOW, drill=drill), NOW
    for event in events:
        esc = decide(esc, event, rules, now).next
        now += timedelta(minutes=1)
        assert 0 <= esc.step <= steps
        assert 0 <= esc.round <= rounds
        if esc.state in (EscalationState.RUNNING, EscalationState.ACKNOWLEDGED, EscalationState.SCHEDULED):
            assert esc.due_at is not None
        if esc.state is EscalationState.EXHAUSTED:
            assert (esc.due_at is None) == drill
        if esc.state in (*machine.ENDED, EscalationState.CONTACTED):
            assert esc.due_at is None


@given(st.integers(1, 6), st.integers(1, 5))
def test_every_step_is_paged_once_a_round_before_the_last_resort(steps: int, rounds: int) -> None:
    rules, esc, now = policy(steps, rounds), Escalation(EscalationState.SCHEDULED), NOW
    decision, paged = decide(esc, Start(), rules, now), []
    while decision.next.state is EscalationState.RUNNING:
        paged += [(e.round, e.step) for e in decision.effects if isinstance(e, PageStep)]
        now = decision.next.due_at or now
        decision = decide(decision.next, Due(), rules, now)
    assert paged == [(r, s) for r in range(1, rounds + 1) for s in range(1, steps + 1)]
    assert decision.effects[-1] == PageLastResort()

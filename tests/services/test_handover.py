"""Tickets that go from the leaving engineer to the coming one."""

from __future__ import annotations

from alerting.escalation.handover import hand_over
from alerting.tickets import service as tickets
from tests.support.desk import Desk


def given(desk: Desk, reference: str, giver: str = "ana", taker: str = "borja") -> bool:
    with desk.runtime.work() as work:
        done = hand_over(work, tickets.locked(work, reference), giver, taker)
    desk.run_due()
    return done


def accepted(desk: Desk) -> str:
    reference = desk.activate().reference
    desk.acknowledge(reference, "ana")
    return reference


def test_the_acknowledgement_moves_and_the_first_one_stays_who_it_was(desk: Desk) -> None:
    reference = accepted(desk)
    due = desk.ticket(reference).contact_due_at
    assert given(desk, reference)
    ticket = desk.ticket(reference)
    assert (ticket.owner, ticket.acknowledged_by, ticket.contact_due_at) == ("borja", "ana", due)
    assert desk.escalation(reference).owner == "borja"
    assert desk.kinds(reference).count("ticket.assigned") == 1


def test_both_are_told(desk: Desk) -> None:
    reference = accepted(desk)
    given(desk, reference)
    told = {a.person_id: a.message or "" for a in desk.attempts(reference, purpose="handoff")}
    assert "Ana Garcia le pasa el ticket de Hotel Sol. Tel. +34611000001." in told["borja"]
    assert "el ticket lo lleva ahora Borja Ruiz" in told["ana"]


def test_what_is_overdue_pages_the_new_owner(desk: Desk) -> None:
    reference = accepted(desk)
    given(desk, reference)
    desk.advance(minutes=11)
    again = desk.attempts(reference, purpose="page", cycle=2)
    assert {a.person_id for a in again if a.template == "contact_overdue_sms"} == {"borja"}


def test_a_second_time_and_a_strangers_ticket_change_nothing(desk: Desk) -> None:
    reference = accepted(desk)
    assert given(desk, reference)
    assert not given(desk, reference)
    assert not given(desk, reference, "carol", "ana")
    assert desk.ticket(reference).owner == "borja"


def test_a_closed_ticket_stays_where_it_is(desk: Desk) -> None:
    reference = accepted(desk)
    desk.close(reference)
    assert not given(desk, reference)

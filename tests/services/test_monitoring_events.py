"""Events of monitoring systems: one ticket for each trouble, however often and however many (S-3.2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from alerting.intake.service import UnknownComponent
from alerting.monitoring import alerts, flood, queries
from alerting.monitoring.events import Event
from alerting.monitoring.models import IntegrationRow
from alerting.tickets.models import TicketRow
from alerting.tickets.queries import timeline
from core.documents import store
from tests.support.desk import Desk

SOURCE = "sol-prometheus"


def take(desk: Desk, *events: Event) -> int:
    with desk.runtime.work() as work:
        return alerts.take(work, SOURCE, events)


def raised(key: str = "erp/nightly", **more: Any) -> Event:
    return Event(**{"dedup_key": key, "action": "trigger", "summary": f"Copia fallida: {key}"} | more)


def over(key: str = "erp/nightly", **more: Any) -> Event:
    return Event(**{"dedup_key": key, "action": "resolve", "summary": ""} | more)


def tickets(desk: Desk) -> Sequence[TicketRow]:
    with desk.runtime.database.reading() as session:
        return session.scalars(select(TicketRow).order_by(TicketRow.id)).all()


def occurrences(desk: Desk, ticket: TicketRow) -> int:
    with desk.runtime.database.reading() as session:
        return queries.occurrences(session, [ticket.id]).get(ticket.id, 0)


def read(desk: Desk, ticket: TicketRow) -> list[str]:
    with desk.runtime.database.reading() as session:
        return [one.text for one in timeline(session, ticket, desk.runtime.configurations.current(session), "es")]


def test_twenty_events_of_one_key_are_one_ticket_with_twenty_occurrences(desk: Desk) -> None:
    for _ in range(20):
        take(desk, raised(machine="srv-erp", details="exit code 3"))
        desk.clock.advance(minutes=3)

    (ticket,) = tickets(desk)
    assert occurrences(desk, ticket) == 20
    assert (ticket.channel, ticket.incident_type, ticket.priority) == ("monitoring", "backup_failed", "P2")
    assert ticket.title == "Copia fallida: erp/nightly"
    assert "exit code 3" in str(ticket.symptoms)
    with desk.runtime.database.reading() as session:
        assert session.get_one(IntegrationRow, SOURCE).events == 20


def test_other_keys_are_other_tickets_and_another_customers_never_join(desk: Desk) -> None:
    take(desk, raised("a"), raised("b"), raised("a"))

    assert [occurrences(desk, one) for one in tickets(desk)] == [2, 1]
    assert {one.customer_id for one in tickets(desk)} == {"hotel-sol"}


def test_what_is_resolved_is_noted_once_and_closes_nothing(desk: Desk) -> None:
    take(desk, raised(), over(), over())

    (ticket,) = tickets(desk)
    assert ticket.state == "new"
    assert [text for text in read(desk, ticket) if "resuelto" in text] == [
        "La monitorización lo da por resuelto: Copia fallida: erp/nightly (27/10/2026 03:00 CET (UTC+01:00))."
    ]


def test_a_resolve_of_nothing_is_taken_and_changes_nothing(desk: Desk) -> None:
    assert take(desk, over("never raised")) == 1
    assert tickets(desk) == []


def test_what_comes_back_while_the_ticket_is_open_is_told_there_and_after_its_closure_is_a_new_ticket(
    desk: Desk,
) -> None:
    take(desk, raised(), over(), raised())
    (first,) = tickets(desk)
    assert desk.kinds(first.reference).count("event.raised") == 1

    desk.close(first.reference)
    take(desk, raised())
    assert [occurrences(desk, one) for one in tickets(desk)] == [0, 1]


def test_a_sender_that_repeats_an_occurrence_counts_it_once_and_an_overtaken_message_reopens_nothing(
    desk: Desk,
) -> None:
    first, second = "2026-10-27T02:00:00Z", "2026-10-27T05:00:00Z"
    take(desk, raised(instance=first))
    take(desk, raised(instance=first))
    take(desk, over(instance=first))
    take(desk, raised(instance=first))
    (ticket,) = tickets(desk)
    assert occurrences(desk, ticket) == 1

    take(desk, raised(instance=second))
    assert occurrences(desk, ticket) == 2


def test_a_flood_is_gathered_on_one_ticket_and_nothing_is_lost(desk: Desk) -> None:
    for number in range(flood.MOST_TICKETS + 15):
        take(desk, raised(f"volume-{number}"))
    take(desk, raised("volume-30"), raised("volume-0"))

    *own, gathered = tickets(desk)
    assert len(own) == flood.MOST_TICKETS
    assert gathered.title == "Avalancha de avisos de monitorización (sol-prometheus)"
    assert occurrences(desk, gathered) == 16
    assert occurrences(desk, own[0]) == 2
    assert any("Van 10 avisos reunidos aquí" in text for text in read(desk, gathered))


def test_an_hour_after_a_flood_new_trouble_has_tickets_of_its_own_again(desk: Desk) -> None:
    for number in range(flood.MOST_TICKETS + 1):
        take(desk, raised(f"volume-{number}"))
    desk.clock.advance(minutes=61)
    take(desk, raised("something else"))

    assert tickets(desk)[-1].title == "Copia fallida: something else"


def test_a_component_that_the_contract_has_not_is_refused_before_anything_is_written(desk: Desk) -> None:
    with pytest.raises(UnknownComponent, match="allowed: "):
        take(desk, raised("a"), raised("b", component="mainframe"))
    assert tickets(desk) == []


def test_passwords_in_what_a_machine_sends_are_taken_out(desk: Desk) -> None:
    take(desk, raised(summary="login failed password=verysecret1", details="token: abcdef123456"))

    (ticket,) = tickets(desk)
    assert "verysecret1" not in f"{ticket.title} {ticket.symptoms} {ticket.intake}"
    assert "abcdef123456" not in str(ticket.symptoms)


def test_a_policy_pages_once_for_twenty_events(desk: Desk) -> None:
    with desk.runtime.database.transaction() as session:
        found = store.find(session, "integrations", SOURCE)
        assert found is not None
        body = found.body | {"on_event": found.body["on_event"] | {"escalation_policy": "contingency"}}
        store.save(session, [store.Change("update", "integrations", SOURCE, body, 0)], desk.clock.at)
    for _ in range(20):
        take(desk, raised())
    desk.run_due()

    (ticket,) = tickets(desk)
    assert desk.paged(ticket.reference) == ["ana"]
    assert desk.acknowledge(ticket.reference, "ana").won


def test_deliveries_of_one_moment_make_one_ticket(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: take(desk, raised()), range(4)))

    (ticket,) = tickets(desk)
    assert occurrences(desk, ticket) == 4

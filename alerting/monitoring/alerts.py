"""Events as commands: one open ticket for each dedup key of an integration, however often it is raised; what comes
again is counted, what is resolved is noted, and a flood is gathered on one ticket."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from alerting.catalog.schema import Customer
from alerting.intake.secrets import redacted
from alerting.intake.service import UnknownComponent
from alerting.monitoring import flood, wording
from alerting.monitoring.events import Event
from alerting.monitoring.models import AlertRow, IntegrationRow
from alerting.monitoring.reporting import Trouble, note, open_ticket, page, still_open
from alerting.monitoring.schema import Integration
from alerting.monitoring.wording import EventFacts, Written
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.audit.chain import LogActor
from core.ids import ulid

FLOOD = "flood"


class UnknownIntegration(LookupError):
    """No integration of that id is configured any more."""


@dataclass(frozen=True)
class _Source:
    integration: Integration
    customer: Customer

    @property
    def actor(self) -> LogActor:
        return LogActor("integration", self.integration.id)


def take(work: Work, integration_id: str, events: Sequence[Event]) -> int:
    """Each event in turn; how many. UnknownIntegration, UnknownComponent before anything is written."""
    integration = work.config.integrations.get(integration_id)
    customer = work.config.customers.get(integration.customer) if integration else None
    if integration is None or customer is None:
        raise UnknownIntegration(integration_id)
    known = tuple(customer.contract.coverage)
    for event in events:
        if event.component is not None and event.component not in known:
            raise UnknownComponent(event.component, known)
    source = _Source(integration, customer)
    row = _locked(work, integration_id)
    for event in events:
        clean = replace(event, summary=redacted(event.summary), details=event.details and redacted(event.details))
        _trigger(work, source, clean) if event.action == "trigger" else _resolve(work, source, clean)
    row.events += len(events)
    row.last_event_at = work.now
    work.session.flush()
    return len(events)


def _trigger(work: Work, source: _Source, event: Event) -> None:
    row = _alert(work, source.integration.id, _digest(event.dedup_key))
    if row is not None and event.instance is not None and event.instance == row.instance:
        # The sender repeats itself, or a message has been overtaken by the one that it is over.
        if row.resolved_at is None:
            row.last_at = work.now
        if row.resolved_at is not None or still_open(work, row.ticket_id) is not None:
            return
    ticket = still_open(work, row.ticket_id) if row is not None else None
    if row is None:
        row = _made(work, source, event, _digest(event.dedup_key))
    if ticket is None:
        _begin(work, source, event, row)
    else:
        _again(work, source, event, row, ticket)


def _begin(work: Work, source: _Source, event: Event, row: AlertRow) -> None:
    """A ticket for it; in a flood the one that gathers everything."""
    _raised(work, row, event)
    row.occurrences, row.first_at = 1, work.now
    if flood.is_flood(_opened_lately(work, source.integration.id)):
        row.ticket_id, row.opened_at = _gather(work, source, event).id, None
        return
    written = wording.of_event(_facts(source, event, work), source.customer.language, work.config.provider)
    row.ticket_id = open_ticket(work, _trouble(source, event, written)).id
    row.opened_at = work.now


def _again(work: Work, source: _Source, event: Event, row: AlertRow, ticket: TicketRow) -> None:
    was_over = row.resolved_at is not None
    _raised(work, row, event)
    row.occurrences += 1
    if row.opened_at is None:
        _gather(work, source, event)  # counted there too
        return
    data = {"alert": row.id, "at": work.now.isoformat(), "count": row.occurrences}
    if was_over:
        note(work, ticket, "event.raised", data, {"summary": event.summary}, source.actor)
        page(work, ticket, source.integration.on_event, source.actor)
    elif row.occurrences in flood.TOLD:
        note(work, ticket, "event.repeated", data, {"summary": event.summary}, source.actor, tell=False)


def _gather(work: Work, source: _Source, event: Event) -> TicketRow:
    """The integration's one ticket for a flood, which counts every event that has come to it."""
    row = _alert(work, source.integration.id, FLOOD) or _made(work, source, event, FLOOD)
    ticket = still_open(work, row.ticket_id)
    row.last_at = work.now
    if ticket is None:
        written = wording.of_flood(_facts(source, event, work), source.customer.language, work.config.provider)
        ticket = open_ticket(work, _trouble(source, replace(event, machine=None, details=None), written))
        row.ticket_id, row.occurrences, row.first_at, row.opened_at = ticket.id, 1, work.now, work.now
    else:
        row.occurrences += 1
        data = {"alert": row.id, "at": work.now.isoformat(), "count": row.occurrences}
        if row.occurrences in flood.TOLD:
            note(work, ticket, "event.gathered", data, {"summary": event.summary}, source.actor, tell=False)
    work.session.flush()
    return ticket


def _resolve(work: Work, source: _Source, event: Event) -> None:
    """Noted once; a key that was never raised, or is over already, changes nothing."""
    row = _alert(work, source.integration.id, _digest(event.dedup_key))
    if row is None or row.resolved_at is not None:
        return
    row.resolved_at = work.now
    ticket = still_open(work, row.ticket_id)
    if ticket is not None:
        data = {"alert": row.id, "at": work.now.isoformat()}
        # Of a flood's hundreds of ends the mail would be another flood.
        tell = row.opened_at is not None
        note(work, ticket, "event.resolved", data, {"summary": row.summary}, source.actor, tell=tell)


def _raised(work: Work, row: AlertRow, event: Event) -> None:
    row.last_at, row.resolved_at = work.now, None
    row.summary, row.instance = event.summary, event.instance


def _trouble(source: _Source, event: Event, written: Written) -> Trouble:
    rule = source.integration.on_event
    return Trouble(
        source.customer,
        event.component or source.integration.component,
        "monitoring",
        rule.kind,
        rule,
        written,
        source.actor,
        machine=event.machine,
    )


def _facts(source: _Source, event: Event, work: Work) -> EventFacts:
    return EventFacts(event.summary, source.integration.id, work.now, event.job, event.machine, event.details)


# --- rows


def _locked(work: Work, integration_id: str) -> IntegrationRow:
    """Until the end of the transaction: two deliveries of one moment make one ticket."""
    table = cast(Table, IntegrationRow.__table__)
    work.session.execute(_insert(work.session, table).values(id=integration_id, events=0).on_conflict_do_nothing())
    return work.session.get_one(IntegrationRow, integration_id, with_for_update=True, populate_existing=True)


def _insert(session: Session, table: Table) -> Any:
    return (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)


def _alert(work: Work, integration_id: str, key: str) -> AlertRow | None:
    return work.session.execute(
        select(AlertRow).where(AlertRow.integration_id == integration_id, AlertRow.key == key)
    ).scalar_one_or_none()


def _made(work: Work, source: _Source, event: Event, key: str) -> AlertRow:
    row = AlertRow(
        id=ulid(),
        integration_id=source.integration.id,
        key=key,
        dedup_key=event.dedup_key if key != FLOOD else "",
        summary=event.summary,
        instance=event.instance,
        ticket_id=None,
        occurrences=0,
        opened_at=None,
        first_at=work.now,
        last_at=work.now,
        resolved_at=None,
    )
    work.session.add(row)
    work.session.flush()
    return row


def _opened_lately(work: Work, integration_id: str) -> int:
    return work.session.execute(
        select(func.count())
        .select_from(AlertRow)
        .where(
            AlertRow.integration_id == integration_id,
            AlertRow.key != FLOOD,
            AlertRow.opened_at > work.now - flood.WITHIN,
        )
    ).scalar_one()


def _digest(dedup_key: str) -> str:
    return hashlib.sha256(dedup_key.encode()).hexdigest()

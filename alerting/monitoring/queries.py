"""Heartbeats and integrations as the console shows them, and what a ticket has to do with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerting.catalog.schema import Customer, Plan
from alerting.configuration import Configuration
from alerting.monitoring import keys
from alerting.monitoring.alerts import FLOOD
from alerting.monitoring.keys import Section
from alerting.monitoring.models import AlertRow, HeartbeatRow, HeartbeatRunRow, IntegrationRow
from alerting.monitoring.schema import Heartbeat, Integration
from alerting.tickets.models import TicketRow

SHOWN_RUNS = 30
SHOWN_ALERTS = 50
ORDER = ("late", "failed", "new", "running", "up")


@dataclass(frozen=True)
class Watched:
    """`row` None: the configuration was applied before heartbeats were watched. `ticket` is an open one."""

    heartbeat: Heartbeat
    customer: Customer | None
    row: HeartbeatRow | None
    ticket: TicketRow | None
    has_key: bool


@dataclass(frozen=True)
class Listened:
    """`open_alerts` of its dedup keys stand raised; `tickets` of them are open."""

    integration: Integration
    customer: Customer | None
    row: IntegrationRow | None
    open_alerts: int
    tickets: Sequence[TicketRow]
    has_key: bool


def heartbeats(session: Session, config: Configuration) -> list[Watched]:
    """What is in trouble first, then by customer and job."""
    rows = {row.id: row for row in session.scalars(select(HeartbeatRow))}
    tickets = _open_tickets(session, (row.ticket_id for row in rows.values()))
    with_key = set(keys.with_a_key(session, "heartbeats"))
    found = []
    for heartbeat in config.heartbeats.values():
        row = rows.get(heartbeat.id)
        ticket = tickets.get(row.ticket_id or "") if row else None
        customer = config.customer(heartbeat.customer)
        found.append(Watched(heartbeat, customer, row, ticket, heartbeat.id in with_key))
    return sorted(found, key=_by_trouble)


def integrations(session: Session, config: Configuration) -> list[Listened]:
    rows = {row.id: row for row in session.scalars(select(IntegrationRow))}
    with_key = set(keys.with_a_key(session, "integrations"))
    open_alerts = (
        select(AlertRow.integration_id, func.count())
        .where(AlertRow.resolved_at.is_(None), AlertRow.key != FLOOD)
        .group_by(AlertRow.integration_id)
    )
    raised = {integration_id: int(count) for integration_id, count in session.execute(open_alerts)}
    of: dict[str, list[TicketRow]] = {}
    open_ones = (
        select(AlertRow.integration_id, TicketRow)
        .join(TicketRow, TicketRow.id == AlertRow.ticket_id)
        .where(TicketRow.state != "closed", AlertRow.opened_at.is_not(None))
        .order_by(TicketRow.opened_at.desc())
    )
    for integration_id, ticket in session.execute(open_ones):
        of.setdefault(integration_id, []).append(ticket)
    return [
        Listened(
            one, config.customer(one.customer), rows.get(id_), raised.get(id_, 0), of.get(id_, []), id_ in with_key
        )
        for id_, one in config.integrations.items()
    ]


def runs(session: Session, heartbeat_id: str) -> Sequence[HeartbeatRunRow]:
    """The newest first."""
    return session.scalars(
        select(HeartbeatRunRow)
        .where(HeartbeatRunRow.heartbeat_id == heartbeat_id)
        .order_by(HeartbeatRunRow.id.desc())
        .limit(SHOWN_RUNS)
    ).all()


def alerts_of(session: Session, integration_id: str) -> Sequence[tuple[AlertRow, TicketRow | None]]:
    """The latest first, each with its ticket."""
    query = (
        select(AlertRow, TicketRow)
        .outerjoin(TicketRow, TicketRow.id == AlertRow.ticket_id)
        .where(AlertRow.integration_id == integration_id, AlertRow.key != FLOOD)
        .order_by(AlertRow.last_at.desc(), AlertRow.id.desc())
        .limit(SHOWN_ALERTS)
    )
    return [(alert, ticket) for alert, ticket in session.execute(query)]


def occurrences(session: Session, ticket_ids: Iterable[str]) -> Mapping[str, int]:
    """How many events have come to each ticket; of a flood's, all that were gathered there. Tickets that no event has
    opened are left out."""
    ids = list(ticket_ids)
    if not ids:
        return {}
    found = session.execute(
        select(AlertRow.ticket_id, func.sum(AlertRow.occurrences))
        .where(AlertRow.ticket_id.in_(ids), AlertRow.opened_at.is_not(None))
        .group_by(AlertRow.ticket_id)
    )
    return {ticket_id: int(count) for ticket_id, count in found if ticket_id}


@dataclass(frozen=True)
class Source:
    """The machine that has opened a ticket."""

    section: Section
    object_id: str


def source_of(session: Session, ticket: TicketRow) -> Source | None:
    """None for a ticket of people, and for one whose heartbeat has a newer one."""
    if ticket.channel == "heartbeat":
        found = session.scalar(select(HeartbeatRow.id).where(HeartbeatRow.ticket_id == ticket.id).limit(1))
        return Source("heartbeats", found) if found else None
    if ticket.channel == "monitoring":
        found = session.scalar(select(AlertRow.integration_id).where(AlertRow.ticket_id == ticket.id).limit(1))
        return Source("integrations", found) if found else None
    return None


def suggested_plan(session: Session, config: Configuration, ticket: TicketRow) -> Plan | None:
    """What the rule that opened the ticket suggests to activate; None for a ticket of people."""
    customer, source = config.customers.get(ticket.customer_id), source_of(session, ticket)
    if customer is None or source is None:
        return None
    heartbeat, integration = config.heartbeats.get(source.object_id), config.integrations.get(source.object_id)
    rule = heartbeat.on_late if source.section == "heartbeats" and heartbeat else None
    rule = integration.on_event if source.section == "integrations" and integration else rule
    return customer.plan(rule.suggest_plan) if rule and rule.suggest_plan else None


def never_heard(session: Session, config: Configuration) -> list[tuple[Heartbeat, datetime | None]]:
    """Heartbeats that have never been called, each with when its first run was or is expected."""
    rows = {row.id: row for row in session.scalars(select(HeartbeatRow))}
    return [
        (one, rows[id_].expected_at if id_ in rows else None)
        for id_, one in config.heartbeats.items()
        if id_ not in rows or rows[id_].heard_at is None
    ]


def _open_tickets(session: Session, ids: Iterable[str | None]) -> Mapping[str, TicketRow]:
    wanted = [id_ for id_ in ids if id_]
    query = select(TicketRow).where(TicketRow.id.in_(wanted), TicketRow.state != "closed")
    return {ticket.id: ticket for ticket in session.scalars(query)}


def _by_trouble(one: Watched) -> tuple[int, str, str]:
    state = one.row.state if one.row else "new"
    return ORDER.index(state), (one.customer.name if one.customer else "").casefold(), one.heartbeat.job.casefold()

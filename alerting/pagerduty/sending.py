"""Tell PagerDuty: a page as an attempt, and whatever else its incidents should become."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.notifications.carriers.base import ConfigurationDeliveryError, DeliveryError, PermanentDeliveryError
from alerting.notifications.models import AttemptRow
from alerting.pagerduty import decisions, incidents, words
from alerting.pagerduty.decisions import State
from alerting.pagerduty.models import PagerDutyIncidentRow
from alerting.pagerduty.schema import Service
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from alerting.work import Work

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)  # longer than the longest send


@dataclass(frozen=True)
class Telling:
    """What one incident is to be told, in this order; read before, so that nothing waits for PagerDuty in a
    transaction."""

    incident: PagerDutyIncidentRow
    service: Service
    reference: str
    actions: tuple[str, ...]
    event: dict[str, Any]


def trigger(runtime: Runtime, attempt: AttemptRow) -> str:
    """Hand a page over; the dedup key. Raises a DeliveryError."""
    with runtime.database.reading() as session:
        row = incidents.of_attempt(session, attempt)
        if row is None:
            raise PermanentDeliveryError("the attempt stands for no incident", "incident")
        config = runtime.configurations.current(session)
        held = cast(State | None, row.held)
        actions = decisions.events_towards("triggered", held) or ("trigger",)
        telling = _telling(session, runtime, config, row, actions, attempt)
    _tell(runtime, telling)
    return row.dedup_key


def follow(runtime: Runtime, incident_row_id: str) -> None:
    """Bring one incident to what it should be; safe to call any number of times."""
    with runtime.work() as work:
        row = _claimed(work, incident_row_id)
        if row is None:
            return
        wanted = cast(State, row.wanted)
        actions = decisions.events_towards(wanted, cast(State | None, row.held))
        if not actions:
            row.due_at = None
            return
        row.asked_at = row.asked_at or work.now
        began = work.now
        telling = _try_telling(work, runtime, row, actions)
    if telling is None:
        return
    try:
        _tell(runtime, telling)
    except DeliveryError as error:
        with runtime.work() as work:
            _later(work, telling, error)
        return
    with runtime.work() as work:
        _done(work, telling, wanted, began)


def due(session: Session, now: datetime, at_most: int) -> list[str]:
    """Ids of incidents to be told something, the longest waiting first."""
    waiting = (
        select(PagerDutyIncidentRow.id)
        .where(PagerDutyIncidentRow.due_at <= now)
        .order_by(PagerDutyIncidentRow.due_at)
        .limit(at_most)
    )
    return list(session.scalars(waiting))


def _claimed(work: Work, incident_row_id: str) -> PagerDutyIncidentRow | None:
    """Take it for as long as a send may last; None when it is not due."""
    found: PagerDutyIncidentRow | None = work.session.execute(
        update(PagerDutyIncidentRow)
        .where(PagerDutyIncidentRow.id == incident_row_id, PagerDutyIncidentRow.due_at <= work.now)
        .values(due_at=work.now + LEASE, tries=PagerDutyIncidentRow.tries + 1)
        .returning(PagerDutyIncidentRow)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).scalar_one_or_none()
    return found


def _try_telling(work: Work, runtime: Runtime, row: PagerDutyIncidentRow, actions: Sequence[str]) -> Telling | None:
    """None when the service is no longer configured: nothing can be told, and the log says so."""
    try:
        return _telling(work.session, runtime, work.config, row, actions, None)
    except DeliveryError as error:
        log.error("PagerDuty cannot be told: %s", error)
        row.due_at = None
        if reference := _reference(work.session, row):
            data = {"service": row.service_id, "why": incidents.NOT_CONFIGURED, "wanted": row.wanted}
            work.record(reference, "pagerduty.ignored", data)
        return None


def _telling(
    session: Session,
    runtime: Runtime,
    config: Configuration,
    row: PagerDutyIncidentRow,
    actions: Sequence[str],
    attempt: AttemptRow | None,
) -> Telling:
    service = config.pagerduty.get(row.service_id)
    if service is None or not runtime.settings.named_secret(service.key):
        raise ConfigurationDeliveryError(f"the PagerDuty service {row.service_id!r} has no key", "routing_key")
    reference = _reference(session, row)
    if reference is None:
        raise PermanentDeliveryError("the incident stands for no ticket", "ticket")
    event = _event(session, runtime, config, row, attempt) if "trigger" in actions else {}
    return Telling(row, service, reference, tuple(actions), event)


def _event(
    session: Session,
    runtime: Runtime,
    config: Configuration,
    row: PagerDutyIncidentRow,
    attempt: AttemptRow | None,
) -> dict[str, Any]:
    provider, origin = config.provider, runtime.settings.public_origin
    language = attempt.language if attempt else provider.language
    if row.attempt_id is not None:
        name, at = (attempt.person_name, attempt.created_at) if attempt else ("", runtime.now(session))
        return words.test_event(words.test_summary(provider.name, name, language), at, origin, provider.name)
    told = incidents.told(config, session.get_one(TicketRow, row.ticket_id), attempt)
    return words.event(told, language, origin, provider.name, provider.timezone)


def _reference(session: Session, row: PagerDutyIncidentRow) -> str | None:
    """The chain in the log: the ticket's, or that of a test page. None when there is no such ticket."""
    if row.attempt_id is not None:
        return f"attempt:{row.attempt_id}"
    ticket = session.get(TicketRow, row.ticket_id)
    return ticket.reference if ticket is not None else None


def _tell(runtime: Runtime, telling: Telling) -> None:
    key = runtime.settings.named_secret(telling.service.key)
    for action in telling.actions:
        event = telling.event if action == "trigger" else None
        runtime.pagerduty.send(telling.service.region, key, action, telling.incident.dedup_key, event)


def _locked(work: Work, row_id: str) -> PagerDutyIncidentRow:
    return work.session.execute(
        select(PagerDutyIncidentRow)
        .where(PagerDutyIncidentRow.id == row_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def _done(work: Work, telling: Telling, said: State, began: datetime) -> None:
    row = _locked(work, telling.incident.id)
    row.held, row.emitted_at = said, began
    work.record(telling.reference, f"pagerduty.{said}", {"service": row.service_id})
    incidents.tell_if_needed(work, row)


def _later(work: Work, telling: Telling, error: DeliveryError) -> None:
    """Again, without end: an incident that stays open rings somebody for nothing."""
    row = _locked(work, telling.incident.id)
    log.warning("PagerDuty was not told (%s), again later: %s", telling.reference, error)
    if row.due_at is not None:
        row.due_at = work.now + decisions.again_after(row.tries)

"""Look for pages that nobody can have heard, and call PagerDuty past queue and clock. Any process may do it, and two
may at once: the web process does, which lives when the others are gone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.escalation.machine import PAGING, EscalationState
from alerting.escalation.models import EscalationRow
from alerting.escalation.schema import EscalationPolicy
from alerting.notifications import dispatch
from alerting.notifications.messages import LastResortSms
from alerting.notifications.models import AttemptRow
from alerting.notifications.service import Place
from alerting.pagerduty import incidents, unheard
from alerting.pagerduty.schema import DEFAULT
from alerting.pagerduty.unheard import Try
from alerting.runtime import Runtime
from alerting.tickets import service as tickets
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.db import UTCDateTime
from core.ids import short
from oncall.schema import PagerDutyTarget

log = logging.getLogger(__name__)

EVERY_SECONDS = 10.0
AT_ONCE = 50


def keep_watching(runtime: Runtime, stop: threading.Event) -> None:
    """Look every few seconds, until told to stop."""
    while not stop.wait(EVERY_SECONDS):
        try:
            look(runtime)
        except SQLAlchemyError as error:
            log.warning("the last resort cannot see the database: %s", type(error).__name__)
        except Exception:
            log.exception("looking for pages that nobody heard failed; looked again")


def look(runtime: Runtime) -> int:
    """Call PagerDuty for every escalation that needs it; how many."""
    with runtime.database.reading() as session:
        config = runtime.configurations.current(session)
        if not any(service.configured for service in config.pagerduty.values()):
            return 0
        found = list(_needing(session, runtime.now(session)))
    called = 0
    for escalation_id in found:
        try:
            called += _call(runtime, escalation_id)
        except Exception:  # one that cannot be called holds up no other
            log.exception("the last resort of escalation %s failed; it is tried again", escalation_id)
    return called


def _needing(session: Session, now: datetime) -> Iterator[str]:
    """Those that page, and whose time or first page is a minute old."""
    old_page = select(AttemptRow.id).where(
        AttemptRow.escalation_id == EscalationRow.id,
        AttemptRow.cycle == EscalationRow.cycle,
        AttemptRow.purpose == "page",
        AttemptRow.created_at <= now - unheard.AFTER,
        AttemptRow.handed_over_at.is_(None),
        AttemptRow.state.in_(unheard.UNDER_WAY | unheard.GIVEN_UP),
    )
    rows = session.scalars(
        select(EscalationRow)
        .where(
            EscalationRow.due_at.is_not(None),
            EscalationRow.state.in_(PAGING),
            (EscalationRow.due_at <= now - unheard.AFTER) | old_page.exists(),
        )
        .order_by(EscalationRow.due_at)
        .limit(AT_ONCE)
    ).all()
    for row in rows:
        if unheard.why(row.due_at, _tries(session, row), now):
            yield row.id


def _call(runtime: Runtime, escalation_id: str) -> bool:
    """The attempt is planned as any other, so that the log has it, and sent by ourselves."""
    with runtime.work() as work:
        row = work.session.get(EscalationRow, escalation_id)
        ticket = tickets.locked_by_id(work, row.ticket_id) if row is not None else None
        if row is None or ticket is None or ticket.mode == "drill":
            return False
        work.session.refresh(row)
        why = unheard.why(row.due_at, _tries(work.session, row), work.now)
        if why is None or EscalationState(row.state) not in PAGING:
            return False
        planned = _plan(work, ticket, row, why)
    for attempt_id in planned:
        dispatch.deliver(runtime, attempt_id)
    return bool(planned)


def _plan(work: Work, ticket: TicketRow, row: EscalationRow, why: str) -> list[str]:
    place = Place(row.id, row.episode, row.cycle, row.round, row.step)
    minutes = int((work.now - row.started_at).total_seconds() // 60)
    text = LastResortSms(
        reference=short(ticket.reference),
        priority=ticket.priority,
        customer=ticket.customer_name,
        plan=ticket.plan_name,
        minutes=minutes,
    )
    called = incidents.page(work, ticket, place, _services(work.config, row), text, drill=False)
    if called:
        log.error("%s: PagerDuty is called past queue and clock (%s)", ticket.reference, why)
        data = {"people": [], "pagerduty": called, "cycle": row.cycle, "why": why}
        work.record(ticket.reference, "last_resort.paged", data)
    return [attempt["id"] for attempt in work.planned() if attempt["state"] == "pending"]


def _services(config: Configuration, row: EscalationRow) -> list[str]:
    """What the policy's last resort names, else the default, else any: at such a time any is better than none."""
    policy = EscalationPolicy.model_validate(row.policy)
    named = [one.pagerduty for one in policy.last_resort.notify if isinstance(one, PagerDutyTarget)]
    ready = [one.id for one in config.pagerduty.values() if one.configured]
    return [id_ for id_ in named if id_ in ready] or ([DEFAULT] if DEFAULT in ready else ready[:1])


def _tries(session: Session, row: EscalationRow) -> Sequence[Try]:
    attempts = session.execute(
        select(
            AttemptRow.created_at,
            func.coalesce(AttemptRow.wanted_at, AttemptRow.due_at, type_=UTCDateTime()).label("due_at"),
            AttemptRow.state,
            AttemptRow.sent_at,
            AttemptRow.handed_over_at,
            AttemptRow.channel,
            AttemptRow.person_id,
        ).where(
            AttemptRow.escalation_id == row.id,
            AttemptRow.cycle == row.cycle,
            AttemptRow.purpose == "page",
            AttemptRow.state != "skipped",
        )
    )
    return [
        Try(
            one.created_at,
            one.due_at,
            one.state,
            one.sent_at,
            one.handed_over_at,
            by_pagerduty=one.channel == incidents.CHANNEL and one.person_id is None,
        )
        for one in attempts
    ]

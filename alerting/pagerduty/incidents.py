"""Which incidents of PagerDuty's stand for a ticket, and what they should be: planned here in the transaction of what
happens to the ticket, told by `sending`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.notifications import service as notifications
from alerting.notifications.messages import LastResortSms
from alerting.notifications.models import AttemptRow
from alerting.notifications.service import Place
from alerting.notifications.wording import Text
from alerting.pagerduty import decisions, words
from alerting.pagerduty.decisions import RESOLVED, TRIGGERED, State
from alerting.pagerduty.models import PagerDutyIncidentRow
from alerting.pagerduty.schema import Service
from alerting.pagerduty.words import Told
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.ids import ulid
from core.queue import nudge

CHANNEL = "pagerduty"
FOLLOW = "alerting.pagerduty.jobs.follow"
NOT_CONFIGURED, NOT_IN_DRILLS = "pagerduty_not_configured", "drill_excluded"
TEST_OPEN = timedelta(minutes=15)
"""A test that nobody has answered by then is resolved: its incident rings somebody for nothing."""


def page(
    work: Work, ticket: TicketRow, place: Place, service_ids: Iterable[str], text: Text, *, drill: bool
) -> list[str]:
    """Call these services; the ids of those that are called. One without a key, or in a drill, leaves a trace."""
    called = []
    for service_id in service_ids:
        reason = {"kind": "pagerduty", "id": service_id}
        service = work.config.pagerduty.get(service_id)
        if drill or service is None or not service.configured:
            why = NOT_IN_DRILLS if drill else NOT_CONFIGURED
            notifications.skip(work, ticket, place, why, channel=CHANNEL, address=service_id, reason=reason)
            continue
        expect(work, ticket, place.episode, service_id)
        notifications.page_service(work, ticket, place, CHANNEL, service_id, text, reason)
        called.append(service_id)
    return called


def expect(work: Work, ticket: TicketRow, episode: int, service_id: str) -> None:
    """A page by this service is planned: it has an incident to be part of."""
    row = _row(work, ticket, episode, work.config.pagerduty[service_id])
    row.wanted = TRIGGERED
    if not row.mirror:
        row.due_at = None  # the page itself says it


def begin(work: Work, ticket: TicketRow, episode: int) -> None:
    """Paging has begun: mirrors show it. Nothing for a drill."""
    if ticket.mode == "drill":
        return
    for service in work.config.pagerduty.values():
        if service.mirror and service.configured:
            _want(work, _row(work, ticket, episode, service), TRIGGERED)


def follow(work: Work, ticket: TicketRow, episode: int, state: str) -> None:
    """The escalation has become `state`: its incidents are to follow. A state that PagerDuty holds already is not told
    again."""
    if not any(service.configured for service in work.config.pagerduty.values()):
        return
    if state in decisions.PAGING:
        begin(work, ticket, episode)
    for row in of_episode(work.session, ticket.id, episode):
        _want(work, row, decisions.wanted(state, row.mirror, cast(State, row.wanted)))


def of_episode(session: Session, ticket_id: str, episode: int) -> Sequence[PagerDutyIncidentRow]:
    return session.scalars(
        select(PagerDutyIncidentRow)
        .where(PagerDutyIncidentRow.ticket_id == ticket_id, PagerDutyIncidentRow.episode == episode)
        .order_by(PagerDutyIncidentRow.id)
    ).all()


def of_attempt(session: Session, attempt: AttemptRow) -> PagerDutyIncidentRow | None:
    if attempt.ticket_id is None:
        return session.scalars(
            select(PagerDutyIncidentRow).where(PagerDutyIncidentRow.attempt_id == attempt.id)
        ).one_or_none()
    return session.scalars(
        select(PagerDutyIncidentRow).where(
            PagerDutyIncidentRow.ticket_id == attempt.ticket_id,
            PagerDutyIncidentRow.episode == attempt.episode,
            PagerDutyIncidentRow.service_id == attempt.address,
        )
    ).one_or_none()


def asked(work: Work, attempt: AttemptRow) -> None:
    """A page is about to leave: from now on PagerDuty may have it, whatever becomes of us."""
    row = of_attempt(work.session, attempt)
    if row is None and attempt.ticket_id is None:
        row = _row_of_test(work, attempt)
    if row is not None:
        row.asked_at = row.asked_at or work.now


def taken(work: Work, attempt: AttemptRow, reference: str) -> None:
    """PagerDuty has the page. Somebody may have said yes while it was on its way: then that is told now."""
    row = of_attempt(work.session, attempt)
    if row is None:
        return
    row.held, row.emitted_at = TRIGGERED, attempt.sent_at or work.now
    work.record(reference, "pagerduty.triggered", {"service": row.service_id, "attempt": attempt.id})
    if row.attempt_id is None:
        tell_if_needed(work, row)


def end_test(work: Work, row: PagerDutyIncidentRow) -> None:
    """It has been answered there."""
    tell_if_needed(work, row)


def told(config: Configuration, ticket: TicketRow, attempt: AttemptRow | None = None) -> Told:
    """The ticket in the words for PagerDuty; of a page of the last resort with how long nobody has answered."""
    last_resort = attempt is not None and attempt.template == LastResortSms.kind()
    return Told(
        reference=ticket.reference,
        priority=ticket.priority,
        customer=ticket.customer_name,
        subject=ticket.plan_name or ticket.title,
        opened_at=ticket.opened_at,
        component=ticket.component,
        phone=ticket.callback_phone,
        contact=ticket.callback_name,
        contact_due_at=ticket.contact_due_at,
        unanswered_minutes=attempt.facts.get("minutes") if attempt is not None and last_resort else None,
    )


def body(work: Work, attempt: AttemptRow) -> str:
    """What the page says: its summary there."""
    if attempt.ticket_id is None:
        return words.test_summary(work.config.provider.name, attempt.person_name, attempt.language)
    ticket = work.session.get(TicketRow, attempt.ticket_id)
    return words.summary(told(work.config, ticket, attempt), attempt.language) if ticket else ""


def _row(work: Work, ticket: TicketRow, episode: int, service: Service) -> PagerDutyIncidentRow:
    """The service's incident of the episode, made when there is none."""
    for row in of_episode(work.session, ticket.id, episode):
        if row.service_id == service.id:
            row.mirror = service.mirror
            return row
    row = PagerDutyIncidentRow(
        id=ulid(),
        ticket_id=ticket.id,
        episode=episode,
        service_id=service.id,
        dedup_key=words.dedup_key(ticket.id, ticket.reference, episode),
        mirror=service.mirror,
        wanted=TRIGGERED,
        tries=0,
    )
    work.session.add(row)
    work.session.flush()
    return row


def _row_of_test(work: Work, attempt: AttemptRow) -> PagerDutyIncidentRow:
    row = PagerDutyIncidentRow(
        id=ulid(),
        ticket_id=None,
        attempt_id=attempt.id,
        episode=0,
        service_id=attempt.address or "",
        dedup_key=words.test_key(attempt.id),
        mirror=False,
        wanted=RESOLVED,
        due_at=work.now + TEST_OPEN,
        tries=0,
    )
    work.session.add(row)
    work.session.flush()
    return row


def _want(work: Work, row: PagerDutyIncidentRow, wanted: State) -> None:
    """A mirror is told from the beginning; another incident only once a page of it has left."""
    changed = row.wanted != wanted
    row.wanted = wanted
    if changed or (row.mirror and row.held is None and row.asked_at is None and row.due_at is None):
        tell_if_needed(work, row)


def tell_if_needed(work: Work, row: PagerDutyIncidentRow) -> None:
    """Have the difference between what it should be and what PagerDuty holds told, if there is one."""
    actions = decisions.events_towards(cast(State, row.wanted), cast(State | None, row.held))
    needed = bool(actions) and (row.wanted == TRIGGERED or row.asked_at is not None)
    row.due_at, row.tries = (work.now, 0) if needed else (None, 0)
    if needed:
        nudge(work.session, "notices", FOLLOW, row.id)  # no page waits for what is no page

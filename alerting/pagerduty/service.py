"""What PagerDuty tells us: taken in at once, understood afterwards, carried out once."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.escalation import service as escalations
from alerting.escalation import standing as standings
from alerting.escalation.machine import EscalationState
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.attempts import AttemptState
from alerting.notifications.models import AttemptRow
from alerting.notifications.out_of_use import managers
from alerting.notifications.service import Place
from alerting.pagerduty import decisions, incidents, proofs
from alerting.pagerduty.decisions import EXTERNAL, Act, Heard, Known, State, Verdict
from alerting.pagerduty.models import PagerDutyEventRow, PagerDutyIncidentRow
from alerting.tickets import service as tickets
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.audit.chain import SYSTEM, LogActor
from core.ids import short, ulid
from core.queue import nudge

log = logging.getLogger(__name__)

TAKE = "alerting.pagerduty.jobs.take"
VIA = "pagerduty"
LEASE = timedelta(seconds=20)
MOST_TRIES = 8  # of one event: one that we cannot carry out holds up no other
RETRY = timedelta(seconds=10)
KEPT = timedelta(days=30)  # PagerDuty repeats an event for two days
LONGEST_ID, LONGEST_KIND = 100, 80
LONGEST_PERSON = 40
KINDS = {Act.ACKNOWLEDGE: "acknowledged", Act.RESUME: "ignored", Act.RESOLVED: "resolved", Act.OPENED: "triggered"}

_events = cast(Table, PagerDutyEventRow.__table__)


@dataclass(frozen=True)
class Named:
    """Who acted there, as we know them: `person` is the id of one of ours, else that of an outsider; None for nobody
    at all."""

    person: str | None
    name: str
    ours: bool


def receive(session: Session, body: Any, raw: bytes, now: datetime) -> bool:
    """Put an event in the inbox; False when it is there already. One that cannot be read is kept as well, to be told
    apart from silence."""
    heard = decisions.read(body)
    id_ = heard.id if heard else hashlib.sha256(raw).hexdigest()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "id": ulid(),
        "event_id": id_[:LONGEST_ID],
        "kind": heard.kind[:LONGEST_KIND] if heard else "unreadable",
        "received_at": now,
        "body": body if heard else None,
        "due_at": now if heard else None,
        "tries": 0,
        "outcome": None if heard else "unreadable",
    }
    taken = session.execute(
        insert(_events).values(**values).on_conflict_do_nothing().returning(_events.c.id)
    ).scalar_one_or_none()
    if taken is not None and heard is not None:
        nudge(session, "notices", TAKE, taken)  # it may have to ask PagerDuty, and no page waits for that
    return taken is not None


def claim(work: Work, event_row_id: str) -> Heard | None:
    """Take the event for a while; None when it is done, or in somebody else's hands."""
    row = work.session.execute(
        update(PagerDutyEventRow)
        .where(PagerDutyEventRow.id == event_row_id, PagerDutyEventRow.due_at <= work.now)
        .values(due_at=work.now + LEASE, tries=PagerDutyEventRow.tries + 1)
        .returning(PagerDutyEventRow)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return decisions.read(row.body) if row is not None else None


def done(work: Work, event_row_id: str, outcome: str) -> None:
    """What it said is forgotten; that it came is kept, so that it is never carried out again."""
    work.session.execute(
        update(PagerDutyEventRow)
        .where(PagerDutyEventRow.id == event_row_id)
        .values(due_at=None, body=None, outcome=outcome)
        .execution_options(synchronize_session=False)
    )


def later(work: Work, event_row_id: str) -> None:
    """PagerDuty could not be asked, or something failed: once more, until that has been in vain often enough."""
    row = work.session.get(PagerDutyEventRow, event_row_id)
    if row is None or row.due_at is None:
        return
    if row.tries >= MOST_TRIES:
        log.error("event %s of PagerDuty given up after %d tries (%s)", row.event_id, row.tries, row.kind)
        done(work, event_row_id, "given_up")
        return
    row.due_at = work.now + RETRY * row.tries


def due(session: Session, now: datetime, at_most: int) -> list[str]:
    """Ids in the inbox's own order."""
    waiting = select(PagerDutyEventRow.id).where(PagerDutyEventRow.due_at <= now)
    return list(session.scalars(waiting.order_by(PagerDutyEventRow.id).limit(at_most)))


def forget_old(session: Session, now: datetime) -> None:
    old = (PagerDutyEventRow.received_at < now - KEPT, PagerDutyEventRow.due_at.is_(None))
    session.execute(delete(PagerDutyEventRow).where(*old).execution_options(synchronize_session=False))


# --- which incident, which person


def incident_of(session: Session, heard: Heard, keys: Sequence[str] = ()) -> PagerDutyIncidentRow | None:
    """The incident that the event is about: by its id once that is known, else by its key, else by those of its
    alerts (`keys`)."""
    if heard.incident_id is None:
        return None
    by_id = session.scalars(
        select(PagerDutyIncidentRow).where(PagerDutyIncidentRow.incident_id == heard.incident_id)
    ).first()
    if by_id is not None:
        return by_id
    known = [key for key in (heard.key, *keys) if key]
    found = session.scalars(select(PagerDutyIncidentRow).where(PagerDutyIncidentRow.dedup_key.in_(known))).all()
    unbound = [row for row in found if row.incident_id is None]
    return next(iter(unbound or found), None)


def person_of(config: Configuration, heard: Heard, mail: Callable[[str], str | None]) -> Named:
    """By `pagerduty_user`, else by mail, else as somebody of PagerDuty's alone. `mail` asks PagerDuty."""
    user = heard.user
    if user is None:
        return Named(None, "", ours=False)
    people = config.oncall.people.values()
    by_user = next((one for one in people if one.pagerduty_user == user), None)
    if by_user is not None:
        return Named(by_user.id, by_user.name, ours=True)
    address = mail(user)
    by_mail = [one for one in people if address and one.email and one.email.lower() == address.lower()]
    if len(by_mail) == 1:
        return Named(by_mail[0].id, by_mail[0].name, ours=True)
    return Named(f"{EXTERNAL}{user}"[:LONGEST_PERSON], heard.name or user, ours=False)


# --- what follows


def carry_out(work: Work, event_row_id: str, incident_row_id: str, heard: Heard, who: Named) -> str:
    """Decide on what is stored now, and do it; the outcome in a word. Called with the event claimed."""
    row = work.session.get(PagerDutyIncidentRow, incident_row_id)
    if row is not None and row.attempt_id is not None:
        outcome = proofs.answered(work, row, heard, who.person)
        done(work, event_row_id, outcome)
        return outcome
    ticket = tickets.locked_by_id(work, row.ticket_id) if row is not None and row.ticket_id is not None else None
    if row is None or ticket is None:
        done(work, event_row_id, "unknown_incident")
        return "unknown_incident"
    work.session.refresh(row)
    verdict = decisions.decide(heard, _known(work, ticket, row))
    actor = LogActor("person", who.person) if who.person else SYSTEM
    row.incident_id = heard.incident_id if verdict.act is Act.OPENED or row.incident_id is None else row.incident_id
    if verdict.why != "out_of_order":
        row.heard_at = max(filter(None, (row.heard_at, heard.occurred_at)))
    if verdict.held is not None:
        row.held = verdict.held
    changed = _act(work, ticket, row, verdict, who)
    data = {"service": row.service_id, "event": heard.kind, "user": heard.user} | changed
    if verdict.why:
        data["why"] = verdict.why
    kind = f"pagerduty.{KINDS.get(verdict.act, 'ignored')}"
    named = {"name": heard.name} if heard.name else None
    work.record(ticket.reference, kind, data, actor=actor, personal=named, about=who.person)
    outcome = verdict.why or verdict.act.value
    done(work, event_row_id, outcome)
    return outcome


def _act(work: Work, ticket: TicketRow, row: PagerDutyIncidentRow, verdict: Verdict, who: Named) -> dict[str, Any]:
    """What was done, for the log."""
    match verdict.act:
        case Act.ACKNOWLEDGE:
            return _acknowledge(work, ticket, row, who)
        case Act.RESOLVED:
            return _resolved(work, ticket, row, who)
        case Act.RESUME if row.acknowledged_cycle is not None:
            resumed = escalations.lapse(work, ticket, row.episode, row.acknowledged_cycle)
            row.acknowledged_cycle = None
            return {"resumed": resumed}
        case Act.OPENED:
            _delivered(work, ticket, row)
            incidents.tell_if_needed(work, row)  # somebody may have said yes before it was opened
    return {}


def _acknowledge(work: Work, ticket: TicketRow, row: PagerDutyIncidentRow, who: Named) -> dict[str, Any]:
    """A yes in PagerDuty is a yes. The loser learns who has it."""
    if who.person is None:
        return {}
    escalation = standings.latest_escalation(work.session, ticket.id)
    if ticket.state == "closed" or escalation is None:
        return {"won": False}
    attempt = next(iter(_pages(work, ticket, row, who.person)), None)
    answer = escalations.acknowledge(work, ticket, who.person, VIA, attempt_id=attempt.id if attempt else None)
    place = Place(escalation.id, row.episode)
    if not answer.won:
        if who.ours and answer.owner and answer.owner != who.person:
            name, at = work.config.person_name(answer.owner), answer.at or work.now
            taken = messages.TakenByOtherSms(reference=short(ticket.reference), name=name, at=at)
            notifications.notify(work, ticket, place, who.person, taken)
        return {"won": False}
    work.session.refresh(escalation)
    row.acknowledged_cycle = escalation.cycle
    if not who.ours:
        user = who.person.removeprefix(EXTERNAL)
        text = messages.PagerDutyStrangerSms(reference=short(ticket.reference), name=who.name, user=user)
        for manager in managers(work):
            notifications.notify(work, ticket, place, manager.id, text)
    return {"won": True}


def _resolved(work: Work, ticket: TicketRow, row: PagerDutyIncidentRow, who: Named) -> dict[str, Any]:
    """Whoever resolves has taken it: paging stops. The ticket stays open, for closing is told to the customer; its
    owner is asked."""
    did = _acknowledge(work, ticket, row, who) if _is_paging(work, ticket) else {}
    if ticket.state == "closed" or ticket.owner is None:
        return did
    escalation = standings.latest_escalation(work.session, ticket.id)
    text = messages.PagerDutyResolvedSms(reference=short(ticket.reference), name=who.name)
    place = Place(escalation.id if escalation else None, row.episode)
    notifications.notify(work, ticket, place, ticket.owner, text)
    return did | {"ticket": ticket.state}


def _is_paging(work: Work, ticket: TicketRow) -> bool:
    escalation = standings.latest_escalation(work.session, ticket.id)
    return escalation is not None and escalation.state in decisions.PAGING


def _known(work: Work, ticket: TicketRow, row: PagerDutyIncidentRow) -> Known:
    escalation = standings.latest_escalation(work.session, ticket.id)
    there = (
        escalation is not None
        and escalation.state == EscalationState.ACKNOWLEDGED
        and row.acknowledged_cycle == escalation.cycle
    )
    return Known(
        held=cast(State | None, row.held),
        emitted_at=row.emitted_at,
        heard_at=row.heard_at,
        ours=row.episode == ticket.episode,
        acknowledged_there=there,
    )


def _pages(work: Work, ticket: TicketRow, row: PagerDutyIncidentRow, person: str | None = None) -> list[AttemptRow]:
    """The pages that this service has, those for the person first, then the newest first; none for a mirror that no
    step has called."""
    found = work.session.scalars(
        select(AttemptRow)
        .where(
            AttemptRow.ticket_id == ticket.id,
            AttemptRow.episode == row.episode,
            AttemptRow.channel == incidents.CHANNEL,
            AttemptRow.address == row.service_id,
            AttemptRow.state.in_(("accepted", "delivered")),
        )
        .order_by(AttemptRow.id.desc())
    )
    return sorted(found, key=lambda one: person is None or one.person_id != person)


def _delivered(work: Work, ticket: TicketRow, row: PagerDutyIncidentRow) -> None:
    """PagerDuty has opened an incident: more than having taken an event."""
    for attempt in _pages(work, ticket, row):
        if attempt.state != AttemptState.ACCEPTED:
            continue
        attempt.state = AttemptState.DELIVERED.value
        work.record(ticket.reference, "attempt.status", {"attempt": attempt.id, "state": attempt.state})

"""Commands on escalations: load, decide, fence, carry out, write down. Every command is safe to run twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from alerting.escalation import machine, paging
from alerting.escalation.machine import Decision, Escalation, EscalationState, Event
from alerting.escalation.models import ContactTryRow, EscalationRow
from alerting.escalation.schema import EscalationPolicy
from alerting.notifications import service as notifications
from alerting.notifications.models import AttemptRow
from alerting.pagerduty import incidents
from alerting.ratings import service as ratings
from alerting.sla import service as sla
from alerting.tickets import service as tickets
from alerting.tickets import states
from alerting.tickets.models import TicketRow
from alerting.tickets.states import TicketEvent
from alerting.work import Work
from core.audit.chain import SYSTEM, LogActor
from core.db import insert_row
from core.ids import ulid
from oncall import round_robin
from oncall.schema import RoundRobinTarget

NUDGE_GRACE = timedelta(seconds=3)
DEALT_WITH = (EscalationState.CONTACTED, EscalationState.CANCELLED, EscalationState.FINISHED)
RACES = 8  # lost fences in a row before a command gives up; each one means that somebody else got something done


class StillRacing(RuntimeError):
    """The fence was lost again and again: the caller tries the whole command once more."""


@dataclass(frozen=True)
class Acknowledgement:
    """Who has the ticket after a yes: `won` is False when somebody else had it before."""

    won: bool
    owner: str | None
    at: datetime | None
    state: EscalationState


@dataclass(frozen=True)
class Contact:
    """A documented try. `at` in UTC; `address` the number that was called, None when the engineer did not say."""

    outcome: str
    channel: str
    at: datetime
    address: str | None = None
    note: str | None = None


def start(
    work: Work, ticket: TicketRow, policy: EscalationPolicy, *, opens_at: datetime | None, actor: LogActor = SYSTEM
) -> EscalationRow:
    """Begin the escalation of the ticket's episode: now, or at `opens_at`. The first page's attempts are rows of the
    same transaction as the ticket."""
    fresh = Escalation(EscalationState.SCHEDULED, episode=ticket.episode, due_at=opens_at, drill=ticket.mode == "drill")
    row = EscalationRow(
        id=ulid(),
        ticket_id=ticket.id,
        episode=ticket.episode,
        policy=policy.model_dump(mode="json", by_alias=True),
        started_at=work.now,
        turn=_turn(work, policy),
        version=1,
        **_columns(fresh),
    )
    if opens_at is None:
        decision = machine.decide(fresh, machine.Start(), policy, work.now)
        _store(row, _carry_out(work, ticket, row, policy, decision, actor))
        incidents.begin(work, ticket, row.episode)
    insert_row(work.session, row)
    return row


def page_again(work: Work, ticket: TicketRow, policy: EscalationPolicy, actor: LogActor = SYSTEM) -> bool:
    """A first page, or a new episode of one that has ended in contact or was stood down. False, and nothing is sent,
    while somebody is being paged or has said yes."""
    row = _latest(work, ticket)
    if row is not None and row.state not in DEALT_WITH:
        return False
    if row is not None:
        ticket.episode += 1
    start(work, ticket, policy, opens_at=None, actor=actor)
    return True


def policy_of(work: Work, ticket: TicketRow) -> str | None:
    """The id of the policy that it has paged by; None for a ticket that has paged nobody."""
    row = _latest(work, ticket)
    return None if row is None else str(row.policy["id"])


def advance(work: Work, escalation_id: str) -> bool:
    """Do what is due; False when nothing was (another worker did it, somebody answered, the clock looked twice)."""
    row = _row(work, escalation_id)
    if row is None or row.due_at is None or row.due_at > work.now:
        return False
    ticket = tickets.locked_by_id(work, row.ticket_id)
    return _happen(work, ticket, escalation_id, lambda esc: machine.Due() if _is_due(esc, work.now) else None).changed


def step_failed(work: Work, escalation_id: str, cycle: int, round_: int, step: int) -> bool:
    """Every attempt of that step has failed; nothing happens when the escalation has moved on since."""
    row = _row(work, escalation_id)
    if row is None:
        return False
    ticket = tickets.locked_by_id(work, row.ticket_id)

    def event(esc: Escalation) -> Event | None:
        return machine.StepFailed() if (esc.cycle, esc.round, esc.step) == (cycle, round_, step) else None

    return _happen(work, ticket, escalation_id, event).changed


def acknowledge(
    work: Work,
    ticket: TicketRow,
    person: str,
    via: str,
    *,
    attempt_id: str | None = None,
    said_at: datetime | None = None,
) -> Acknowledgement:
    """The person says yes. The first yes of a cycle wins; a later one learns who has it, and the log that it came.
    `said_at`: when it was said, if that could not be taken up at once; the time to call the customer begins now."""
    actor = LogActor("person", person)
    row = _paging(work, ticket)
    if row is None:
        return _take_unpaged(work, ticket, person, via, actor)
    policy = _policy(row)
    due = _contact_due_at(work, ticket, policy)
    decision = _happen(
        work, ticket, row.id, lambda _: machine.Acknowledge(person, due), actor=actor, via_attempt=attempt_id
    )
    data = {"person": person, "via": via, "attempt": attempt_id, "episode": row.episode, "cycle": row.cycle}
    if said_at is not None:
        data["said_at"] = said_at.isoformat()
    if not decision.changed:
        owner = decision.next.owner
        work.record(ticket.reference, "page.acknowledged_late", data | {"owner": owner}, actor=actor)
        return Acknowledgement(owner == person, owner, ticket.acknowledged_at, decision.next.state)
    tickets.take(work, ticket, person, via, due, said_at)
    sla.look(work, ticket)
    work.record(ticket.reference, "page.acknowledged", data, actor=actor)
    if attempt_id:
        notifications.confirm(work, ticket, attempt_id, actor)
    notifications.tell_owner(work, ticket, paging.place_of(row, decision.next), person)
    notifications.tell_customer(work, ticket, "acknowledged")
    return Acknowledgement(True, person, said_at or work.now, decision.next.state)


def _contact_due_at(work: Work, ticket: TicketRow, policy: EscalationPolicy) -> datetime | None:
    """One deadline in every text: the policy's, or that of the SLA when it comes first. An SLA that has passed sets
    none: whoever has just said yes is not paged again for what nobody can keep any more."""
    ends = [work.now + policy.contact_within] if policy.contact_within else []
    promised = sla.contact_due_at(work, ticket)
    if promised is not None and promised > work.now:
        ends.append(promised)
    return min(ends, default=None)


def _take_unpaged(work: Work, ticket: TicketRow, person: str, via: str, actor: LogActor) -> Acknowledgement:
    """Of a ticket that never paged anybody: the first yes has it, a later one learns who."""
    if ticket.state != states.NEW:
        if ticket.state == states.CLOSED:
            raise states.IllegalTransition(ticket.state, "acknowledge", ("reopen",))
        data = {"person": person, "via": via, "owner": ticket.owner}
        work.record(ticket.reference, "page.acknowledged_late", data, actor=actor)
        return Acknowledgement(
            ticket.owner == person, ticket.owner, ticket.acknowledged_at, EscalationState.ACKNOWLEDGED
        )
    tickets.take(work, ticket, person, via, sla.contact_due_at(work, ticket))
    sla.look(work, ticket)
    work.record(ticket.reference, "page.acknowledged", {"person": person, "via": via}, actor=actor)
    notifications.tell_customer(work, ticket, "taken")
    return Acknowledgement(True, person, work.now, EscalationState.ACKNOWLEDGED)


def decline(
    work: Work,
    ticket: TicketRow,
    person: str,
    via: str,
    *,
    reason: str | None = None,
    attempt_id: str | None = None,
) -> bool:
    """The person cannot: the next step is paged now. False when that changes nothing (somebody else has it, or the
    person's step has passed); the answer is logged all the same."""
    row = _current(work, ticket)
    actor = LogActor("person", person)
    on_step = paging.was_paged(work, row, person)
    decision = _happen(work, ticket, row.id, lambda _: machine.Decline(person, on_step), actor=actor)
    data = {"person": person, "via": via, "attempt": attempt_id, "moved_on": decision.changed}
    said = {"reason": reason} if reason else None
    work.record(ticket.reference, "page.declined", data, actor=actor, personal=said, about=person)
    if attempt_id:
        notifications.declined(work, ticket, attempt_id, actor)
    notifications.cancel_person(work, ticket, row.id, person, attempt_id)
    if ticket.owner == person and decision.changed:
        ticket.owner, ticket.contact_due_at = None, None
    return decision.changed


def lapse(work: Work, ticket: TicketRow, episode: int, cycle: int) -> bool:
    """The acknowledgement of that cycle has run out where it was given: paging goes on at the same step. False when the
    escalation has moved on since."""
    row = _current(work, ticket)

    def event(esc: Escalation) -> Event | None:
        same = (esc.episode, esc.cycle) == (episode, cycle) and ticket.state != states.CLOSED
        return machine.AcknowledgementLapsed() if same else None

    decision = _happen(work, ticket, row.id, event)
    if decision.changed:
        ticket.owner, ticket.contact_due_at = None, None
    return decision.changed


def record_contact(work: Work, ticket: TicketRow, person: str | None, contact: Contact, actor: LogActor) -> None:
    """A try to reach the customer, successful or not. Only `reached` is contact; enough documented tries make the
    customer unreachable, and nobody else is woken (contract, section Escalation)."""
    if ticket.state == states.CLOSED:
        raise states.IllegalTransition(ticket.state, "record contact with", ("reopen",))
    row = _paging(work, ticket)
    if row is not None:
        _keep_try(work, row, person, contact)
    data = {"outcome": contact.outcome, "channel": contact.channel, "person": person, "cycle": row.cycle if row else 0}
    beside = {key: value for key, value in (("address", contact.address), ("note", contact.note)) if value}
    work.record(
        ticket.reference, "contact.attempted", data, actor=actor, personal=beside or None, about=ticket.customer_id
    )
    if contact.outcome == "reached":
        _reached(work, ticket, row, person, contact, actor)
    elif row is not None and paging.tries_used_up(work, ticket, row, _policy(row)):
        decision = _happen(work, ticket, row.id, lambda _: machine.CustomerUnreachable(), actor=actor)
        if decision.changed:
            tickets.contact_missing(ticket, "unreachable")


def dispute(work: Work, ticket: TicketRow, actor: LogActor) -> bool:
    """The customer says that nobody has called: paging resumes. False when somebody is being paged already."""
    if ticket.state == states.CLOSED:
        raise states.IllegalTransition(ticket.state, "dispute the contact of", ("reopen",))
    row = _current(work, ticket)
    work.record(ticket.reference, "contact.disputed", {"cycle": row.cycle}, actor=actor)
    decision = _happen(work, ticket, row.id, lambda _: machine.NotReached(), actor=actor)
    if decision.changed:
        tickets.contact_missing(ticket, "disputed")
    return decision.changed


def customer_confirms(work: Work, ticket: TicketRow, actor: LogActor) -> None:
    """The customer says that they have been called: that is contact."""
    row = _paging(work, ticket)
    _reached(work, ticket, row, ticket.owner, Contact("reached", "portal", work.now), actor)


def stand_down(
    work: Work, ticket: TicketRow, actor: LogActor, reason: str | None = None, *, by_customer: bool = True
) -> None:
    """The request is withdrawn: pages stop, everybody paged is told, the ticket is closed as withdrawn."""
    tickets.close(work, ticket, "withdrawn", reason, event=TicketEvent.STAND_DOWN, actor=actor)
    row = _latest(work, ticket)
    if row is not None:  # a rehearsed drill pages nobody and has no escalation
        _happen(work, ticket, row.id, lambda _: machine.StandDown(by_customer), actor=actor)
    sla.look(work, ticket)
    ratings.tell_closed(work, ticket, "stood_down")


def close(work: Work, ticket: TicketRow, actor: LogActor, code: str, explanation: str | None) -> None:
    """The ticket is closed: nobody is paged any more and the customer is told."""
    tickets.close(work, ticket, code, explanation, actor=actor)
    row = _latest(work, ticket)
    if row is not None:
        _happen(work, ticket, row.id, lambda _: machine.Close(), actor=actor)
    sla.look(work, ticket)
    ratings.tell_closed(work, ticket, "closed")


def _reached(
    work: Work, ticket: TicketRow, row: EscalationRow | None, person: str | None, contact: Contact, actor: LogActor
) -> None:
    if row is not None:
        _happen(work, ticket, row.id, lambda _: machine.ContactMade(person), actor=actor)
    first = ticket.contact_state != "reached"
    tickets.contact_made(work, ticket, person, contact.at)
    sla.look(work, ticket)
    data: dict[str, Any] = {"channel": contact.channel, "person": person, "at": contact.at.isoformat()}
    data["cycle"] = row.cycle if row else 0
    work.record(ticket.reference, "contact.made", data, actor=actor)
    if first:
        notifications.tell_customer(work, ticket, "contacted")


def _happen(
    work: Work,
    ticket: TicketRow,
    escalation_id: str,
    event: Callable[[Escalation], Event | None],
    *,
    actor: LogActor = SYSTEM,
    via_attempt: str | None = None,
) -> Decision:
    """Decide on what is stored now and carry it out, unless somebody else changes it in between: then look again."""
    for _ in range(RACES):
        row = work.session.execute(
            select(EscalationRow).where(EscalationRow.id == escalation_id).execution_options(populate_existing=True)
        ).scalar_one()
        before = _value(row, ticket)
        happened = event(before)
        if happened is None:
            return Decision(before, changed=False)
        policy = _policy(row)
        decision = machine.decide(before, happened, policy, work.now)
        if not decision.changed:
            return decision
        if _claim(work, row):
            final = _carry_out(work, ticket, row, policy, decision, actor, via_attempt)
            _store(row, final)
            work.session.flush()
            if final.state is not before.state:
                incidents.follow(work, ticket, row.episode, final.state.value)
            return Decision(final, decision.effects, decision.records)
    raise StillRacing(escalation_id)


def _carry_out(
    work: Work,
    ticket: TicketRow,
    row: EscalationRow,
    policy: EscalationPolicy,
    decision: Decision,
    actor: LogActor,
    via_attempt: str | None = None,
) -> Escalation:
    """Turn effects into rows. A step that names nobody is passed over at once; an escalation ends up paging somebody
    or exhausted, because rounds are finite."""
    while True:
        for record in decision.records:
            who = SYSTEM if record.kind.startswith("step.") else actor
            work.record(ticket.reference, record.kind, record.data, actor=who)
        found = [
            paging.carry_out(work, ticket, row, policy, decision.next, effect, via_attempt)
            for effect in decision.effects
        ]
        if all(found):
            return decision.next
        decision = machine.decide(decision.next, machine.NobodyFound(), policy, work.now)


def _claim(work: Work, row: EscalationRow) -> bool:
    """Take this change for ourselves; False if another worker took one first."""
    claimed = work.session.execute(
        update(EscalationRow)
        .where(EscalationRow.id == row.id, EscalationRow.version == row.version)
        .values(version=row.version + 1)
        .execution_options(synchronize_session=False)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        return False
    work.session.refresh(row, ["version"])
    return True


def _turn(work: Work, policy: EscalationPolicy) -> int:
    """The escalation's place in the policy's round robins: each new escalation moves it by one."""
    targets = [target for step in policy.steps for target in step.notify] + list(policy.last_resort.notify)
    if not any(isinstance(target, RoundRobinTarget) for target in targets):
        return 0
    return round_robin.take_turn(work.session, policy.id)


def _store(row: EscalationRow, esc: Escalation) -> None:
    for name, value in _columns(esc).items():
        setattr(row, name, value)


def _columns(esc: Escalation) -> dict[str, Any]:
    return {
        "state": esc.state.value,
        "cycle": esc.cycle,
        "round": esc.round,
        "step": esc.step,
        "due_at": esc.due_at,
        "owner": esc.owner,
        "unreachable": esc.unreachable,
        "nudged_until": None,
    }


def _value(row: EscalationRow, ticket: TicketRow) -> Escalation:
    return Escalation(
        EscalationState(row.state),
        episode=row.episode,
        cycle=row.cycle,
        round=row.round,
        step=row.step,
        due_at=row.due_at,
        owner=row.owner,
        unreachable=row.unreachable,
        drill=ticket.mode == "drill",
    )


def _policy(row: EscalationRow) -> EscalationPolicy:
    """The snapshot: editing a policy never changes an escalation in flight."""
    return EscalationPolicy.model_validate(row.policy)


def _is_due(esc: Escalation, now: datetime) -> bool:
    return esc.due_at is not None and esc.due_at <= now


def _row(work: Work, escalation_id: str) -> EscalationRow | None:
    return work.session.get(EscalationRow, escalation_id)


def _latest(work: Work, ticket: TicketRow) -> EscalationRow | None:
    return work.session.execute(
        select(EscalationRow)
        .where(EscalationRow.ticket_id == ticket.id)
        .order_by(EscalationRow.episode.desc())
        .limit(1)
    ).scalar_one_or_none()


def _paging(work: Work, ticket: TicketRow) -> EscalationRow | None:
    """None for an incident, request or complaint that has paged nobody; IllegalTransition for a drill that was only
    rehearsed."""
    return _current(work, ticket) if ticket.kind == "contingency" else _latest(work, ticket)


def _current(work: Work, ticket: TicketRow) -> EscalationRow:
    row = _latest(work, ticket)
    if row is None:
        raise states.IllegalTransition(ticket.state, "answer a page of", ("close",))
    return row


def _keep_try(work: Work, row: EscalationRow, person: str | None, contact: Contact) -> None:
    work.session.execute(
        insert(ContactTryRow).values(
            id=ulid(),
            escalation_id=row.id,
            cycle=row.cycle,
            person_id=person,
            at=contact.at,
            channel=contact.channel,
            outcome=contact.outcome,
            address=contact.address,
        )
    )


def running_policies(work: Work) -> Sequence[EscalationPolicy]:
    """Snapshots of escalations that may still page, for the check that no configuration leaves them with nobody."""
    live = [EscalationState.SCHEDULED, EscalationState.RUNNING, EscalationState.EXHAUSTED, EscalationState.ACKNOWLEDGED]
    rows = work.session.execute(select(EscalationRow.policy).where(EscalationRow.state.in_(live))).scalars()
    return [EscalationPolicy.model_validate(policy) for policy in rows]


def all_failed(work: Work, attempt: AttemptRow) -> bool:
    """True when no attempt of that page's step can be heard by anybody any more."""
    alive = work.session.execute(
        select(func.count())
        .select_from(AttemptRow)
        .where(
            AttemptRow.escalation_id == attempt.escalation_id,
            AttemptRow.purpose == "page",
            AttemptRow.cycle == attempt.cycle,
            AttemptRow.round == attempt.round,
            AttemptRow.step == attempt.step,
            AttemptRow.state.not_in([state.value for state in notifications.DEAF]),
        )
    ).scalar_one()
    return alive == 0

"""Tickets: reading them, and the verbs of those who work them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from alerting.api.access import Answer, Command, Look
from alerting.api.fields import Body, LongText, PageQuery, ShortText, TicketPath
from alerting.api.problems import refuse, refuse_fields
from alerting.escalation import queries as escalations_read
from alerting.escalation import service as escalations
from alerting.monitoring.queries import occurrences
from alerting.notifications import queries as notifications_read
from alerting.sla.queries import clocks_json, explained
from alerting.tickets import queries, states
from alerting.tickets.models import TicketRow
from alerting.tickets.service import UnknownTicket
from alerting.tickets.states import CLOSED, IllegalTransition, TicketEvent, TicketState
from core.audit import log
from core.time import iso
from oncall.schema.fields import Instant

VIA = "api"
CLOCKS_DIFFER = timedelta(seconds=60)
EXPLAINED = frozenset({"not_our_responsibility"})

ListedState = Literal["open", "new", "acknowledged", "in_progress", "waiting", "closed"]
Outcome = Literal["reached", "no_answer", "busy", "voicemail", "wrong_number", "refused"]
ContactChannel = Literal["voice", "sms", "email"]
CloseCode = Literal["resolved", "not_our_responsibility", "duplicate", "withdrawn", "no_customer_response"]
NOT_BY_CLOSURE = {
    "withdrawn": "is the code of a stand-down: POST …/stand-down",
    "no_customer_response": "is switched off; resolved, not_our_responsibility and duplicate are allowed",
}


class ListQuery(PageQuery):
    """`state` is a ticket's, or `open` for all but closed; `q` is looked for in reference, title, customer and
    symptoms."""

    state: ListedState | None = None
    q: ShortText | None = None


class LogQuery(PageQuery):
    """`cursor` is the `seq` of the last entry read."""

    cursor: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}$")] | None = None
    limit: int = Field(default=10_000, ge=1, le=10_000)


class AcknowledgementBody(Body):
    """Nothing: who asks is who acknowledges."""


class DeclineBody(Body):
    reason: LongText | None = None


class ContactBody(Body):
    """Staff document a try: `outcome` and `channel` (`voice` for the telephone), perhaps `at` and `note`. A customer
    says whether they were `reached`; false makes paging go on."""

    outcome: Outcome | None = None
    channel: ContactChannel | None = None
    at: Instant | None = None
    note: LongText | None = None
    reached: bool | None = None


class StandDownBody(Body):
    reason: LongText | None = None


class ClosureBody(Body):
    """`explanation` is for the customer to read, and required for not_our_responsibility."""

    code: CloseCode
    explanation: LongText | None = None


# --- reading


def tickets(look: Look, query: ListQuery) -> Answer:
    """Tickets, newest first"""
    page = queries.listing(look.session, look.actor, query.state, query.q, query.cursor, query.limit)
    current = escalations_read.current(look.session, [ticket.id for ticket in page.items])
    sla = clocks_json(look.session, page.items, look.config, look.now)
    times = occurrences(look.session, [ticket.id for ticket in page.items])
    return _listed(queries.tickets_json(page.items, current, look.config, sla, times), page.next_cursor)


def ticket(look: Look, path: TicketPath) -> Answer:
    """One ticket and where its escalation stands"""
    row = found(look, path)
    escalation = escalations_read.current(look.session, [row.id]).get(row.id)
    sla = clocks_json(look.session, [row], look.config, look.now)
    times = occurrences(look.session, [row.id])
    return queries.ticket_json(row, escalation, look.config, sla.get(row.id, ()), times.get(row.id))


def sla(look: Look, path: TicketPath) -> Answer:
    """The ticket's SLA clocks, each with its slices: what every stretch of time counted for, and why"""
    return _listed(explained(look.session, found(look, path), look.config, look.now))


def timeline(look: Look, path: TicketPath) -> Answer:
    """What the customer may see of what happened, oldest first"""
    items = queries.timeline(look.session, found(look, path), look.config, look.language)
    return _listed([{"at": iso(item.at), "kind": item.kind, "text": item.text} for item in items])


def log_entries(look: Look, path: TicketPath, query: LogQuery) -> Answer:
    """The escalation log: every entry, chained by its hash"""
    reference = found(look, path).reference
    entries = log.read(look.session, reference, after=int(query.cursor or 0), limit=query.limit + 1)
    shown = [entry.link.as_json() for entry in entries[: query.limit]]
    return _listed(shown, str(shown[-1]["seq"]) if len(entries) > query.limit else None)


def attempts(look: Look, path: TicketPath) -> Answer:
    """Every delivery attempt, made or not, with the carrier's own words"""
    return _listed(notifications_read.attempts_json(look.session, found(look, path).id))


# --- changing


def acknowledge(command: Command, path: TicketPath, body: AcknowledgementBody) -> Answer:
    """Say yes: the first one has the ticket, a later one learns who"""
    person = _person(command)
    row = locked(command, path)
    states.after(TicketState(row.state), TicketEvent.ACKNOWLEDGE)
    said = escalations.acknowledge(command.work, row, person, VIA)
    owner = queries.person_json(command.work.config, said.owner)
    return ticket_answer(command, row) | {"acknowledgement": {"won": said.won, "owner": owner}}


def decline(command: Command, path: TicketPath, body: DeclineBody) -> Answer:
    """Say no: whoever is next is paged now"""
    person = _person(command)
    row = locked(command, path)
    if row.state == CLOSED:
        raise IllegalTransition(row.state, "decline", ("reopen",))
    escalations.decline(command.work, row, person, VIA, reason=body.reason or None)
    return ticket_answer(command, row)


def contact(command: Command, path: TicketPath, body: ContactBody) -> Answer:
    """Document a try to reach the customer, or say as the customer whether it did"""
    row = locked(command, path)
    if command.actor.is_staff:
        _contact_by_staff(command, row, body)
    else:
        _contact_by_customer(command, row, body)
    return ticket_answer(command, row)


def stand_down(command: Command, path: TicketPath, body: StandDownBody) -> Answer:
    """Withdraw the request: pages stop and everybody paged is told"""
    row = locked(command, path)
    actor = command.actor
    escalations.stand_down(command.work, row, actor.as_logged, body.reason or None, by_customer=not actor.is_staff)
    return ticket_answer(command, row)


def close(command: Command, path: TicketPath, body: ClosureBody) -> Answer:
    """Close the ticket"""
    if body.code in NOT_BY_CLOSURE:
        refuse_fields(("code", NOT_BY_CLOSURE[body.code]))
    if body.code in EXPLAINED and not body.explanation:
        refuse_fields(("explanation", f"is required when the code is {body.code}"))
    row = locked(command, path)
    escalations.close(command.work, row, command.actor.as_logged, body.code, body.explanation or None)
    return ticket_answer(command, row)


def _contact_by_staff(command: Command, row: TicketRow, body: ContactBody) -> None:
    missing = [name for name in ("outcome", "channel") if getattr(body, name) is None]
    if body.outcome is None or body.channel is None:
        refuse_fields(*((name, "is required of staff") for name in missing))
    if body.reached is not None:
        refuse_fields(("reached", "is for the customer to say; staff give an outcome"))
    made = escalations.Contact(body.outcome, body.channel, _contact_at(command, row, body.at), note=body.note or None)
    escalations.record_contact(command.work, row, command.actor.person_id, made, command.actor.as_logged)


def _contact_at(command: Command, row: TicketRow, at: datetime | None) -> datetime:
    """When the call was: between the request and now."""
    if at is None:
        return command.work.now
    if at.tzinfo is None:
        refuse_fields(("at", "has no offset; write it like 2026-01-05T09:00:00+01:00"))
    if at > command.work.now + CLOCKS_DIFFER:
        refuse_fields(("at", f"lies in the future; now is {iso(command.work.now)}"))
    if at < row.opened_at - CLOCKS_DIFFER:
        refuse_fields(("at", f"lies before the request of {iso(row.opened_at)}"))
    return at


def _contact_by_customer(command: Command, row: TicketRow, body: ContactBody) -> None:
    given = [name for name in ("outcome", "channel", "at", "note") if getattr(body, name) is not None]
    if given:
        refuse_fields(*((name, "is for staff; say whether you were reached") for name in given))
    if body.reached is None:
        refuse_fields(("reached", "is required: true or false"))
    if body.reached:
        escalations.customer_confirms(command.work, row, command.actor.as_logged)
    else:
        escalations.dispute(command.work, row, command.actor.as_logged)


def found(look: Look, path: TicketPath) -> TicketRow:
    row = queries.find(look.session, path.ref, look.actor, look.config.provider.reference_prefix)
    if row is None:
        raise UnknownTicket(path.ref)
    return row


def locked(command: Command, path: TicketPath) -> TicketRow:
    prefix = command.work.config.provider.reference_prefix
    row = queries.find_locked(command.work.session, path.ref, command.actor, prefix)
    if row is None:
        raise UnknownTicket(path.ref)
    return row


def _person(command: Command) -> str:
    """Whose yes or no it is: pages are answered by people."""
    person = command.actor.person_id
    if person is None:
        refuse(403, f"{command.actor.email} is no person on call: give the user a `person` in the configuration")
    return person


def ticket_answer(command: Command, row: TicketRow) -> dict[str, Any]:
    escalation = escalations_read.current(command.work.session, [row.id]).get(row.id)
    session, config, now = command.work.session, command.work.config, command.work.now
    session.flush()
    clocks = clocks_json(session, [row], config, now)
    times = occurrences(session, [row.id])
    return queries.ticket_json(row, escalation, config, clocks.get(row.id, ()), times.get(row.id))


def _listed(items: list[dict[str, Any]], next_cursor: str | None = None) -> dict[str, Any]:
    return {"items": items, "next_cursor": next_cursor}

"""What engineers and customers do with a ticket besides paging: notes, waiting, priority, assignment. Every command
takes a locked ticket, writes to its log, and tells the customer what concerns them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from alerting.catalog.schema import Priority
from alerting.escalation import handover
from alerting.handling import answered
from alerting.handling.progress import report, report_due_times
from alerting.sla import service as sla
from alerting.tickets import service as tickets
from alerting.tickets import spans, states
from alerting.tickets.models import TicketRow
from alerting.tickets.states import TicketEvent, TicketState
from alerting.work import Work
from core.audit.chain import LogActor

WaitingReason = Literal["customer", "third_party", "task_execution", "no_admin_access", "cloud_provider"]


@dataclass(frozen=True)
class Author:
    """Who acts: `person` is the engineer, None for a customer, whose address is `email`, and for staff who are nobody
    to call back. `customer`: it is somebody of the customer's."""

    actor: LogActor
    person: str | None
    email: str
    customer: bool = False


@dataclass(frozen=True)
class Note:
    """`public`: the customer reads it. `minutes` were spent on it; None: nobody counted. They are shown to the customer
    only with `show_minutes` (S-2.12)."""

    text: str
    public: bool = True
    minutes: int | None = None
    show_minutes: bool = False
    channel: str = "api"


def add_note(work: Work, ticket: TicketRow, by: Author, note: Note) -> None:
    """Work noted, or the customer's own words: the latter end a waiting for the customer, and whoever has the ticket is
    told of them."""
    ticket.state = states.after(TicketState(ticket.state), TicketEvent.WORK) if by.person else ticket.state
    if ticket.state == states.CLOSED:
        raise states.IllegalTransition(ticket.state, "note", ("reopen",))
    ticket.version += 1
    data: dict[str, Any] = {"public": note.public, "person": by.person, "channel": note.channel}
    if note.minutes is not None:
        data |= {"minutes": note.minutes, "show_minutes": note.show_minutes}
    _record(work, ticket, "ticket.updated", data, by, {"text": note.text})
    if by.customer:
        if ticket.state == states.WAITING and ticket.waiting_reason == "customer":
            resume(work, ticket, by)
        answered.tell(work, ticket, note.text)


def describe(work: Work, ticket: TicketRow, by: Author, causes: str | None, remedy: str | None) -> None:
    """The two public fields of support terms 3.2: causes, and the plan against them. None leaves one as it is."""
    told = {name: text for name, text in (("causes", causes), ("remedy", remedy)) if text is not None}
    if told:
        ticket.causes = causes if causes is not None else ticket.causes
        ticket.remedy = remedy if remedy is not None else ticket.remedy
        ticket.version += 1
        _record(work, ticket, "ticket.updated", {"public": True, "person": by.person}, by, told)


def wait(work: Work, ticket: TicketRow, by: Author, reason: WaitingReason, note: str) -> None:
    """What happens next does not depend on us (S-4.10). The note is public: the customer reads why the time to
    resolution does not count. IllegalTransition when it waits already."""
    ticket.state = states.after(TicketState(ticket.state), TicketEvent.WAIT)
    ticket.waiting_reason = reason
    ticket.version += 1
    spans.begin(work, ticket, "waiting", reason, note)
    _record(work, ticket, "ticket.waiting", {"reason": reason, "person": by.person}, by, {"note": note})
    sla.look(work, ticket)


def resume(work: Work, ticket: TicketRow, by: Author) -> None:
    """Work goes on; IllegalTransition when the ticket is not waiting."""
    ticket.state = states.after(TicketState(ticket.state), TicketEvent.RESUME)
    ticket.waiting_reason = None
    ticket.version += 1
    spans.end(work, ticket)
    _record(work, ticket, "ticket.resumed", {"person": by.person}, by)
    report_due_times(work, ticket, sla.look(work, ticket))


def prioritise(work: Work, ticket: TicketRow, by: Author, priority: Priority, reason: str | None = None) -> bool:
    """The new priority counts from the opening on (SLA rule R8). False when it is that already."""
    if ticket.state == states.CLOSED:
        raise states.IllegalTransition(ticket.state, "prioritise", ("reopen",))
    if ticket.priority == priority:
        return False
    data = {"from": ticket.priority, "to": priority, "person": by.person}
    ticket.priority = priority
    ticket.version += 1
    _record(work, ticket, "ticket.priority_changed", data, by, {"reason": reason} if reason else None)
    sla.prioritised(work, ticket)
    report_due_times(work, ticket, sla.look(work, ticket))
    return True


def assign(work: Work, ticket: TicketRow, by: Author, person: str) -> bool:
    """Somebody else is to work it, who is told; a page that is open stays open, because nobody said yes for them. False
    when it is theirs already."""
    if ticket.state == states.CLOSED:
        raise states.IllegalTransition(ticket.state, "assign", ("reopen",))
    if ticket.owner == person:
        return False
    before = ticket.owner
    tickets.assign(ticket, person)
    handover.follow(work, ticket, before, person, by.person)
    _record(work, ticket, "ticket.assigned", {"person": person, "by": by.person}, by)
    return True


def _record(
    work: Work,
    ticket: TicketRow,
    kind: str,
    data: Mapping[str, Any],
    by: Author,
    personal: Mapping[str, Any] | None = None,
) -> None:
    """Into the log, and as a sentence to the customer when it is one that they may read."""
    work.record(ticket.reference, kind, data, actor=by.actor, personal=personal, about=ticket.customer_id)
    report(work, ticket, kind, data, personal or {}, but=None if by.person else by.email)

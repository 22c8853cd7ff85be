"""Reading tickets. Whose tickets exist for whom is decided here, in `_visible`, and nowhere else."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, String, and_, cast, false, func, or_, select
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.escalation.models import EscalationRow
from alerting.notifications.wording import NO_PLAN, Language
from alerting.tickets.models import TicketRow
from alerting.tickets.timeline import Telling, TimelineItem, told
from core.accounts.permissions import Actor, Visibility, visibility_of
from core.audit import log
from core.ids import parse_reference
from core.time import iso, iso_or_none

__all__ = ["TimelineItem"]

OPEN = "open"  # every state but closed
PAGE_SIZE = 50
T = TypeVar("T")


class BadCursor(ValueError):
    """Not a cursor that a listing gave: begin again without one."""

    def __init__(self, cursor: str) -> None:
        super().__init__(f"{cursor[:40]!r} is not a cursor of this list; take next_cursor of the page before, or none")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Part of a list; `next_cursor` is None at its end."""

    items: list[T]
    next_cursor: str | None


def find(session: Session, reference_text: str, actor: Actor, prefix: str) -> TicketRow | None:
    """The ticket of a reference in any spelling (lower case, without its prefix). None when there is none, and just
    the same when it is not the actor's to see."""
    return _find(session, reference_text, actor, prefix, select(TicketRow))


def find_locked(session: Session, reference_text: str, actor: Actor, prefix: str) -> TicketRow | None:
    """Like `find`, and locked until the end of the transaction where the database can: for commands."""
    return _find(session, reference_text, actor, prefix, select(TicketRow).with_for_update())


def listing(
    session: Session,
    actor: Actor,
    state: str | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[TicketRow]:
    """Tickets that the actor may see, newest first. `state` is a ticket's state, or `open` for all but closed; `q` is
    looked for in reference, title, customer and symptoms. BadCursor."""
    query = _visible(select(TicketRow), actor)
    if state == OPEN:
        query = query.where(TicketRow.state != "closed")
    elif state:
        query = query.where(TicketRow.state == state)
    if q:
        columns = (TicketRow.reference, TicketRow.title, TicketRow.customer_name, TicketRow.symptoms)
        query = query.where(or_(*(column.icontains(q, autoescape=True) for column in columns)))
    if cursor:
        at, id_ = read_cursor(cursor)
        query = query.where(or_(TicketRow.opened_at < at, and_(TicketRow.opened_at == at, TicketRow.id < id_)))
    newest_first = query.order_by(TicketRow.opened_at.desc(), TicketRow.id.desc()).limit(limit + 1)
    rows = list(session.scalars(newest_first))
    return Page(rows[:limit], write_cursor(rows[limit - 1].opened_at, rows[limit - 1].id) if rows[limit:] else None)


def timeline(session: Session, ticket: TicketRow, config: Configuration, language: str) -> list[TimelineItem]:
    """What the customer may read of the log, oldest first, as sentences in `language` (es or en)."""
    spoken: Language = "en" if language == "en" else "es"
    plan = ticket.plan_name or NO_PLAN[spoken]
    telling = Telling(config.provider, spoken, plan, config.person_name)
    return told(((entry.link, entry.personal) for entry in log.read(session, ticket.reference)), telling)


def person_json(config: Configuration, person_id: str | None) -> dict[str, str] | None:
    """`{id, name}`; None for nobody. Never a telephone number."""
    return {"id": person_id, "name": config.person_name(person_id)} if person_id else None


def ticket_json(
    ticket: TicketRow,
    escalation: EscalationRow | None,
    config: Configuration,
    sla: Sequence[Mapping[str, Any]] = (),
    occurrences: int | None = None,
) -> dict[str, Any]:
    """A ticket as the API answers it, to its customer too: nothing in it is internal. `sla`: its clocks, as
    `sla.queries.clocks_json` gives them. `occurrences`: how many events have come to it; None when none has."""
    return {
        "reference": ticket.reference,
        "kind": ticket.kind,
        "type": ticket.incident_type,
        "state": ticket.state,
        "priority": ticket.priority,
        "mode": ticket.mode,
        "plan": ticket.plan_id,
        "title": ticket.title,
        "component": ticket.component,
        "customer": {"id": ticket.customer_id, "name": ticket.customer_name},
        "channel": ticket.channel,
        "symptoms": ticket.symptoms,
        "critical": ticket.critical,
        "callback_phone": ticket.callback_phone,
        "callback_name": ticket.callback_name,
        "flags": ticket.flags,
        "waiting_reason": ticket.waiting_reason,
        "opened_at": iso(ticket.opened_at),
        "queued_until": iso_or_none(ticket.queued_until),
        "acknowledged_at": iso_or_none(ticket.acknowledged_at),
        "acknowledged_by": person_json(config, ticket.acknowledged_by),
        "acknowledged_via": ticket.acknowledged_via,
        "owner": person_json(config, ticket.owner),
        "contact_state": ticket.contact_state,
        "contact_due_at": iso_or_none(ticket.contact_due_at),
        "contacted_at": iso_or_none(ticket.contacted_at),
        "closed_at": iso_or_none(ticket.closed_at),
        "close_code": ticket.close_code,
        "explanation": ticket.explanation,
        "causes": ticket.causes,
        "contingency_plan": ticket.remedy,
        "department": ticket.department,
        "intake": ticket.intake,
        "merged_into": ticket.merged_into,
        "terms_version": ticket.terms_version,
        "sla_policy_version": ticket.sla_policy_version,
        "occurrences": occurrences,
        "episode": ticket.episode,
        "reopen_count": ticket.reopen_count,
        "sla": list(sla),
        "escalation": escalation_json(escalation),
    }


def escalation_json(escalation: EscalationRow | None) -> dict[str, Any] | None:
    """`step` and `round` count from 1; None before the first page."""
    if escalation is None:
        return None
    return {
        "state": escalation.state,
        "step": escalation.step or None,
        "round": escalation.round or None,
        "next_due_at": iso_or_none(escalation.due_at),
    }


def tickets_json(
    tickets: Iterable[TicketRow],
    escalations: Mapping[str, EscalationRow],
    config: Configuration,
    sla: Mapping[str, Sequence[Mapping[str, Any]]],
    occurrences: Mapping[str, int],
) -> list[dict[str, Any]]:
    """`escalations`, `sla` and `occurrences` by ticket id, as `escalation.queries.current`, `sla.queries.clocks_json`
    and `monitoring.queries.occurrences` give them."""
    return [
        ticket_json(one, escalations.get(one.id), config, sla.get(one.id, ()), occurrences.get(one.id))
        for one in tickets
    ]


def seen_by(ticket: TicketRow, actor: Actor) -> bool:
    """`_visible` of one ticket that is at hand."""
    if actor.is_staff:
        return True
    if not actor.customer_id or ticket.customer_id != actor.customer_id:
        return False
    visibility = visibility_of(actor)
    named = {(ticket.requester_email or "").lower(), *(one.lower() for one in ticket.informed)}
    if visibility is Visibility.ORGANISATION or actor.email in named:
        return True
    if visibility is not Visibility.DEPARTMENT or not actor.department or not ticket.department:
        return False
    return ticket.department.casefold() == actor.department.casefold()


def write_cursor(at: datetime, id_: str) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{id_}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """The instant and id of the last row of the page before. BadCursor."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        at, _, id_ = text.partition("|")
        instant = datetime.fromisoformat(at)
    except (binascii.Error, ValueError):
        raise BadCursor(cursor) from None
    if instant.tzinfo is None or not id_.isalnum():
        raise BadCursor(cursor)
    return instant, id_


def _find(
    session: Session, reference_text: str, actor: Actor, prefix: str, query: Select[TicketRow]
) -> TicketRow | None:
    reference = parse_reference(reference_text, prefix)
    if reference is None:
        return None
    return session.scalars(_visible(query, actor).where(TicketRow.reference == reference)).one_or_none()


def _visible(query: Select[TicketRow], actor: Actor) -> Select[TicketRow]:
    """Staff see every customer's tickets, a customer its own; anybody else none (as `permissions.sees`). Of the
    customer's, those that the actor's visibility says (S-5.1)."""
    if actor.is_staff:
        return query
    if not actor.customer_id:
        return query.where(false())
    query = query.where(TicketRow.customer_id == actor.customer_id)
    visibility = visibility_of(actor)
    if visibility is Visibility.ORGANISATION:
        return query
    seen = [func.lower(TicketRow.requester_email) == actor.email, _names(actor.email)]
    if visibility is Visibility.DEPARTMENT and actor.department:
        seen += [
            TicketRow.department == actor.department,
            func.lower(TicketRow.department) == func.lower(actor.department),
        ]
    return query.where(or_(*seen))


def _names(email: str) -> ColumnElement[bool]:
    """Whether the ticket's people who are informed are among them: who joined it, or was given as its contact."""
    quoted = json.dumps(email, ensure_ascii=False)
    return func.lower(cast(TicketRow.informed, String)).contains(quoted, autoescape=True)

"""Opening tickets: groups A to D of the support terms, 3.1; only the symptoms are required."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import request
from pydantic import Field

from alerting.api.access import LARGEST, Answer, Command
from alerting.api.catalog import customer_of, idempotency_key
from alerting.api.fields import ShortText
from alerting.api.problems import refuse_fields
from alerting.api.tickets import ticket_answer
from alerting.attachments.service import Store
from alerting.catalog import idempotency
from alerting.catalog.idempotency import Kept
from alerting.catalog.schema import Priority
from alerting.intake.completeness import completeness
from alerting.intake.overflow import spilled
from alerting.intake.schema import IncidentType, Kind, Told
from alerting.intake.service import EARLIEST_OPENING, NewTicket, Opened, UnknownComponent, open_ticket
from core.time import iso
from oncall.schema.fields import Instant

LARGEST_BODY = 3_000_000  # with an error output of any length that somebody pastes


class TicketBody(Told):
    """`customer`, `priority`, `channel` and `opened_at` are for staff: a telephone call that is entered afterwards is
    opened as of then, in the customer's favour (S-4.9)."""

    kind: Kind = "incident"
    type: IncidentType | None = None
    title: ShortText | None = None
    component: ShortText | None = None
    department: ShortText | None = None
    customer: ShortText | None = None
    priority: Priority | None = None
    phoned: bool = Field(default=False, description="staff: it came by telephone")
    opened_at: Instant | None = None


def open_one(command: Command, body: TicketBody) -> Answer:
    """Open a ticket: an incident, a request or a complaint. Nobody is paged; an activation does that"""
    key, digest = idempotency_key(), ""
    session, now, caller = command.work.session, command.work.now, command.actor.user_id
    if key is not None:
        digest = idempotency.digest(request.get_json())
        if (kept := idempotency.kept(session, caller, key, digest, now)) is not None:
            return _answered(kept)
    wanted, store = _wanted(command, body), Store(command.settings)
    customer = command.work.config.customers[wanted.customer_id]
    told, files = spilled(wanted.told, store, customer.language)
    try:
        opened = open_ticket(command.work, replace(wanted, told=told, files=files, room=store.limits))
    except UnknownComponent as error:
        refuse_fields(("component", str(error)))
    answer = Kept(201, _opened_json(command, opened))
    if key is not None:
        idempotency.keep(session, caller, key, digest, answer, now)
    return _answered(answer)


setattr(open_one, LARGEST, LARGEST_BODY)


def _wanted(command: Command, body: TicketBody) -> NewTicket:
    actor = command.actor
    if body.type is not None and body.kind != "incident":
        refuse_fields(("type", f"is for incidents; leave it out of a {body.kind}"))
    if not actor.is_staff:
        given = [name for name in ("priority", "opened_at") if getattr(body, name) is not None]
        given += ["phoned"] if body.phoned else []
        if given:
            refuse_fields(*((name, "is for staff; leave it out") for name in given))
    told = Told.model_validate(body.model_dump(include=set(Told.model_fields)))
    return NewTicket(
        customer_id=customer_of(command, body.customer),
        told=told,
        channel="phone" if body.phoned else "api",
        requester_email=actor.email,
        kind=body.kind,
        incident_type=body.type,
        title=body.title or None,
        component=body.component or None,
        priority=body.priority,
        department=body.department or None,
        opened_at=_opened_at(command, body.opened_at),
        on_behalf=actor.is_staff,
        actor=actor.as_logged,
    )


def _opened_at(command: Command, at: datetime | None) -> datetime | None:
    if at is None:
        return None
    now = command.work.now
    if at.tzinfo is None:
        refuse_fields(("opened_at", "has no offset; write it like 2026-01-05T09:00:00+01:00"))
    if at > now:
        refuse_fields(("opened_at", f"lies in the future; now is {iso(now)}, and only an earlier instant is allowed"))
    if at < now - EARLIEST_OPENING:
        refuse_fields(("opened_at", f"lies more than {EARLIEST_OPENING.days} days back; write a later one"))
    return at


def _opened_json(command: Command, opened: Opened) -> dict[str, Any]:
    """The ticket; and what happens next."""
    phone = command.work.config.provider.emergency_phone or None
    found = completeness(opened.ticket.intake or {})
    origin, reference = command.settings.public_origin, opened.ticket.reference
    return ticket_answer(command, opened.ticket) | {
        "ticket_url": f"{origin}/portal/tickets/{reference}",
        "status_url": f"{origin}/api/v1/tickets/{reference}",
        "redacted": list(opened.redacted),
        "completeness": {"percent": found.percent, "missing": list(found.missing)},
        "offer_activation": opened.offer_activation,
        "emergency_phone": phone if opened.ticket.critical else None,
    }


def _answered(answer: Kept) -> Answer:
    return answer.answer, answer.status, {"Location": str(answer.answer["status_url"])}

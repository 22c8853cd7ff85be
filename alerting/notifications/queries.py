"""Reading delivery attempts: what was sent to whom, what was not and why, and the carrier's own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.notifications.models import AttemptRow, AttemptStatusRow
from core.time import iso, iso_or_none


def of_ticket(session: Session, ticket_id: str) -> list[AttemptRow]:
    """Every attempt of the ticket, skipped ones and notices too, in the order in which they were planned."""
    return list(
        session.scalars(
            select(AttemptRow).where(AttemptRow.ticket_id == ticket_id).order_by(AttemptRow.created_at, AttemptRow.id)
        )
    )


def statuses(session: Session, attempt_ids: Iterable[str]) -> dict[str, list[AttemptStatusRow]]:
    """What carriers reported, by attempt id, in the order in which it came."""
    found: dict[str, list[AttemptStatusRow]] = {}
    rows = session.scalars(
        select(AttemptStatusRow)
        .where(AttemptStatusRow.attempt_id.in_(list(attempt_ids)))
        .order_by(AttemptStatusRow.received_at, AttemptStatusRow.id)
    )
    for row in rows:
        found.setdefault(row.attempt_id, []).append(row)
    return found


def attempts_json(session: Session, ticket_id: str) -> list[dict[str, Any]]:
    """The ticket's attempts as the API answers them to staff."""
    attempts = of_ticket(session, ticket_id)
    reported = statuses(session, [attempt.id for attempt in attempts])
    return [attempt_json(attempt, reported) for attempt in attempts]


def attempt_json(attempt: AttemptRow, reported: Mapping[str, Sequence[AttemptStatusRow]]) -> dict[str, Any]:
    """`person` is None for a customer's contact, whose name is `recipient`; `step` and `round` count from 1, None for
    what belongs to no step. `reason` says why this person was chosen."""
    person = {"id": attempt.person_id, "name": attempt.person_name} if attempt.person_id else None
    return {
        "id": attempt.id,
        "person": person,
        "recipient": attempt.person_name or None,
        "channel": attempt.channel,
        "address": attempt.address,
        "purpose": attempt.purpose,
        "episode": attempt.episode,
        "cycle": attempt.cycle or None,
        "round": attempt.round or None,
        "step": attempt.step or None,
        "state": attempt.state,
        "failure": attempt.failure,
        "error_code": attempt.error_code,
        "why": attempt.why,
        "reason": attempt.reason,
        "created_at": iso(attempt.created_at),
        "due_at": iso(attempt.due_at),
        "sent_at": iso_or_none(attempt.sent_at),
        "handed_over_at": iso_or_none(attempt.handed_over_at),
        "carrier": attempt.carrier,
        "carrier_sid": attempt.carrier_sid,
        "reply_code": attempt.reply_code,
        "message": attempt.message,
        "bundle": attempt.bundle_id,
        "statuses": [_status_json(status) for status in reported.get(attempt.id, ())],
    }


def _status_json(status: AttemptStatusRow) -> dict[str, Any]:
    return {
        "at": iso(status.at),
        "received_at": iso(status.received_at),
        "status": status.status,
        "sequence": status.sequence,
        "error_code": status.error_code,
        "applied": status.applied,
    }

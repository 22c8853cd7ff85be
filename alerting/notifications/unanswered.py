"""What follows a report that an attempt has reached nobody: what `repeats` decides of calls is done, a machine gets its
message, and what failed in passing is sent again."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from alerting.escalation.models import EscalationRow
from alerting.notifications import attempts, bundles, dispatch, repeats
from alerting.notifications.attempts import AttemptState, GiveUp
from alerting.notifications.carriers.base import DeliveryError
from alerting.notifications.models import AttemptRow
from alerting.notifications.repeats import BringForward, CallAgain, Other
from alerting.notifications.service import TOKEN_LENGTH
from alerting.runtime import Runtime
from alerting.work import DELIVER, NUDGE_GRACE, Work
from core.ids import opaque_token, ulid
from core.queue import nudge

log = logging.getLogger(__name__)

LEAVE_MESSAGE = "alerting.notifications.jobs.leave_message"
SECOND_CALL, AGAIN = "second_call_of", "sent_again"
NO_CALLS = ("skipped", "superseded", "cancelled", "failed")
SAME = (
    "ticket_id", "escalation_id", "episode", "cycle", "round", "step", "purpose", "person_id", "person_name", "channel",
    "method_id", "address", "language", "template", "facts", "reply_code",
)  # fmt: skip


def follow_up(work: Work, attempt: AttemptRow, *, call_again: bool) -> None:
    """To be called once, when the report that ended the call has been applied; for every ticket that the call told of.
    Nothing for what is no page, or when the page has been answered meanwhile."""
    for one in (attempt, *bundles.others(work.session, attempt)):
        _follow_up(work, one, call_again=call_again)


def _follow_up(work: Work, attempt: AttemptRow, *, call_again: bool) -> None:
    state = AttemptState(attempt.state)
    if attempt.purpose != "page" or state not in repeats.NOT_TAKEN or not _is_wanted(work, attempt):
        return
    address, called_at = attempt.address or "", attempt.sent_at or work.now
    for move in repeats.after_call(state, address, called_at, _others(work, attempt), work.now, repeats=call_again):
        match move:
            case BringForward(other, at):
                values = {"due_at": at, "nudged_until": work.now + NUDGE_GRACE if at <= work.now else None}
                pending = (AttemptRow.id == other, AttemptRow.state == "pending")
                work.session.execute(update(AttemptRow).where(*pending).values(**values))
                if at <= work.now:
                    nudge(work.session, "pages", DELIVER, other)
            case CallAgain(at):
                _plan_copy(work, attempt, at, {SECOND_CALL: attempt.id})


def send_again(work: Work, attempt: AttemptRow) -> bool:
    """The carrier took it and then had no room for it: the same once more after a pause that grows. A row of its own,
    because the first one's callbacks may still come. False after three more."""
    before = (attempt.reason or {}).get(AGAIN, 0)
    move = attempts.after_transient(before + 1, None, work.now)
    if isinstance(move, GiveUp):
        return False
    _plan_copy(work, attempt, move.at, {AGAIN: before + 1})
    return True


def leave_message(runtime: Runtime, attempt_id: str) -> None:
    """Interrupt the menu that a machine is listening to. Should that fail, the machine has heard the menu."""
    with runtime.database.reading() as session:
        row = session.get(AttemptRow, attempt_id)
    if row is None or row.carrier_sid is None or row.state != AttemptState.VOICEMAIL:
        return
    try:
        carrier = runtime.carrier_named(row.carrier)
        carrier.redirect(row.carrier_sid, runtime.settings.public_origin + dispatch.VOICE_PATH + row.token)
    except DeliveryError as error:
        log.warning("no message was left by call %s: %s", attempt_id, error)


def _is_wanted(work: Work, attempt: AttemptRow) -> bool:
    found = work.session.execute(
        select(EscalationRow.id).where(
            EscalationRow.id == attempt.escalation_id,
            EscalationRow.cycle == attempt.cycle,
            EscalationRow.state.in_(dispatch.PAGING_STATES),
        )
    ).scalar_one_or_none()
    return found is not None


def _others(work: Work, attempt: AttemptRow) -> list[Other]:
    rows = work.session.execute(
        select(AttemptRow.id, AttemptRow.channel, AttemptRow.address, AttemptRow.sent_at, AttemptRow.due_at,
               AttemptRow.state)
        .where(
            AttemptRow.escalation_id == attempt.escalation_id,
            AttemptRow.person_id == attempt.person_id,
            AttemptRow.purpose == "page",
            AttemptRow.id != attempt.id,
            AttemptRow.state.not_in(NO_CALLS),
        )
    )  # fmt: skip
    return [Other(id_, channel or "", address or "", sent_at or due_at, state == "pending")
            for id_, channel, address, sent_at, due_at, state in rows]  # fmt: skip


def _plan_copy(work: Work, first: AttemptRow, at: datetime, why: dict[str, Any]) -> None:
    """Says what the first one said; its own row, so that each has its own evidence."""
    attempt: dict[str, Any] = {name: getattr(first, name) for name in SAME} | {
        "id": ulid(),
        "token": opaque_token(TOKEN_LENGTH),
        "reason": {**(first.reason or {}), **why},
        "state": "pending",
        "failure": None,
        "why": None,
        "created_at": work.now,
        "due_at": at,
        "wanted_at": at if first.bundle_id else None,  # those of one call find each other again
        "nudged_until": None,
        "fence": 0,
        "tries": 0,
        "resends": 0,
        "sequence": -1,
        "wrong_codes": 0,
    }
    work.plan(attempt)
    data = {key: attempt[key] for key in ("purpose", "person_id", "channel", "cycle", "round", "step")}
    work.record(
        dispatch.reference_of(work.session, first),
        "attempt.planned",
        {"attempt": attempt["id"], **data, "due_at": at.isoformat().replace("+00:00", "Z"), **why},
        personal={"address": first.address} if first.address else None,
        about=first.person_id,
    )

"""What a carrier reports about an attempt: kept always, applied when it says something new (invariant I11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from alerting.notifications import attempts, bundles, dispatch, unanswered
from alerting.notifications.attempts import AttemptState
from alerting.notifications.carriers import outcomes
from alerting.notifications.carriers.outcomes import Move
from alerting.notifications.models import AttemptRow, AttemptStatusRow
from alerting.work import Work
from core.audit.chain import LogActor
from core.ids import ulid

CARRIER = "twilio"
STATUS_LENGTH = 30
MAIL_NEVER = "5."  # RFC 3463: this mail will never reach this address
NOT_SENT = frozenset({AttemptState.PENDING, AttemptState.SENDING, AttemptState.UNKNOWN})
LOST = frozenset({AttemptState.FAILED, AttemptState.UNDELIVERED})
REACHED = frozenset({AttemptState.ANSWERED, AttemptState.DELIVERED})


@dataclass(frozen=True)
class Reported:
    """`status` is the carrier's own word and `state` what it stands for, None for a word that we do not know.
    `sequence` is the carrier's order of a call's callbacks; messages have none. `at` by the carrier's clock, None when
    it does not say. `carrier`: which account of ours it says it is, None when that is not sure."""

    status: str
    state: AttemptState | None
    sid: str | None = None
    sequence: int | None = None
    error_code: str | None = None
    sip_code: str | None = None
    at: datetime | None = None
    carrier: str | None = None


def locked(work: Work, token: str) -> AttemptRow | None:
    """The attempt of a callback address, locked until the end of the transaction; None for an unknown token."""
    return work.session.execute(
        select(AttemptRow).where(AttemptRow.token == token).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()


def apply(work: Work, attempt: AttemptRow, reported: Reported) -> bool:
    """Keep the report and, if it says something new, take it over; True when it did. `attempt` must be locked. What is
    reported of a message for several tickets is reported of each.

    The first callback binds the carrier's id when the answer to our own request was lost, so that nothing is sent
    again. A failure moves the person's next attempt forward and lets a step with nothing left go on; one that passes is
    tried again first. What follows a call that was not taken is `unanswered`'s business."""
    applied = _apply(work, attempt, reported)
    of_others = [_apply(work, other, reported) for other in bundles.others(work.session, attempt)]
    return applied or any(of_others)


def _apply(work: Work, attempt: AttemptRow, reported: Reported) -> bool:
    new = reported.state
    applied = new is not None and _concerns(attempt, reported) and _follows(attempt, reported, new)
    _keep(work, attempt, reported, applied)
    if not applied or new is None:
        return False
    attempt.sequence = _highest(attempt, reported)
    _bind(work, attempt, reported)
    attempt.state = new.value
    reference = dispatch.reference_of(work.session, attempt)
    _record(work, attempt, reported, reference)
    if new in LOST:
        code = code_of(reported)
        again = outcomes.move_of(code) is Move.AGAIN and unanswered.send_again(work, attempt)
        dispatch.finish_failed(work, attempt, reference, failure_of(reported), code, hurry=not again)
    return True


def conclude(work: Work, attempt: AttemptRow, state: AttemptState, actor: LogActor) -> bool:
    """End an attempt by what its person did or left undone; False when it had ended before. A message that was
    delivered can still be answered."""
    if AttemptState(attempt.state) in attempts.FINAL - {AttemptState.DELIVERED}:
        return False
    attempt.state = state.value
    reference = dispatch.reference_of(work.session, attempt)
    work.record(reference, "attempt.status", {"attempt": attempt.id, "state": state.value}, actor=actor)
    return True


def code_of(reported: Reported) -> str | None:
    """attempt.error_code: the carrier's, else what the telephone itself answered."""
    return reported.error_code or (f"{outcomes.SIP}{reported.sip_code}" if reported.sip_code else None)


def failure_of(reported: Reported) -> str:
    """attempt.failure: who can help."""
    code = code_of(reported) or ""
    return "permanent" if code.startswith(MAIL_NEVER) else outcomes.failure_of(code)


def _concerns(attempt: AttemptRow, reported: Reported) -> bool:
    """False for a twin: after a lost answer one attempt may have been sent twice, and the one that reached the person
    counts, whichever it is."""
    return not _is_twin(attempt, reported) or reported.state in REACHED


def _is_twin(attempt: AttemptRow, reported: Reported) -> bool:
    return reported.sid is not None and attempt.carrier_sid not in (None, reported.sid)


def _follows(attempt: AttemptRow, reported: Reported, new: AttemptState) -> bool:
    """What was given up because nobody knew whether the carrier had it, it had after all."""
    given_up = attempt.state == AttemptState.FAILED and attempt.carrier_sid is None and reported.sid is not None
    current = AttemptState.UNKNOWN if given_up else AttemptState(attempt.state)
    return attempts.follows(current, _before(attempt, reported), new, reported.sequence)


def _before(attempt: AttemptRow, reported: Reported) -> int:
    """The highest number applied so far; another call counts its own callbacks."""
    return -1 if _is_twin(attempt, reported) else attempt.sequence


def _highest(attempt: AttemptRow, reported: Reported) -> int:
    return _before(attempt, reported) if reported.sequence is None else reported.sequence


def _bind(work: Work, attempt: AttemptRow, reported: Reported) -> None:
    if reported.sid is None:
        return
    if AttemptState(attempt.state) in NOT_SENT:
        attempt.lease_until = None
    if attempt.carrier_sid != reported.sid:
        attempt.failure, attempt.error_code = None, None
        dispatch.not_ours(work, attempt, reported.sid)
    attempt.carrier_sid, attempt.carrier = reported.sid, reported.carrier or attempt.carrier or CARRIER
    attempt.handed_over_at = attempt.handed_over_at or work.now


def _keep(work: Work, attempt: AttemptRow, reported: Reported, applied: bool) -> None:
    work.session.execute(
        insert(AttemptStatusRow).values(
            id=ulid(),
            attempt_id=attempt.id,
            at=reported.at or work.now,
            received_at=work.now,
            status=reported.status[:STATUS_LENGTH],
            sequence=reported.sequence,
            error_code=reported.error_code[:40] if reported.error_code else None,
            applied=applied,
        )
    )


def _record(work: Work, attempt: AttemptRow, reported: Reported, reference: str) -> None:
    data = {
        "attempt": attempt.id,
        "state": attempt.state,
        "status": reported.status[:STATUS_LENGTH],
        "sequence": reported.sequence,
        "code": reported.error_code,
        "carrier_sid": attempt.carrier_sid,
    }
    work.record(reference, "attempt.status", data, actor=LogActor("carrier", attempt.carrier or CARRIER))

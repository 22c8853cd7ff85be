"""RQ entry points: each opens a transaction and calls one command."""

from __future__ import annotations

from alerting.escalation import service
from alerting.notifications.models import AttemptRow
from alerting.runtime import installed


def advance(escalation_id: str) -> None:
    with installed().work() as work:
        service.advance(work, escalation_id)


def step_failed(attempt_id: str) -> None:
    """Go on to the next step when that attempt was the last hope of its step."""
    with installed().work() as work:
        attempt = work.session.get(AttemptRow, attempt_id)
        if attempt is None or attempt.escalation_id is None or not service.all_failed(work, attempt):
            return
        service.step_failed(work, attempt.escalation_id, attempt.cycle, attempt.round, attempt.step)

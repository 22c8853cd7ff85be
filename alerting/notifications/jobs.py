"""RQ entry points: each opens what it needs and calls one command."""

from __future__ import annotations

from alerting.notifications import dispatch, unanswered
from alerting.runtime import installed


def deliver(attempt_id: str) -> None:
    dispatch.deliver(installed(), attempt_id)


def hang_up(attempt_id: str) -> None:
    dispatch.hang_up(installed(), attempt_id)


def leave_message(attempt_id: str) -> None:
    unanswered.leave_message(installed(), attempt_id)


def reconcile(attempt_id: str) -> None:
    dispatch.reconcile(installed(), attempt_id)

"""RQ entry points: each opens what it needs and calls one command."""

from __future__ import annotations

from alerting.notifications import dispatch, turns, unanswered
from alerting.runtime import installed


def deliver(*attempt_ids: str) -> None:
    """Each for itself: what fails with one is raised when the others have been looked at."""
    failed: list[Exception] = []
    for attempt_id in attempt_ids:
        try:
            dispatch.deliver(installed(), attempt_id)
        except Exception as error:
            failed.append(error)
    if failed:
        raise failed[0] if len(failed) == 1 else ExceptionGroup("several deliveries", failed)


def hang_up(attempt_id: str) -> None:
    dispatch.hang_up(installed(), attempt_id)


def leave_message(attempt_id: str) -> None:
    unanswered.leave_message(installed(), attempt_id)


def reconcile(attempt_id: str) -> None:
    dispatch.reconcile(installed(), attempt_id)


def give_turns(sender: str, channel: str) -> None:
    runtime = installed()
    with runtime.work(may_be_lost=True) as work:
        turns.give(work, runtime.settings, sender, channel)

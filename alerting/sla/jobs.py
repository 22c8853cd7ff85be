"""RQ entry point of the SLA clocks."""

from __future__ import annotations

import logging
from datetime import timedelta

from alerting.runtime import installed
from alerting.sla import service
from core import periodic

log = logging.getLogger(__name__)


def say(task: str, every_seconds: int) -> None:
    """Each ticket in a transaction of its own: one that fails stays due, and keeps no other from its time."""
    runtime = installed()
    with runtime.work() as work:
        taken = periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds))
        ids = service.due(work) if taken else []
    for ticket_id in dict.fromkeys(ids):
        try:
            with runtime.work() as work:
                service.say(work, ticket_id)
        except Exception:
            log.exception("the SLA clocks of ticket %s failed; they stay due", ticket_id)

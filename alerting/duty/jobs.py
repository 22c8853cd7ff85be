"""RQ entry points of the periodic work around shifts."""

from __future__ import annotations

import logging
from datetime import timedelta

from alerting.duty import service
from alerting.runtime import installed
from core import periodic

log = logging.getLogger(__name__)


def plan(task: str, every_seconds: int) -> None:
    with installed().work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            service.plan_ahead(work)


def act(task: str, every_seconds: int) -> None:
    """Each row in a transaction of its own: one that fails stays due, and keeps no other from its time."""
    runtime = installed()
    with runtime.work() as work:
        taken = periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds))
        ids = service.due(work) if taken else []
    for duty_id in ids:
        try:
            with runtime.work() as work:
                service.act(work, runtime.settings, duty_id)
        except Exception:
            log.exception("duty %s failed; it stays due", duty_id)

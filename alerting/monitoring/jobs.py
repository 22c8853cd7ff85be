"""RQ entry point: the heartbeats that are late."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import select

from alerting.monitoring import service
from alerting.runtime import installed
from core import periodic
from core.periodic import PeriodicTaskRow

STOOD_STILL = timedelta(minutes=2)  # a turn that is this late: no clock of ours was running, and perhaps nobody heard

log = logging.getLogger(__name__)


def look(task: str, every_seconds: int) -> None:
    """Each heartbeat in a transaction of its own: one that fails stays due, and keeps no other from its time."""
    runtime = installed()
    with runtime.work() as work:
        turn_at = work.session.scalar(select(PeriodicTaskRow.due_at).where(PeriodicTaskRow.name == task))
        deaf_from = turn_at if turn_at is not None and work.now - turn_at > STOOD_STILL else None
        taken = periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds))
        ids = service.due(work) if taken else []
    for heartbeat_id in ids:
        try:
            with runtime.work() as work:
                service.look(work, heartbeat_id, deaf_from)
        except Exception:
            log.exception("heartbeat %s could not be looked at; it stays due", heartbeat_id)

"""RQ entry point: the heartbeats that are late."""

from __future__ import annotations

import logging
from datetime import timedelta

from alerting.monitoring import service
from alerting.runtime import installed
from core import periodic

log = logging.getLogger(__name__)


def look(task: str, every_seconds: int) -> None:
    """Each heartbeat in a transaction of its own: one that fails stays due, and keeps no other from its time."""
    runtime = installed()
    with runtime.work() as work:
        taken = periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds))
        ids = service.due(work) if taken else []
    for heartbeat_id in ids:
        try:
            with runtime.work() as work:
                service.look(work, heartbeat_id)
        except Exception:
            log.exception("heartbeat %s could not be looked at; it stays due", heartbeat_id)

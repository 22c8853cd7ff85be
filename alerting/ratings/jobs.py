"""RQ entry point of the reminders."""

from __future__ import annotations

import logging
from datetime import timedelta

from alerting.ratings import service
from alerting.runtime import installed
from core import periodic

log = logging.getLogger(__name__)


def remind(task: str, every_seconds: int) -> None:
    """Each offer in a transaction of its own: one that fails stays due, and keeps no other from its reminder."""
    runtime = installed()
    with runtime.work() as work:
        taken = periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds))
        ids = service.due(work) if taken else []
    for offer_id in ids:
        try:
            with runtime.work() as work:
                service.remind(work, offer_id)
        except Exception:
            log.exception("the reminder of the rating offer %s failed; it stays due", offer_id)

"""RQ entry points: drills at their hour, and plans without any."""

from __future__ import annotations

import logging
from datetime import timedelta

from alerting.drills import reminding, service
from alerting.runtime import installed
from core import periodic

log = logging.getLogger(__name__)


def look(task: str, every_seconds: int) -> None:
    """Each drill in a transaction of its own: one that fails is looked at again, and keeps no other from its hour."""
    runtime = installed()
    with runtime.work() as work:
        taken = periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds))
        ids = service.due(work) if taken else []
    for drill_id in ids:
        try:
            with runtime.work() as work:
                service.look(work, drill_id)
        except Exception:
            log.exception("drill %s could not be looked at; it is tried again", drill_id)


def remind(task: str, every_seconds: int) -> None:
    runtime = installed()
    with runtime.work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            reminding.remind(work, runtime.settings.drill_months)

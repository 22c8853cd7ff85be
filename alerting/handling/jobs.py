"""RQ entry point of what tickets wait for at others."""

from __future__ import annotations

import logging
from datetime import timedelta

from alerting.handling import provider_cases
from alerting.runtime import installed
from core import periodic

log = logging.getLogger(__name__)


def remind(task: str, every_seconds: int) -> None:
    """Each case in a transaction of its own: one that fails stays due, and keeps no other from its time."""
    runtime = installed()
    with runtime.work() as work:
        taken = periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds))
        ids = provider_cases.overdue(work) if taken else []
    for case_id in ids:
        try:
            with runtime.work() as work:
                provider_cases.remind(work, case_id)
        except Exception:
            log.exception("the reminder of provider case %s failed; it stays due", case_id)

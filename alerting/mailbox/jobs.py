"""RQ entry points of the mailbox."""

from __future__ import annotations

import logging
from datetime import timedelta

from alerting.mailbox import inbox, service
from alerting.runtime import installed
from core import periodic

log = logging.getLogger(__name__)


def handle(inbox_id: str) -> None:
    service.handle(installed(), inbox_id)


def sweep(task: str, every_seconds: int) -> None:
    """Mails whose nudge was lost, or whose worker died. Each in a transaction of its own: one that fails keeps no other
    waiting."""
    runtime = installed()
    with runtime.work() as work:
        if not periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            return
        inbox.forget_old(work.session, work.now)
        ids = inbox.waiting(work.session, work.now)
    for inbox_id in ids:
        try:
            service.handle(runtime, inbox_id)
        except Exception:
            log.exception("mail %s failed; it is tried again", inbox_id)

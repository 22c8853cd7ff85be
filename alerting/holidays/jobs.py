"""RQ entry point of the reminders."""

from __future__ import annotations

from datetime import timedelta

from alerting.holidays import service
from alerting.runtime import installed
from core import periodic


def remind(task: str, every_seconds: int) -> None:
    with installed().work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            service.remind(work)

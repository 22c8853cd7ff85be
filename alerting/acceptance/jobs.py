"""RQ entry point of the notices."""

from __future__ import annotations

from datetime import timedelta

from alerting.acceptance import service
from alerting.runtime import installed
from core import periodic


def tell(task: str, every_seconds: int) -> None:
    with installed().work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            service.tell(work)

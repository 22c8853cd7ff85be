"""RQ entry point of the campaigns."""

from __future__ import annotations

from datetime import timedelta

from alerting.runtime import installed
from alerting.surveys import service
from core import periodic


def go_on(task: str, every_seconds: int) -> None:
    with installed().work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            service.go_on(work)

"""RQ entry point of the look at open requests."""

from __future__ import annotations

from datetime import timedelta

from alerting.runtime import installed
from alerting.swaps import service
from core import periodic


def review(task: str, every_seconds: int) -> None:
    """End what has lapsed, and what the rota has overtaken."""
    runtime = installed()
    with runtime.work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            service.review(work, runtime.settings)

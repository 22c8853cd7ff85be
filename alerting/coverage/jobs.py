"""RQ entry point of the warnings."""

from __future__ import annotations

from datetime import timedelta

from alerting.coverage import warnings
from alerting.runtime import installed
from core import periodic


def warn(task: str, every_seconds: int) -> None:
    with installed().work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            warnings.warn(work)

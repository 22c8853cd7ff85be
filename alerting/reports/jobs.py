"""RQ entry points of the monthly reports."""

from __future__ import annotations

from datetime import timedelta

from alerting.reports import service
from alerting.runtime import installed
from core import periodic


def freeze(task: str, every_seconds: int) -> None:
    with installed().work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            service.freeze(work)


def correct(task: str, every_seconds: int) -> None:
    with installed().work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            service.correct(work)

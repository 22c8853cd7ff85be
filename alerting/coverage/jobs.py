"""RQ entry point of the warnings."""

from __future__ import annotations

from datetime import timedelta

from alerting.coverage import warnings
from alerting.runtime import installed
from core import periodic


def warn(task: str, every_seconds: int) -> None:
    """Looked at without a write lock: the rota of hundreds of schedules takes tenths of a second, in which on SQLite no
    page could be claimed."""
    runtime = installed()
    with runtime.database.reading() as session:
        seen = warnings.look(runtime.configurations.current(session), runtime.now(session))
    with runtime.work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            warnings.warn(work, seen)

"""RQ entry points: each opens a transaction and calls one command."""

from __future__ import annotations

from datetime import timedelta

from alerting.configuration import record_history
from alerting.runtime import installed
from core import periodic


def record_past(name: str, seconds: int) -> None:
    """Keep the shifts that have passed, so that neither a new rule of a zone nor a moved holiday changes them."""
    runtime = installed()
    with runtime.database.transaction() as session:
        now = runtime.now(session)
        if periodic.take_turn(session, name, now, timedelta(seconds=seconds)):
            record_history(session, runtime.settings, now)

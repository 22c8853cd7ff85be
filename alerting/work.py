"""One transaction's work on tickets: what it writes down and what it sets in motion, sent to the database in few
statements at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.notifications.models import AttemptRow
from core.audit import log
from core.audit.chain import SYSTEM, Entry, LogActor
from core.db import run
from core.queue import QueueName, nudge

_INSERT = insert(cast(Table, AttemptRow.__table__))  # the table's: half the time of the class's

CANARY = "canary"
"""Purpose of an attempt that shows that pages would get through, and is counted apart from them."""
DELIVER = "alerting.notifications.jobs.deliver"
NUDGE_GRACE = timedelta(seconds=3)  # how long a nudge may take before the clock hands the row out again


@dataclass
class Work:
    """`config` is the configuration in force at `now`. Entries go to the chain of the ticket's reference."""

    session: Session
    now: datetime
    config: Configuration
    _entries: dict[str, list[Entry]] = field(default_factory=dict)
    _attempts: list[dict[str, Any]] = field(default_factory=list)

    def record(
        self,
        reference: str,
        kind: str,
        data: Mapping[str, Any] | None = None,
        *,
        actor: LogActor = SYSTEM,
        personal: Mapping[str, Any] | None = None,
        about: str | None = None,
    ) -> None:
        """A log entry; written with the transaction."""
        self._entries.setdefault(reference, []).append(Entry(kind, actor, data, personal, about))

    def plan(self, attempt: dict[str, Any]) -> None:
        """A delivery attempt; due ones are nudged after the commit."""
        self._attempts.append(attempt)

    def planned(self) -> tuple[Mapping[str, Any], ...]:
        """Attempts of this transaction that are not in the database yet."""
        return tuple(self._attempts)

    def finish(self) -> None:
        """Write what has been collected. Called once, before the commit."""
        if self._attempts:
            for attempt in self._attempts:
                self._nudge_if_due(attempt)
            run(self.session, _INSERT, self._attempts)
            self._attempts = []
        for reference, entries in self._entries.items():
            log.append(self.session, reference, self.now, entries)
        self._entries = {}

    def _nudge_if_due(self, attempt: dict[str, Any]) -> None:
        if attempt["state"] == "pending" and attempt["due_at"] <= self.now:
            attempt["nudged_until"] = self.now + NUDGE_GRACE
            nudge(self.session, queue_of(attempt["purpose"]), DELIVER, attempt["id"])


def queue_of(purpose: str) -> QueueName:
    """Pages go before everything else: they have a queue, and workers, of their own. A canary takes their way."""
    return "pages" if purpose in ("page", CANARY) else "notices"


@contextmanager
def working(session: Session, now: datetime, config: Configuration) -> Iterator[Work]:
    """Work that is written at the end of the block, in the session's transaction."""
    work = Work(session, now, config)
    yield work
    work.finish()

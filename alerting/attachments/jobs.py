"""RQ entry points of attachments."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

from alerting.attachments import queries
from alerting.attachments.service import Store
from alerting.runtime import Runtime, installed
from core import periodic

log = logging.getLogger(__name__)

LEFT_ALONE = timedelta(days=2)
"""A file this young may still get its row."""
AT_ONCE = 200


def sweep(task: str, every_seconds: int) -> None:
    """Files that no row names: of a process that was killed, of a transaction that failed, of a row since removed."""
    runtime = installed()
    with runtime.work() as work:
        if not periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            return
    removed = sum(_swept(runtime, batch) for batch in _batches(Store(runtime.settings).folder.older_than(_age())))
    if removed:
        log.info("%d files of attachments that belonged to nothing are removed", removed)


def _swept(runtime: Runtime, batch: list[tuple[str | None, Path]]) -> int:
    with runtime.database.reading() as session:
        known = queries.known(session, {file_id for file_id, _ in batch if file_id})
    unneeded = [path for file_id, path in batch if file_id is None or file_id not in known]
    for path in unneeded:
        path.unlink(missing_ok=True)
    return len(unneeded)


def _batches(found: Iterator[tuple[str | None, Path]]) -> Iterator[list[tuple[str | None, Path]]]:
    while batch := list(islice(found, AT_ONCE)):
        yield batch


def _age() -> float:
    return LEFT_ALONE.total_seconds()

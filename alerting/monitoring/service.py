"""Heartbeats as commands: what a job says of itself, and what the clock finds when it says nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from alerting.intake.secrets import redacted
from alerting.monitoring import pulse, wording
from alerting.monitoring.models import HeartbeatRow, HeartbeatRunRow
from alerting.monitoring.pulse import Pulse, State
from alerting.monitoring.reporting import Trouble, note, open_ticket, page, still_open
from alerting.monitoring.schema import Heartbeat
from alerting.monitoring.wording import JobFacts
from alerting.work import Work
from core.audit.chain import LogActor
from core.db import insert_row
from core.ids import ulid

log = logging.getLogger(__name__)

Signal = Literal["success", "start", "fail"]
ENDED: dict[Signal, str] = {"success": "succeeded", "fail": "failed"}
KEPT_RUNS = 100  # of each heartbeat: a week of an hourly job has 168, a quarter of a nightly one 92
SHOWN_OUTPUT = 4_000  # characters of a failed run's log that its ticket shows
AT_ONCE = 200

_PULSE = tuple(one.name for one in fields(Pulse))


@dataclass(frozen=True)
class Said:
    """What came with a signal: a text without NUL; `cut` when there was more."""

    text: str
    cut: bool = False


def watch(work: Work) -> None:
    """After the configuration has changed: every heartbeat is expected by its rhythm, a new or changed one counted from
    now; an archived one is expected no more. Idempotent."""
    rows = {row.id: row for row in work.session.scalars(select(HeartbeatRow).with_for_update())}
    for heartbeat in work.config.heartbeats.values():
        row = rows.pop(heartbeat.id, None)
        if row is None:
            _locked(work, heartbeat)
        elif row.due_at is None or row.rhythm != rhythm_of(heartbeat):
            _store(row, pulse.follow(_pulse(row), heartbeat, work.now), heartbeat)
    for row in rows.values():
        row.due_at = None
    work.session.flush()


def hear(work: Work, heartbeat_id: str, signal: Signal, said: Said | None = None) -> bool:
    """A job says that it begins, has ended well, or has failed. False when no such heartbeat is configured any more."""
    heartbeat = work.config.heartbeats.get(heartbeat_id)
    if heartbeat is None:
        return False
    row = _locked(work, heartbeat)
    before = _pulse(row)
    _keep_run(work, heartbeat.id, signal, said)
    if signal == "start":
        _store(row, pulse.start(before, heartbeat, work.now), heartbeat)
    elif signal == "success":
        _store(row, pulse.succeed(before, heartbeat, work.now), heartbeat)
        if before.is_in_trouble:
            _back(work, heartbeat, row)
    else:
        _store(row, pulse.fail(before, heartbeat, work.now), heartbeat)
        _failed(work, heartbeat, row, before, said)
    return True


def due(work: Work) -> Sequence[str]:
    """Heartbeats that are late by now, the longest first."""
    return work.session.scalars(
        select(HeartbeatRow.id).where(HeartbeatRow.due_at <= work.now).order_by(HeartbeatRow.due_at).limit(AT_ONCE)
    ).all()


def look(work: Work, heartbeat_id: str, deaf_from: datetime | None = None) -> bool:
    """Whether it is late: then a ticket is opened for it, or the open one says so. Safe to run twice: the first look
    has moved it on. `deaf_from`: we have stood still since then, and the ticket says that a signal may be lost."""
    row = work.session.get(HeartbeatRow, heartbeat_id, with_for_update=True, populate_existing=True)
    heartbeat = work.config.heartbeats.get(heartbeat_id)
    if row is None or row.due_at is None:
        return False
    if heartbeat is None:
        row.due_at = None
        return False
    before = _pulse(row)
    after = pulse.miss(before, heartbeat, work.now)
    if after is None:
        return False
    _store(row, after, heartbeat)
    facts = JobFacts(
        heartbeat.job,
        heartbeat.machine,
        before.expected_at,
        before.due_at,
        before.succeeded_at,
        before.started_at,
        deaf=(deaf_from, work.now) if deaf_from is not None and before.due_at > deaf_from else None,
    )
    ticket = still_open(work, row.ticket_id)
    if ticket is not None and before.state == State.LATE:
        return True  # it is known, and counted
    if ticket is None:
        kind = heartbeat.on_late.kind
        trouble = _trouble(work, heartbeat, kind, facts)
        if trouble is None:
            return True
        ticket = open_ticket(work, trouble)
        row.ticket_id = ticket.id
        _note(work, heartbeat, ticket, "late", before.expected_at, tell=False)
        return True
    _note(work, heartbeat, ticket, "late", before.expected_at)
    page(work, ticket, heartbeat.on_late, _actor(heartbeat))
    return True


def rhythm_of(heartbeat: Heartbeat) -> str:
    """What the times of a heartbeat depend on, as one text."""
    parts = (heartbeat.every, heartbeat.cron, heartbeat.timezone, heartbeat.grace, heartbeat.max_runtime)
    return "|".join("" if part is None else str(part) for part in parts)


def _failed(work: Work, heartbeat: Heartbeat, row: HeartbeatRow, before: Pulse, said: Said | None) -> None:
    ticket = still_open(work, row.ticket_id)
    if ticket is not None:
        if before.state != State.FAILED:
            _note(work, heartbeat, ticket, "failed", work.now)
            page(work, ticket, heartbeat.on_late, _actor(heartbeat))
        return
    kind = wording.FAILED.get(heartbeat.on_late.kind, heartbeat.on_late.kind)
    facts = JobFacts(
        heartbeat.job, heartbeat.machine, before.expected_at, before.due_at, before.succeeded_at, failed_at=work.now
    )
    trouble = _trouble(work, heartbeat, kind, facts, _end_of(said.text) if said else None)
    if trouble is not None:
        ticket = open_ticket(work, trouble)
        row.ticket_id = ticket.id
        _note(work, heartbeat, ticket, "failed", work.now, tell=False)


def _end_of(text: str) -> str:
    """For the ticket; the console has all of it."""
    return text if len(text) <= SHOWN_OUTPUT else f"[…]\n{text[-SHOWN_OUTPUT:]}"


def _back(work: Work, heartbeat: Heartbeat, row: HeartbeatRow) -> None:
    """Noted; the ticket stays open until somebody has looked at what became of the data meanwhile."""
    ticket = still_open(work, row.ticket_id)
    if ticket is not None:
        _note(work, heartbeat, ticket, "back", work.now)


def _trouble(work: Work, heartbeat: Heartbeat, kind: Any, facts: JobFacts, output: str | None = None) -> Trouble | None:
    """None when its customer is gone; that is logged, for there is nobody to tell."""
    customer = work.config.customers.get(heartbeat.customer)
    if customer is None:
        log.error("heartbeat %s is late, and its customer %s is none any more", heartbeat.id, heartbeat.customer)
        return None
    written = wording.of_job(kind, facts, customer.language, work.config.provider)
    return Trouble(
        customer,
        heartbeat.component,
        "heartbeat",
        kind,
        heartbeat.on_late,
        written,
        _actor(heartbeat),
        machine=heartbeat.machine,
        output=output or None,
    )


def _note(work: Work, heartbeat: Heartbeat, ticket: Any, event: str, at: datetime, *, tell: bool = True) -> None:
    personal = {"job": heartbeat.job} | ({"machine": heartbeat.machine} if heartbeat.machine else {})
    data = {"heartbeat": heartbeat.id, "at": at.isoformat()}
    note(work, ticket, f"heartbeat.{event}", data, personal, _actor(heartbeat), tell=tell)


def _actor(heartbeat: Heartbeat) -> LogActor:
    return LogActor("heartbeat", heartbeat.id)


# --- rows


def _locked(work: Work, heartbeat: Heartbeat) -> HeartbeatRow:
    """The row until the end of the transaction; made when it is not there yet."""
    row = work.session.get(HeartbeatRow, heartbeat.id, with_for_update=True, populate_existing=True)
    if row is not None:
        return row
    fresh = HeartbeatRow(id=heartbeat.id, rhythm=rhythm_of(heartbeat), ticket_id=None)
    _store(fresh, pulse.begin(heartbeat, work.now), heartbeat)
    values = {column.key: getattr(fresh, column.key) for column in HeartbeatRow.__table__.columns}
    work.session.execute(_insert(work.session).values(values).on_conflict_do_nothing())
    return work.session.get_one(HeartbeatRow, heartbeat.id, with_for_update=True, populate_existing=True)


def _insert(session: Session) -> Any:
    table = cast(Table, HeartbeatRow.__table__)
    return (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)


def _pulse(row: HeartbeatRow) -> Pulse:
    return Pulse(
        State(row.state),
        row.expected_at,
        row.due_at or row.expected_at,
        row.started_at,
        row.heard_at,
        row.succeeded_at,
        row.missed,
    )


def _store(row: HeartbeatRow, found: Pulse, heartbeat: Heartbeat) -> None:
    for name in _PULSE:
        value = getattr(found, name)
        setattr(row, name, value.value if name == "state" else value)
    row.rhythm = rhythm_of(heartbeat)


def _keep_run(work: Work, heartbeat_id: str, signal: Signal, said: Said | None) -> None:
    """A start begins a run; an end ends the one that is under way, or is one by itself."""
    output = redacted(said.text) if said else None
    running = (HeartbeatRunRow.heartbeat_id == heartbeat_id, HeartbeatRunRow.outcome == "running")
    if signal == "start":
        work.session.execute(update(HeartbeatRunRow).where(*running).values(outcome="broken_off"))
    else:
        values: dict[str, Any] = {"outcome": ENDED[signal], "ended_at": work.now}
        if said is not None:
            values |= {"log": output, "log_cut": said.cut}
        ended = work.session.execute(
            update(HeartbeatRunRow).where(*running).values(values).returning(HeartbeatRunRow.id)
        )
        if ended.all():
            return
    run = HeartbeatRunRow(
        id=ulid(),
        heartbeat_id=heartbeat_id,
        outcome="running" if signal == "start" else ENDED[signal],
        started_at=work.now if signal == "start" else None,
        ended_at=None if signal == "start" else work.now,
        log=output,
        log_cut=said.cut if said else False,
    )
    insert_row(work.session, run)
    _forget_old_runs(work, heartbeat_id)


def _forget_old_runs(work: Work, heartbeat_id: str) -> None:
    oldest_kept = (
        select(HeartbeatRunRow.id)
        .where(HeartbeatRunRow.heartbeat_id == heartbeat_id)
        .order_by(HeartbeatRunRow.id.desc())
        .offset(KEPT_RUNS - 1)
        .limit(1)
        .scalar_subquery()
    )
    work.session.execute(
        delete(HeartbeatRunRow)
        .where(HeartbeatRunRow.heartbeat_id == heartbeat_id, HeartbeatRunRow.id < oldest_kept)
        .execution_options(synchronize_session=False)
    )

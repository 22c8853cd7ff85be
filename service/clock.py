"""The clock: finds what is due in the rows and hands it out. Any number may run.

It is the safety net of every nudge (a job that was lost with Redis), the source of everything that happens by itself
(waits that are over, contact that is overdue), and the worker of last resort when Redis or all workers are gone."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Executable, Select, and_, bindparam, func, literal, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session

from alerting.escalation import jobs as escalation_jobs
from alerting.escalation.models import EscalationRow
from alerting.notifications import jobs as notification_jobs
from alerting.notifications.models import AttemptRow, SenderRow
from alerting.notifications.service import HANG_UP, RINGING, STOPPED
from alerting.runtime import Runtime
from alerting.work import DELIVER, NUDGE_GRACE, queue_of
from core import heartbeat, periodic
from core.db import UTCDateTime
from core.periodic import PeriodicTaskRow
from core.queue import Nudge, Nudger
from core.settings import Settings
from service import wiring
from service.periodic import TASKS, Task
from service.stopping import Stop

log = logging.getLogger(__name__)

NAME = "clock"
TICK = timedelta(milliseconds=200)
BEAT = timedelta(seconds=2)
STUCK = timedelta(seconds=8)  # due for so long although it was handed out: no worker is at work, so the clock is
AT_ONCE = 200
INLINE_THREADS = 4
ADVANCE = "alerting.escalation.jobs.advance"
RECONCILE = "alerting.notifications.jobs.reconcile"
GIVE_TURNS = "alerting.notifications.jobs.give_turns"
TASK_GRACE = timedelta(seconds=30)  # how long a periodic task may take; one that raised comes again after it
STOPPED_WITHIN = timedelta(minutes=2)  # after sending: no call of ours rings for longer, whatever became of it

JOBS: dict[str, Callable[..., None]] = {
    ADVANCE: escalation_jobs.advance,
    DELIVER: notification_jobs.deliver,
    RECONCILE: notification_jobs.reconcile,
    HANG_UP: notification_jobs.hang_up,
    GIVE_TURNS: notification_jobs.give_turns,
}

Instant = datetime | BindParameter[Any]


@dataclass(frozen=True)
class Due:
    """Something to do now; `since` is when it became due."""

    nudge: Nudge
    since: datetime


class Clock:
    """One clock of one process."""

    def __init__(self, runtime: Runtime, nudger: Nudger, tasks: Mapping[str, Task] = TASKS) -> None:
        self._runtime = runtime
        self._nudger = nudger
        self._tasks = tasks
        self._jobs = JOBS | {task.nudge(name).job: task.run for name, task in tasks.items()}
        self._registered = False
        self._pool = ThreadPoolExecutor(INLINE_THREADS, thread_name_prefix="inline")
        self._beaten_at: datetime | None = None

    def run(self, stop: Stop) -> None:
        """Tick until told to stop. A database that is away is waited for."""
        while not stop.is_set():
            try:
                pause = self.tick()
            except SQLAlchemyError as error:
                log.error("the clock cannot reach the database: %s", type(error).__name__)
                pause = 2 * TICK
            stop.wait(pause.total_seconds())
        self.close()
        with self._runtime.database.transaction() as session:
            heartbeat.forget(session, NAME)

    def close(self) -> None:
        """Waits for what our own threads have in hand."""
        self._pool.shutdown(wait=True)

    def tick(self) -> timedelta:
        """Hand out what is due; how long to sleep then."""
        self._register_tasks()
        with self._runtime.database.reading() as session:
            now = self._runtime.now(session)
            next_at = _next_due(session, now + TICK, self._tasks)
        self._beat(now)
        if next_at is None:
            return TICK
        if next_at > now:
            return next_at - now
        with self._runtime.database.transaction(may_be_lost=True) as session:  # marks alone
            due = take_due(session, self._runtime.now(session), self._tasks)
        self._hand_out(due, now)
        return timedelta(0) if len(due) >= AT_ONCE else min(TICK, timedelta(milliseconds=20))

    def _hand_out(self, due: Sequence[Due], now: datetime) -> None:
        """To the workers; to our own threads when Redis does not take it or the workers do not."""
        fresh = [item for item in due if now - item.since < STUCK]
        stuck = [item for item in due if now - item.since >= STUCK]
        if fresh and not self._nudger([item.nudge for item in fresh]):
            stuck += fresh
        for item in stuck:
            self._pool.submit(self._run, item.nudge)

    def _run(self, nudge: Nudge) -> None:
        try:
            self._jobs[nudge.job](*nudge.args)
        except Exception:
            log.exception("%s failed; the row stays due", nudge.job)

    def _register_tasks(self) -> None:
        if self._registered:
            return
        try:
            with self._runtime.database.transaction() as session:
                periodic.register(session, self._tasks, self._runtime.now(session))
        except IntegrityError:
            return  # another clock is making the same rows: looked at again on the next tick
        self._registered = True

    def _beat(self, now: datetime) -> None:
        if self._beaten_at is not None and timedelta(0) <= now - self._beaten_at < BEAT:
            return
        with self._runtime.database.transaction(may_be_lost=True) as session:
            heartbeat.beat(session, NAME, now)
        self._beaten_at = now


def take_due(session: Session, now: datetime, tasks: Mapping[str, Task] = TASKS) -> list[Due]:
    """What is due, marked as handed out for a while so that the next tick leaves it alone. Of several clocks each row
    goes to one."""
    escalations = _hand_marked(session, EscalationRow, _due_escalations(now), now, EscalationRow.due_at)
    pending = _hand_marked(session, AttemptRow, _due_attempts("pending", now), now, AttemptRow.due_at)
    unknown = _hand_marked(session, AttemptRow, _due_attempts("unknown", now), now, AttemptRow.due_at)
    lost = _hand_marked(session, AttemptRow, _lost_attempts(now), now, AttemptRow.lease_until)
    ringing = _hand_marked(
        session, AttemptRow, _unwanted_calls(now, now - STOPPED_WITHIN), now, AttemptRow.nudged_until
    )
    return [
        *(Due(Nudge("pages", HANG_UP, (row.id,)), row.since or now) for row in ringing),
        *(Due(Nudge("pages", ADVANCE, (row.id,)), row.since) for row in escalations),
        *(Due(Nudge(queue_of(row.purpose), DELIVER, (row.id,)), row.since) for row in pending),
        *(Due(Nudge(queue_of(row.purpose), RECONCILE, (row.id,)), row.since) for row in [*unknown, *lost]),
        *(Due(Nudge("pages", GIVE_TURNS, (row.name, row.channel)), row.since) for row in _take_senders(session, now)),
        *(Due(tasks[row.name].nudge(row.name), row.since) for row in _take_tasks(session, now, tasks)),
    ]


def _take_senders(session: Session, now: datetime) -> Sequence[Any]:
    """Whoever is first in line has their turn; given anew after a while when that job is lost."""
    marked = (
        update(SenderRow)
        .where(SenderRow.due_at <= now)
        .values(due_at=now + NUDGE_GRACE)
        .returning(SenderRow.name, SenderRow.channel, literal(now, UTCDateTime()).label("since"))
        .execution_options(synchronize_session=False)
    )
    return session.execute(marked).all()


def _take_tasks(session: Session, now: datetime, tasks: Mapping[str, Task]) -> Sequence[Any]:
    names = select(PeriodicTaskRow.name).where(_due_tasks(now, tuple(tasks)))
    marked = (
        update(PeriodicTaskRow)
        .where(PeriodicTaskRow.name.in_(names.with_for_update(skip_locked=True)))
        .values(nudged_until=now + TASK_GRACE)
        .returning(PeriodicTaskRow.name, PeriodicTaskRow.due_at.label("since"))
        .execution_options(synchronize_session=False)
    )
    return session.execute(marked).all()


def _hand_marked(
    session: Session,
    table: type[EscalationRow] | type[AttemptRow],
    condition: Any,
    now: datetime,
    since: InstrumentedAttribute[Any],
) -> Sequence[Any]:
    ids: Select[Any] = select(table.id).where(condition).order_by(since).limit(AT_ONCE)
    columns = [table.id, since.label("since")]
    if table is AttemptRow:
        columns.append(AttemptRow.purpose)
    marked = (
        update(table)
        .where(table.id.in_(ids.with_for_update(skip_locked=True)))
        .values(nudged_until=now + NUDGE_GRACE)
        .returning(*columns)
        .execution_options(synchronize_session=False)
    )
    return sorted(session.execute(marked).all(), key=lambda row: row.since)


def _next_due(session: Session, horizon: datetime, tasks: Mapping[str, Task]) -> datetime | None:
    """The earliest due instant up to the horizon; None when nothing is due by then."""
    found = session.execute(
        _earliest_due(tuple(tasks)), {"horizon": horizon, "sent_after": horizon - STOPPED_WITHIN}
    ).one()
    return min((at for at in found if at is not None), default=None)


def _due_escalations(now: Instant) -> Any:
    return and_(EscalationRow.due_at <= now, _not_handed_out(EscalationRow.nudged_until, now))


def _due_attempts(state: str, now: Instant) -> Any:
    return and_(AttemptRow.state == state, AttemptRow.due_at <= now, _not_handed_out(AttemptRow.nudged_until, now))


def _lost_attempts(now: Instant) -> Any:
    return and_(
        AttemptRow.state == "sending", AttemptRow.lease_until <= now, _not_handed_out(AttemptRow.nudged_until, now)
    )


def _unwanted_calls(now: Instant, sent_after: Instant) -> Any:
    """Ringing for nobody: somebody has answered, and the nudge to hang up was lost."""
    return and_(
        AttemptRow.state.in_(RINGING),
        AttemptRow.channel == "voice",
        AttemptRow.why.in_(STOPPED),
        AttemptRow.nudged_until <= now,
        AttemptRow.sent_at > sent_after,
    )


def _not_handed_out(nudged_until: InstrumentedAttribute[datetime | None], now: Instant) -> Any:
    return or_(nudged_until.is_(None), nudged_until <= now)


def _due_tasks(now: Instant, names: tuple[str, ...]) -> Any:
    """Of our own tasks alone: a newer version's are left to its clocks."""
    return and_(
        PeriodicTaskRow.name.in_(names),
        PeriodicTaskRow.due_at <= now,
        _not_handed_out(PeriodicTaskRow.nudged_until, now),
    )


@cache
def _earliest_due(task_names: tuple[str, ...]) -> Executable:
    """One statement, built once: asked five times a second, it would keep an idle machine busy with being built."""
    horizon = bindparam("horizon", type_=UTCDateTime())
    sent_after = bindparam("sent_after", type_=UTCDateTime())
    return select(
        select(func.min(EscalationRow.due_at)).where(_due_escalations(horizon)).scalar_subquery(),
        select(func.min(AttemptRow.due_at)).where(_due_attempts("pending", horizon)).scalar_subquery(),
        select(func.min(AttemptRow.due_at)).where(_due_attempts("unknown", horizon)).scalar_subquery(),
        select(func.min(AttemptRow.lease_until)).where(_lost_attempts(horizon)).scalar_subquery(),
        select(func.min(AttemptRow.nudged_until)).where(_unwanted_calls(horizon, sent_after)).scalar_subquery(),
        select(func.min(SenderRow.due_at)).where(SenderRow.due_at <= horizon).scalar_subquery(),
        select(func.min(PeriodicTaskRow.due_at)).where(_due_tasks(horizon, task_names)).scalar_subquery(),
    )


def run(settings: Settings) -> None:
    """The clock as a process, until SIGTERM."""
    runtime = wiring.runtime(settings, pool_size=INLINE_THREADS + 2)
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Clock(runtime, wiring.nudger(settings)).run(stop)

"""The RQ worker: one process, one queue, the whole application loaded before the first job.

Several queues in one process would lose a job whose worker dies before starting it: RQ then takes jobs by BLPOP instead
of BLMOVE. A worker that loads the application in each job takes seconds per page."""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from traceback import format_exc
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.timeouts import JobTimeoutException
from rq.worker import WorkerStatus

from alerting.escalation import jobs as _escalation_jobs
from alerting.mailbox import jobs as _mailbox_jobs
from alerting.notifications import jobs as _notification_jobs
from alerting.pagerduty import jobs as _pagerduty_jobs
from alerting.runtime import Runtime
from core.queue import JOB_TIMEOUT_SECONDS, QUEUES, QueueName
from core.settings import Settings
from service import garbage, wiring
from service.periodic import TASKS

JOBS = (
    _escalation_jobs,
    _mailbox_jobs,
    _notification_jobs,
    _pagerduty_jobs,
    *(task.run for task in TASKS.values()),
)  # preloaded: RQ finds them by name
WORKER_TTL_SECONDS = 25
MAINTENANCE_SECONDS = 10
MONITORING_SECONDS = 5
BEAT_SECONDS = 5.0
NOTICES_NICE = 10

log = logging.getLogger(__name__)


class Worker(SimpleWorker):
    """Runs jobs in its own process: a page waits for no fork. Waits two seconds at most between tries to reach Redis;
    meanwhile the clock sends what is due.

    Of RQ's books this keeps what a nudge needs: it says now and then that it lives, takes a job by BLMOVE, so that one
    whose worker dies is found in the intermediate queue, and puts a failed one into the registry of failures. RQ's own
    way from the queue to the job and on to the next writes registries, executions and heartbeats in seventeen round
    trips, most of them before the page leaves; what they would tell stands in our rows."""

    max_connection_wait_time = 2.0
    _beaten_at = float("-inf")
    _asked_at = float("-inf")
    _told: str | None = None

    def execute_job(self, job: Job, queue: Queue) -> None:
        self._state = WorkerStatus.BUSY  # told to stop now, it finishes the job
        try:
            with self.death_penalty_class(job.timeout or JOB_TIMEOUT_SECONDS, JobTimeoutException, job_id=job.id):
                job.perform()
        except Exception as error:
            log.exception("job %s failed: %s", job.func_name, type(error).__name__)
            self.handle_job_failure(job, queue, exc_string=format_exc())
            queue.intermediate_queue.remove(job.id)
            return
        finally:
            self._state = WorkerStatus.IDLE
        with suppress(RedisError), self.connection.pipeline(transaction=False) as pipe:  # RQ clears up what stays
            pipe.lrem(queue.intermediate_queue_key, 1, job.id)
            pipe.delete(job.key)
            pipe.execute()

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        if pipeline is None and time.monotonic() - self._beaten_at < BEAT_SECONDS:
            return
        self._beaten_at = time.monotonic()
        super().heartbeat(timeout, pipeline)

    def set_state(self, state: str, pipeline: Any = None) -> None:
        self._state = state
        if state != self._told:
            super().set_state(state, pipeline)
            self._told = state

    def check_for_suspension(self, burst: bool) -> None:
        if time.monotonic() - self._asked_at >= BEAT_SECONDS:
            self._asked_at = time.monotonic()
            super().check_for_suspension(burst)


def run(settings: Settings, queue: QueueName) -> None:
    """Work until told to stop (SIGTERM: after the job in hand)."""
    if queue not in QUEUES:
        raise ValueError(f"unknown queue {queue!r}; allowed: {', '.join(QUEUES)}")
    if queue == "notices":
        os.nice(NOTICES_NICE)  # where processors are few, a page goes first
    runtime = wiring.runtime(settings, pool_size=2)
    _warm_up(runtime)
    garbage.leave_what_stays()
    connection = Redis.from_url(settings.redis, socket_connect_timeout=2)
    worker = Worker(
        [Queue(queue, connection=connection, serializer="json")],
        connection=connection,
        serializer="json",
        default_result_ttl=0,
        worker_ttl=WORKER_TTL_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
        job_monitoring_interval=MONITORING_SECONDS,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")


def _warm_up(runtime: Runtime) -> None:
    """The first connection is made and the configuration read before the first page needs them. A database that is away
    is no reason to die."""
    try:
        with runtime.database.reading() as session:
            runtime.configurations.current(session)
    except Exception as error:
        log.warning("database not reachable yet: %s", type(error).__name__)

"""The RQ worker: one process, one queue, the whole application loaded before the first job.

Several queues in one process would lose a job whose worker dies before starting it: RQ then takes jobs by BLPOP instead
of BLMOVE. A worker that loads the application in each job takes seconds per page."""

from __future__ import annotations

import logging
import time
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker

from alerting.escalation import jobs as _escalation_jobs
from alerting.mailbox import jobs as _mailbox_jobs
from alerting.notifications import jobs as _notification_jobs
from alerting.pagerduty import jobs as _pagerduty_jobs
from alerting.runtime import Runtime
from core.queue import QUEUES, QueueName
from core.settings import Settings
from service import wiring
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

log = logging.getLogger(__name__)


class Worker(SimpleWorker):
    """Runs jobs in its own process: a page waits for no fork. Waits two seconds at most between tries to reach Redis;
    meanwhile the clock sends what is due."""

    max_connection_wait_time = 2.0
    _beaten_at = float("-inf")

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """RQ beats three times around each job, in nine round trips, some of them before the page leaves: now and then
        is enough to be known as alive."""
        if pipeline is None and time.monotonic() - self._beaten_at < BEAT_SECONDS:
            return
        self._beaten_at = time.monotonic()
        super().heartbeat(timeout, pipeline)


def run(settings: Settings, queue: QueueName) -> None:
    """Work until told to stop (SIGTERM: after the job in hand)."""
    if queue not in QUEUES:
        raise ValueError(f"unknown queue {queue!r}; allowed: {', '.join(QUEUES)}")
    runtime = wiring.runtime(settings, pool_size=2)
    _warm_up(runtime)
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

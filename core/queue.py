"""Nudges: "look at this row now". Rows hold the truth; a nudge that is lost costs a little time, never a page."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

QueueName = Literal["pages", "notices"]
QUEUES: tuple[QueueName, ...] = ("pages", "notices")
NUDGES = "nudges"
REDIS_TIMEOUT_SECONDS = 2.0
REDIS_PAUSE_SECONDS = 1.0  # after a failure, so that a dead Redis costs one time-out a second and not one a request
JOB_TIMEOUT_SECONDS = 60
BUNDLED = ("alerting.notifications.jobs.deliver",)  # jobs that take any number of rows
MOST_BUNDLED = 4  # each may wait for a carrier as long as it lets us, and all of them end before the job's time does


@dataclass(frozen=True)
class Nudge:
    """A job by dotted name with ids only: a job re-reads everything from the database."""

    queue: QueueName
    job: str
    args: tuple[str | int, ...]


def nudge(session: Session, queue: QueueName, job: str, *args: str | int) -> None:
    """Send the job when (and only if) the session's transaction has committed."""
    session.info.setdefault(NUDGES, []).append(Nudge(queue, job, args))


def take_nudges(session: Session) -> Sequence[Nudge]:
    taken: Sequence[Nudge] = session.info.pop(NUDGES, ())
    return taken


def bundled(nudges: Sequence[Nudge]) -> Sequence[Nudge]:
    """Notices for the same job travel as one, in their order: a transaction often has several, and a job costs the
    queue as much as the work that it asks for. Pages stay apart, so that several workers share them."""
    found: list[Nudge] = []
    latest: dict[str, int] = {}  # where a job's last bundle stands
    for one in nudges:
        if one.queue != "notices" or one.job not in BUNDLED:
            found.append(one)
            continue
        place = latest.get(one.job)
        if place is None or len(found[place].args) >= MOST_BUNDLED:
            latest[one.job] = len(found)
            found.append(one)
        else:
            found[place] = replace(found[place], args=found[place].args + one.args)
    return found


def connect(url: str) -> Redis:
    """A client with finite time-outs; redis-py's own default waits for ever."""
    return Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_SECONDS, socket_connect_timeout=REDIS_TIMEOUT_SECONDS)


class Nudger:
    """Enqueues nudges on Redis. Never raises for an unreachable Redis: the clock finds the rows."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._queues = {
            name: Queue(name, connection=redis, serializer="json", default_timeout=JOB_TIMEOUT_SECONDS)
            for name in QUEUES
        }
        self._paused_until = 0.0

    def __call__(self, nudges: Sequence[Nudge]) -> bool:
        """True when Redis took all of them."""
        if time.monotonic() < self._paused_until:
            return False
        try:
            for name in QUEUES:
                if jobs := [_job_data(n) for n in bundled(nudges) if n.queue == name]:
                    self._enqueue(name, jobs)
        except RedisError as error:
            self._paused_until = time.monotonic() + REDIS_PAUSE_SECONDS
            log.warning("queue unreachable, the clock takes over: %s", type(error).__name__)
            return False
        return True

    def _enqueue(self, name: QueueName, jobs: Sequence[Any]) -> None:
        """A round trip for each queue: pages are on their way before the notices are packed."""
        with self._redis.pipeline(transaction=False) as pipe:
            self._queues[name].enqueue_many(jobs, pipeline=pipe)
            pipe.execute()


def _job_data(nudge: Nudge) -> Any:
    return Queue.prepare_data(nudge.job, args=list(nudge.args), result_ttl=0, failure_ttl=3600, description=nudge.job)

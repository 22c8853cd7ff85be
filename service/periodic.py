"""Work that comes again by itself: which, by which job, how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from alerting.acceptance import jobs as acceptance_jobs
from alerting.attachments.jobs import sweep as sweep_attachments
from alerting.carrier_watch import jobs as carrier_jobs
from alerting.coverage import jobs as coverage_jobs
from alerting.drills import jobs as drill_jobs
from alerting.duty import jobs as duty_jobs
from alerting.handling import jobs as handling_jobs
from alerting.holidays import jobs as holiday_jobs
from alerting.mailbox.jobs import sweep as sweep_mailbox
from alerting.monitoring import jobs as monitoring_jobs
from alerting.pagerduty import jobs as pagerduty_jobs
from alerting.ratings import jobs as rating_jobs
from alerting.reports import jobs as report_jobs
from alerting.rota.jobs import record_past
from alerting.sla import jobs as sla_jobs
from alerting.surveys import jobs as survey_jobs
from alerting.swaps.jobs import review as review_swaps
from core.queue import Nudge


@dataclass(frozen=True)
class Task:
    """`run` is the RQ entry point: it gets the task's name and its interval in seconds, opens a transaction, and works
    only if `core.periodic.take_turn` gives it the turn."""

    run: Callable[[str, int], None]
    every: timedelta

    def nudge(self, name: str) -> Nudge:
        job = f"{self.run.__module__}.{self.run.__qualname__}"
        return Nudge("notices", job, (name, int(self.every.total_seconds())))


TASKS: Mapping[str, Task] = {
    "attachments": Task(sweep_attachments, timedelta(hours=1)),
    "canaries": Task(carrier_jobs.canaries, timedelta(seconds=20)),
    "carrier-accounts": Task(carrier_jobs.look_at_accounts, timedelta(minutes=1)),
    "coverage-warn": Task(coverage_jobs.warn, timedelta(minutes=5)),
    "drills": Task(drill_jobs.look, timedelta(seconds=20)),
    "drills-missing": Task(drill_jobs.remind, timedelta(hours=1)),
    "duty-plan": Task(duty_jobs.plan, timedelta(minutes=5)),
    "duty-act": Task(duty_jobs.act, timedelta(seconds=20)),
    "ratings-remind": Task(rating_jobs.remind, timedelta(minutes=5)),
    "provider-cases": Task(handling_jobs.remind, timedelta(minutes=1)),
    "mail-in": Task(sweep_mailbox, timedelta(seconds=10)),
    "reports-freeze": Task(report_jobs.freeze, timedelta(minutes=5)),
    "reports-correct": Task(report_jobs.correct, timedelta(days=1)),
    "holidays": Task(holiday_jobs.remind, timedelta(hours=1)),
    "heartbeats": Task(monitoring_jobs.look, timedelta(seconds=10)),
    "sla-say": Task(sla_jobs.say, timedelta(seconds=15)),
    "pagerduty-missed": Task(pagerduty_jobs.catch_up, timedelta(minutes=5)),
    "pagerduty-rotas": Task(pagerduty_jobs.follow_rotas, timedelta(minutes=1)),
    "pagerduty": Task(pagerduty_jobs.sweep, timedelta(seconds=5)),
    "rota-past": Task(record_past, timedelta(days=1)),
    "terms-tell": Task(acceptance_jobs.tell, timedelta(minutes=5)),
    "surveys": Task(survey_jobs.go_on, timedelta(minutes=5)),
    "swaps": Task(review_swaps, timedelta(minutes=1)),
}

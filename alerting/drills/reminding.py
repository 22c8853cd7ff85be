"""Managers hear of plans that have gone without a drill for too long."""

from __future__ import annotations

import logging

from sqlalchemy import delete

from alerting.catalog import plan_versions
from alerting.drills import queries
from alerting.drills.models import DrillReminderRow
from alerting.drills.overdue import overdue, to_remind
from alerting.drills.service import BY_MAIL_ELSE_SMS, PAGE
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.out_of_use import managers
from alerting.work import Work
from core.db import insert_row
from core.documents import store

log = logging.getLogger(__name__)


def remind(work: Work, months: int) -> int:
    """One mail to each manager for all plans that are due; how many plans that were. Versions of plans that were
    configured before versions were kept are recorded on the way."""
    store.hold(work.session)
    plan_versions.keep(work.session, work.config.customers.values(), work.now)
    practices = queries.practices(work.session, work.config, work.now)
    late = to_remind(overdue(practices, months, work.now), queries.reminders(work.session), work.now)
    if not late:
        return 0
    text = messages.DrillsOverdueSms(
        customer=late[0].customer_name,
        plan=late[0].plan_name,
        months=months,
        more=len(late) - 1 or None,
        desk_url=PAGE,
        lines=tuple(f"{one.customer_name}: {one.plan_name}" for one in late),
    )
    reached = [notifications.inform(work, person, text, by=BY_MAIL_ELSE_SMS) for person in managers(work)]
    if not any(reached):
        log.error("no manager could be told of %s plans without a drill", len(late))
    for one in late:
        work.session.execute(
            delete(DrillReminderRow).where(
                DrillReminderRow.customer_id == one.key.customer, DrillReminderRow.plan_id == one.key.plan
            )
        )
        row = DrillReminderRow(customer_id=one.key.customer, plan_id=one.key.plan, told_at=work.now)
        insert_row(work.session, row)
    return len(late)

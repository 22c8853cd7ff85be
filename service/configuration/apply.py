"""Make a planned configuration the one in force, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from alerting.configuration import change, parse
from alerting.monitoring import service as monitoring
from alerting.sla import service as sla
from alerting.sla.service import Moved
from alerting.work import working
from core.accounts.service import ConfiguredUser, sync_users
from core.documents import store
from core.settings import Settings
from service.configuration.plan import Plan

COUNTED_BY = frozenset({"customers", "calendars", "provider"})
"""Sections that SLA clocks count by."""


def apply(session: Session, plan: Plan, now: datetime, settings: Settings | None = None) -> list[Moved]:
    """The plan must have been made from documents read in this same transaction. Accounts follow the section `users`,
    clocks that run the contracts' coverage and calendars, heartbeats their rhythms: the due times that moved.
    Idempotent: the plan of the same files afterwards is empty. `settings` None: those of the environment."""
    settings = settings or Settings()
    change(session, plan.changes, settings, now)
    documents = store.load(session)
    users = [document.body for document in documents if document.section == "users" and not document.archived]
    sync_users(session, [ConfiguredUser.of(user) for user in users], now)
    changed = {change.section for change in plan.changes}
    moved: list[Moved] = []
    if COUNTED_BY.isdisjoint(changed) and "heartbeats" not in changed:
        return moved
    with working(session, now, parse(store.current_version(session), documents, settings)) as work:
        if "heartbeats" in changed:
            monitoring.watch(work)
        if not COUNTED_BY.isdisjoint(changed):
            moved = sla.covered_anew(work)
    return moved

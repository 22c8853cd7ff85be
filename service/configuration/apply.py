"""Make a planned configuration the one in force, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from alerting.configuration import change
from core.accounts.service import ConfiguredUser, sync_users
from core.documents import store
from core.settings import Settings
from service.configuration.plan import Plan


def apply(session: Session, plan: Plan, now: datetime, settings: Settings | None = None) -> None:
    """The plan must have been made from documents read in this same transaction. Accounts follow the section `users`.
    Idempotent: the plan of the same files afterwards is empty. `settings` None: those of the environment."""
    change(session, plan.changes, settings or Settings(), now)
    users = [document.body for document in store.load(session) if document.section == "users" and not document.archived]
    sync_users(session, [ConfiguredUser.of(user) for user in users], now)

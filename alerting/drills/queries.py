"""Drills and their reports, how each plan is exercised, and what is open now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerting.catalog import plan_versions
from alerting.configuration import Configuration
from alerting.drills.findings import Report
from alerting.drills.models import DrillActionRow, DrillReminderRow, DrillRow, DrillSignatureRow
from alerting.drills.overdue import Key, Practice
from alerting.tickets.models import TicketRow
from core.audit import log as audit

PLANNED, RUNNING, DONE, BROKEN_OFF, CALLED_OFF = "planned", "running", "done", "broken_off", "called_off"
CUSTOMER: Final = "customer"
PROVIDER: Final = "provider"
NO_LONGER_A_CUSTOMER = ("expired",)


@dataclass(frozen=True)
class Exercise:
    """A drill with all that stands in its report. `report` None: it has not ended. Signatures of what the report and
    its actions say now are in `signed`, by side; `signed_before` are those of something that has changed since.
    `intact`: the report is what its chain says that was reported."""

    drill: DrillRow
    report: Report | None
    actions: Sequence[DrillActionRow]
    digest: str
    signed: Mapping[str, DrillSignatureRow]
    signed_before: Sequence[DrillSignatureRow]
    intact: bool


def find(session: Session, drill_id: str, customer_id: str | None = None) -> Exercise | None:
    """`customer_id` None: any customer's. None when there is none, or it is another customer's."""
    row = session.get(DrillRow, drill_id)
    if row is None or (customer_id is not None and row.customer_id != customer_id):
        return None
    actions = session.scalars(
        select(DrillActionRow).where(DrillActionRow.drill_id == row.id).order_by(DrillActionRow.id)
    ).all()
    now_says = digest(row, actions)
    signatures = session.scalars(
        select(DrillSignatureRow).where(DrillSignatureRow.drill_id == row.id).order_by(DrillSignatureRow.signed_at)
    ).all()
    return Exercise(
        row,
        Report.from_json(row.report) if row.report else None,
        actions,
        now_says,
        {one.side: one for one in signatures if one.digest == now_says},
        [one for one in signatures if one.digest != now_says],
        row.report is None or digest(row, ()) in _reported(session, row.id),
    )


def digest(drill: DrillRow, actions: Iterable[DrillActionRow]) -> str:
    """Of what is signed: the report, and the actions with their owners and dates. That one is done changes nothing."""
    agreed = [[one.text, one.owner, one.due_on.isoformat()] for one in actions]
    said = json.dumps([drill.report, agreed], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def listing(session: Session, customer_id: str | None = None, *, open_: bool, limit: int = 100) -> list[DrillRow]:
    """Planned and running ones, the next one first; else those that are over, the latest first."""
    query = select(DrillRow).where(
        DrillRow.state.in_((PLANNED, RUNNING)) if open_ else DrillRow.state.not_in((PLANNED, RUNNING))
    )
    if customer_id is not None:
        query = query.where(DrillRow.customer_id == customer_id)
    order = DrillRow.starts_at.asc() if open_ else DrillRow.starts_at.desc()
    return list(session.scalars(query.order_by(order, DrillRow.id).limit(limit)))


def actions_open(session: Session, limit: int = 100) -> list[tuple[DrillActionRow, DrillRow]]:
    """Not done yet, the earliest date first."""
    rows = session.execute(
        select(DrillActionRow, DrillRow)
        .join(DrillRow, DrillRow.id == DrillActionRow.drill_id)
        .where(DrillActionRow.done_at.is_(None))
        .order_by(DrillActionRow.due_on, DrillActionRow.id)
        .limit(limit)
    )
    return [(action, drill) for action, drill in rows]


def practices(session: Session, config: Configuration, now: datetime, customer_id: str | None = None) -> list[Practice]:
    """Of every plan of customers whose contract goes on. A plan of which no version is recorded yet is as of now."""
    seen = plan_versions.first_seen(session)
    last = _latest(session, DONE, func.max(DrillRow.starts_at))
    following = _latest(session, PLANNED, func.min(DrillRow.starts_at))
    return [
        Practice(
            key := Key(customer.id, plan.id),
            customer.name,
            plan.name,
            seen.get(key, now),
            last.get(key),
            following.get(key),
        )
        for customer in sorted(config.customers.values(), key=lambda one: one.name.casefold())
        if customer.contract.status not in NO_LONGER_A_CUSTOMER and customer_id in (None, customer.id)
        for plan in customer.plans
    ]


def _reported(session: Session, drill_id: str) -> set[str]:
    links = (one.link for one in audit.read(session, f"drill:{drill_id}"))
    return {link.data["digest"] for link in links if link.kind == "drill.reported"}


def reminders(session: Session) -> dict[Key, datetime]:
    rows = session.scalars(select(DrillReminderRow))
    return {Key(row.customer_id, row.plan_id): row.told_at for row in rows}


def of_ticket(session: Session, reference: str) -> DrillRow | None:
    return session.scalars(select(DrillRow).where(DrillRow.reference == reference)).one_or_none()


def real_keys(customer_id: str, plan_id: str | None) -> list[str]:
    """Open keys of what goes before a drill of the plan: an emergency of it, or one that named no plan."""
    return [f"{customer_id}/{plan}/real" for plan in dict.fromkeys((plan_id or "-", "-"))]


def open_keys(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of them under which an open ticket stands."""
    return {key for key in session.scalars(select(TicketRow.open_key).where(TicketRow.open_key.in_(keys))) if key}


def _latest(session: Session, state: str, which: object) -> dict[tuple[str, str | None], datetime]:
    rows = session.execute(
        select(DrillRow.customer_id, DrillRow.plan_id, which)  # type: ignore[call-overload]  # min or max of a column
        .where(DrillRow.state == state)
        .group_by(DrillRow.customer_id, DrillRow.plan_id)
    )
    return {(customer, plan): at for customer, plan, at in rows}

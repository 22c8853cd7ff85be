"""Versions of contingency plans: every change of a plan is kept, whoever made it and by which file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.catalog.models import PlanVersionRow
from alerting.catalog.schema import Customer, Plan
from core.db import insert_row


@dataclass(frozen=True)
class PlanVersion:
    """In force from `from_at` until the next one began."""

    number: int
    plan: Plan
    from_at: datetime


def keep(session: Session, customers: Iterable[Customer], now: datetime) -> int:
    """Record the plans that are not as their latest version; how many. The caller holds the configuration, so that
    nobody records beside it."""
    latest = {key: (number, digest) for key, number, digest in _latest(session)}
    kept = 0
    for customer in customers:
        for plan in customer.plans:
            body = plan.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            number, before = latest.get((customer.id, plan.id), (0, ""))
            if (digest := _digest(body)) != before:
                row = PlanVersionRow(
                    customer_id=customer.id, plan_id=plan.id, number=number + 1, body=body, digest=digest, from_at=now
                )
                insert_row(session, row)
                kept += 1
    return kept


def of_plan(session: Session, customer_id: str, plan_id: str) -> list[PlanVersion]:
    """The newest first; empty before the first was recorded."""
    rows = session.scalars(
        select(PlanVersionRow)
        .where(PlanVersionRow.customer_id == customer_id, PlanVersionRow.plan_id == plan_id)
        .order_by(PlanVersionRow.number.desc())
    )
    return [PlanVersion(row.number, Plan.model_validate(row.body), row.from_at) for row in rows]


def first_seen(session: Session) -> dict[tuple[str, str], datetime]:
    """When the first version of each plan was recorded, by customer and plan."""
    rows = session.execute(
        select(PlanVersionRow.customer_id, PlanVersionRow.plan_id, PlanVersionRow.from_at).where(
            PlanVersionRow.number == 1
        )
    )
    return {(customer, plan): at for customer, plan, at in rows}


def _latest(session: Session) -> Iterable[tuple[tuple[str, str], int, str]]:
    """In the order of numbers: the last of each plan wins."""
    columns = (PlanVersionRow.customer_id, PlanVersionRow.plan_id, PlanVersionRow.number, PlanVersionRow.digest)
    rows = session.execute(select(*columns).order_by(PlanVersionRow.number))
    return [((customer, plan), number, digest) for customer, plan, number, digest in rows]


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

"""What is known of the carriers."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.carrier_watch.models import CanaryRow, CarrierAccountRow
from alerting.carrier_watch.rules import Canary, Outcome, by_way

LOOKED_AT = 50


def last(session: Session, channel: str) -> Canary | None:
    row = session.scalars(
        select(CanaryRow).where(CanaryRow.channel == channel).order_by(CanaryRow.sent_at.desc()).limit(1)
    ).first()
    return _canary(row) if row is not None else None


def ways(session: Session, now: datetime, every: timedelta) -> dict[tuple[str, str], list[Canary]]:
    """Recent canaries by carrier and channel, the latest first."""
    rows = session.scalars(select(CanaryRow).order_by(CanaryRow.sent_at.desc()).limit(LOOKED_AT))
    return dict(by_way(map(_canary, rows), now, every))


def accounts(session: Session) -> list[CarrierAccountRow]:
    return list(session.scalars(select(CarrierAccountRow).order_by(CarrierAccountRow.carrier)))


def _canary(row: CanaryRow) -> Canary:
    return Canary(row.channel, row.carrier, row.sent_at, Outcome(row.outcome), row.heard_at)

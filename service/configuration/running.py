"""The policies of the escalations that are running now: an apply must not take their people away."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.escalation.models import EscalationRow
from alerting.escalation.schema import EscalationPolicy

MAY_STILL_PAGE = ("scheduled", "running", "acknowledged", "exhausted")


def running_policies(session: Session) -> Sequence[EscalationPolicy]:
    """The snapshots, not the policies of today: an escalation in flight follows its own."""
    rows = session.scalars(select(EscalationRow.policy).where(EscalationRow.state.in_(MAY_STILL_PAGE)))
    return [EscalationPolicy.model_validate(policy) for policy in rows]

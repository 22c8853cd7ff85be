"""What is due is found by an index, however many attempts there have been."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from alerting.escalation.models import EscalationRow
from alerting.notifications.models import AttemptRow
from core.db import Database
from service import clock

NOW = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)
LOOKS = {
    "steps that are over": (EscalationRow, clock._due_escalations(NOW), "ix_escalations_due"),
    "attempts that are due": (AttemptRow, clock._due_attempts("pending", NOW), "ix_attempts_due"),
    "attempts whose answer was lost": (AttemptRow, clock._due_attempts("unknown", NOW), "ix_attempts_due"),
    "attempts whose worker died": (AttemptRow, clock._lost_attempts(NOW), "ix_attempts_"),
    "calls that ring for nobody": (
        AttemptRow,
        clock._unwanted_calls(NOW, NOW - clock.STOPPED_WITHIN),
        "ix_attempts_sent",
    ),
}


@pytest.mark.parametrize("look", LOOKS)
def test_the_clock_looks_at_what_is_due_alone(sqlite_database: Database, look: str) -> None:
    table, condition, index = LOOKS[look]
    query: Any = select(table.id).where(condition)
    compiled = query.compile(sqlite_database.engine, compile_kwargs={"render_postcompile": True})
    values = tuple(str(compiled.params[name]) for name in compiled.positiontup)
    with sqlite_database.reading() as session:
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values).all()
    assert index in str(plan)
    assert "SCAN" not in str(plan)


def test_nothing_that_is_over_is_handed_out(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        session.execute(insert(AttemptRow), [_delivered(number) for number in range(500)])
        session.execute(text("ANALYZE"))
        assert clock.take_due(session, NOW) == []


def _delivered(number: int) -> dict[str, Any]:
    counts = dict.fromkeys(("episode", "cycle", "round", "step", "fence", "tries", "resends", "sequence"), 1)
    return counts | {
        "id": f"{number:026}", "token": f"{number}", "purpose": "page", "person_name": "Ana", "language": "es",
        "template": "page_sms", "facts": {}, "state": "delivered", "created_at": NOW, "due_at": NOW,
        "wrong_codes": 0, "channel": "voice", "sent_at": NOW,
    }  # fmt: skip

"""The two digits that name a page on one telephone."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from alerting.notifications.models import AttemptRow
from alerting.tickets.models import TicketRow

# Without a leading zero, and without numbers that begin like one of our commands: "4" and "5" alone are answers, "47A"
# is not mistaken for them because a code always has two digits.
CODES = tuple(str(number) for number in range(10, 100))

_IN_USE = (
    select(AttemptRow.reply_code, AttemptRow.ticket_id)
    .join(TicketRow, TicketRow.id == AttemptRow.ticket_id)
    .where(AttemptRow.address == bindparam("of"), AttemptRow.reply_code.is_not(None), TicketRow.state != "closed")
)


def free_code(session: Session, address: str, ticket_id: str, planned: Iterable[Mapping[str, Any]]) -> str:
    """A code that no other open page uses on that telephone; the ticket's own is used again, so that a repeated page
    can be answered by the message of the first. `planned` are attempts of this transaction."""
    rows = session.execute(_IN_USE, {"of": address}).all()
    taken: dict[str | None, str | None] = {row.reply_code: row.ticket_id for row in rows}
    taken |= {p["reply_code"]: p["ticket_id"] for p in planned if p["address"] == address and p["reply_code"]}
    for code, ticket in taken.items():
        if ticket == ticket_id and code:
            return str(code)
    free = [code for code in CODES if code not in taken]
    # With ninety pages open on one telephone a code is ambiguous; the answer then lists them.
    return secrets.choice(free or CODES)

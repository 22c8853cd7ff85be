"""The two digits that name a page on one telephone."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from alerting.notifications.models import AttemptRow
from alerting.tickets.models import TicketRow
from core.db import run

# Without a leading zero, and without numbers that begin like one of our commands: "4" and "5" alone are answers, "47A"
# is not mistaken for them because a code always has two digits.
CODES = tuple(str(number) for number in range(10, 100))
GUESSES = 3  # codes that are tried before all that are in use are asked for

# By the ticket alone: asked for the address as well, SQLite reads the telephone's whole past.
_OF_TICKET = select(AttemptRow.reply_code, AttemptRow.address).where(
    AttemptRow.ticket_id == bindparam("of"), AttemptRow.reply_code.is_not(None)
)
_ON_OPEN_TICKETS = (
    select(AttemptRow.reply_code)
    .join(TicketRow, TicketRow.id == AttemptRow.ticket_id)
    .where(AttemptRow.address == bindparam("of"), TicketRow.state != "closed")
)
# Everything that a telephone was ever sent lies under its address, but only a ninetieth of it under one code.
_IS_IN_USE = _ON_OPEN_TICKETS.where(AttemptRow.reply_code == bindparam("code")).limit(1)
_IN_USE = _ON_OPEN_TICKETS.where(AttemptRow.reply_code.is_not(None)).distinct()


def free_code(session: Session, address: str, ticket_id: str, planned: Iterable[Mapping[str, Any]]) -> str:
    """A code that no other open page uses on that telephone; the ticket's own is used again, so that a repeated page
    can be answered by the message of the first. `planned` are attempts of this transaction."""
    here: dict[str, str] = {
        p["reply_code"]: p["ticket_id"] for p in planned if p["address"] == address and p["reply_code"]
    }
    known = {row.reply_code for row in run(session, _OF_TICKET, {"of": ticket_id}) if row.address == address}
    if own := next(iter(known | {code for code, ticket in here.items() if ticket == ticket_id}), None):
        return str(own)
    for code in secrets.SystemRandom().sample(CODES, GUESSES):
        if code not in here and run(session, _IS_IN_USE, {"of": address, "code": code}).first() is None:
            return code
    taken = {*here, *run(session, _IN_USE, {"of": address}).scalars()}
    # With ninety pages open on one telephone a code is ambiguous; the answer then lists them.
    return secrets.choice([code for code in CODES if code not in taken] or CODES)

"""The ticket that an address names, and commands on it: what pages of all rooms do the same way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import abort, flash
from sqlalchemy.orm import Session

from alerting.tickets import queries
from alerting.tickets.models import TicketRow
from alerting.tickets.states import IllegalTransition
from alerting.web.language import gettext
from alerting.web.visitor import runtime, signed_in, visitor
from alerting.work import Work

Result = TypeVar("Result")


def found(session: Session, reference: str) -> TicketRow:
    """404 for an unknown reference and for another customer's: nobody can tell them apart."""
    ticket = queries.find(session, reference, signed_in(), visitor().config.provider.reference_prefix)
    if ticket is None:
        abort(404)
    return ticket


def carry_out(reference: str, command: Callable[[Work, TicketRow], Result]) -> Result | None:
    """One transaction with the command in it. None, and a message on the next page, when the ticket has moved on: two
    people press two buttons at once, and that is no error."""
    try:
        with runtime().work() as work:
            prefix = work.config.provider.reference_prefix
            ticket = queries.find_locked(work.session, reference, signed_in(), prefix)
            if ticket is None:
                abort(404)
            return command(work, ticket)
    except IllegalTransition:
        flash(gettext("That is not possible any more: the ticket has moved on."), "problem")
        return None

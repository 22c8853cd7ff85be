"""Reading offers and ratings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.notifications.models import AttemptRow
from alerting.ratings import offers
from alerting.ratings.models import RatingInvitationRow, RatingOfferRow, RatingRow
from alerting.ratings.offers import Standing
from alerting.tickets.models import TicketRow
from alerting.tickets.states import CLOSED
from core.time import iso

TOKEN_LENGTH = range(20, 65)


@dataclass(frozen=True)
class Asked:
    """What somebody sees of the offer: how it stands, until when it is open, and what they said already."""

    ticket: TicketRow
    standing: Standing
    open_until: datetime
    score: int | None
    comment: str | None


def latest_offer(session: Session, ticket: TicketRow) -> RatingOfferRow | None:
    return session.scalars(
        select(RatingOfferRow)
        .where(RatingOfferRow.ticket_id == ticket.id)
        .order_by(RatingOfferRow.closing.desc())
        .limit(1)
    ).one_or_none()


def asked(session: Session, ticket: TicketRow, address: str, now: datetime) -> Asked | None:
    """How the latest offer stands for that address; None when the ticket has never been closed."""
    offer = latest_offer(session, ticket)
    return _asked(session, offer, ticket, address, now) if offer else None


def behind(session: Session, token: str, now: datetime) -> tuple[Asked, str] | None:
    """What the link of a mail leads to, and the address that it was sent to; None for a link that we never sent. The
    rows know its digest only."""
    if len(token) not in TOKEN_LENGTH or not (token.isascii() and token.isalnum()):
        return None
    found = session.execute(
        select(RatingInvitationRow, RatingOfferRow, TicketRow)
        .join(AttemptRow, AttemptRow.id == RatingInvitationRow.attempt_id)
        .join(RatingOfferRow, RatingOfferRow.id == RatingInvitationRow.offer_id)
        .join(TicketRow, TicketRow.id == RatingOfferRow.ticket_id)
        .where(AttemptRow.link_digest == hashlib.sha256(token.encode()).hexdigest())
    ).one_or_none()
    if found is None:
        return None
    invitation, offer, ticket = found
    return _asked(session, offer, ticket, invitation.address, now), invitation.address


def standing_of(offer: RatingOfferRow, ticket: TicketRow, now: datetime) -> Standing:
    return offers.standing(offer.closing, offer.open_until, ticket.reopen_count, ticket.state == CLOSED, now)


def rating_by(session: Session, offer_id: str, address: str) -> RatingRow | None:
    return session.scalars(
        select(RatingRow)
        .where(RatingRow.offer_id == offer_id, RatingRow.rater == address.lower())
        .execution_options(populate_existing=True)
    ).one_or_none()


def raters(session: Session, offer_id: str) -> frozenset[str]:
    return frozenset(session.scalars(select(RatingRow.rater).where(RatingRow.offer_id == offer_id)))


def invited(session: Session, offer_id: str) -> frozenset[str]:
    return frozenset(
        session.scalars(select(RatingInvitationRow.address).where(RatingInvitationRow.offer_id == offer_id))
    )


def of_ticket(session: Session, ticket_id: str) -> list[RatingRow]:
    """All that were given, for staff; the latest first."""
    found = select(RatingRow).where(RatingRow.ticket_id == ticket_id).order_by(RatingRow.rated_at.desc(), RatingRow.id)
    return list(session.scalars(found))


def rating_json(row: RatingRow) -> dict[str, Any]:
    """For the person who gave it."""
    return {"score": row.score, "comment": row.comment, "rated_at": iso(row.rated_at)}


def _asked(session: Session, offer: RatingOfferRow, ticket: TicketRow, address: str, now: datetime) -> Asked:
    given = rating_by(session, offer.id, address)
    score, comment = (given.score, given.comment) if given else (None, None)
    return Asked(ticket, standing_of(offer, ticket, now), offer.open_until, score, comment)

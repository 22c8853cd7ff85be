"""Offer a rating at every closure, take it, remind once. Closing waits for none of it (S-2.14, S-4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select, update

from alerting.intake.secrets import redacted
from alerting.notifications import service as notifications
from alerting.ratings import offers, queries
from alerting.ratings.models import RatingInvitationRow, RatingOfferRow, RatingRow
from alerting.ratings.offers import NotOffered, Standing
from alerting.ratings.opt_outs import opted_out
from alerting.tickets import service as tickets
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.audit.chain import LogActor
from core.db import insert_row
from core.ids import ulid

BATCH = 100


@dataclass(frozen=True)
class Rater:
    """Who rates, by the address that was asked or that they sign in with; `via` is how."""

    address: str
    actor: LogActor
    via: Literal["portal", "api", "link"]


def tell_closed(work: Work, ticket: TicketRow, step: Literal["closed", "stood_down"]) -> None:
    """Tell the customer that the ticket is closed, and offer a rating: in the mail to each who has not asked to be left
    alone, and on the ticket's page to everybody."""
    terms = work.config.ratings
    row = RatingOfferRow(
        id=ulid(), ticket_id=ticket.id, closing=ticket.reopen_count, offered_at=work.now,
        open_until=work.now + terms.open_for,
        remind_at=offers.remind_at(terms, work.now, ticket.close_code or "", ticket.mode == "drill"),
    )  # fmt: skip
    insert_row(work.session, row)
    told = [address.lower() for address, _, _ in notifications.mail_recipients(work, ticket)]
    asked = frozenset(told) - opted_out(work.session, told)
    for address, attempt_id in notifications.tell_customer(work, ticket, step, asked=asked).items():
        if address in asked:
            _invited(work, row, attempt_id, address)


def rate(work: Work, ticket: TicketRow, rater: Rater, score: int, comment: str | None) -> RatingRow:
    """The latest word of this person on the latest closure; until the offer ends they may change it. NotOffered when
    there is none open. The ticket must be locked."""
    found = queries.latest_offer(work.session, ticket)
    how = queries.standing_of(found, ticket, work.now) if found else None
    if found is None or how is not Standing.OPEN:
        raise NotOffered(how)
    said = redacted(comment) if comment else None
    row = queries.rating_by(work.session, found.id, rater.address)
    if row is not None and (row.score, row.comment) == (score, said):
        return row  # the button pressed twice
    changed = row is not None
    if row is None:
        row = RatingRow(id=ulid(), offer_id=found.id, ticket_id=ticket.id, rater=rater.address.lower(), score=score,
                        comment=said, via=rater.via, rated_at=work.now)  # fmt: skip
        insert_row(work.session, row)
    else:
        values = {"score": score, "comment": said, "via": rater.via, "rated_at": work.now}
        work.session.execute(update(RatingRow).where(RatingRow.id == row.id).values(**values))
        work.session.refresh(row)
    data = {"score": score, "closing": found.closing, "via": rater.via, "changed": changed}
    personal = {"rater": rater.address.lower()} | ({"comment": said} if said else {})
    work.record(ticket.reference, "ticket.rated", data, actor=rater.actor, personal=personal, about=ticket.customer_id)
    return row


def due(work: Work) -> Sequence[str]:
    """Offers whose reminder is due, the oldest first."""
    waiting = select(RatingOfferRow.id).where(RatingOfferRow.remind_at <= work.now)
    return work.session.scalars(waiting.order_by(RatingOfferRow.remind_at).limit(BATCH)).all()


def remind(work: Work, offer_id: str) -> int:
    """Ask those once more who were asked by mail and have not answered; how many mails. The offer is taken off the list
    in the statement that finds it, so that two workers never remind twice."""
    row = work.session.execute(
        update(RatingOfferRow)
        .where(RatingOfferRow.id == offer_id, RatingOfferRow.remind_at.is_not(None))
        .values(remind_at=None)
        .returning(RatingOfferRow)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if row is None:
        return 0
    ticket = tickets.locked_by_id(work, row.ticket_id)
    if queries.standing_of(row, ticket, work.now) is not Standing.OPEN:
        return 0
    invited = queries.invited(work.session, row.id)
    silent = opted_out(work.session, invited) | queries.raters(work.session, row.id)
    sent = 0
    for address, name, language in notifications.mail_recipients(work, ticket):
        if address.lower() in invited - silent:  # those who have left since are no longer among the recipients
            mail = notifications.rating_reminder(ticket)
            attempt_id = notifications.plan_mail(work, ticket, mail, address, name, language, work.now)
            _invited(work, row, attempt_id, address.lower())
            sent += 1
    return sent


def _invited(work: Work, offer: RatingOfferRow, attempt_id: str, address: str) -> None:
    insert_row(work.session, RatingInvitationRow(attempt_id=attempt_id, offer_id=offer.id, address=address))

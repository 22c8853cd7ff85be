"""What customers think: ratings of closed tickets."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from alerting.api.access import Answer, Command
from alerting.api.fields import Body, LongText, TicketPath
from alerting.api.problems import refuse
from alerting.api.tickets import locked, ticket_answer
from alerting.ratings import service
from alerting.ratings.offers import NotOffered
from alerting.ratings.queries import rating_json
from alerting.ratings.service import Rater


class RatingBody(Body):
    """5 is the best. Rating again, while it is possible, changes the rating."""

    score: Annotated[int, Field(ge=1, le=5, strict=True)]
    comment: LongText | None = None


def rate(command: Command, path: TicketPath, body: RatingBody) -> Answer:
    """Rate the latest closure of a ticket"""
    row = locked(command, path)
    rater = Rater(command.actor.email, command.actor.as_logged, "api")
    try:
        given = service.rate(command.work, row, rater, body.score, body.comment or None)
    except NotOffered as refused:
        refuse(409, str(refused))
    return ticket_answer(command, row) | {"rating": rating_json(given)}

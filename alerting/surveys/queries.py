"""Reading surveys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from alerting.notifications.models import AttemptRow
from alerting.surveys.campaign import SurveyState
from alerting.surveys.models import SurveyAnswerRow, SurveyInvitationRow, SurveyMailRow, SurveyRow
from alerting.surveys.results import FEWEST, Given, Results, results

TOKEN_LENGTH = range(20, 65)


@dataclass(frozen=True)
class Report:
    """`results` None while it is open: what is still being answered is not looked at, or the next answer would be the
    difference. `comments` without an author, in no order that says anything; none when there are too few."""

    survey: SurveyRow
    invited: int
    answered: int
    results: Results | None
    comments: tuple[str, ...]


def of_year(session: Session, year: int) -> SurveyRow | None:
    return session.scalars(select(SurveyRow).where(SurveyRow.year == year)).one_or_none()


def is_open(survey: SurveyRow, now: datetime) -> bool:
    return survey.state == SurveyState.OPEN and now < survey.closes_at


def behind(session: Session, token: str) -> tuple[SurveyInvitationRow, SurveyRow] | None:
    """What the link of a mail leads to; None for one that we never sent."""
    if len(token) not in TOKEN_LENGTH or not (token.isascii() and token.isalnum()):
        return None
    found = session.execute(
        select(SurveyInvitationRow, SurveyRow)
        .join(SurveyMailRow, SurveyMailRow.invitation_id == SurveyInvitationRow.id)
        .join(AttemptRow, AttemptRow.id == SurveyMailRow.attempt_id)
        .join(SurveyRow, SurveyRow.id == SurveyInvitationRow.survey_id)
        .where(AttemptRow.link_digest == hashlib.sha256(token.encode()).hexdigest())
    ).one_or_none()
    return (found[0], found[1]) if found else None


def unanswered(session: Session, survey_id: str) -> list[SurveyInvitationRow]:
    return list(
        session.scalars(
            select(SurveyInvitationRow)
            .where(SurveyInvitationRow.survey_id == survey_id, SurveyInvitationRow.answered.is_(False))
            .order_by(SurveyInvitationRow.id)
        )
    )


def reports(session: Session, *, published: bool) -> list[Report]:
    """The latest year first; `published`: those that customers may read, without comments."""
    query = select(SurveyRow).order_by(SurveyRow.year.desc())
    if published:
        query = query.where(SurveyRow.state == SurveyState.PUBLISHED.value)
    return [_report(session, row, comments=not published) for row in session.scalars(query)]


def _report(session: Session, survey: SurveyRow, *, comments: bool) -> Report:
    invited, answered = session.execute(
        select(func.count(), func.coalesce(func.sum(case((SurveyInvitationRow.answered, 1), else_=0)), 0)).where(
            SurveyInvitationRow.survey_id == survey.id
        )
    ).one()
    if survey.state == SurveyState.OPEN:
        return Report(survey, invited, answered, None, ())
    rows = session.scalars(
        select(SurveyAnswerRow).where(SurveyAnswerRow.survey_id == survey.id).order_by(SurveyAnswerRow.id)
    ).all()
    found = results([Given(row.part, row.scores) for row in rows])
    said = tuple(row.comment for row in rows if row.comment) if comments and len(rows) >= FEWEST else ()
    return Report(survey, invited, answered, found, said)

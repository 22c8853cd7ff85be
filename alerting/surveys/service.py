"""Open a campaign, remind, take answers, close, publish (S-2.15)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy import select, update

from alerting.catalog.schema import Contact, Contract, Customer
from alerting.intake.secrets import redacted
from alerting.notifications import service as notifications
from alerting.notifications.mails import SURVEY_PATH, SurveyMail, SurveyReminderMail
from alerting.ratings.opt_outs import opted_out
from alerting.surveys import campaign, queries
from alerting.surveys.campaign import NotLikeThis, SurveyState
from alerting.surveys.models import SurveyAnswerRow, SurveyInvitationRow, SurveyMailRow, SurveyRow
from alerting.surveys.questions import QUESTIONS
from alerting.work import Work
from core.audit.chain import LogActor
from core.db import insert_row
from core.ids import opaque_token, ulid


class TooLate(ValueError):
    """It is closed, or this link has answered already."""


def open_survey(work: Work, year: int, closes_on: date, by: LogActor, person: str) -> int:
    """Invite every signatory contact; how many. NotLikeThis when there is one of that year, nobody to ask, or too
    little time."""
    if queries.of_year(work.session, year) is not None:
        raise NotLikeThis("exists")
    closes_at = campaign.closes_at(closes_on, work.now, work.config.provider.timezone)
    row = SurveyRow(
        id=ulid(), year=year, state=SurveyState.OPEN.value, opened_at=work.now, opened_by=person, closes_at=closes_at,
        reminders=0, remind_at=campaign.reminder_at(work.now, closes_at, 0), published_at=None, published_by=None,
        summary=None,
    )  # fmt: skip
    signatories = list(_signatories(work))
    silent = opted_out(work.session, [contact.email or "" for _, contact in signatories])
    asked = [one for one in signatories if (one[1].email or "").lower() not in silent]
    if not asked:
        raise NotLikeThis("nobody")
    insert_row(work.session, row)
    for customer, contact in asked:
        _invite(work, row, customer, contact)
    data = {"year": year, "invited": len(asked), "closes_at": closes_at.isoformat(), "person": person}
    work.record(f"survey:{year}", "survey.opened", data, actor=by)
    return len(asked)


def answer(work: Work, invitation_id: str, scores: Mapping[str, int], comment: str | None) -> None:
    """Take the answers, which nobody can tell apart afterwards; TooLate. The invitation is used up in the statement
    that asks whether it is still good."""
    if scores.keys() != {question.id for question in QUESTIONS}:
        raise ValueError(f"every question is answered with a score: {sorted(scores)}")
    used = work.session.execute(
        update(SurveyInvitationRow)
        .where(SurveyInvitationRow.id == invitation_id, SurveyInvitationRow.answered.is_(False))
        .values(answered=True)
        .returning(SurveyInvitationRow.survey_id, SurveyInvitationRow.part)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    survey = work.session.get(SurveyRow, used.survey_id) if used else None
    if used is None or survey is None or not queries.is_open(survey, work.now):
        raise TooLate(invitation_id)
    said = redacted(comment) if comment else None
    insert_row(
        work.session,
        SurveyAnswerRow(id=opaque_token(), survey_id=used.survey_id, part=used.part, scores=dict(scores), comment=said),
    )


def publish(work: Work, year: int, summary: str | None, by: LogActor, person: str) -> None:
    """Show the figures to every customer; NotLikeThis while it is open. Idempotent."""
    row = work.session.scalars(select(SurveyRow).where(SurveyRow.year == year).with_for_update()).one_or_none()
    if row is None:
        raise LookupError(year)
    if row.state == SurveyState.PUBLISHED:
        return
    if row.state != SurveyState.CLOSED:
        raise NotLikeThis("not_over")
    row.state, row.published_at, row.published_by, row.summary = "published", work.now, person, summary
    work.record(f"survey:{year}", "survey.published", {"year": year, "person": person}, actor=by)


def go_on(work: Work) -> None:
    """What is due: campaigns that are over are closed, and of the others those are reminded who have not answered."""
    over = work.session.execute(
        update(SurveyRow)
        .where(SurveyRow.state == SurveyState.OPEN.value, SurveyRow.closes_at <= work.now)
        .values(state=SurveyState.CLOSED.value, remind_at=None)
        .returning(SurveyRow.year)
        .execution_options(synchronize_session=False)
    ).scalars()
    for year in over.all():
        work.record(f"survey:{year}", "survey.closed", {"year": year})
    for row in work.session.scalars(select(SurveyRow).where(SurveyRow.remind_at <= work.now)).all():
        _remind(work, row)


def _remind(work: Work, row: SurveyRow) -> None:
    row.reminders += 1
    # A third and two thirds that have both passed while nothing ran are one reminder.
    row.remind_at = campaign.reminder_at(row.opened_at, row.closes_at, row.reminders)
    if row.remind_at is not None and row.remind_at <= work.now:
        row.reminders, row.remind_at = campaign.REMINDERS, None
    waiting = queries.unanswered(work.session, row.id)
    silent = opted_out(work.session, [one.address for one in waiting])
    still = {(customer.id, (contact.email or "").lower()) for customer, contact in _signatories(work)}
    for one in waiting:
        if one.address not in silent and (one.customer_id, one.address) in still:
            _mail(work, row, one, SurveyReminderMail)


def _signatories(work: Work) -> Iterator[tuple[Customer, Contact]]:
    """Who signed: contacts with the role owner and a mail address."""
    for customer in work.config.customers.values():
        for contact in customer.contacts:
            if contact.email and "owner" in contact.roles:
                yield customer, contact


def _invite(work: Work, survey: SurveyRow, customer: Customer, contact: Contact) -> None:
    row = SurveyInvitationRow(
        id=ulid(), survey_id=survey.id, customer_id=customer.id, customer_name=customer.name,
        address=(contact.email or "").lower(), name=contact.name,
        language=notifications.language_of(work, customer, contact), part=_part(customer.contract), answered=False,
    )  # fmt: skip
    insert_row(work.session, row)
    _mail(work, survey, row, SurveyMail)


def _mail(
    work: Work, survey: SurveyRow, to: SurveyInvitationRow, kind: type[SurveyMail] | type[SurveyReminderMail]
) -> None:
    mail = kind(
        reference="", customer=to.customer_name, ticket_url="/portal", year=survey.year, until=survey.closes_at,
        survey_url=SURVEY_PATH,
    )  # fmt: skip
    attempt_id = notifications.plan_mail(work, None, mail, to.address, to.name, to.language, work.now)
    insert_row(work.session, SurveyMailRow(attempt_id=attempt_id, invitation_id=to.id))


def _part(contract: Contract) -> str:
    """The groups of the report. One way of grouping alone: two would let a small group be found where they cross."""
    return "24x7" if "24x7" in contract.coverage.values() else "business"

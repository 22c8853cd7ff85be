"""Take a suggestion, and answer it. The author is told both by mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import select

from alerting.intake.secrets import redacted
from alerting.notifications import service as notifications
from alerting.notifications.mails import CustomerMail, SuggestionAnsweredMail, SuggestionReceivedMail
from alerting.suggestions import states
from alerting.suggestions.models import SuggestionRow
from alerting.suggestions.states import SuggestionState
from alerting.work import Work
from core.audit.chain import LogActor
from core.counters import next_reference
from core.db import insert_row
from core.ids import parse_reference, ulid

PREFIX = "SUG"
SAME_WITHIN = timedelta(hours=1)


class UnknownSuggestion(LookupError):
    """None of that reference."""


class AnsweredMeanwhile(ValueError):
    """Somebody else has answered since the page was looked at."""


@dataclass(frozen=True)
class Suggestion:
    """`author` is the address that they sign in with."""

    customer_id: str
    author: str
    text: str
    channel: Literal["portal", "api"]
    actor: LogActor


def suggest(work: Work, said: Suggestion) -> SuggestionRow:
    """The new row; the one that is there when the same person has said the same within the hour: the button pressed
    twice, or an answer that was lost on its way."""
    text, author = redacted(said.text), said.author.lower()
    same = _same(work, author, text)
    if same is not None:
        return same
    reference = next_reference(work.session, PREFIX)
    same = _same(work, author, text)  # whoever took a number at this moment has committed by now
    if same is not None:
        return same
    customer = work.config.customer(said.customer_id)
    contacts = customer.contacts if customer else ()
    contact = next((one for one in contacts if one.email and one.email.lower() == author), None)
    row = SuggestionRow(
        id=ulid(), reference=reference, customer_id=said.customer_id,
        customer_name=customer.name if customer else said.customer_id, author=author,
        author_name=contact.name if contact else author, language=notifications.language_of(work, customer, contact),
        channel=said.channel, text=text, state=states.OPEN.value, made_at=work.now, answer=None, answered_at=None,
        answered_by=None, version=1,
    )  # fmt: skip
    insert_row(work.session, row)
    data = {"channel": said.channel, "customer": said.customer_id}
    personal = {"author": author, "text": text}
    work.record(row.reference, "suggestion.opened", data, actor=said.actor, personal=personal, about=said.customer_id)
    _tell(work, row, SuggestionReceivedMail(**_common(row), text=text))
    return row


def answer(
    work: Work, reference: str, by: LogActor, person: str, wanted: SuggestionState, text: str, seen: int | None = None
) -> SuggestionRow:
    """What a manager says about it. `seen` is the version that they had before them. NotPossible when the state does
    not follow, AnsweredMeanwhile, UnknownSuggestion."""
    row = work.session.execute(
        select(SuggestionRow).where(SuggestionRow.reference == canonical(reference)).with_for_update()
    ).scalar_one_or_none()
    if row is None:
        raise UnknownSuggestion(reference)
    said = redacted(text)
    if (row.state, row.answer) == (wanted.value, said):
        return row  # the button pressed twice
    if seen is not None and seen != row.version:
        raise AnsweredMeanwhile(row.reference)
    state = states.after(SuggestionState(row.state), wanted)
    before, row.state, row.answer = row.state, state.value, said
    row.answered_at, row.answered_by = work.now, person
    row.version += 1
    data = {"from": before, "to": state.value, "person": person}
    work.record(row.reference, "suggestion.answered", data, actor=by, personal={"text": said}, about=row.customer_id)
    _tell(work, row, SuggestionAnsweredMail(**_common(row), state=state.value, answer=said))
    return row


def _same(work: Work, author: str, text: str) -> SuggestionRow | None:
    since = work.now - SAME_WITHIN
    said = (SuggestionRow.author == author, SuggestionRow.text == text, SuggestionRow.made_at > since)
    return work.session.scalars(select(SuggestionRow).where(*said)).first()


def canonical(reference: str) -> str:
    """In any spelling; what is no reference stays as it is, and is found nowhere."""
    return parse_reference(reference, PREFIX) or reference


def _common(row: SuggestionRow) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "customer": row.customer_name,
        "ticket_url": f"/portal/suggestions#{row.reference}",
    }


def _tell(work: Work, row: SuggestionRow, mail: CustomerMail) -> None:
    notifications.plan_mail(work, None, mail, row.author, row.author_name, row.language, work.now)

"""Notices at the start and at the end of a shift, by mail and for whoever wants it by text message too."""

from __future__ import annotations

from datetime import timedelta

from alerting.duty import notes, queries
from alerting.duty.models import DutyRow
from alerting.duty.schedule_use import watches_in
from alerting.duty.watches import Watch, relieved, relieving, whole
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.messages import Sms
from alerting.notifications.wording import Language
from alerting.tickets.models import TicketRow
from alerting.work import Work
from core.ids import short
from oncall.methods.own import NOTHING
from oncall.pieces import Span
from oncall.schema import Person, Schedule

HANDOFF = "handoff"
LATE = timedelta(hours=2)  # a notice later than this is no news
BEFORE = timedelta(hours=1)
LONGEST = timedelta(days=31)  # of a watch, to say when it ends
PAGE = "/desk/handover"
MOST_LISTED = 20


def tell_start(work: Work, row: DutyRow) -> None:
    """To whoever comes on call, if they still do."""
    found = _found(work, row, Span(row.at - BEFORE, row.at + LONGEST))
    row.due_at = None
    if found is None:
        row.state = "dropped"
        return
    person, schedule, watches, window = found
    watch = next((one for one in whole(watches, window) if _is(one, row.person_id) and one.starts_at == row.at), None)
    if watch is None:
        row.state = "dropped"
        return
    tickets = queries.tickets_of(work, schedule.id, *relieved(watch, watches))
    text = messages.OnCallStartsSms(
        schedule=schedule.name or schedule.id,
        starts_at=watch.starts_at,
        ends_at=watch.ends_at,
        relieves=_names(work, relieved(watch, watches)),
        open_pages=len(tickets),
        desk_url=PAGE,
        lines=(*_listed(work, person, tickets), *_note(work, person, schedule)),
    )
    _tell(work, row, person, text)


def tell_end(work: Work, row: DutyRow) -> None:
    """To whoever goes off call."""
    found = _found(work, row, Span(row.at - BEFORE, row.at + BEFORE))
    row.due_at = None
    if found is None:
        row.state = "dropped"
        return
    person, schedule, watches, _ = found
    if not any(_is(one, row.person_id) and one.ends_at == row.at for one in watches):
        row.state = "dropped"
        return
    mine = queries.tickets_owned(work.session, row.person_id)
    text = messages.OnCallEndsSms(
        schedule=schedule.name or schedule.id,
        ends_at=row.at,
        relieved_by=_names(work, relieving(row.at, row.person_id, watches)),
        open_tickets=len(mine),
        desk_url=PAGE,
        lines=_listed(work, person, mine),
    )
    _tell(work, row, person, text)


def _found(work: Work, row: DutyRow, window: Span) -> tuple[Person, Schedule, list[Watch], Span] | None:
    person = work.config.oncall.people.get(row.person_id)
    schedule = work.config.oncall.schedules.get(row.schedule_id)
    if person is None or schedule is None or work.now > row.at + LATE:
        return None
    return person, schedule, watches_in(schedule.id, work.config.oncall, window), window


def _tell(work: Work, row: DutyRow, person: Person, text: Sms) -> None:
    told = notifications.inform(work, person, text, by=("email",), purpose=HANDOFF)
    if work.config.own.get(person.id, NOTHING).handoff_sms:
        told = notifications.inform(work, person, text, by=("sms",), purpose=HANDOFF) or told
    row.state, row.told_at = ("sent", work.now) if told else ("no_way", None)


def _is(watch: Watch, person_id: str) -> bool:
    return watch.person == person_id


def _names(work: Work, people: list[str]) -> str | None:
    return ", ".join(work.config.person_name(person) for person in people) or None


def _listed(work: Work, person: Person, tickets: list[TicketRow]) -> tuple[str, ...]:
    language = _language(work, person)
    nobody = {"es": "sin responsable", "en": "no owner"}[language]
    return tuple(
        f"{short(one.reference)} {one.priority} {one.customer_name}: {one.title} "
        f"({work.config.person_name(one.owner) or nobody})"
        for one in tickets[:MOST_LISTED]
    )


def _note(work: Work, person: Person, schedule: Schedule) -> tuple[str, ...]:
    note = notes.latest(work.session, schedule.id, work.now)
    if note is None or note.person_id == person.id:
        return ()
    head = {"es": "Nota de relevo de", "en": "Hand-over note of"}[_language(work, person)]
    return (f"{head} {work.config.person_name(note.person_id)}: {note.text}",)


def _language(work: Work, person: Person) -> Language:
    return "en" if (person.language or work.config.provider.language) == "en" else "es"

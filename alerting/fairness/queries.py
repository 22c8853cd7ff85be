"""Who was on call when, and whom pages woke: what past months show is what was recorded then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.duty.schedule_use import used_schedules
from alerting.notifications.attempts import HANDED_OVER, AttemptState
from alerting.notifications.models import AttemptRow
from alerting.tickets.models import TicketRow
from oncall import fairness, history
from oncall.fairness import Load, is_night, widened
from oncall.pieces import Shift, Span
from oncall.schema import Calendar, Schedule

RANG = [state.value for state in (*HANDED_OVER, AttemptState.CANCELLED)]  # a call that was hung up had begun to ring


def counted_schedules(config: Configuration) -> list[Schedule]:
    """Those that some policy pages, and archived ones for their past. On call where nobody is ever paged is no load."""
    used = used_schedules(config.policies.values(), config.oncall)
    return [*(config.oncall.schedules[id_] for id_ in used), *config.archived_schedules.values()]


def shifts(session: Session, config: Configuration, window: Span) -> dict[str, tuple[Shift, ...]]:
    """By schedule, as they were, are and will be; clipped to the window."""
    return {
        schedule.id: history.shifts(session, config.oncall, schedule, window) for schedule in counted_schedules(config)
    }


def monthly(
    session: Session, config: Configuration, months: Sequence[Span], calendar: Calendar | None
) -> list[dict[str, Load]]:
    """Of each month, by person, of everybody who had a shift or was paged at night. Months in the order of time."""
    whole = Span(months[0].from_at, months[-1].to_at)
    known = [one for own in shifts(session, config, widened(whole)).values() for one in own]
    pages = night_pages(session, config, whole)
    return [_loads(config, known, month, calendar, pages) for month in months]


def loads_of(
    known: Iterable[Shift], session: Session, config: Configuration, window: Span, calendar: Calendar | None
) -> dict[str, Load]:
    """By person, of shifts that the caller has already, for the widened window."""
    return _loads(config, known, window, calendar, night_pages(session, config, window))


def _loads(
    config: Configuration,
    known: Iterable[Shift],
    window: Span,
    calendar: Calendar | None,
    pages: Mapping[str, Sequence[datetime]],
) -> dict[str, Load]:
    counted = {person: sum(window.from_at <= at < window.to_at for at in times) for person, times in pages.items()}
    return fairness.loads(known, window, zones(config), config.oncall.timezone, calendar, counted)


def night_pages(session: Session, config: Configuration, window: Span) -> dict[str, list[datetime]]:
    """By person, when each page rang them first, by night on their own clock; in order. A page by message and call is
    one. Drills wake people too, but by appointment: they are apart."""
    rows = session.execute(
        select(
            AttemptRow.person_id,
            AttemptRow.ticket_id,
            AttemptRow.episode,
            AttemptRow.cycle,
            AttemptRow.round,
            AttemptRow.step,
            AttemptRow.handed_over_at,
        )
        .join(TicketRow, TicketRow.id == AttemptRow.ticket_id)
        .where(
            AttemptRow.state.in_(RANG),
            AttemptRow.sent_at >= window.from_at,
            AttemptRow.sent_at < window.to_at,
            AttemptRow.purpose == "page",
            AttemptRow.handed_over_at.is_not(None),
            AttemptRow.channel.in_(("sms", "voice")),
            TicketRow.mode == "real",
        )
    )
    known, timezone = zones(config), config.oncall.timezone
    first: dict[tuple[Any, ...], datetime] = {}
    for person, *page, at in rows:
        if at is not None and person is not None and is_night(at, known.get(person, timezone)):
            key = (person, *page)
            first[key] = min(at, first.get(key, at))
    found: dict[str, list[datetime]] = {}
    for (person, *_), at in sorted(first.items(), key=lambda item: item[1]):
        found.setdefault(person, []).append(at)
    return found


def zones(config: Configuration) -> Mapping[str, str]:
    people = (*config.archived_people.values(), *config.oncall.people.values())
    return {person.id: person.timezone for person in people if person.timezone}


def calendar_of(config: Configuration, calendar_id: str | None = None) -> Calendar | None:
    """The one of that id, else the first of the configuration; None when there is none at all."""
    calendars = config.oncall.calendars
    return calendars.get(calendar_id or "") or next(iter(calendars.values()), None)

"""Confirm a list of holidays, and remind managers of those that are not confirmed."""

from __future__ import annotations

import logging
from enum import Enum, auto

from sqlalchemy import delete

from alerting.holidays.lists import HolidayList, Key, Standing, to_remind
from alerting.holidays.models import HolidayConfirmationRow, HolidayReminderRow
from alerting.holidays.queries import holiday_lists, reminders
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.out_of_use import managers
from alerting.work import Work
from core.db import insert_row
from core.ids import ulid

log = logging.getLogger(__name__)

PAGE = "/console/holidays"
BY_MAIL_ELSE_SMS = ("email", "sms")


class Confirmed(Enum):
    DONE = auto()
    ALREADY = auto()  # a second click, or a colleague's
    CHANGED = auto()  # the list is another one than the manager saw


def confirm(work: Work, key: Key, seen: str, by: str) -> Confirmed:
    """`seen` is the digest of the list that the manager looked at: nothing else is confirmed. LookupError for a
    calendar or year that has no list to confirm."""
    found = next((one for one in holiday_lists(work.session, work.config, work.now) if one.key == key), None)
    if found is None:
        raise LookupError(key)
    if found.digest != seen:
        return Confirmed.CHANGED
    if found.standing is Standing.CONFIRMED:
        return Confirmed.ALREADY
    insert_row(
        work.session,
        HolidayConfirmationRow(
            id=ulid(),
            calendar_id=key.calendar,
            year=key.year,
            days=[day.isoformat() for day in found.days],
            confirmed_at=work.now,
            confirmed_by=by,
        ),
    )
    log.info("holidays of %s in %s confirmed by %s", key.calendar, key.year, by)
    return Confirmed.DONE


def remind(work: Work) -> int:
    """One mail to each manager for all lists that are due; how many lists that were."""
    told = reminders(work.session)
    due = to_remind(holiday_lists(work.session, work.config, work.now), told, work.now)
    if not due:
        return 0
    first = due[0]
    text = messages.HolidaysSms(
        calendar=first.key.calendar,
        year=first.key.year,
        more=len(due) - 1 or None,
        desk_url=PAGE,
        lines=tuple(_line(one) for one in due),
    )
    reached = [notifications.inform(work, person, text, by=BY_MAIL_ELSE_SMS) for person in managers(work)]
    if not any(reached):
        log.error("no manager could be told that holidays are not confirmed: %s", ", ".join(map(_line, due)))
    for one in due:
        work.session.execute(
            delete(HolidayReminderRow).where(
                HolidayReminderRow.calendar_id == one.key.calendar, HolidayReminderRow.year == one.key.year
            )
        )
        insert_row(
            work.session,
            HolidayReminderRow(calendar_id=one.key.calendar, year=one.key.year, digest=one.digest, told_at=work.now),
        )
    return len(due)


def _line(one: HolidayList) -> str:
    """The same in every language: calendar, year, and what is new since the confirmation."""
    changes = [f"+{day.isoformat()}" for day in one.added] + [f"-{day.isoformat()}" for day in one.removed]
    return " ".join([f"{one.key.calendar} {one.key.year}", *changes])

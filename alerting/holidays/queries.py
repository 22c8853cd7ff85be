"""The lists of closed days as they stand."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.holidays.lists import Confirmation, HolidayList, Key, lists
from alerting.holidays.models import HolidayConfirmationRow, HolidayReminderRow


def holiday_lists(session: Session, config: Configuration, now: datetime, language: str = "es") -> list[HolidayList]:
    """Of every calendar, this year's and next year's."""
    reminded = reminders(session)
    return lists(config.oncall.calendars.values(), _confirmed(session), reminded, now, language)


def reminders(session: Session) -> dict[Key, tuple[str, datetime]]:
    rows = session.scalars(select(HolidayReminderRow))
    return {Key(row.calendar_id, row.year): (row.digest, row.told_at) for row in rows}


def _confirmed(session: Session) -> dict[Key, Confirmation]:
    """The latest of each list: ids are in the order of time."""
    rows = session.scalars(select(HolidayConfirmationRow).order_by(HolidayConfirmationRow.id))
    return {
        Key(row.calendar_id, row.year): Confirmation(
            tuple(date.fromisoformat(day) for day in row.days), row.confirmed_at, row.confirmed_by
        )
        for row in rows
    }

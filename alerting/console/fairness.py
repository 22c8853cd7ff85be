"""The load page of managers: what being on call has weighed on each person, month by month, and the same as CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from alerting.fairness import queries
from alerting.fairness.sheet import csv_of
from alerting.runtime import Runtime
from alerting.web import language
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, visitor
from core.accounts.permissions import Permission
from oncall.fairness import Load, month, total
from oncall.schema import Calendar
from oncall.walltime import to_local

MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
MONTHS_SHOWN = 6
MOST_MONTHS = 24
HOUR = timedelta(hours=1)
HEADING = (
    marked("Month"),
    marked("Person"),
    marked("Shifts"),
    marked("Hours"),
    marked("Nights"),
    marked("Weekends"),
    marked("Public holidays"),
    marked("Pages at night"),
    marked("Burden"),
)


@dataclass(frozen=True)
class Months:
    """`firsts` are the first days of the months in the order of time, each with its load by person."""

    firsts: Sequence[date]
    loads: Sequence[Mapping[str, Load]]


def register(console: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    @console.get("/fairness", endpoint="fairness")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def fairness_page() -> str:
        shown, calendar = _month(), _calendar()
        with database.reading() as session:
            found = _months(session, shown, MONTHS_SHOWN, calendar)
        loads = sorted(found.loads[-1].values(), key=lambda one: (-one.burden, _name(one.person)))
        together = {
            person: total(of[person] for of in found.loads if person in of) for of in found.loads for person in of
        }
        return render_template(
            "console/fairness.html",
            month=shown,
            before=_before(shown, 1),
            after=_after(shown),
            is_open=month(shown, _timezone()).to_at > visitor().now,
            loads=loads,
            total=total(loads),
            months=found,
            people=sorted(together, key=lambda person: (-together[person].burden, _name(person))),
            together=together,
            calendar=calendar,
            calendars=list(visitor().config.oncall.calendars),
            name=_name,
            hours=_hours,
        )

    @console.get("/fairness.csv")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def fairness_csv() -> Response:
        shown, count = _month(), _count()
        with database.reading() as session:
            found = _months(session, shown, count, _calendar())
        rows = [
            _row(first, load)
            for first, loads in zip(found.firsts, found.loads, strict=True)
            for load in sorted(loads.values(), key=lambda one: _name(one.person))
        ]
        text = csv_of([gettext(name) for name in HEADING], rows, language.current())
        file = f"guardia-{_before(shown, count - 1):%Y-%m}-{shown:%Y-%m}.csv"
        disposition = {"Content-Disposition": f'attachment; filename="{file}"'}
        return Response(text, mimetype="text/csv", headers=disposition)


def _months(session: Session, shown: date, count: int, calendar: Calendar | None) -> Months:
    firsts = [_before(shown, back) for back in range(count - 1, -1, -1)]
    spans = [month(first, _timezone()) for first in firsts]
    return Months(firsts, queries.monthly(session, visitor().config, spans, calendar))


def _row(first: date, load: Load) -> list[str | int | float]:
    counts = (load.nights, load.weekends, load.holidays, load.pages_at_night)
    return [f"{first:%Y-%m}", _name(load.person), load.shifts, _hours(load), *counts, load.burden]


def _hours(load: Load) -> float:
    return load.hours / HOUR


def _month() -> date:
    """The first day of the month of the address; of this month when it names none."""
    named = MONTH.fullmatch(request.args.get("month", ""))
    if named:
        return date(int(named[1]), int(named[2]), 1)
    return to_local(visitor().now, _timezone()).date().replace(day=1)


def _count() -> int:
    named = request.args.get("months", "1")
    return min(max(int(named), 1), MOST_MONTHS) if named.isascii() and named.isdigit() and len(named) < 4 else 1


def _calendar() -> Calendar | None:
    return queries.calendar_of(visitor().config, request.args.get("calendar"))


def _before(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _after(first: date) -> date | None:
    """None past the last year that an address can name."""
    following = _before(first, -1)
    return following if following.year < 2100 else None


def _name(person: str) -> str:
    return visitor().config.person_name(person)


def _timezone() -> str:
    return visitor().config.oncall.timezone

"""Open shifts of a schedule shared out fairly: a proposal to look at, and the button that gives them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.console.coverage import TOLD, instant_of, stamp, told_values
from alerting.coverage import queries, service
from alerting.coverage.queries import MOST_PARTS, Proposal
from alerting.coverage.service import NotAllGiven, Wanted
from alerting.runtime import Runtime
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission
from oncall.pieces import Span
from oncall.schema import Schedule
from oncall.suggestion import LOOK
from oncall.walltime import to_local, to_utc

LONGEST = timedelta(days=92)
DAYS = (1, 2, 3, 7)  # how long a shift may be
AHEAD = timedelta(days=30)
NO_DATE = marked("Write both days as dates, like 2026-11-30.")
BACKWARD = marked("The last day lies before the first one.")
TOO_LONG = marked("That is longer than 92 days: ask for a shorter time.")
FARTHEST = timedelta(days=365)
TOO_FAR = marked("That is more than a year ahead: nobody plans so far.")
OVER = marked("These days are over.")


@dataclass(frozen=True)
class Asked:
    """What the form says; `span` None while it says nothing that can be worked with, and `problem` why."""

    schedule: Schedule
    first: str
    last: str
    days: int
    span: Span | None
    problem: str | None = None


def register(console: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    @console.get("/assignment")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def assignment() -> str:
        """Nothing is changed before the button of this page is pressed."""
        config, now = visitor().config, visitor().now
        if not config.oncall.schedules:
            return render_template("console/assignment.html", asked=None)
        asked = _asked()
        found = None
        if asked.span is not None and request.args:
            with database.reading() as session:
                found = queries.proposal(session, config, now, asked.schedule, asked.span, asked.days)
        return render_template(
            "console/assignment.html",
            asked=asked,
            schedules=sorted(config.oncall.schedules.values(), key=lambda one: one.name or one.id),
            choices=DAYS,
            found=found,
            nobody=found is not None and any(one.person is None for one in found.parts),
            people=_people(found),
            stamp=stamp,
            name=config.person_name,
            far=LOOK,
        )

    @console.post("/assignment")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def assign_shifts() -> Any:
        schedule = visitor().config.oncall.schedules.get(request.form.get("schedule", ""))
        if schedule is None:
            abort(400)
        wanted = [_wanted(schedule, written) for written in request.form.getlist("shift")[:MOST_PARTS]]
        try:
            with runtime.work() as work:
                new = service.give_all(work, runtime.settings, wanted, signed_in().as_logged)
        except NotAllGiven as refused:
            flash(
                gettext(TOLD[refused.why], **told_values(schedule, refused.wanted.span, refused.wanted.person)),
                "problem",
            )
            return redirect(url_for("console.assignment", schedule=schedule.id), 303)
        if new:
            flash(gettext("All these shifts are given, and everybody is being told."), "done")
        else:
            flash(gettext("All these shifts were given already: nothing was changed."), "done")
        return redirect(url_for("console.coverage"), 303)


def _people(found: Proposal | None) -> list[str]:
    return sorted(found.before, key=lambda person: (-found.after[person], person)) if found else []


def _asked() -> Asked:
    """Without anything written: the first schedule, and the thirty days from today."""
    config, now = visitor().config, visitor().now
    schedules = config.oncall.schedules
    schedule = schedules.get(request.args.get("schedule", "")) or schedules[min(schedules)]
    today = to_local(now, schedule.timezone).date()
    first = request.args.get("first") or today.isoformat()
    last = request.args.get("last") or (today + AHEAD).isoformat()
    days = next((one for one in DAYS if str(one) == request.args.get("days")), DAYS[0])
    begin, end = _date(first), _date(last)
    if begin is None or end is None:
        return Asked(schedule, first, last, days, None, NO_DATE)
    if end < begin:
        return Asked(schedule, first, last, days, None, BACKWARD)
    if end - begin >= LONGEST:
        return Asked(schedule, first, last, days, None, TOO_LONG)
    if end > today + FARTHEST:
        return Asked(schedule, first, last, days, None, TOO_FAR)
    if end < today:
        return Asked(schedule, first, last, days, None, OVER)
    span = Span(_midnight(begin, schedule), _midnight(end + timedelta(days=1), schedule))
    return Asked(schedule, first, last, days, span)


def _date(written: str) -> date | None:
    try:
        read = date.fromisoformat(written)
    except ValueError:
        return None
    return read if 2000 <= read.year < 2100 else None


def _midnight(day: date, schedule: Schedule) -> datetime:
    return to_utc(datetime.combine(day, time()), schedule.timezone, "start")


def _wanted(schedule: Schedule, written: str) -> Wanted:
    """`start/end/person`, as the page wrote it; 400 for anything else."""
    parts = written.split("/")
    if len(parts) != 3 or parts[2] not in visitor().config.oncall.people:
        abort(400)
    return Wanted(schedule.id, Span(instant_of(parts[0]), instant_of(parts[1])), parts[2])

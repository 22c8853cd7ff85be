"""The coverage page of managers: what is wrong with the shifts ahead, and a gap given to somebody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.coverage import queries, service
from alerting.coverage.queries import LONGEST_SHIFT
from alerting.coverage.service import Given, Wanted
from alerting.holidays import queries as holidays
from alerting.runtime import Runtime
from alerting.web import language
from alerting.web.formats import weekday_clock
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission
from oncall.pieces import Span
from oncall.schema import Schedule
from oncall.suggestion import LOOK

STAMP = "%Y%m%dT%H%M%SZ"
STAMPED = re.compile(r"20[0-9]{6}T[0-9]{6}Z")
FARTHEST = timedelta(days=365)
TOLD = {
    Given.DONE: marked("%(who)s is on call in %(schedule)s from %(start)s to %(end)s, and is being told."),
    Given.ALREADY: marked("%(who)s has that shift of %(schedule)s already: nothing was changed."),
    Given.NOT_FREE: marked(
        "%(who)s is not free from %(start)s to %(end)s any more: nothing was changed. Choose somebody else."
    ),
    Given.KEPT_EMPTY: marked(
        "A temporary schedule keeps that time of %(schedule)s empty, and is stronger: nothing was changed. "
        "End or change it first."
    ),
    Given.OVER: marked("That time has passed: nothing was changed."),
    Given.COVERED: marked("The rota of %(schedule)s has changed meanwhile: nothing was changed. Look at it again."),
}


def register(console: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    @console.get("/coverage", endpoint="coverage")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def coverage_page() -> str:
        with database.reading() as session:
            found = queries.coverage_ahead(session, visitor().config, visitor().now)
            asked = [one for one in holidays.holiday_lists(session, visitor().config, visitor().now) if one.asked]
        return render_template(
            "console/coverage.html",
            found=found,
            holidays_asked=asked,
            name=visitor().config.person_name,
            schedule_name=_schedule_name,
            policy_name=_policy_name,
            stamp=stamp,
            far=LOOK,
            week=queries.LONGEST,
        )

    @console.get("/coverage/<schedule>/<start>/<end>")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def choose_for_gap(schedule: str, start: str, end: str) -> str:
        """Nothing is changed before the button of this page is pressed."""
        of, span = _schedule(schedule), _span(start, end)
        with database.reading() as session:
            return render_template(
                "console/coverage_give.html",
                schedule=of,
                span=span,
                stamp=stamp,
                is_over=span.to_at <= visitor().now,
                is_empty=queries.is_empty(session, visitor().config, of, span),
                free=queries.candidates(session, visitor().config, visitor().now, of, span),
                chosen=request.args.get("person"),
                name=visitor().config.person_name,
                schedule_name=_schedule_name,
                far=LOOK,
            )

    @console.post("/coverage/<schedule>/<start>/<end>")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def give_gap(schedule: str, start: str, end: str) -> Any:
        of, span, person = _schedule(schedule), _span(start, end), request.form.get("person", "")
        if not person:
            flash(gettext("Choose who takes the shift."), "problem")
            return redirect(url_for("console.choose_for_gap", schedule=schedule, start=start, end=end), 303)
        if person not in visitor().config.oncall.people:
            abort(400)
        with runtime.work() as work:
            outcome = service.give(work, runtime.settings, Wanted(of.id, span, person), signed_in().as_logged)
        flash(
            gettext(TOLD[outcome], **told_values(of, span, person)),
            "done" if outcome in (Given.DONE, Given.ALREADY) else "problem",
        )
        return redirect(url_for("console.coverage"), 303)


def told_values(schedule: Schedule, span: Span, person: str) -> dict[str, str]:
    """What the sentences of `TOLD` name."""
    zone = visitor().config.provider.zone
    return {
        "who": visitor().config.person_name(person),
        "schedule": schedule.name or schedule.id,
        "start": weekday_clock(span.from_at, zone, language.current()),
        "end": weekday_clock(span.to_at, zone, language.current()),
    }


def _schedule(schedule_id: str) -> Schedule:
    schedule = visitor().config.oncall.schedules.get(schedule_id)
    if schedule is None:
        abort(404)
    return schedule


def _span(start: str, end: str) -> Span:
    """The instants of our own addresses; 404 for anything else, and for more than anybody takes at once."""
    span = Span(instant_of(start), instant_of(end))
    if not timedelta(0) < span.to_at - span.from_at <= LONGEST_SHIFT or span.to_at > visitor().now + FARTHEST:
        abort(404)
    return span


def instant_of(written: str) -> datetime:
    """404 for anything that `stamp` does not write."""
    if not STAMPED.fullmatch(written):
        abort(404)
    try:
        return datetime.strptime(written, STAMP).replace(tzinfo=UTC)
    except ValueError:
        abort(404)


def stamp(at: datetime) -> str:
    """As it stands in our own addresses and forms."""
    return at.astimezone(UTC).strftime(STAMP)


def _schedule_name(schedule_id: str) -> str:
    schedule = visitor().config.schedule(schedule_id)
    return (schedule.name if schedule else None) or schedule_id


def _policy_name(policy_id: str) -> str:
    policy = visitor().config.policies.get(policy_id)
    return (policy.name if policy else None) or policy_id

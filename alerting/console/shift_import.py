"""Shifts of a schedule from a calendar file, as overrides that put people on call besides whoever is: upload, say who
is meant, look, save. The next file for the schedule replaces what the one before brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlalchemy.orm import Session

from alerting.rota import imports
from alerting.runtime import Runtime
from alerting.web import calendar_files
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission
from core.documents import store
from oncall.imported import Item, difference, fingerprint, packed, person_of
from oncall.schema import Schedule, StandingOverride

PAGE = "console.import_shifts"


def register(console: Blueprint, runtime: Runtime) -> None:
    @console.get("/imports", endpoint="import_shifts")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def page() -> str:
        return _form()

    @console.post("/imports", endpoint="read_shifts")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def upload() -> Any:
        schedule = _schedule()
        found = calendar_files.uploaded(f"shift {schedule.id}", schedule.timezone)
        if isinstance(found, str):
            return _form(found)
        people = visitor().config.oncall.people
        who = {title: person_of(title, people) for title in _titles(found)}
        with runtime.database.reading() as session:
            return _preview(session, schedule, found, who)

    @console.post("/imports/confirmation", endpoint="save_shifts")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def save() -> Any:
        schedule, found = _schedule(), calendar_files.still_to_come(calendar_files.sent_back())
        who = _chosen(found)
        with runtime.database.transaction() as session:
            store.hold(session)
            there = _there(session, schedule)
            change, remove = difference(_wanted(schedule, found, who), there), "remove" in request.form
            is_done = not (change.added or change.changed or (remove and change.gone))
            if not is_done and _seen(there, who) != request.form.get("seen"):
                changed = fingerprint(there) != request.form.get("seen", "").partition(" ")[0]
                return _preview(session, schedule, found, who, gettext(calendar_files.CHANGED) if changed else None)
            count = imports.carry_out(session, change, remove, runtime.settings, runtime.now(session))
        if count:
            flash(gettext("Saved. It counts from now on, for pages, calendars and escalations alike."), "done")
        else:
            flash(gettext("Everything is there already: nothing had to change."), "done")
        return redirect(url_for("console.rota", schedule=schedule.id), 303)


def _form(problem: str | None = None) -> str:
    schedules = sorted(visitor().config.oncall.schedules.values(), key=lambda one: one.name or one.id)
    chosen = request.values.get("schedule")
    return render_template(
        "console/shift_import.html", problem=problem, schedules=schedules, chosen=chosen, change=None
    )


def _preview(
    session: Session,
    schedule: Schedule,
    found: Sequence[Item],
    who: Mapping[str, str | None],
    problem: str | None = None,
) -> str:
    config, there = visitor().config, _there(session, schedule)
    change = difference(_wanted(schedule, found, who), there)
    return render_template(
        "console/shift_import.html",
        problem=problem,
        schedule=schedule,
        change=change,
        found=found,
        who=who,
        titles=_titles(found),
        news=calendar_files.news(change),
        people=sorted(config.oncall.people, key=config.person_name),
        name=config.person_name,
        events=packed(found),
        seen=_seen(there, who),
    )


def _seen(there: Sequence[StandingOverride], who: Mapping[str, str | None]) -> str:
    """What was shown: what stands there, and who was meant by each title."""
    return " ".join([fingerprint(there), *(person or "-" for person in who.values())])


def _titles(found: Sequence[Item]) -> list[str]:
    """Each once, in the order of the file."""
    return list(dict.fromkeys(one.title for one in found))


def _chosen(found: Sequence[Item]) -> dict[str, str | None]:
    """Who is meant by each title; None: nobody, its events are left out."""
    people = visitor().config.oncall.people
    who = {title: request.form.get(f"who-{place}") or None for place, title in enumerate(_titles(found))}
    if any(person is not None and person not in people for person in who.values()):
        abort(400)
    return who


def _there(session: Session, schedule: Schedule) -> list[StandingOverride]:
    def is_theirs(one: StandingOverride) -> bool:
        return one.schedule == schedule.id

    return imports.there(session, StandingOverride, is_theirs, schedule.timezone, visitor().now)


def _wanted(schedule: Schedule, found: Sequence[Item], who: Mapping[str, str | None]) -> list[StandingOverride]:
    by = signed_in().person_id or signed_in().email
    try:
        return [
            StandingOverride.model_validate(
                {
                    "id": one.id,
                    "schedule": schedule.id,
                    "kind": "add",
                    "add": person,
                    "from": one.from_at,
                    "to": one.to_at,
                    "note": one.title or None,
                    "by": by,
                }
            )
            for one in found
            if (person := who.get(one.title)) is not None
        ]
    except ValidationError:
        abort(400)


def _schedule() -> Schedule:
    schedule = visitor().config.oncall.schedules.get(request.form.get("schedule", ""))
    if schedule is None:
        abort(404)
    return schedule

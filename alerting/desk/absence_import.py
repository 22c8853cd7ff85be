"""One's own absences from a calendar file: upload, look, save. The next file replaces what the one before brought."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from oncall.imported import Item, difference, fingerprint, packed
from oncall.schema import Absence, Person

PAGE = "desk.import_absences"
KINDS, FILLS = ("vacation", "sick", "other"), ("next", "nobody")


def register(desk: Blueprint, runtime: Runtime) -> None:
    @desk.get("/absences/import", endpoint="import_absences")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def page() -> str:
        _me()
        return _form()

    @desk.post("/absences/import", endpoint="read_absences")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def upload() -> Any:
        person = _me()
        found = calendar_files.uploaded(f"absence {person.id}", _zone(person))
        if isinstance(found, str):
            return _form(found)
        with runtime.database.reading() as session:
            return _preview(session, person, found, {one.id for one in found})

    @desk.post("/absences/import/confirmation", endpoint="save_absences")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def save() -> Any:
        person, found = _me(), calendar_files.still_to_come(calendar_files.sent_back())
        taken = set(request.form.getlist("take"))
        with runtime.database.transaction() as session:
            store.hold(session)
            now = runtime.now(session)
            there = _there(session, person)
            change, remove = difference(_wanted(person, found, taken), there), "remove" in request.form
            is_done = not (change.added or change.changed or (remove and change.gone))
            if not is_done and fingerprint(there) != request.form.get("seen"):
                return _preview(session, person, found, taken, gettext(calendar_files.CHANGED))
            count = imports.carry_out(session, change, remove, runtime.settings, now)
        if count:
            flash(gettext("Saved. It counts from now on, for pages, calendars and escalations alike."), "done")
        else:
            flash(gettext("Everything is there already: nothing had to change."), "done")
        return redirect(url_for("console.absences"), 303)


def _form(problem: str | None = None) -> str:
    return render_template("desk/absence_import.html", problem=problem, asked=_asked(), change=None)


def _preview(
    session: Session, person: Person, found: Sequence[Item], taken: set[str], problem: str | None = None
) -> str:
    there = _there(session, person)
    change = difference(_wanted(person, found, {one.id for one in found}), there)
    return render_template(
        "desk/absence_import.html",
        problem=problem,
        asked=_asked(),
        change=change,
        found=found,
        taken=taken,
        news=calendar_files.news(change),
        events=packed(found),
        seen=fingerprint(there),
    )


def _there(session: Session, person: Person) -> list[Absence]:
    return imports.there(session, Absence, lambda one: one.person == person.id, _zone(person), visitor().now)


def _wanted(person: Person, found: Iterable[Item], taken: set[str]) -> list[Absence]:
    kind, fill, titles = _asked()
    try:
        return [
            Absence.model_validate(
                {
                    "id": one.id,
                    "person": person.id,
                    "kind": kind,
                    "from": one.from_at,
                    "to": one.to_at,
                    "fill": fill,
                    "note": (one.title or None) if titles else None,
                    "by": person.id,
                }
            )
            for one in found
            if one.id in taken
        ]
    except ValidationError:
        abort(400)


def _asked() -> tuple[str, str, bool]:
    """Kind, who takes the turns, and whether the titles are kept: they are nobody else's business unless asked."""
    kind, fill = request.form.get("kind", KINDS[0]), request.form.get("fill", FILLS[0])
    if kind not in KINDS or fill not in FILLS:
        abort(400)
    return kind, fill, "titles" in request.form


def _zone(person: Person) -> str:
    return person.timezone or visitor().config.provider.timezone


def _me() -> Person:
    """The person that the user is; 403 for a user who is nobody to page."""
    person = visitor().config.oncall.people.get(signed_in().person_id or "")
    if person is None:
        abort(403)
    return person

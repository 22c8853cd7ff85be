"""Schedules and their layers: made, changed and put away, each after a look at who would be on call. One that a file
owns is changed there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.console import rota_entries as entries
from alerting.console import rota_forms as forms
from alerting.console import rota_layers as layers
from alerting.console.rota_entries import CONFLICT
from alerting.console.rota_forms import Asked
from alerting.console.rota_marks import shared_names
from alerting.console.rota_rotations import ID
from alerting.console.rota_turns import DAY_NAMES
from alerting.duty.schedule_use import used_schedules
from alerting.escalation.service import running_policies
from alerting.rota import objects, proposal
from alerting.rota.proposal import Effects
from alerting.runtime import Runtime
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, visitor
from alerting.work import Work
from core.accounts.permissions import Permission
from core.documents import store
from core.documents.store import Document
from oncall import rota
from oncall.pieces import Shift, Span, shifts_of
from oncall.schema import WEEKDAYS, Schedule
from oncall.world import OnCallWorld

SECTION: objects.Section = "schedules"
OF_FILE = marked(
    "The schedule %(id)s stands in the configuration file, under schedules, which would bring it back. Change it there "
    "and run guardia apply. Overrides, temporary schedules and absences can be entered here."
)
SHOWN = timedelta(days=42)
FIELDS = ("id", "name", "gaps", *layers.fields())
SPARE_NEW, SPARE = 2, 1


@dataclass(frozen=True)
class Proposed:
    """`body` is what is saved, `before` what is stored now. `told` are the shifts of the shadow layers afterwards."""

    body: dict[str, Any]
    before: dict[str, Any] | None
    effects: Effects
    since: datetime
    told: Sequence[Shift]
    unreachable: Sequence[str]

    @property
    def fingerprint(self) -> str:
        """Also of what shows in no shift that is paged: a name, or who is told."""
        return sha256(f"{self.effects.fingerprint}{self.before!r}".encode()).hexdigest()[:32]


def register(console: Blueprint, runtime: Runtime) -> None:
    @console.get("/new-schedule", endpoint="new_schedule")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def new() -> str:
        return _form(forms.ask({"gaps": "warned"}, FIELDS))

    @console.post("/new-schedule", endpoint="make_schedule")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def make() -> Any:
        return _entered(runtime, None)

    @console.get("/schedules/<schedule>/layers", endpoint="layers")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def change(schedule: str) -> str:
        found = visitor().config.oncall.schedules[entries.known_schedule(schedule)]
        values = {"name": found.name or "", "gaps": "warned" if found.gap_warnings else "meant"}
        asked = forms.ask(values | layers.typed(found.layers), FIELDS)
        layers.in_order(asked)
        with runtime.database.reading() as session:
            refused = _refused(_document(session, schedule))
        if refused is None and not layers.fits(found.layers):
            refused = gettext("It has more layers or spans than this page can show: change it in the file.")
        return _form(asked, found, refused=refused)

    @console.post("/schedules/<schedule>/layers", endpoint="enter_layers")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def enter(schedule: str) -> Any:
        return _entered(runtime, entries.known_schedule(schedule))

    @console.get("/schedules/<schedule>/archive", endpoint="archiving_schedule")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def archiving(schedule: str) -> str:
        with runtime.database.reading() as session:
            return _archiving(session, visitor().config, visitor().now, entries.known_schedule(schedule))

    @console.post("/schedules/<schedule>/archive", endpoint="archive_schedule")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def archive(schedule: str) -> Any:
        with runtime.database.transaction() as session:
            store.hold(session)
            config, now = runtime.configurations.current(session), runtime.now(session)
            if schedule not in config.oncall.schedules:
                return redirect(url_for("console.schedules"), 303)  # the second click on one button
            document = _document(session, schedule)
            if _why_kept(session, config, now, document) is not None:
                return _archiving(session, config, now, schedule)
            if _without(config, schedule, entries.since_shown(now)).fingerprint != request.form.get("seen"):
                return _archiving(session, config, now, schedule, gettext(CONFLICT))
            objects.put_away(session, document, runtime.settings, now)
        flash(gettext("Archived. Its past can still be looked at."), "done")
        return redirect(url_for("console.rota", schedule=schedule), 303)


def _entered(runtime: Runtime, schedule: str | None) -> Any:
    asked = forms.ask(request.form, FIELDS)
    layers.in_order(asked)
    with runtime.database.transaction() as session:
        store.hold(session)  # until the end: what was seen is what is saved
        config, now = runtime.configurations.current(session), runtime.now(session)
        old = None if schedule is None else config.oncall.schedules.get(schedule)
        document = store.find(session, SECTION, asked.values["id"] if schedule is None else schedule)
        if schedule is not None and (old is None or document is None):
            abort(404)  # archived since the page was asked for
        if old is not None and document is not None:
            if (refused := _refused(document)) is not None:
                return _form(asked, old, refused=refused)
            if not layers.fits(old.layers):
                return redirect(url_for("console.layers", schedule=schedule), 303)  # which says why
        proposed = _proposed(asked, config, now, old, document)
        saves = proposed is not None and request.form.get("do") == "save"
        if proposed is not None and old is None and document is not None:
            if document.origin == "console" and not document.archived and document.body == proposed.body:
                return redirect(url_for("console.rota", schedule=document.id), 303)  # the second click on one button
            asked.wrong("id", gettext("This id has been used already; choose another one."))
            return _form(asked)
        if saves and proposed is not None and proposed.fingerprint == request.form.get("seen"):
            if old is None or document is None:
                objects.make(session, SECTION, proposed.body, runtime.settings, now)
            else:
                objects.alter(session, document, proposed.body, runtime.settings, now)
            flash(gettext("Saved. It counts from now on, for pages, calendars and escalations alike."), "done")
            return redirect(url_for("console.rota", schedule=proposed.body["id"]), 303)
    return _form(asked, old, proposed, gettext(CONFLICT) if saves else None)


def _proposed(
    asked: Asked, config: Configuration, now: datetime, old: Schedule | None, document: Document | None
) -> Proposed | None:
    """None when something that was typed cannot be meant; the reasons stand in `asked`."""
    found = layers.read(asked, config)
    if old is None and not ID.fullmatch(asked.values["id"]):
        asked.wrong("id", gettext("Write 1 to 40 small letters, digits and hyphens, like nights-madrid."))
    if asked.values["gaps"] not in ("warned", "meant"):
        asked.wrong("gaps", gettext("Choose one of the list."))
    if asked.problems:
        return None
    body: dict[str, Any] = {"id": asked.values["id"], "timezone": config.provider.timezone}
    if old is not None and document is not None:
        body = {key: value for key, value in document.body.items() if key not in ("name", "gap_warnings")}
    body |= {"layers": found} | ({"name": asked.values["name"][:200]} if asked.values["name"] else {})
    body |= {} if asked.values["gaps"] == "warned" else {"gap_warnings": False}
    read = Schedule.model_validate(body)
    # What stands beside it stays: overrides and temporary schedules lie on the new layers as on the old ones.
    value = read if old is None else old.model_copy(update={"layers": read.layers})
    since, world = entries.since_shown(now), config.oncall
    after, window = proposal.with_schedule(world, value), Span(since, since + SHOWN)
    effects = proposal.effects(world, after, window, [value.id])
    told = shifts_of(rota.shadows(value, after, window), window)
    gaining = {shift.person for one in effects.schedules for shift in set(one.after) - set(one.before)}
    unreachable = sorted(one for one in gaining if not entries.has_phone(config, one))
    return Proposed(body, document.body if document else None, effects, since, told, unreachable)


def _form(
    asked: Asked,
    schedule: Schedule | None = None,
    proposed: Proposed | None = None,
    conflict: str | None = None,
    refused: str | None = None,
) -> str:
    config, now = visitor().config, visitor().now
    since = now if conflict or proposed is None else proposed.since
    return render_template(
        "console/rota_layers.html",
        asked=asked,
        schedule=schedule,
        proposed=proposed,
        seen=proposed.fingerprint if proposed else None,
        since=since.isoformat(),
        conflict=conflict,
        refused=refused,
        lines=layers.shown(asked, SPARE_NEW if schedule is None else SPARE),
        most=layers.RESTRICTIONS,
        rotations=[(id_, id_) for id_ in sorted(config.oncall.rotations)],
        calendars=sorted(config.oncall.calendars),
        days=[(day, gettext(name)) for day, name in zip(WEEKDAYS, DAY_NAMES, strict=True)],
        timezone=schedule.timezone if schedule else config.provider.timezone,
        **shared_names(config),
    )


def _archiving(
    session: Session, config: Configuration, now: datetime, schedule: str, conflict: str | None = None
) -> str:
    since = now if conflict else entries.since_shown(now)
    effects = _without(config, schedule, since)
    return render_template(
        "console/rota_archive.html",
        schedule=schedule,
        why=_why_kept(session, config, now, _document(session, schedule)),
        effects=effects,
        since=since.isoformat(),
        conflict=conflict,
        **shared_names(config),
    )


def _without(config: Configuration, schedule: str, since: datetime) -> Effects:
    world: OnCallWorld = config.oncall
    return proposal.effects(world, proposal.without_schedule(world, schedule), Span(since, since + SHOWN), [schedule])


def _why_kept(session: Session, config: Configuration, now: datetime, document: Document) -> str | None:
    """Why it may not be put away: a page would find nobody."""
    if (refused := _refused(document)) is not None:
        return refused
    users = [one.id for one in config.policies.values() if used_schedules([one], config.oncall).count(document.id)]
    if users:
        ids = ", ".join(users)
        return gettext("These escalation policies page it: %(ids)s. Have them page another one first.", ids=ids)
    if document.id in used_schedules(running_policies(Work(session, now, config)), config.oncall):
        return gettext("An escalation that is running pages it. Wait until it is acknowledged.")
    return None


def _refused(document: Document) -> str | None:
    return None if document.origin == "console" else gettext(OF_FILE, id=document.id)


def _document(session: Session, schedule: str) -> Document:
    document = entries.live(session, SECTION, schedule)
    if document is None:
        abort(404)
    return document

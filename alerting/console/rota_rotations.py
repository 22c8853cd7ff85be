"""Rotations: all of them in words, new ones, and from a date on another kind, length or hand-off. Saved after a look;
one that a file owns is changed there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.console import rota_entries as entries
from alerting.console import rota_forms as forms
from alerting.console import rota_turns as taking
from alerting.console.rota_changes import SHOWN_LEAST, SHOWN_MOST, coming, known_rotation
from alerting.console.rota_entries import CONFLICT
from alerting.console.rota_forms import Asked
from alerting.console.rota_marks import shared_names
from alerting.rota import objects, proposal, standing
from alerting.rota.proposal import Effects
from alerting.runtime import Runtime
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, visitor
from core.accounts.permissions import Permission
from core.documents import store
from core.documents.store import Document
from oncall.pieces import Span
from oncall.rotation import Turn, turn_at, turns
from oncall.schema import Rotation, StandingChange, with_changes
from oncall.walltime import to_local

SECTION: objects.Section = "rotations"
OF_FILE = marked(
    "The rotation %(id)s stands in the configuration file, under rotations, which would bring it back. Write it there, "
    "with its date under changes, and run guardia apply."
)
TURNS_SHOWN = 40
FIELDS = ("id", "from", *taking.rule_fields())
ID = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True)
class Proposed:
    """`body` is what is saved: the rotation, or the change of one. `turns` are the next ones, before absences."""

    body: dict[str, Any]
    effects: Effects
    turns: Sequence[Turn]
    unreachable: Sequence[str]

    @property
    def fingerprint(self) -> str:
        return sha256(f"{self.effects.fingerprint}{self.turns!r}".encode()).hexdigest()[:32]


def register(console: Blueprint, runtime: Runtime) -> None:
    @console.get("/rotations", endpoint="rotations")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def rotations() -> str:
        config, now = visitor().config, visitor().now
        with runtime.database.reading() as session:
            of_console = {one.id for one in store.of_section(session, SECTION) if one.origin == "console"}
        found = sorted(config.oncall.rotations.values(), key=lambda one: one.id)
        return render_template(
            "console/rota_rotations.html",
            rotations=found,
            of_console=of_console,
            rule=lambda one: taking.rule_words(one.rule_at(now)),
            current=lambda one: next((turn.person for turn in turns(one, now, now + timedelta.resolution)), None),
            used_by=lambda one: proposal.using(config.oncall, one.id),
            **shared_names(config),
        )

    @console.get("/rotations/new", endpoint="new_rotation")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def new() -> str:
        return _form(runtime, forms.ask({"kind": "weekly", "every": "1", "handoff": "09:00"}, FIELDS), _by_weekday())

    @console.post("/rotations/new", endpoint="make_rotation")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def make() -> Any:
        asked, by_weekday = forms.ask(request.form, FIELDS), _by_weekday()
        with runtime.database.transaction() as session:
            store.hold(session)  # until the end: what was seen is what is saved
            config, now = runtime.configurations.current(session), runtime.now(session)
            proposed = _new(asked, config, now, by_weekday)
            there = store.find(session, SECTION, asked.values["id"])
            if proposed is not None and there is not None:
                if not there.archived and there.origin == "console" and there.body == proposed.body:
                    return redirect(url_for("console.rotations"), 303)  # the second click on one button
                asked.wrong("id", gettext("This id has been used already; choose another one."))
                proposed = None
            saves = proposed is not None and request.form.get("do") == "save"
            if saves and proposed is not None and proposed.fingerprint == request.form.get("seen"):
                objects.make(session, SECTION, proposed.body, runtime.settings, now)
                flash(gettext("Saved. It counts where a layer of a schedule uses it."), "done")
                return redirect(url_for("console.rotations"), 303)
        return _form(runtime, asked, by_weekday, proposed, conflict=gettext(CONFLICT) if saves else None)

    @console.get("/rotations/<rotation>/rule", endpoint="rotation_rule")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def rule(rotation: str) -> str:
        config, now = visitor().config, visitor().now
        found = known_rotation(config, rotation)
        current = found.rule_at(now)
        asked = forms.ask(
            {"kind": "weekly", "every": "1", "handoff": "09:00"} | taking.typed(current, turn_at(found, now).order),
            FIELDS,
        )
        by_weekday = _by_weekday() if "by" in request.args else current.kind == "weekdays"
        with runtime.database.reading() as session:
            refused = _refused(session, found)
        return _form(runtime, asked, by_weekday, rotation=found, refused=refused)

    @console.post("/rotations/<rotation>/rule", endpoint="enter_rotation_rule")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def enter(rotation: str) -> Any:
        asked, by_weekday, id_ = forms.ask(request.form, FIELDS), _by_weekday(), entries.entry_id()
        here = url_for("console.rotation_rule", rotation=rotation)
        with runtime.database.transaction() as session:
            store.hold(session)
            config, now = runtime.configurations.current(session), runtime.now(session)
            found = known_rotation(config, rotation)
            if (refused := _refused(session, found)) is not None:
                return _form(runtime, asked, by_weekday, rotation=found, refused=refused)
            if store.find(session, standing.SECTION[StandingChange], id_) is not None:
                return redirect(here, 303)  # the second click on one button
            proposed = _changed(asked, config, found, now, by_weekday, id_)
            saves = proposed is not None and request.form.get("do") == "save"
            if saves and proposed is not None and proposed.fingerprint == request.form.get("seen"):
                standing.enter(session, [StandingChange.model_validate(proposed.body)], runtime.settings, now)
                flash(gettext("Saved. It counts from that instant on; until then nothing changes."), "done")
                return redirect(here, 303)
        conflict = gettext(CONFLICT) if saves else None
        return _form(runtime, asked, by_weekday, proposed, rotation=found, id_=id_, conflict=conflict)

    @console.post("/rotations/<rotation>/archive", endpoint="archive_rotation")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def archive(rotation: str) -> Any:
        with runtime.database.transaction() as session:
            store.hold(session)
            config, now = runtime.configurations.current(session), runtime.now(session)
            document = _document(session, rotation)
            used = proposal.using(config.oncall, rotation)
            if document.origin != "console":
                flash(gettext(OF_FILE, id=rotation), "problem")
            elif used:
                said = gettext("Nothing was done: layers of these schedules use it: %(ids)s.", ids=", ".join(used))
                flash(said, "problem")
            else:
                objects.put_away(session, document, runtime.settings, now)
                flash(gettext("Archived."), "done")
        return redirect(url_for("console.rotations"), 303)


def _new(asked: Asked, config: Configuration, now: datetime, by_weekday: bool) -> Proposed | None:
    """None when something that was typed cannot be meant; the reasons stand in `asked`."""
    if not ID.fullmatch(asked.values["id"]):
        asked.wrong("id", gettext("Write 1 to 40 small letters, digits and hyphens, like nights-madrid."))
    zone = config.provider.timezone
    body = {"id": asked.values["id"], "timezone": zone} | taking.rule(asked, config, by_weekday)
    if not by_weekday and (at := forms.instant(asked, "from", config)) is not None:
        body["anchor"] = f"{to_local(at, zone):%Y-%m-%dT%H:%M}"
    if asked.problems:
        return None
    rotation, since = Rotation.model_validate(body), entries.since_shown(now)
    return _proposed(body, rotation, config, Span(since, since + _shown(rotation, since)))


def _changed(
    asked: Asked, config: Configuration, rotation: Rotation, now: datetime, by_weekday: bool, id_: str
) -> Proposed | None:
    at = forms.instant(asked, "from", config)
    if at is not None and at <= now:
        asked.wrong("from", gettext("That time is over: the past stays as it was."))
    body = {"id": id_, "rotation": rotation.id, "by": entries.by()} | taking.rule(asked, config, by_weekday)
    if at is None or asked.problems:
        return None
    after = with_changes(rotation, [StandingChange.model_validate(body | {"from": at})])
    return _proposed(body | {"from": at}, after, config, Span(at, at + _shown(after, at)))


def _proposed(body: dict[str, Any], after: Rotation, config: Configuration, window: Span) -> Proposed:
    world = config.oncall
    found = proposal.effects(world, proposal.with_rotation(world, after), window, proposal.using(world, after.id))
    coming_turns = tuple(islice(turns(after, *window), TURNS_SHOWN))
    people = {turn.person for turn in coming_turns if turn.person is not None}
    return Proposed(body, found, coming_turns, sorted(one for one in people if not entries.has_phone(config, one)))


def _shown(rotation: Rotation, at: datetime) -> timedelta:
    """Once round at least, so that everybody's first turn is seen."""
    turn = turn_at(rotation, at)
    return min(max(SHOWN_LEAST, (turn.to_at - turn.from_at) * (len(turn.order) + 1)), SHOWN_MOST)


def _form(
    runtime: Runtime,
    asked: Asked,
    by_weekday: bool,
    proposed: Proposed | None = None,
    rotation: Rotation | None = None,
    id_: str | None = None,
    conflict: str | None = None,
    refused: str | None = None,
) -> str:
    config, now = visitor().config, visitor().now
    filled = [place for place, name in enumerate(taking.turn_names(), 1) if asked.values[name]]
    return render_template(
        "console/rota_rotation.html",
        asked=asked,
        by="weekdays" if by_weekday else "turns",
        proposed=proposed,
        rotation=rotation,
        now_in_words=taking.rule_words(rotation.rule_at(now)) if rotation else "",
        id=id_ or standing.fresh_id(),
        since=(now if conflict else entries.since_shown(now)).isoformat(),
        conflict=conflict,
        refused=refused,
        lines=taking.turn_names()[: min(max(filled, default=0) + 3, taking.MOST)],
        kinds=[(kind, gettext(text)) for kind, text in taking.KINDS],
        days=[(name, gettext(day)) for name, day in zip(taking.day_names(), taking.DAY_NAMES, strict=True)],
        people=sorted(config.oncall.people.values(), key=lambda one: one.name.casefold()),
        timezone=config.provider.timezone,
        **(coming(runtime, rotation, now) if rotation else {}),
        **shared_names(config),
    )


def _refused(session: Session, rotation: Rotation) -> str | None:
    document = _document(session, rotation.id)
    return None if document.origin == "console" else gettext(OF_FILE, id=rotation.id)


def _document(session: Session, rotation: str) -> Document:
    document = entries.live(session, SECTION, rotation)
    if document is None:
        abort(404)
    return document


def _by_weekday() -> bool:
    return request.values.get("by") == "weekdays"

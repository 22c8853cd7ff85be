"""Who takes part in a rotation, in which order, from an instant on: entered after a look, and taken back before it
begins. What has passed stays, and so does the rotation in the file: the change stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.configuration import Configuration
from alerting.console import rota_forms as forms
from alerting.console.rota_entries import CONFLICT, WHY_NOT, entry_id, since_shown
from alerting.console.rota_forms import Asked
from alerting.console.rota_marks import shared_names
from alerting.console.rota_turns import MOST, NOBODY, rule_words, turn_names, turns
from alerting.rota import proposal, standing
from alerting.rota.proposal import Effects
from alerting.rota.standing import NotEnded
from alerting.runtime import Runtime
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission
from core.documents import store
from oncall.pieces import Span
from oncall.rotation import turn_at
from oncall.schema import Rotation, StandingChange, with_changes

MORE = 2
SHOWN_LEAST, SHOWN_MOST = timedelta(days=28), timedelta(days=120)


@dataclass(frozen=True)
class Proposed:
    entry: StandingChange
    effects: Effects


def register(console: Blueprint, runtime: Runtime) -> None:
    @console.get("/rotations/<rotation>/change", endpoint="rotation_change")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def change(rotation: str) -> str:
        return _form(runtime, _rotation(visitor().config, rotation), None)

    @console.post("/rotations/<rotation>/change", endpoint="enter_rotation_change")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def enter(rotation: str) -> Any:
        asked, id_ = forms.ask(request.form, ("from", "first", *turn_names())), entry_id()
        here = url_for("console.rotation_change", rotation=rotation)
        with runtime.database.transaction() as session:
            store.hold(session)  # until the end: what was seen is what is saved
            config, now = runtime.configurations.current(session), runtime.now(session)
            found = _rotation(config, rotation)
            if store.find(session, standing.SECTION[StandingChange], id_) is not None:
                return redirect(here, 303)  # the second click on one button
            proposed = _proposed(asked, config, found, now, id_)
            saves = proposed is not None and request.form.get("do") == "save"
            if saves and proposed is not None and proposed.effects.fingerprint == request.form.get("seen"):
                standing.enter(session, [proposed.entry], runtime.settings, now)
                flash(gettext("Saved. It counts from that instant on; until then nothing changes."), "done")
                return redirect(here, 303)
        return _form(runtime, found, asked, proposed, id_, gettext(CONFLICT) if saves else None)

    @console.post("/rotations/<rotation>/changes/<entry>/end", endpoint="withdraw_rotation_change")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def withdraw(rotation: str, entry: str) -> Any:
        with runtime.database.transaction() as session:
            found = known_rotation(visitor().config, rotation)
            try:
                standing.end(session, StandingChange, entry, found.timezone, runtime.settings, runtime.now(session))
                flash(gettext("Taken back: the rotation goes on without it."), "done")
            except NotEnded as refused:
                flash(gettext(WHY_NOT[refused.why]), "problem")
        where = "console.rotation_change" if found.has_turns else "console.rotation_rule"
        return redirect(url_for(where, rotation=rotation), 303)


def _proposed(asked: Asked, config: Configuration, rotation: Rotation, now: datetime, id_: str) -> Proposed | None:
    """None when something that was typed cannot be meant; the reasons stand in `asked`."""
    at, order = forms.instant(asked, "from", config), turns(asked, config)
    if at is not None and at <= now:
        asked.wrong("from", gettext("That time is over: the past stays as it was."))
    elif at is not None and not rotation.rule_at(at).has_turns:
        asked.wrong("from", gettext("From then on it goes by weekday: change the rotation itself instead."))
    first = asked.values["first"] or None
    if first is not None and first not in order:
        asked.wrong("first", gettext("Choose somebody who has a turn."))
    if at is None or asked.problems:
        return None
    body = {"id": id_, "rotation": rotation.id, "from": at, "participants": order, "first": first, "by": _by()}
    entry = StandingChange.model_validate(body)
    world = config.oncall
    after = proposal.with_rotation(world, with_changes(rotation, [entry]))
    window = Span(at, at + _shown(rotation, at, len(order)))
    return Proposed(entry, proposal.effects(world, after, window, proposal.using(world, rotation.id)))


def _shown(rotation: Rotation, at: datetime, turns: int) -> timedelta:
    """Once round at least, so that everybody's first turn is seen."""
    turn = turn_at(rotation, at)
    return min(max(SHOWN_LEAST, (turn.to_at - turn.from_at) * (turns + 1)), SHOWN_MOST)


def _form(
    runtime: Runtime,
    rotation: Rotation,
    asked: Asked | None,
    proposed: Proposed | None = None,
    id_: str | None = None,
    conflict: str | None = None,
) -> str:
    config, now = visitor().config, visitor().now
    order = turn_at(rotation, now).order
    if asked is None:
        typed = {f"turn_{place}": NOBODY if one is None else one for place, one in enumerate(order[:MOST], 1)}
        asked = forms.ask(typed, ("from", "first", *turn_names()))
    filled = sum(bool(asked.values[name]) for name in turn_names())
    return render_template(
        "console/rota_change.html",
        rotation=rotation,
        order=order,
        asked=asked,
        lines=turn_names()[: min(max(filled, len(order)) + MORE, MOST)],
        proposed=proposed,
        since=(since_shown(now)).isoformat(),
        id=id_ or standing.fresh_id(),
        conflict=conflict,
        **coming(runtime, rotation, now),
        now=now,
        people=sorted(config.oncall.people.values(), key=lambda one: one.name.casefold()),
        timezone=config.provider.timezone,
        **shared_names(config),
    )


def coming(runtime: Runtime, rotation: Rotation, now: datetime) -> dict[str, Any]:
    """For the list of its changes to come: each with its instant, and those that were entered in the console."""
    with runtime.database.reading() as session:
        entered = [StandingChange.model_validate(one.body) for one in standing.of_console(session, StandingChange)]
    pairs = zip(rotation.change_instants(), rotation.changes, strict=True)
    found = sorted(((at, one) for at, one in pairs if at > now), key=lambda pair: pair[0])
    return {"coming": found, "entered": [one for one in entered if one.rotation == rotation.id], "in_words": rule_words}


def known_rotation(config: Configuration, rotation_id: str) -> Rotation:
    found = config.oncall.rotations.get(rotation_id)
    if found is None or found.kind == "pagerduty":  # that is changed there
        abort(404)
    return found


def _rotation(config: Configuration, rotation_id: str) -> Rotation:
    found = known_rotation(config, rotation_id)
    if not found.has_turns:  # days are changed with the rotation itself
        abort(404)
    return found


def _by() -> str:
    return signed_in().person_id or signed_in().email

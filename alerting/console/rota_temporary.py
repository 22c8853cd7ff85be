"""Temporary schedules: for a span they replace whoever would be on call. Entered, changed and looked at before they are
saved; what has passed of them stays as it was recorded. They are ended where overrides are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.console import rota_entries as entries
from alerting.console import rota_forms as forms
from alerting.console.rota_entries import CONFLICT, WHY_NOT
from alerting.console.rota_forms import Asked
from alerting.console.rota_marks import shared_names
from alerting.rota import laid, proposal, standing
from alerting.rota.laid import Clash
from alerting.rota.proposal import Effects
from alerting.runtime import Runtime
from alerting.web.language import gettext
from alerting.web.visitor import needs, visitor
from core.accounts.permissions import Permission
from core.documents import store
from core.documents.store import Document
from oncall.pieces import Span
from oncall.schema import StandingTemporary, TemporarySchedule
from oncall.walltime import instant

SECTION = standing.SECTION[StandingTemporary]
MORE, MOST = 3, 40
PARTS = ("person", "from", "to")


@dataclass(frozen=True)
class Proposed:
    """`since` is the instant from which its effects are shown."""

    entry: StandingTemporary
    effects: Effects
    since: datetime
    clashes: Sequence[Clash]
    unreachable: Sequence[str]


@dataclass(frozen=True)
class Listed:
    """One that is not over. `document` None: it stands in the schedule of the file."""

    document: Document | None
    value: TemporarySchedule
    span: Span


def register(console: Blueprint, runtime: Runtime) -> None:
    @console.get("/schedules/<schedule>/temporary", endpoint="temporary")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def temporary(schedule: str) -> str:
        typed = {name: value for name, value in request.args.items() if name in ("from", "to")}
        with runtime.database.reading() as session:
            listed = _listed(session, visitor().config, visitor().now, entries.known_schedule(schedule))
        return _form(forms.ask({"gaps": "layers"} | typed, _names()), schedule, listed=listed)

    @console.post("/schedules/<schedule>/temporary", endpoint="enter_temporary")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def enter(schedule: str) -> Any:
        return _entered(runtime, entries.known_schedule(schedule), entries.entry_id(), None)

    @console.get("/temporary/<temporary>", endpoint="temporary_entry")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def entry_page(temporary: str) -> str:
        config, now = visitor().config, visitor().now
        with runtime.database.reading() as session:
            document, one = _found(session, temporary)
        if (why := entries.why_not(document, one, config, now)) is not None:
            return _form(_as_typed(one, config), one.schedule, changes=one, refused=gettext(WHY_NOT[why]))
        return _form(_as_typed(one, config), one.schedule, changes=one)

    @console.post("/temporary/<temporary>", endpoint="alter_temporary")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def alter(temporary: str) -> Any:
        with runtime.database.reading() as session:
            _, one = _found(session, temporary)
        return _entered(runtime, entries.known_schedule(one.schedule), temporary, temporary)


def _entered(runtime: Runtime, schedule: str, id_: str, altered: str | None) -> Any:
    asked = forms.ask(request.form, _names())
    with runtime.database.transaction() as session:
        store.hold(session)  # until the end: what was seen is what is saved
        config, now = runtime.configurations.current(session), runtime.now(session)
        if schedule not in config.oncall.schedules:
            abort(404)  # archived since the page was asked for
        document, old = (None, None) if altered is None else _found(session, altered)
        if document is not None and old is not None:
            if (why := entries.why_not(document, old, config, now)) is not None:
                return _form(asked, schedule, changes=old, refused=gettext(WHY_NOT[why]))
        elif store.find(session, SECTION, id_) is not None:
            return redirect(url_for("console.temporary", schedule=schedule), 303)  # the second click on one button
        proposed = _proposed(asked, config, now, schedule, id_, old)
        saves = request.form.get("do") == "save" and proposed is not None
        if saves and proposed is not None and proposed.effects.fingerprint == request.form.get("seen"):
            if old is None:
                standing.enter(session, [proposed.entry], runtime.settings, now)
            else:
                standing.alter(session, proposed.entry, config.provider.timezone, runtime.settings, now)
            flash(gettext("Saved. It counts from now on, for pages, calendars and escalations alike."), "done")
            on = forms.typed(proposed.effects.window.from_at, config)[:10]
            return redirect(url_for("console.rota", schedule=schedule, on=on), 303)
        listed = _listed(session, config, now, schedule) if old is None else []
    return _form(asked, schedule, proposed, old, id_, gettext(CONFLICT) if saves else None, listed)


def _proposed(
    asked: Asked, config: Configuration, now: datetime, schedule: str, id_: str, old: StandingTemporary | None
) -> Proposed | None:
    """None when something that was typed cannot be meant; the reasons stand in `asked`."""
    entry = _read(asked, config, now, schedule, id_)
    if entry is None:
        return None
    since, world = entries.since_shown(now), config.oncall
    spans = [entries.times_of(one, config) for one in (entry, old) if one is not None]
    ends = max(span.to_at for span in spans)
    window = Span(min(max(min(span.from_at for span in spans), since), ends), ends)
    found = proposal.effects(world, proposal.with_temporary(world, entry), window, [schedule])
    gaining = {shift.person for one in found.schedules for shift in set(one.after) - set(one.before)}
    unreachable = sorted(one for one in gaining if not entries.has_phone(config, one))
    return Proposed(entry, found, since, laid.clashes(entry, world), unreachable)


def _read(asked: Asked, config: Configuration, now: datetime, schedule: str, id_: str) -> StandingTemporary | None:
    whole = forms.span(asked, config, now)
    if asked.values["gaps"] not in ("layers", "empty"):
        asked.wrong("gaps", gettext("Choose one of the list."))
    shifts = []
    for number in range(1, MOST + 1):
        person, from_, to = (f"shift_{number}_{part}" for part in PARTS)
        if not any(asked.values[name] for name in (person, from_, to)):
            continue
        who = forms.person(asked, person, config)
        if whole is None:
            continue
        for name, edge in ((from_, whole.from_at), (to, whole.to_at)):
            asked.values[name] = asked.values[name] or forms.typed(edge, config)
        span = forms.part(asked, config, from_, to)
        if span is not None and (span.from_at < whole.from_at or whole.to_at < span.to_at):
            asked.wrong(
                to, gettext("This shift reaches beyond the temporary schedule: make one of them fit the other.")
            )
        elif span is not None:
            shifts.append({"person": who, "from": span.from_at, "to": span.to_at})
    if not shifts and asked.values["gaps"] == "layers" and not asked.problems:
        asked.wrong("shift_1_person", gettext("Enter a shift, or choose that the rest of the span stays empty."))
    if whole is None or asked.problems:
        return None
    body: dict[str, Any] = {"id": id_, "schedule": schedule, "gaps": asked.values["gaps"], "shifts": shifts}
    body |= {"from": whole.from_at, "to": whole.to_at, "note": forms.note(asked), "by": entries.by()}
    return StandingTemporary.model_validate(body)


def _form(
    asked: Asked,
    schedule: str,
    proposed: Proposed | None = None,
    changes: StandingTemporary | None = None,
    id_: str | None = None,
    conflict: str | None = None,
    listed: Sequence[Listed] = (),
    refused: str | None = None,
) -> str:
    config = visitor().config
    filled = [n for n in range(1, MOST + 1) if any(asked.values[f"shift_{n}_{part}"] for part in PARTS)]
    return render_template(
        "console/rota_temporary.html",
        asked=asked,
        schedule=schedule,
        proposed=proposed,
        changes=changes,
        since=(proposed.since if proposed else visitor().now).isoformat(),
        id=id_ or standing.fresh_id(),
        conflict=conflict,
        refused=refused,
        listed=listed,
        lines=range(1, min(max(filled, default=0) + MORE, MOST) + 1),
        people=sorted(config.oncall.people.values(), key=lambda one: one.name.casefold()),
        timezone=config.provider.timezone,
        **shared_names(config),
    )


def _listed(session: Session, config: Configuration, now: datetime, schedule: str) -> list[Listed]:
    """Those of the schedule that are not over, by their start."""
    documents = {one.id: one for one in store.of_section(session, SECTION) if one.body.get("schedule") == schedule}
    value = config.oncall.schedules[schedule]
    pairs = zip(value.temporary_schedules, value.temporary_spans, strict=True)
    found = [Listed(documents.get(one.id or ""), one, Span(*times)) for one, times in pairs]
    return sorted((one for one in found if one.span.to_at > now), key=lambda one: one.span)


def _found(session: Session, id_: str) -> tuple[Document, StandingTemporary]:
    document = entries.live(session, SECTION, id_)
    if document is None:
        abort(404)
    return document, StandingTemporary.model_validate(document.body)


def _as_typed(one: StandingTemporary, config: Configuration) -> Asked:
    schedule = config.schedule(one.schedule)
    zone = schedule.timezone if schedule else config.provider.timezone
    span = entries.times_of(one, config)
    values = {"from": forms.typed(span.from_at, config), "to": forms.typed(span.to_at, config), "gaps": one.gaps}
    values["note"] = one.note or ""
    for number, shift in enumerate(one.shifts[:MOST], 1):
        edges = (instant(shift.from_, zone, "start"), instant(shift.to, zone, "end"))
        typed = (shift.person, *(forms.typed(edge, config) for edge in edges))
        values |= {f"shift_{number}_{part}": value for part, value in zip(PARTS, typed, strict=True)}
    return forms.ask(values, _names())


def _names() -> tuple[str, ...]:
    return ("from", "to", "gaps", "note", *(f"shift_{n}_{part}" for n in range(1, MOST + 1) for part in PARTS))

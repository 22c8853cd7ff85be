"""Overrides and absences, entered and ended with a look at what they do before they are saved. What is saved is what
was seen: when the rota has changed in between, the page says so and shows it anew, with everything that was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.console import rota_forms as forms
from alerting.console.rota_forms import Asked
from alerting.console.rota_marks import shared_names
from alerting.rota import proposal, standing
from alerting.rota.proposal import Effects
from alerting.rota.standing import NotEnded
from alerting.runtime import Runtime
from alerting.web.language import gettext, marked
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission, can
from core.documents import store
from core.documents.store import Document
from oncall.contact_plan import PHONES
from oncall.pieces import Span
from oncall.schema import Absence, StandingOverride, StandingTemporary

Kind = Literal["overrides", "absences"]
Ended = StandingOverride | StandingTemporary | Absence
MODEL: dict[str, type[Ended]] = {
    "overrides": StandingOverride,
    "temporary_schedules": StandingTemporary,
    "absences": Absence,
}
FIELDS: dict[str, tuple[str, ...]] = {
    "overrides": ("kind", "remove", "add", "from", "to", "note"),
    "absences": ("person", "reason", "fill", "from", "to", "note"),
}
CONFLICT = marked("Nothing was saved: the rota has changed since you looked. This is what it would do now; look again.")
WHY_NOT = {
    "unknown": marked("It is not there any more: somebody has ended it."),
    "of_file": marked(
        "It stands in the configuration file, which would bring it back. Change it there and run guardia apply, "
        "or lay an override on it here."
    ),
    "over": marked("It is over: the past stays as it was."),
    "of_others": marked("Managers end it, and whoever it is about their own absence."),
}
_ID = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True)
class Proposed:
    """`since` is the instant from which its effects are shown: what has passed does not change."""

    entry: StandingOverride | Absence
    effects: Effects
    since: datetime
    unreachable: tuple[str, ...]


def register(console: Blueprint, runtime: Runtime) -> None:
    @console.get("/schedules/<schedule>/overrides/new", endpoint="new_override")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def new_override(schedule: str) -> str:
        asked = forms.ask(_prefilled(), FIELDS["overrides"])
        return _form("overrides", asked, known_schedule(schedule))

    @console.post("/schedules/<schedule>/overrides/new", endpoint="enter_override")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def enter_override(schedule: str) -> Any:
        return _entered(runtime, "overrides", known_schedule(schedule))

    @console.get("/absences", endpoint="absences")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def absences() -> str:
        asked = forms.ask({"fill": "next", "reason": "vacation"} | _prefilled(), FIELDS["absences"])
        with runtime.database.reading() as session:
            return _form("absences", asked, listed=_listed(session))

    @console.post("/absences", endpoint="enter_absence")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def enter_absence() -> Any:
        return _entered(runtime, "absences", None)

    @console.get("/overrides/<entry>/end", defaults={"section": "overrides"}, endpoint="ending")
    @console.get("/temporary/<entry>/end", defaults={"section": "temporary_schedules"}, endpoint="ending")
    @console.get("/absences/<entry>/end", defaults={"section": "absences"}, endpoint="ending")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def ending(section: str, entry: str) -> str:
        with runtime.database.reading() as session:
            return _ending(session, visitor().config, visitor().now, section, entry)

    @console.post("/overrides/<entry>/end", defaults={"section": "overrides"}, endpoint="end_entry")
    @console.post("/temporary/<entry>/end", defaults={"section": "temporary_schedules"}, endpoint="end_entry")
    @console.post("/absences/<entry>/end", defaults={"section": "absences"}, endpoint="end_entry")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def end_entry(section: str, entry: str) -> Any:
        return _ended(runtime, section, entry)


def _entered(runtime: Runtime, section: Kind, schedule: str | None) -> Any:
    asked, id_ = forms.ask(request.form, FIELDS[section]), entry_id()
    with runtime.database.transaction() as session:
        store.hold(session)  # until the end: what was seen is what is saved
        config, now = runtime.configurations.current(session), runtime.now(session)
        if schedule is not None and schedule not in config.oncall.schedules:
            abort(404)  # archived since the page was asked for
        if store.find(session, section, id_) is not None:
            return redirect(back_to(section, schedule), 303)  # the second click on one button
        proposed = _proposed(asked, config, now, section, schedule, id_)
        saves = request.form.get("do") == "save" and proposed is not None
        if saves and proposed is not None and proposed.effects.fingerprint == request.form.get("seen"):
            standing.enter(session, [proposed.entry], runtime.settings, now)
            flash(gettext("Saved. It counts from now on, for pages, calendars and escalations alike."), "done")
            return redirect(back_to(section, schedule, proposed), 303)
        listed = _listed(session) if section == "absences" else []
    return _form(section, asked, schedule, proposed, id_, gettext(CONFLICT) if saves else None, listed)


def _ended(runtime: Runtime, section: str, entry: str) -> Any:
    with runtime.database.transaction() as session:
        store.hold(session)
        config, now = runtime.configurations.current(session), runtime.now(session)
        document = live(session, section, entry)
        if document is not None:
            if why_not(document, MODEL[section].model_validate(document.body), config, now) is not None:
                return _ending(session, config, now, section, entry)
            if _would_end(document, config, since_shown(now)).fingerprint != request.form.get("seen"):
                return _ending(session, config, now, section, entry, gettext(CONFLICT))
        try:
            standing.end(session, MODEL[section], entry, config.provider.timezone, runtime.settings, now)
            flash(gettext("It has ended."), "done")
        except NotEnded as refused:
            flash(gettext(WHY_NOT[refused.why]), "problem")
    return redirect(back_to(section, document.body.get("schedule") if document else None), 303)


def _ending(
    session: Session, config: Configuration, now: datetime, section: str, entry: str, conflict: str | None = None
) -> str:
    document = live(session, section, entry)
    if document is None:
        abort(404)
    one = MODEL[section].model_validate(document.body)
    why = why_not(document, one, config, now)
    since = since_shown(now) if conflict is None else now
    return render_template(
        "console/rota_ending.html",
        entry=one,
        section=section,
        why=gettext(WHY_NOT[why]) if why else None,
        effects=_would_end(document, config, since),
        since=since.isoformat(),
        conflict=conflict,
        back=back_to(section, document.body.get("schedule")),
        **shared_names(config),
    )


def _would_end(document: Document, config: Configuration, since: datetime) -> Effects:
    world = config.oncall
    one = MODEL[document.section].model_validate(document.body)
    window = _window(one, config, since)
    if isinstance(one, StandingOverride):
        after = proposal.without_override(world, one.schedule, one.id, since)
        return proposal.effects(world, after, window, [one.schedule] if one.schedule in world.schedules else [])
    if isinstance(one, StandingTemporary):
        after = proposal.without_temporary(world, one.schedule, one.id)
        return proposal.effects(world, after, window, [one.schedule] if one.schedule in world.schedules else [])
    after = proposal.without_absence(world, str(one.id))
    return proposal.effects(world, after, window, proposal.naming(world, one.person))


def _proposed(
    asked: Asked, config: Configuration, now: datetime, section: Kind, schedule: str | None, id_: str
) -> Proposed | None:
    """None when something that was typed cannot be meant; the reasons stand in `asked`."""
    read: Callable[..., StandingOverride | Absence | None] = _override if section == "overrides" else _absence
    entry = read(asked, config, now, schedule, id_)
    if entry is None:
        return None
    since, world = since_shown(now), config.oncall
    window = _window(entry, config, since)
    if isinstance(entry, StandingOverride):
        after, concerned = proposal.with_override(world, entry), [entry.schedule]
    else:
        after, concerned = proposal.with_absence(world, entry), proposal.naming(world, entry.person)
    found = proposal.effects(world, after, window, concerned)
    gaining = {shift.person for one in found.schedules for shift in set(one.after) - set(one.before)}
    return Proposed(entry, found, since, tuple(sorted(one for one in gaining if not has_phone(config, one))))


def _override(
    asked: Asked, config: Configuration, now: datetime, schedule: str | None, id_: str
) -> StandingOverride | None:
    kind = asked.values["kind"]
    if kind not in ("add", "remove", "replace"):
        asked.wrong("kind", gettext("Choose what is to happen."))
        return None
    people = {name: forms.person(asked, name, config) for name in ("remove", "add") if kind in (name, "replace")}
    if kind == "replace" and people["remove"] and people["remove"] == people["add"]:
        asked.wrong("add", gettext("Choose somebody else: nobody can replace themselves."))
    times = forms.span(asked, config, now)
    if times is None or asked.problems:
        return None
    body: dict[str, Any] = {"id": id_, "schedule": schedule, "kind": kind, **people, "by": by()}
    body |= {"from": times.from_at, "to": times.to_at, "note": forms.note(asked)}
    return StandingOverride.model_validate(body)


def _absence(asked: Asked, config: Configuration, now: datetime, schedule: str | None, id_: str) -> Absence | None:
    if not manages():
        asked.values["person"] = signed_in().person_id or ""
    person, times = forms.person(asked, "person", config), forms.span(asked, config, now)
    if asked.values["reason"] not in ("vacation", "sick", "other"):
        asked.wrong("reason", gettext("Choose one of the list."))
    if asked.values["fill"] not in ("next", "nobody"):
        asked.wrong("fill", gettext("Choose one of the list."))
    if times is None or asked.problems:
        return None
    body: dict[str, Any] = {"id": id_, "person": person, "kind": asked.values["reason"], "by": by()}
    body |= {"fill": asked.values["fill"], "from": times.from_at, "to": times.to_at, "note": forms.note(asked)}
    return Absence.model_validate(body)


def _form(
    section: Kind,
    asked: Asked,
    schedule: str | None = None,
    proposed: Proposed | None = None,
    id_: str | None = None,
    conflict: str | None = None,
    listed: list[tuple[Document, Absence]] | None = None,
) -> str:
    config = visitor().config
    return render_template(
        f"console/rota_{section}.html",
        asked=asked,
        schedule=schedule,
        proposed=proposed,
        since=(proposed.since if proposed else visitor().now).isoformat(),
        id=id_ or standing.fresh_id(),
        conflict=conflict,
        listed=listed or [],
        people=sorted(config.oncall.people.values(), key=lambda one: one.name.casefold()),
        manages=manages(),
        timezone=config.provider.timezone,
        times=lambda entry: times_of(entry, config),
        **shared_names(config),
    )


def _listed(session: Session) -> list[tuple[Document, Absence]]:
    """Absences that are not over, by their start; an engineer sees their own."""
    config, now, person = visitor().config, visitor().now, signed_in().person_id
    found = [(one, Absence.model_validate(one.body)) for one in store.of_section(session, "absences")]
    mine = [(one, absence) for one, absence in found if manages() or absence.person == person]
    times = {one.id: times_of(absence, config) for one, absence in mine}
    return sorted(((d, a) for d, a in mine if times[d.id].to_at > now), key=lambda pair: times[pair[0].id])


def live(session: Session, section: str, entry: str) -> Document | None:
    document = store.find(session, section, entry)
    return None if document is None or document.archived else document


def why_not(document: Document, one: Ended, config: Configuration, now: datetime) -> str | None:
    """Why whoever asks may not end it; None when they may."""
    own = isinstance(one, Absence) and one.person == signed_in().person_id
    if not own and not manages():
        return "of_others"
    if document.origin != "console":
        return "of_file"
    return "over" if times_of(one, config).to_at <= now else None


def _window(entry: Ended, config: Configuration, since: datetime) -> Span:
    times = times_of(entry, config)
    return Span(min(max(times.from_at, since), times.to_at), times.to_at)


def times_of(entry: Ended, config: Configuration) -> Span:
    if isinstance(entry, Absence):
        return standing.span_of_absence(entry, config.oncall)
    schedule = config.schedule(entry.schedule)
    return standing.span_of(entry, schedule.timezone if schedule else config.provider.timezone)


def entry_id() -> str:
    """The one that the form was given: a second click finds what the first has made."""
    id_ = request.form.get("id", "")
    return id_ if _ID.fullmatch(id_) else standing.fresh_id()


def since_shown(now: datetime) -> datetime:
    """When the page was shown that is now saved; a preview is made of this moment."""
    if request.form.get("do") == "preview":
        return now
    try:
        since = datetime.fromisoformat(request.form.get("since", ""))
    except ValueError:
        return now
    return since if since.tzinfo is not None and since <= now else now


def back_to(section: str, schedule: str | None, proposed: Proposed | None = None) -> str:
    if section == "absences" or schedule is None:
        return url_for("console.absences")
    on = f"{proposed.effects.window.from_at:%Y-%m-%d}" if proposed else None
    return url_for("console.rota", schedule=schedule, on=on)


def known_schedule(schedule: str) -> str:
    if schedule not in visitor().config.oncall.schedules:
        abort(404)
    return schedule


def _prefilled() -> dict[str, str]:
    """A link from the calendar says whom and when."""
    return {name: value for name, value in request.args.items() if name in {*FIELDS["overrides"], *FIELDS["absences"]}}


def has_phone(config: Configuration, person_id: str) -> bool:
    person = config.oncall.people.get(person_id)
    return person is not None and any(one.verified and one.channel in PHONES for one in person.contact_methods)


def manages() -> bool:
    return can(signed_in(), Permission.MANAGE_SCHEDULES)


def by() -> str:
    return signed_in().person_id or signed_in().email

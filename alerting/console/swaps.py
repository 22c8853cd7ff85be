"""Shifts given away for somebody who cannot do it: a manager gives one to a colleague, asks everybody, or withdraws."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.duty.schedule_use import watches_in
from alerting.runtime import Runtime
from alerting.swaps import queries, service
from alerting.swaps.service import NOTE_LENGTH, Refused, Wanted
from alerting.web import local_times, swap_forms, swap_words
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from alerting.work import Work
from core.accounts.permissions import Permission
from oncall import rota
from oncall.pieces import Span
from oncall.swaps.rules import LONGEST, Part, still_to_come

PAGE = "console.swaps"
AHEAD = timedelta(days=30)


def register(console: Blueprint, runtime: Runtime) -> None:
    settings = runtime.settings

    @console.get("/swaps", endpoint="swaps")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def page() -> str:
        config, now = visitor().config, visitor().now
        schedule = request.args.get("schedule", "")
        parts = _parts(schedule, now)
        with runtime.database.reading() as session:
            work = Work(session, now, config)
            return render_template(
                "console/swaps.html",
                schedules=sorted(config.oncall.schedules.values(), key=lambda one: one.name or one.id),
                schedule=schedule if schedule in config.oncall.schedules else None,
                parts=parts,
                chosen=_chosen(parts),
                people=[
                    (one, service.can_be_paged(work, one))
                    for one in sorted(config.oncall.people, key=config.person_name)
                ],
                taker=request.args.get("taker"),
                seen=request.args.get("seen", "")[:500],
                open=queries.open_requests(session),
                ended=queries.ended(session, now),
                name=_name,
                schedule_name=swap_forms.schedule_name,
                shown=lambda at: local_times.shown(at, config.provider.timezone),
                zone=config.provider.timezone,
                longest=NOTE_LENGTH,
                now=now,
            )

    @console.post("/swaps/gifts")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def give_shift() -> Any:
        holder, taker = request.form.get("holder") or None, request.form.get("taker", "")
        part, seen = swap_forms.posted_part(holder, visitor().config.oncall), request.form.get("seen", "")[:500]
        try:
            with runtime.work() as work:
                service.give(work, settings, part, taker, seen, signed_in().as_logged)
        except Refused as refused:
            if refused.why == "unknown":
                abort(404)
            flash(swap_words.refusal(refused), "problem")
            return _again(part, taker, refused, runtime)
        flash(gettext("%(who)s has the shift: both are being told.", who=_name(taker)), "done")
        return redirect(url_for(PAGE, schedule=part.schedule), 303)

    @console.post("/swaps/questions")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def ask_everybody() -> Any:
        part = swap_forms.posted_part(request.form.get("holder", ""), visitor().config.oncall)
        wanted = Wanted(part, note=text(request.form.get("note", ""), NOTE_LENGTH))
        with swap_forms.command(runtime) as work:
            service.ask(work, settings, wanted, signed_in().as_logged)
            flash(gettext("Everybody on the schedule is being asked."), "done")
        return redirect(url_for(PAGE, schedule=part.schedule), 303)

    @console.post("/swaps/<request_id>/withdrawal", endpoint="withdraw_request")
    @needs(Permission.MANAGE_SCHEDULES, side="staff")
    def withdraw(request_id: str) -> Any:
        with swap_forms.command(runtime) as work:
            service.withdraw(work, request_id, None, signed_in().as_logged)
            flash(gettext("Withdrawn: the shift stays as it is."), "done")
        return redirect(url_for(PAGE), 303)


def _parts(schedule: str, now: datetime) -> list[Part]:
    """Shifts of the schedule and its gaps, those that are not over and begin within a month, in the order of time."""
    world = visitor().config.oncall
    if schedule not in world.schedules:
        return []
    window = Span(now - LONGEST, now + AHEAD + LONGEST)
    held = [Part(schedule, one.person, Span(one.starts_at, one.ends_at)) for one in watches_in(schedule, world, window)]
    empty = [Part(schedule, None, gap) for gap in rota.gaps(world.schedules[schedule], world, Span(now, now + AHEAD))]
    found = [one for one in (*held, *empty) if one.span.to_at > now and one.span.from_at < now + AHEAD]
    return sorted(found, key=lambda part: (part.span, part.holder or ""))


def _people(work: Work) -> list[tuple[str, bool]]:
    """By name, and whether pages would ring a telephone of theirs."""
    config = work.config
    return [(one, service.can_be_paged(work, one)) for one in sorted(config.oncall.people, key=config.person_name)]


def _chosen(parts: list[Part]) -> Part | None:
    """What the address names, from now on."""
    at, holder = swap_forms.instants(request.args.get("at", "")), request.args.get("holder") or None
    found = next((one for one in parts if [one.span.from_at] == at and one.holder == holder), None)
    return found and Part(found.schedule, found.holder, still_to_come(found.span, visitor().now))


def _again(part: Part, taker: str, refused: Refused, runtime: Runtime) -> Any:
    """To the same form, where pressing once more means it."""
    seen = ""
    if refused.why == "look_first":
        with runtime.database.reading() as session:
            work = Work(session, visitor().now, visitor().config)
            seen = service.fingerprint(service.clashes(work, [part], taker))
    at = (swap_forms.instants(request.form.get("offered_whole", "")) or [part.span.from_at])[0]
    return redirect(
        url_for(PAGE, schedule=part.schedule, at=at.isoformat(), holder=part.holder, taker=taker, seen=seen), 303
    )


def _name(person: str | None) -> str:
    config = visitor().config
    known = person in config.oncall.people or person in config.archived_people
    return config.person_name(person) if known else gettext("an administrator") if person else ""

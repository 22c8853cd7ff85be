"""Shifts that change hands: ask for cover or a swap, take one, say no, withdraw; and open shifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from alerting.desk import shifts
from alerting.desk.own_shifts import OwnShift
from alerting.duty.schedule_use import used_schedules, watches_in
from alerting.duty.watches import Watch
from alerting.runtime import Runtime
from alerting.swaps import queries, service
from alerting.swaps.models import ShiftRequestRow
from alerting.swaps.service import NOTE_LENGTH, Wanted
from alerting.web import local_times, swap_forms, swap_words
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from alerting.work import Work
from core.accounts.permissions import Permission
from oncall import rota
from oncall.pieces import Span
from oncall.swaps.rules import LONGEST, InTheWay, Part, members, still_to_come

PAGE = "desk.swaps"
GAPS_AHEAD = timedelta(days=30)
MOST_SHOWN = 20
MOST_OFFERED = 100


@dataclass(frozen=True)
class Offer:
    """Something that the viewer may take; `clashes` are in their way."""

    part: Part
    clashes: Sequence[InTheWay]
    row: ShiftRequestRow | None = None

    @property
    def away(self) -> bool:
        return any(one.why == "absent" for one in self.clashes)

    @property
    def seen(self) -> str:
        return service.fingerprint(self.clashes)


def register(desk: Blueprint, runtime: Runtime) -> None:
    settings = runtime.settings

    @desk.get("/swaps", endpoint="swaps")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def page() -> str:
        person, config, now = _me(), visitor().config, visitor().now
        with runtime.database.reading() as session:
            work = Work(session, now, config)
            found = gaps_ahead(work)
            return render_template(
                "desk/swaps.html",
                offers=[_offer(work, row, person) for row in queries.offered(session, person)],
                gaps=[_gap(work, part, person) for part in found[:MOST_SHOWN]],
                more_gaps=len(found) - MOST_SHOWN,
                mine=queries.of_asker(session, person),
                ended=queries.ended(session, now, person),
                reachable=service.can_be_paged(work, person),
                person=person,
                name=config.person_name,
                schedule_name=swap_forms.schedule_name,
                words=swap_words.in_the_way,
                shown=_shown,
                zone=config.provider.timezone,
            )

    @desk.get("/shifts/ask")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def ask_page() -> str:
        person, config = _me(), visitor().config
        shift = _chosen(person)
        span = still_to_come(shift.span, visitor().now) if shift else None
        return render_template(
            "desk/ask.html",
            shift=shift,
            span=span,
            shifts=shifts.coming(person),
            people=_colleagues(shift, person) if shift else [],
            theirs=_offered_back(person) if shift else [],
            name=config.person_name,
            schedule_name=swap_forms.schedule_name,
            shown=_shown,
            zone=config.provider.timezone,
            longest=NOTE_LENGTH,
        )

    @desk.post("/swaps")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def ask_for_shift() -> Any:
        person = _me()
        part = swap_forms.posted_part(person, visitor().config.oncall)
        wanted = Wanted(part, request.form.get("of") or None, None, text(request.form.get("note", ""), NOTE_LENGTH))
        if "back" in request.form:
            back = _posted_back()
            wanted = Wanted(part, back.holder, back, wanted.note)
        with swap_forms.command(runtime) as work:
            service.ask(work, settings, wanted, signed_in().as_logged)
            flash(gettext("Asked: you are told as soon as somebody answers. Until then the shift is yours."), "done")
        return _back()

    @desk.post("/swaps/<request_id>/acceptance")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def accept_shift(request_id: str) -> Any:
        person, seen = _me(), request.form.get("seen", "")[:500]
        with swap_forms.command(runtime) as work:
            service.take(work, settings, request_id, person, seen, signed_in().as_logged)
            flash(gettext("It is yours: both of you are being told, and it stands among your shifts."), "done")
        return _back()

    @desk.post("/swaps/<request_id>/refusal")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def decline_shift(request_id: str) -> Any:
        person = _me()
        with swap_forms.command(runtime) as work:
            service.decline(work, request_id, person, signed_in().as_logged)
            flash(gettext("Noted: you cannot take it."), "done")
        return _back()

    @desk.post("/swaps/<request_id>/withdrawal")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def withdraw_request(request_id: str) -> Any:
        person = _me()
        with swap_forms.command(runtime) as work:
            service.withdraw(work, request_id, person, signed_in().as_logged)
            flash(gettext("Withdrawn: the shift stays as it is."), "done")
        return _back()

    @desk.post("/open-shifts")
    @needs(Permission.SWAP_OWN_SHIFT, side="staff")
    def take_open() -> Any:
        person, seen = _me(), request.form.get("seen", "")[:500]
        part = swap_forms.posted_part(None, visitor().config.oncall)
        with swap_forms.command(runtime) as work:
            service.give(work, settings, part, person, seen, signed_in().as_logged)
            flash(gettext("It is yours: it stands among your shifts."), "done")
        return _back()


def gaps_ahead(work: Work) -> list[Part]:
    """When nobody is on call on a schedule that a policy pages, in the order of time."""
    world = work.config.oncall
    window = Span(work.now, work.now + GAPS_AHEAD)
    found = [
        Part(schedule, None, gap)
        for schedule in used_schedules(work.config.policies.values(), world)
        for gap in rota.gaps(world.schedules[schedule], world, window)
    ]
    return sorted(found, key=lambda part: (part.span, part.schedule))


def _offer(work: Work, row: ShiftRequestRow, person: str) -> Offer:
    parts = service.parts_of(row, person, work.now)
    return Offer(parts[0], service.clashes(work, parts, person), row)


def _gap(work: Work, part: Part, person: str) -> Offer:
    return Offer(part, service.clashes(work, [part], person))


def _chosen(person: str) -> OwnShift | None:
    """The shift that the address names; None when it names none of theirs."""
    schedule, at = request.args.get("schedule"), swap_forms.instants(request.args.get("at", ""))
    return next((one for one in shifts.coming(person) if (one.schedule, [one.span.from_at]) == (schedule, at)), None)


def _colleagues(shift: OwnShift, person: str) -> list[tuple[str, bool]]:
    """Everybody who can be asked; whether they have shifts on that schedule, those first."""
    world = visitor().config.oncall
    there = members(world.schedules[shift.schedule], world, visitor().now)
    others = sorted(set(world.people) - {*there, person}, key=visitor().config.person_name)
    return [(one, True) for one in there if one != person] + [(one, False) for one in others]


def _offered_back(person: str) -> list[Watch]:
    """Colleagues' shifts that have not begun, of all schedules, in the order of time."""
    world, now = visitor().config.oncall, visitor().now
    window, last = Span(now, now + shifts.AHEAD + LONGEST), now + shifts.AHEAD
    found = [watch for schedule in world.schedules for watch in watches_in(schedule, world, window)]
    return sorted(one for one in found if one.person != person and now < one.starts_at < last)[:MOST_OFFERED]


def _posted_back() -> Part:
    schedule, _, rest = request.form.get("back", "").partition("|")
    person, _, span = rest.partition("|")
    from_at, to_at = (swap_forms.instants(one) for one in (*span.split("|"), "", "")[:2])
    if not from_at or not to_at:
        abort(400)
    return Part(schedule, person, Span(from_at[0], to_at[0]))


def _shown(at: datetime) -> str:
    return local_times.shown(at, visitor().config.provider.timezone)


def _me() -> str:
    """The person that the user is; 403 for a user who is nobody to page."""
    person = signed_in().person_id
    if person is None or person not in visitor().config.oncall.people:
        abort(403)
    return person


def _back() -> Any:
    return redirect(url_for(PAGE), 303)

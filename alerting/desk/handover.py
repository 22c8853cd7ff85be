"""The hand-over of a shift: the note for whoever comes, and the tickets that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.duty import notes, queries
from alerting.duty.models import HandoverNoteRow
from alerting.duty.relief import AHEAD, BACK, Relief, reliefs
from alerting.duty.schedule_use import all_watches
from alerting.escalation.handover import hand_over
from alerting.runtime import Runtime
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from alerting.work import Work
from core.accounts.permissions import Permission
from oncall.pieces import Span

PAGE = "desk.handover"


@dataclass(frozen=True)
class Line:
    relief: Relief
    name: str
    note: HandoverNoteRow | None


def register(desk: Blueprint, runtime: Runtime) -> None:
    @desk.get("/handover", endpoint="handover")
    @needs(Permission.ASSIGN, side="staff")
    def page() -> str:
        person = _person()
        with runtime.database.reading() as session:
            return render_template(
                "desk/handover.html",
                lines=_lines(session, person),
                tickets=queries.tickets_owned(session, person),
                name=visitor().config.person_name,
                longest=notes.LONGEST,
            )

    @desk.post("/handover/<schedule>/note")
    @needs(Permission.ASSIGN, side="staff")
    def write_note(schedule: str) -> Any:
        person, written = _person(), text(request.form.get("note", ""), notes.LONGEST)
        with runtime.work() as work:
            relief = _relief(work.config, person, schedule, work)
            if relief is None or not relief.may_write:
                flash(gettext("Not kept: you are not on call on that schedule any more."), "problem")
            else:
                notes.write(work.session, schedule, person, written, work.now)
                flash(gettext("Kept: whoever comes on call reads it here and in the mail."), "done")
        return redirect(url_for(PAGE), 303)

    @desk.post("/handover/<schedule>/tickets")
    @needs(Permission.ASSIGN, side="staff")
    def give(schedule: str) -> Any:
        person, taker = _person(), request.form.get("to", "")
        wanted = request.form.getlist("ticket")
        with runtime.work() as work:
            relief = _relief(work.config, person, schedule, work)
            if relief is None or taker not in relief.people:
                flash(gettext("Nothing changed: the rota has moved, look again who comes."), "problem")
            else:
                given = _give(work, person, taker, wanted)
                _tell_how_many(given, work.config.person_name(taker))
        return redirect(url_for(PAGE), 303)


def _give(work: Work, giver: str, taker: str, wanted: list[str]) -> int:
    """How many went over. Tickets are locked in the order of their ids, and looked at anew."""
    mine = sorted(queries.tickets_owned(work.session, giver), key=lambda ticket: ticket.id)
    given = 0
    for ticket in mine:
        if ticket.reference in wanted:
            work.session.refresh(ticket, with_for_update=True)
            given += hand_over(work, ticket, giver, taker)
    return given


def _tell_how_many(given: int, taker: str) -> None:
    if given:
        flash(gettext("Handed over to %(who)s: both of you are being told.", who=taker), "done")
    else:
        flash(gettext("There was nothing to hand over."), "problem")


def _lines(session: Session, person: str) -> list[Line]:
    config, now = visitor().config, visitor().now
    watches = all_watches(config.policies, config.oncall, Span(now - BACK, now + AHEAD))
    return [
        Line(
            one,
            config.oncall.schedules[one.schedule].name or one.schedule,
            notes.latest(session, one.schedule, now),
        )
        for one in reliefs(watches, person, now)
    ]


def _relief(config: Configuration, person: str, schedule: str, work: Work) -> Relief | None:
    """As the rota stands at this moment, whatever the page showed."""
    watches = all_watches(config.policies, config.oncall, Span(work.now - BACK, work.now + AHEAD))
    return next((one for one in reliefs(watches, person, work.now) if one.schedule == schedule), None)


def _person() -> str:
    person = signed_in().person_id
    if person is None:
        abort(403)
    return person

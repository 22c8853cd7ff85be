"""Who is on call, when, and when the office is open."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from alerting.api.access import Answer, Look
from alerting.api.fields import AtQuery, IdPath, ShiftsQuery
from alerting.api.problems import NO_SUCH_THING, refuse, refuse_fields
from alerting.tickets.queries import person_json
from core.time import iso, iso_or_none
from oncall import history
from oncall.calendars import opening_state
from oncall.pieces import Span
from oncall.preview import LONGEST, PreviewRequest
from oncall.preview import preview as previewed
from oncall.reasons import describe, reason_data
from oncall.walltime import instant

SHOWN = timedelta(days=14)
T = TypeVar("T")


def on_call(look: Look, path: IdPath, query: AtQuery) -> Answer:
    """Everybody on call at an instant, and why; in the past, as it was"""
    schedule = _known(look.config.schedule(path.id))
    at = _instant(query.at, schedule.timezone, look.now)
    found = history.on_call(look.session, look.config.oncall, schedule, at)
    names = look.config.person_names()
    return [
        {
            "person": person_json(look.config, one.person_id),
            "reason": describe(one.reason, look.language, names, schedule.timezone),
            "source": f"{one.reason.kind}:{one.reason.id}",
            "cause": reason_data(one.reason),
        }
        for one in found
    ]


def shifts(look: Look, path: IdPath, query: ShiftsQuery) -> Answer:
    """Who is on call from when to when, clipped to the window; the past as it was"""
    schedule = _known(look.config.schedule(path.id))
    start = _instant(query.from_, schedule.timezone, look.now)
    end = start + SHOWN if query.to is None else instant(query.to, schedule.timezone, "end")
    if not timedelta(0) <= end - start <= LONGEST:
        refuse_fields(("to", f"must not come before from, nor more than {LONGEST.days} days after it"))
    found = history.shifts(look.session, look.config.oncall, schedule, Span(start, end))
    return [
        {
            "from": iso(shift.from_at),
            "to": iso(shift.to_at),
            "person": person_json(look.config, shift.person),
            "source": shift.source,
        }
        for shift in found
    ]


def preview(look: Look, body: PreviewRequest) -> Answer:
    """What a schedule would do, from the request alone; nothing is stored"""
    world = look.config.oncall
    return previewed(body, world.calendars, world.rotations.values()).model_dump(mode="json", by_alias=True)


def opening(look: Look, path: IdPath, query: AtQuery) -> Answer:
    """Whether the office is open, and until when or from when"""
    calendar = _known(look.config.oncall.calendars.get(path.id))
    state = opening_state(calendar, _instant(query.at, calendar.timezone, look.now))
    return {
        "open": state.open,
        "opens_at": iso_or_none(state.opens_at),
        "closes_at": iso_or_none(state.closes_at),
    }


def _known(found: T | None) -> T:
    if found is None:
        refuse(404, NO_SUCH_THING)
    return found


def _instant(at: datetime | None, timezone: str, now: datetime) -> datetime:
    return now if at is None else instant(at, timezone, "start")

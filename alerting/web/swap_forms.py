"""Forms about shifts that change hands, for desk and console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from flask import abort, flash, request

from alerting.runtime import Runtime
from alerting.swaps.service import Refused
from alerting.web import local_times, swap_words
from alerting.web.visitor import visitor
from alerting.work import Work
from oncall.pieces import Span
from oncall.swaps.rules import Part
from oncall.world import OnCallWorld


@contextmanager
def command(runtime: Runtime) -> Iterator[Work]:
    """One transaction; a refused command changes nothing and says why on the next page."""
    try:
        with runtime.work() as work:
            yield work
    except Refused as refused:
        if refused.why == "unknown":
            abort(404)
        flash(swap_words.refusal(refused), "problem")


def posted_part(holder: str | None, world: OnCallWorld) -> Part:
    """What the form names. Its hidden fields hold the instants that the visible ones were filled with."""
    schedule, timezone = request.form.get("schedule", ""), visitor().config.provider.timezone
    if schedule not in world.schedules:
        abort(404)
    from_offered, to_offered = (instants(request.form.get(name, "")) for name in ("offered_from", "offered_to"))
    from_at = local_times.read(request.form.get("from", ""), timezone, "start", from_offered)
    to_at = local_times.read(request.form.get("to", ""), timezone, "end", to_offered)
    if from_at is None or to_at is None:
        abort(400)
    return Part(schedule, holder, Span(from_at, to_at))


def instants(written: str) -> list[datetime]:
    """Empty for what is no instant with an offset."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return []
    return [at] if at.tzinfo is not None and local_times.EARLIEST <= at.year <= local_times.LATEST else []


def schedule_name(schedule_id: str) -> str:
    schedule = visitor().config.schedule(schedule_id)
    return (schedule and schedule.name) or schedule_id

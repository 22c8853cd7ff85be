"""A shift whose person has not shown to be reachable, given to whoever is next in line: by policy, never otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from alerting.duty.schedule_use import watches_in
from alerting.duty.watches import Watch, whole
from alerting.notifications import service as notifications
from alerting.rota import standing
from alerting.work import Work
from core.settings import Settings
from oncall.pieces import Span
from oncall.schema import Schedule, StandingOverride

LONGEST = timedelta(hours=24)  # then the person's next watch begins, and is proved like any other
BEFORE = timedelta(hours=1)
NOTE = "reachability test"


def cover(work: Work, settings: Settings, watch: Watch, in_line: Sequence[str]) -> str | None:
    """Lay an override on the schedule: the first in line who has a telephone and is not on it anyway takes the shift.
    None when there is nobody."""
    schedule = work.config.oncall.schedules[watch.schedule]
    window = Span(watch.starts_at - BEFORE, watch.starts_at + LONGEST)
    there = watches_in(schedule.id, work.config.oncall, window)
    shift = next((one for one in whole(there, window) if one.person == watch.person), None)
    on = {one.person for one in there if one.starts_at <= watch.starts_at < one.ends_at}
    taker = next((one for one in in_line if one not in on and _has_phone(work, one)), None)
    if shift is None or taker is None:
        return None
    override = _override(schedule, watch, shift, taker)
    if override.id in {one.id for one in schedule.overrides}:
        return taker
    standing.enter(work.session, [override], settings, work.now)
    return taker


def _override(schedule: Schedule, watch: Watch, shift: Watch, taker: str) -> StandingOverride:
    return StandingOverride.model_validate(
        {
            "id": f"cover-{watch.person}-{watch.starts_at:%Y%m%d%H%M}"[:40],
            "schedule": schedule.id,
            "kind": "replace",
            "remove": watch.person,
            "add": taker,
            "from": watch.starts_at,
            "to": min(shift.ends_at, watch.starts_at + LONGEST),
            "note": NOTE,
        }
    )


def _has_phone(work: Work, person_id: str) -> bool:
    person = work.config.oncall.people.get(person_id)
    if person is None:
        return False
    return any(notifications.way_to_tell(work, person, (channel,)) is not None for channel in ("sms", "voice"))

"""A carrier that refuses us for a reason that is ours (credentials, sender, permissions): no engineer can help, so the
managers are told, /readyz says so until something gets through again, and `guardia doctor` for a day."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, exists, select, update
from sqlalchemy.orm import Session

from alerting.notifications import messages, out_of_use, service
from alerting.notifications.attempts import HANDED_OVER
from alerting.notifications.models import AttemptRow, CarrierAlarmRow
from alerting.work import Work
from core.upsert import Upsert

log = logging.getLogger(__name__)

CHANNELS = ("sms", "voice")
TOLD_AGAIN = timedelta(hours=4)
REMEMBERED = timedelta(hours=24)
UNNAMED = "unnamed"
OTHER_WAYS = {"sms": ("email",), "voice": ("sms", "email")}
"""By channel that is refused: how managers are told."""

_alarms = cast(Table, CarrierAlarmRow.__table__)
_SOUND = Upsert(
    _alarms,
    lambda into: into.on_conflict_do_update(
        index_elements=[_alarms.c.channel, _alarms.c.code],
        set_={"last_at": into.excluded.last_at, "times": _alarms.c.times + 1},
    ).returning(_alarms.c.times, _alarms.c.told_at),
)


@dataclass(frozen=True)
class Alarm:
    """`standing`: nothing has been handed over by this channel since."""

    channel: str
    code: str
    last_at: datetime
    times: int
    standing: bool


def sound(work: Work, channel: str, code: str | None) -> None:
    """Note the refusal; managers are told of the first one, and again when it has lasted for hours."""
    code = code or UNNAMED
    log.error("the carrier refuses us by %s (code %s): check the account, its numbers and permissions", channel, code)
    now = work.now
    found = _SOUND.run(
        work.session, channel=channel, code=code, first_at=now, last_at=now, times=1, told_at=now
    )  # fmt: skip
    if found.times > 1 and now - found.told_at < TOLD_AGAIN:
        return
    told = (_alarms.c.channel == channel, _alarms.c.code == code)
    work.session.execute(update(CarrierAlarmRow).where(*told).values(told_at=now))
    text = messages.CarrierRefusesSms(error=code, by_call=channel == "voice")
    reached = [service.inform(work, one, text, by=OTHER_WAYS[channel]) for one in out_of_use.managers(work)]
    if not any(reached):
        log.error("no manager could be told that the carrier refuses us (code %s)", code)


def recent(session: Session, now: datetime) -> Sequence[Alarm]:
    """Of the last day, the latest first."""
    since = (
        AttemptRow.channel == _alarms.c.channel,
        AttemptRow.state.in_([state.value for state in HANDED_OVER]),
        AttemptRow.sent_at > _alarms.c.last_at,
    )
    rows = session.execute(
        select(CarrierAlarmRow, exists().where(*since))
        .where(CarrierAlarmRow.last_at > now - REMEMBERED)
        .order_by(CarrierAlarmRow.last_at.desc())
    )
    return [Alarm(row.channel, row.code, row.last_at, row.times, not passed) for row, passed in rows]

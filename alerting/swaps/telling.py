"""Who is told what about a request: by mail, and whoever wants it by text message too."""

from __future__ import annotations

from collections.abc import Iterable

from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.messages import Sms
from alerting.swaps.models import ShiftRequestRow
from alerting.work import Work
from oncall.methods.own import NOTHING

HANDOFF = "handoff"
PAGE, SHIFTS = "/desk/swaps", "/desk/shifts"


def asked(work: Work, row: ShiftRequestRow, people: Iterable[str]) -> None:
    asker = work.config.person_name(row.asker_id)
    text: Sms = messages.ShiftAskedSms(
        name=asker,
        schedule=_schedule(work, row.schedule_id),
        from_at=row.from_at,
        to_at=row.to_at,
        desk_url=PAGE,
        lines=(row.note,) if row.note else (),
    )
    if row.back_from_at is not None and row.back_to_at is not None:
        text = messages.SwapAskedSms(
            name=asker,
            schedule=_schedule(work, row.schedule_id),
            from_at=row.from_at,
            to_at=row.to_at,
            back_from_at=row.back_from_at,
            back_to_at=row.back_to_at,
            desk_url=PAGE,
            lines=(row.note,) if row.note else (),
        )
    for person_id in people:
        _tell(work, person_id, text)


def taken(work: Work, row: ShiftRequestRow) -> None:
    """Both sides: what each has now, and what not any more."""
    if row.taker_id is None:
        return
    names, schedule = work.config.person_name, _schedule(work, row.schedule_id)
    if row.asker_id is not None and row.back_from_at is not None and row.back_to_at is not None:
        theirs, back = (row.from_at, row.to_at), (row.back_from_at, row.back_to_at)
        for person, other, now, before in (
            (row.taker_id, row.asker_id, theirs, back),
            (row.asker_id, row.taker_id, back, theirs),
        ):
            _tell(work, person, messages.SwapMadeSms(
                name=names(other), from_at=now[0], to_at=now[1], gone_from_at=before[0], gone_to_at=before[1],
                desk_url=SHIFTS,
            ))  # fmt: skip
        return
    _tell(work, row.taker_id, messages.ShiftYoursSms(
        schedule=schedule, from_at=row.from_at, to_at=row.to_at, instead_of=names(row.asker_id) or None,
        desk_url=SHIFTS,
    ))  # fmt: skip
    if row.asker_id is not None:
        _tell(work, row.asker_id, messages.ShiftTakenSms(
            name=names(row.taker_id), schedule=schedule, from_at=row.from_at, to_at=row.to_at, desk_url=SHIFTS
        ))  # fmt: skip


def ended(work: Work, row: ShiftRequestRow, why: str) -> None:
    """To the asker: it stays theirs, or is not theirs any more anyway."""
    if row.asker_id is not None:
        _tell(work, row.asker_id, _end(work, row, why))


def withdrawn(work: Work, row: ShiftRequestRow) -> None:
    """To the one who was asked; of everybody, nobody is troubled again."""
    if row.asked_of is not None:
        _tell(work, row.asked_of, _end(work, row, "withdrawn"))


def _end(work: Work, row: ShiftRequestRow, why: str) -> Sms:
    who = row.asked_of if why == "declined" else row.asker_id
    return messages.ShiftRequestEndedSms(
        why=why,
        name=work.config.person_name(who),
        schedule=_schedule(work, row.schedule_id),
        from_at=row.from_at,
        desk_url=PAGE,
    )


def _tell(work: Work, person_id: str, text: Sms) -> None:
    person = work.config.oncall.people.get(person_id)
    if person is None:
        return
    notifications.inform(work, person, text, by=("email",), purpose=HANDOFF)
    if work.config.own.get(person_id, NOTHING).handoff_sms:
        notifications.inform(work, person, text, by=("sms",), purpose=HANDOFF)


def _schedule(work: Work, schedule_id: str) -> str:
    schedule = work.config.schedule(schedule_id)
    return (schedule and schedule.name) or schedule_id

"""Ask for cover or a swap, take a shift, and end a request. Whoever decides holds the configuration: what was looked at
is what is changed. Every command may come twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update

from alerting.configuration import parse
from alerting.duty.schedule_use import used_schedules
from alerting.notifications import service as notifications
from alerting.rota import standing
from alerting.swaps import queries, telling
from alerting.swaps.models import ShiftPassRow, ShiftRequestRow
from alerting.work import Work
from core.audit.chain import SYSTEM as BY_ITSELF
from core.audit.chain import LogActor
from core.documents import store
from core.ids import ulid
from core.settings import Settings
from core.time import iso
from oncall.pieces import Span
from oncall.schema import StandingOverride
from oncall.swaps import rules, states
from oncall.swaps.rules import InTheWay, Part
from oncall.swaps.states import SwapEvent, SwapState

MOST_OPEN = 20
NOTE_LENGTH = 500

Why = Literal[
    "unknown", "out_of_range", "not_yours", "not_theirs", "unmovable", "asked_already", "too_many",
    "own", "over", "moved", "no_phone", "absent", "look_first", "no_gap",
]  # fmt: skip


class Refused(Exception):
    """What was asked cannot be done, and nothing has changed. `taken_by`: who was faster, if somebody was; `clash` is
    what is in the way of the one who would take it."""

    def __init__(self, why: Why, taken_by: str | None = None, clash: InTheWay | None = None) -> None:
        super().__init__(why)
        self.why, self.taken_by, self.clash = why, taken_by, clash


@dataclass(frozen=True)
class Wanted:
    """`asked_of` None: everybody. `back`: the shift of the one who is asked that is offered to be taken in turn."""

    part: Part
    asked_of: str | None = None
    back: Part | None = None
    note: str = ""


def ask(work: Work, settings: Settings, wanted: Wanted, actor: LogActor) -> str:
    """The request's id; the same one when it is there already."""
    _hold(work, settings)
    part, back = _to_come(wanted.part, work.now), wanted.back
    _check_wanted(work, wanted, part)
    there = _overlapping(work, part)
    same = [one for one in there if _is_same(one, wanted, part)]
    if same:
        return same[0].id
    if there:
        raise Refused("asked_already")
    if queries.how_many_open(work.session, part.holder or "") >= MOST_OPEN:
        raise Refused("too_many")
    lapses_at = part.span.from_at if part.span.from_at > work.now else part.span.to_at
    row = _row(work, part, actor, kind="swap" if back else "cover", asked_of=wanted.asked_of, note=wanted.note)
    if back is not None:
        row.back_schedule_id, (row.back_from_at, row.back_to_at) = back.schedule, back.span
        lapses_at = min(lapses_at, back.span.from_at)
    row.lapses_at = lapses_at
    work.session.add(row)
    work.session.flush()
    _record(work, row, "swap.asked", actor)
    telling.asked(work, row, _whom_to_ask(work, row))
    return row.id


def take(work: Work, settings: Settings, request_id: str, person: str, seen: str, actor: LogActor) -> ShiftRequestRow:
    """The first one has it. `seen`: what was said to be in the way when the button was pressed."""
    _hold(work, settings)
    row = _found(work, request_id, person)
    if row.asker_id == person:
        raise Refused("own")
    if row.state == SwapState.TAKEN and row.taker_id == person:
        return row
    if row.state != SwapState.OPEN or row.lapses_at <= work.now:
        raise Refused("over", row.taker_id)
    parts = parts_of(row, person, work.now)
    if not all(rules.holds(part, work.config.oncall) for part in parts):
        raise Refused("moved")
    overrides = _overrides(row, parts, person, actor)
    _check_taker(work, overrides, parts, person, seen)
    if not _move(work, row, SwapEvent.TAKE, actor, taker_id=person):
        raise Refused("over", row.taker_id)
    standing.enter(work.session, overrides, settings, work.now)
    telling.taken(work, row)
    return row


def give(work: Work, settings: Settings, part: Part, taker: str, seen: str, actor: LogActor) -> ShiftRequestRow | None:
    """A shift, or with no holder a gap, is the taker's at once: who takes an open one, or whom a manager gives it.
    None when it is theirs already."""
    _hold(work, settings)
    if part.schedule not in work.config.oncall.schedules or taker not in work.config.oncall.people:
        raise Refused("unknown")
    if not rules.is_sound(part.span, work.now):
        raise Refused("out_of_range")
    part = _to_come(part, work.now)
    if rules.holds(Part(part.schedule, taker, part.span), work.config.oncall):
        return None
    if not rules.holds(part, work.config.oncall):
        raise Refused("no_gap" if part.holder is None else "moved")
    if part.holder == taker:
        raise Refused("own")
    row = _row(work, part, actor, kind="cover" if part.holder else "gap")
    row.state, row.taker_id, row.ended_at, row.ended_by = "taken", taker, work.now, actor.id
    row.lapses_at = part.span.to_at
    overrides = _overrides(row, [part], taker, actor)
    _check_taker(work, overrides, [part], taker, seen)
    for overtaken in _overlapping(work, part):
        _move(work, overtaken, SwapEvent.WITHDRAW, actor)
    work.session.add(row)
    work.session.flush()
    _record(work, row, "swap.arranged", actor)
    standing.enter(work.session, overrides, settings, work.now)
    telling.taken(work, row)
    return row


def decline(work: Work, request_id: str, person: str, actor: LogActor) -> ShiftRequestRow:
    """No. Of everybody's, the others may still take it."""
    row = _found(work, request_id, person)
    if row.asker_id == person:
        raise Refused("own")
    if row.asked_of is None:
        _pass(work, row, person, actor)
    elif _move(work, row, SwapEvent.DECLINE, actor):
        telling.ended(work, row, "declined")
    elif row.state != SwapState.DECLINED:
        raise Refused("over", row.taker_id)
    return row


def withdraw(work: Work, request_id: str, person: str | None, actor: LogActor) -> ShiftRequestRow:
    """By its asker; `person` None: by a manager, who may end anybody's."""
    row = queries.find(work.session, request_id)
    if row is None or (person is not None and row.asker_id != person):
        raise Refused("unknown")
    if _move(work, row, SwapEvent.WITHDRAW, actor):
        telling.withdrawn(work, row)
    elif row.state != SwapState.WITHDRAWN:
        raise Refused("over", row.taker_id)
    return row


def review(work: Work, settings: Settings) -> int:
    """End what has lapsed, and what the rota has overtaken; how many."""
    count = 0
    for row in queries.open_requests(work.session):
        if row.lapses_at <= work.now:
            event, why = SwapEvent.EXPIRE, "expired"
        elif not _still_stands(work, row):
            event, why = SwapEvent.VOID, "void"
        else:
            continue
        if _move(work, row, event, BY_ITSELF):
            telling.ended(work, row, why)
            count += 1
    return count


def parts_of(row: ShiftRequestRow, taker: str | None, now: datetime) -> list[Part]:
    """What changes hands: the asker's shift, and of a swap the taker's."""
    parts = [_to_come(Part(row.schedule_id, row.asker_id, Span(row.from_at, row.to_at)), now)]
    if row.back_schedule_id is not None and row.back_from_at is not None and row.back_to_at is not None:
        parts.append(Part(row.back_schedule_id, taker, Span(row.back_from_at, row.back_to_at)))
    return parts


def clashes(work: Work, parts: Sequence[Part], taker: str) -> list[InTheWay]:
    """What is in the taker's way during the first part, but for what they give for it."""
    pages = used_schedules(work.config.policies.values(), work.config.oncall)
    return rules.in_the_way(taker, parts[0].span, work.config.oncall, pages, parts[1:])


def fingerprint(found: Sequence[InTheWay]) -> str:
    """What somebody has been told is in their way, to see that they were told the same."""
    return " ".join(f"{one.why}/{one.schedule or ''}/{iso(one.span.to_at)}" for one in found)


def can_be_paged(work: Work, person_id: str) -> bool:
    """Whether they have a verified telephone that works."""
    person = work.config.oncall.people.get(person_id)
    return person is not None and any(
        notifications.way_to_tell(work, person, (channel,)) is not None for channel in ("sms", "voice")
    )


def _hold(work: Work, settings: Settings) -> None:
    """Nobody else changes the rota before this transaction ends; what was read before somebody did is read again."""
    version = store.hold(work.session)
    if version != work.config.version:
        work.config = parse(version, store.load(work.session), settings)


def _check_wanted(work: Work, wanted: Wanted, part: Part) -> None:
    world, back = work.config.oncall, wanted.back
    if part.schedule not in world.schedules or (wanted.asked_of is not None and wanted.asked_of not in world.people):
        raise Refused("unknown")
    if wanted.asked_of == part.holder:
        raise Refused("own")
    if not rules.is_sound(wanted.part.span, work.now):
        raise Refused("out_of_range")
    if not rules.holds(part, world):
        raise Refused("not_yours")
    if not rules.may_move(part, world):
        raise Refused("unmovable")
    if back is not None:
        if not rules.is_sound(back.span, work.now) or back.span.from_at <= work.now:
            raise Refused("out_of_range")
        if back.holder != wanted.asked_of or back.holder is None or not rules.holds(back, world):
            raise Refused("not_theirs")
        if not rules.may_move(back, world):
            raise Refused("unmovable")


def _check_taker(
    work: Work,
    overrides: Sequence[StandingOverride],
    parts: Sequence[Part],
    taker: str,
    seen: str,
) -> None:
    if not can_be_paged(work, taker):
        raise Refused("no_phone")
    found = clashes(work, parts, taker)
    absent = next((one for one in found if one.why == "absent"), None)
    if absent is not None:
        raise Refused("absent", clash=absent)
    if found and fingerprint(found) != seen:
        raise Refused("look_first", clash=found[0])
    if not rules.takes_effect(overrides, work.config.oncall):
        raise Refused("unmovable")


def _found(work: Work, request_id: str, person: str) -> ShiftRequestRow:
    """One that the person may know of."""
    row = queries.find(work.session, request_id)
    if row is None or row.kind == "gap" or (row.asked_of is not None and person not in (row.asked_of, row.asker_id)):
        raise Refused("unknown")
    return row


def _move(work: Work, row: ShiftRequestRow, event: SwapEvent, actor: LogActor, taker_id: str | None = None) -> bool:
    """One conditional write decides who was first; False when it has ended meanwhile."""
    then = states.after(SwapState.OPEN, event)
    moved = work.session.execute(
        update(ShiftRequestRow)
        .where(ShiftRequestRow.id == row.id, ShiftRequestRow.state == SwapState.OPEN.value)
        .values(state=then, taker_id=taker_id, ended_at=work.now, ended_by=actor.id)
        .returning(ShiftRequestRow.id)
        .execution_options(synchronize_session=False)
    ).first()
    work.session.refresh(row)
    if moved is not None and then is not None:
        _record(work, row, f"swap.{then.value}", actor)
    return moved is not None


def _pass(work: Work, row: ShiftRequestRow, person: str, actor: LogActor) -> None:
    if row.state != SwapState.OPEN:
        raise Refused("over", row.taker_id)
    if work.session.get(ShiftPassRow, (row.id, person)) is None:
        work.session.add(ShiftPassRow(request_id=row.id, person_id=person, passed_at=work.now))
        work.session.flush()
        _record(work, row, "swap.passed", actor)


def _still_stands(work: Work, row: ShiftRequestRow) -> bool:
    people = work.config.oncall.people
    if any(person is not None and person not in people for person in (row.asker_id, row.asked_of)):
        return False
    return all(rules.holds(part, work.config.oncall) for part in parts_of(row, row.asked_of, work.now))


def _overlapping(work: Work, part: Part) -> list[ShiftRequestRow]:
    """Open requests about the same time of the same person."""
    if part.holder is None:
        return []
    return list(
        work.session.scalars(
            select(ShiftRequestRow).where(
                ShiftRequestRow.state == SwapState.OPEN.value,
                ShiftRequestRow.asker_id == part.holder,
                ShiftRequestRow.schedule_id == part.schedule,
                ShiftRequestRow.from_at < part.span.to_at,
                ShiftRequestRow.to_at > part.span.from_at,
            )
        )
    )


def _is_same(row: ShiftRequestRow, wanted: Wanted, part: Part) -> bool:
    """The same as before, sent again; of a running shift the rest has become shorter meanwhile."""
    back = None if row.back_from_at is None or row.back_to_at is None else Span(row.back_from_at, row.back_to_at)
    begins_alike = row.from_at == part.span.from_at or max(row.from_at, wanted.part.span.from_at) <= part.span.from_at
    return (
        begins_alike
        and row.to_at == part.span.to_at
        and row.asked_of == wanted.asked_of
        and back == (wanted.back.span if wanted.back else None)
    )


def _whom_to_ask(work: Work, row: ShiftRequestRow) -> list[str]:
    if row.asked_of is not None:
        return [row.asked_of]
    schedule = work.config.oncall.schedules[row.schedule_id]
    return [one for one in rules.members(schedule, work.config.oncall, work.now) if one != row.asker_id]


def _row(
    work: Work, part: Part, actor: LogActor, *, kind: str, asked_of: str | None = None, note: str = ""
) -> ShiftRequestRow:
    return ShiftRequestRow(
        id=ulid(),
        kind=kind,
        state=SwapState.OPEN.value,
        schedule_id=part.schedule,
        asker_id=part.holder,
        from_at=part.span.from_at,
        to_at=part.span.to_at,
        asked_of=asked_of,
        note=note[:NOTE_LENGTH],
        created_at=work.now,
        made_by=actor.id or "",
    )


def _overrides(row: ShiftRequestRow, parts: Sequence[Part], taker: str, actor: LogActor) -> list[StandingOverride]:
    """For each part that changes hands; the second goes the other way."""
    takers = (taker, row.asker_id or taker)
    return [
        rules.override(f"swap-{row.id.lower()}-{number}", part, who, actor.id or "", row.kind)
        for number, (part, who) in enumerate(zip(parts, takers, strict=False), 1)
    ]


def _to_come(part: Part, now: datetime) -> Part:
    return Part(part.schedule, part.holder, rules.still_to_come(part.span, now))


def _record(work: Work, row: ShiftRequestRow, kind: str, actor: LogActor) -> None:
    data = {
        "schedule": row.schedule_id,
        "from": iso(row.from_at),
        "to": iso(row.to_at),
        "asker": row.asker_id,
        "asked_of": row.asked_of,
        "taker": row.taker_id,
    }
    if row.back_from_at is not None and row.back_to_at is not None:
        data |= {
            "back_schedule": row.back_schedule_id,
            "back_from": iso(row.back_from_at),
            "back_to": iso(row.back_to_at),
        }
    work.record(f"swap:{row.id}", kind, data, actor=actor)

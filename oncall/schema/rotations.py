"""Rotations: people in turn."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from oncall.schema.fields import By, ClockTime, Fill, Id, Instant, Timezone, Value, check_span, one_of_each
from oncall.walltime import instant, to_local

_LENGTHS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "weekdays": timedelta(days=1),
}
_A_MONDAY = datetime.fromisoformat("1970-01-05T00:00")
RotationKind = Literal["hourly", "daily", "weekly", "monthly", "weekdays"]


class Change(Value):
    """From `from` on, this list, beginning with `first` (None: with its first entry). The past stays what it was."""

    from_: Instant = Field(alias="from")
    participants: tuple[Id | None, ...] = Field(min_length=1)
    first: Id | None = None

    @model_validator(mode="after")
    def _first_takes_part(self) -> Self:
        if self.first is not None and self.first not in self.participants:
            allowed = ", ".join(sorted({person for person in self.participants if person}))
            raise ValueError(f"first {self.first!r} is not among the participants of this change; allowed: {allowed}")
        return self


class StandingChange(Change):
    """One that stands beside its rotation, entered in the console; naive times are local to the rotation's zone."""

    id: Id
    rotation: Id
    by: By = None

    def as_part(self) -> Change:
        """As the rotation would hold it."""
        return Change.model_construct(**{name: getattr(self, name) for name in Change.model_fields})


class Pause(Value):
    """One person's turns are taken by the next one, or by nobody; the others' turns do not move."""

    person: Id
    from_: Instant = Field(alias="from")
    to: Instant
    fill: Fill = "next"


class DayPeople(Value):
    """Who takes the hand-off of each weekday; None: nobody."""

    mon: Id | None = None
    tue: Id | None = None
    wed: Id | None = None
    thu: Id | None = None
    fri: Id | None = None
    sat: Id | None = None
    sun: Id | None = None

    def in_order(self) -> tuple[Id | None, ...]:
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)


class Rotation(Value):
    """Turns in order, handed off on the wall clock of `timezone`. `anchor` is one hand-off, at which the first
    participant begins; the phase holds before it too. Of the kind `weekdays`, `days` and `handoff` say it instead."""

    id: Id
    kind: RotationKind
    timezone: Timezone
    every: int = Field(default=1, ge=1, le=1000)
    anchor: Instant | None = None
    participants: tuple[Id | None, ...] = ()
    changes: tuple[Change, ...] = ()
    pauses: tuple[Pause, ...] = ()
    handoff: ClockTime | None = None
    days: DayPeople | None = None

    @model_validator(mode="after")
    def _keys_suit_kind(self) -> Self:
        turns = {"anchor": self.anchor, "participants": self.participants or None}
        weekdays = {"handoff": self.handoff, "days": self.days}
        needed, foreign = (weekdays, turns) if self.kind == "weekdays" else (turns, weekdays)
        for key, value in needed.items():
            if value is None:
                raise ValueError(f"the rotation {self.id!r} of kind {self.kind} has no {key}; add {key}")
        for key, value in foreign.items():
            if value is not None:
                kinds = "hourly, daily, weekly or monthly" if self.kind == "weekdays" else "weekdays"
                raise ValueError(
                    f"the rotation {self.id!r} of kind {self.kind} takes no {key}; remove it or use {kinds}"
                )
        if self.kind == "weekdays" and (self.changes or self.every != 1):
            raise ValueError(
                f"the rotation {self.id!r} of kind weekdays takes neither every nor changes; "
                "change days, or use a schedule's overrides"
            )
        if self.handoff == timedelta(days=1):
            raise ValueError(f"the handoff '24:00' of the rotation {self.id!r} is the next day's; write '00:00'")
        return self

    @model_validator(mode="after")
    def _spans_run_forward(self) -> Self:
        for pause in self.pauses:
            check_span(f"the pause of {pause.person!r}", pause.from_, pause.to, self.timezone)
        one_of_each("change from", lambda change: change)(self.change_instants())
        return self

    @cached_property
    def wall_anchor(self) -> datetime:
        """Naive local. The kind `weekdays` is a daily rotation of seven turns that begins on a Monday."""
        if self.anchor is None:
            return _A_MONDAY + (self.handoff or timedelta(0))
        return self.anchor if self.anchor.tzinfo is None else to_local(self.anchor, self.timezone)

    @cached_property
    def length(self) -> timedelta | None:
        """Of one turn on the face of the clock; None for months, which differ."""
        length = _LENGTHS.get(self.kind)
        return None if length is None else length * self.every

    @cached_property
    def order(self) -> tuple[str | None, ...]:
        """Before any change."""
        return self.participants if self.days is None else self.days.in_order()

    @cached_property
    def latest(self) -> list[Any]:
        """Room for one turn as it was computed last: whoever asks next asks mostly about the same one."""
        return []

    def change_instants(self) -> tuple[datetime, ...]:
        """UTC, in the order of the file."""
        return tuple(instant(change.from_, self.timezone, "start") for change in self.changes)


def with_changes(rotation: Rotation, changes: Iterable[StandingChange]) -> Rotation:
    """The rotation with those that stand beside it laid on its own; those of other rotations are passed over. At the
    instant of one of its own, the one beside it counts. One of the kind weekdays takes none."""
    more = [one.as_part() for one in changes if one.rotation == rotation.id]
    if not more or rotation.kind == "weekdays":
        return rotation
    return rotation.model_copy(update={"changes": (*rotation.changes, *more)})

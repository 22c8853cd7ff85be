"""Rotations: people in turn, by a rule of ours or by a rota that is kept in PagerDuty."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from oncall.schema.fields import By, ClockTime, Fill, Id, Instant, Timezone, Value, check_span, one_of_each
from oncall.walltime import instant, to_local

_LENGTHS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "weekdays": timedelta(days=1),
}
_A_MONDAY = datetime.fromisoformat("1970-01-05T00:00")
RotationKind = Literal["hourly", "daily", "weekly", "monthly", "weekdays", "pagerduty"]
TurnKind = Literal["hourly", "daily", "weekly", "monthly", "weekdays"]
TURNS = ("hourly", "daily", "weekly", "monthly")
_KEYS = {"weekdays": ("handoff", "days"), "pagerduty": ("pagerduty",)}
_KEYS_IN_TURN = ("anchor", "participants")


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


class Change(Value):
    """From `from` on, this list, beginning with `first` (None: with its first entry). The past stays what it was. With
    a `kind` the turns are others too: `every` so many (None: one), handed off at `anchor` (None: `from` is the first
    hand-off), or of the kind `weekdays` by `days` and `handoff`."""

    from_: Instant = Field(alias="from")
    participants: tuple[Id | None, ...] = ()
    first: Id | None = None
    kind: TurnKind | None = None
    every: int | None = Field(default=None, ge=1, le=1000)
    anchor: Instant | None = None
    handoff: ClockTime | None = None
    days: DayPeople | None = None

    @model_validator(mode="after")
    def _keys_suit_kind(self) -> Self:
        by_weekday = self.kind == "weekdays"
        needed = ("handoff", "days") if by_weekday else ("participants",)
        allowed = (*needed, *(() if by_weekday else ("first",)), *(("every", "anchor") if self.kind in TURNS else ()))
        for key in ("participants", "first", "every", "anchor", "handoff", "days"):
            given = getattr(self, key) not in (None, ())
            if key in needed and not given:
                raise ValueError(f"the change has no {key}; add {key}")
            if given and key not in allowed:
                of = f"of kind {self.kind}" if self.kind else "without a kind"
                raise ValueError(f"the change {of} takes no {key}; remove it or write another kind")
        if self.handoff == timedelta(days=1):
            raise ValueError("the handoff '24:00' of the change is the next day's; write '00:00'")
        return self

    @model_validator(mode="after")
    def _first_takes_part(self) -> Self:
        if self.first is not None and self.first not in self.participants:
            allowed = ", ".join(sorted({person for person in self.participants if person}))
            raise ValueError(f"first {self.first!r} is not among the participants of this change; allowed: {allowed}")
        return self

    @cached_property
    def order(self) -> tuple[str | None, ...]:
        return self.participants if self.days is None else self.days.in_order()


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


PagerDutyId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{5,20}$")]


class PagerDutyRota(Value):
    """Whose rota to follow: a schedule's there, or who is on call on one level of an escalation policy, counted from 1.
    Both by their ids as in the address of their page, such as PSCH001."""

    schedule: PagerDutyId | None = None
    escalation_policy: PagerDutyId | None = None
    level: int | None = Field(default=None, ge=1, le=100)
    region: Literal["us", "eu"] = "us"

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.schedule is None) == (self.escalation_policy is None):
            raise ValueError("pagerduty names either a schedule or an escalation_policy; write one of them, not both")
        if self.level is not None and self.escalation_policy is None:
            raise ValueError(f"the level {self.level} belongs to an escalation_policy; a schedule has none, remove it")
        return self

    @property
    def source(self) -> str:
        """`us schedule PSCH001`: the same while the same is followed."""
        if self.schedule is not None:
            return f"{self.region} schedule {self.schedule}"
        return f"{self.region} escalation_policy {self.escalation_policy} {self.level or 1}"


class Rotation(Value):
    """Turns in order, handed off on the wall clock of `timezone`. `anchor` is one hand-off, at which the first
    participant begins; the phase holds before it too. Of the kind `weekdays`, `days` and `handoff` say it instead; of
    the kind `pagerduty`, a rota there, as it was last read."""

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
    pagerduty: PagerDutyRota | None = None

    @model_validator(mode="after")
    def _keys_suit_kind(self) -> Self:
        needed = _KEYS.get(self.kind, _KEYS_IN_TURN)
        for key in (*_KEYS_IN_TURN, *(key for keys in _KEYS.values() for key in keys)):
            given = getattr(self, key) not in (None, ())
            if key in needed and not given:
                raise ValueError(f"the rotation {self.id!r} of kind {self.kind} has no {key}; add {key}")
            if given and key not in needed:
                kinds = next((kind for kind, keys in _KEYS.items() if key in keys), "hourly, daily, weekly or monthly")
                raise ValueError(
                    f"the rotation {self.id!r} of kind {self.kind} takes no {key}; remove it or use {kinds}"
                )
        if not self.has_turns and (self.every != 1 or (self.changes and self.kind == "pagerduty")):
            instead = "change days" if self.kind == "weekdays" else "change it in PagerDuty"
            takes = "no every" if self.kind == "weekdays" else "neither every nor changes"
            raise ValueError(
                f"the rotation {self.id!r} of kind {self.kind} takes {takes}; {instead}, or use a schedule's overrides"
            )
        if self.handoff == timedelta(days=1):
            raise ValueError(f"the handoff '24:00' of the rotation {self.id!r} is the next day's; write '00:00'")
        return self

    @model_validator(mode="after")
    def _spans_run_forward(self) -> Self:
        for pause in self.pauses:
            check_span(f"the pause of {pause.person!r}", pause.from_, pause.to, self.timezone)
        one_of_each("change from", lambda change: change)(self.change_instants())
        if len(self.eras) != len(self.changes):
            raise ValueError(
                f"a change of the rotation {self.id!r} has participants while it goes by weekday; "
                "give that change a kind, or the kind weekdays with days"
            )
        return self

    @property
    def has_turns(self) -> bool:
        """Whether its participants take turns in a list that can be changed from an instant on."""
        return self.kind not in _KEYS

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
    def eras(self) -> tuple["Era", ...]:
        """What follows from each change, in the order of time. A change that means nothing (people in turn while it
        goes by weekday) is passed over."""
        found: list[Era] = []
        in_order = sorted(zip(self.change_instants(), self.changes, strict=True), key=lambda pair: pair[0])
        rule: Rotation | None = None
        for at, change in in_order:
            if change.kind is None and not (rule or self).has_turns:
                continue
            rule = rule if change.kind is None else self._ruled_by(change)
            first = 0 if change.first is None else change.participants.index(change.first)
            found.append(Era(at, rule, change.order, first))
        return tuple(found)

    def rule_at(self, at: datetime) -> "Rotation":
        """By whose kind, length and hand-offs its turns go at the aware instant; its people are those before any
        change."""
        rules = [era.rule for era in self.eras if era.from_at <= at]
        return rules[-1] or self if rules else self

    def _ruled_by(self, change: Change) -> "Rotation":
        by_weekday = change.kind == "weekdays"
        anchor = None if by_weekday else change.anchor or change.from_
        return self.model_copy(
            update={
                "kind": change.kind,
                "every": change.every or 1,
                "anchor": anchor,
                "participants": change.participants,
                "handoff": change.handoff,
                "days": change.days,
                "changes": (),
            }
        )

    @cached_property
    def latest(self) -> list[Any]:
        """Room for one turn as it was computed last: whoever asks next asks mostly about the same one."""
        return []

    def change_instants(self) -> tuple[datetime, ...]:
        """UTC, in the order of the file."""
        return tuple(instant(change.from_, self.timezone, "start") for change in self.changes)


def with_changes(rotation: Rotation, changes: Iterable[StandingChange]) -> Rotation:
    """The rotation with those that stand beside it laid on its own; those of other rotations are passed over. At the
    instant of one of its own, the one beside it counts. One that follows PagerDuty takes none."""
    more = [one.as_part() for one in changes if one.rotation == rotation.id]
    if not more or rotation.kind == "pagerduty":
        return rotation
    return rotation.model_copy(update={"changes": (*rotation.changes, *more)})


class Era(NamedTuple):
    """From `from_at` until the next one: turns in `order`, of which number `first` begins, handed off by `rule`, None:
    as the rotation itself is. By weekday the first is Monday's."""

    from_at: datetime
    rule: Rotation | None
    order: tuple[str | None, ...]
    first: int


class FollowedShift(Value):
    """Somebody on call in PagerDuty; None for a time that has no begin or no end there. `person`: who that is here,
    None for nobody of ours. In UTC."""

    from_: datetime | None
    to: datetime | None
    person: Id | None
    user: str
    name: str


class FollowedRotation(Rotation):
    """One of the kind `pagerduty` with its shifts as they were last read, in the order of time."""

    followed: tuple[FollowedShift, ...] = ()

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Who takes part, in the order in which they come."""
        return tuple(dict.fromkeys(one.person for one in self.followed if one.person is not None))


def following(rotation: Rotation, shifts: Iterable[FollowedShift]) -> FollowedRotation:
    own = {name: getattr(rotation, name) for name in Rotation.model_fields}
    return FollowedRotation.model_construct(**own, followed=tuple(shifts))

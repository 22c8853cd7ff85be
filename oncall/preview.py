"""What a schedule would do, computed from the request alone: POST /oncall/preview. Stateless; people need not exist."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer, model_validator

from oncall.pieces import Shift, Span, gaps_between, spans_of
from oncall.rotation import handoffs
from oncall.schedule import final_shifts
from oncall.schema import Absence, Calendar, FollowedRotation, Rotation, Schedule, following
from oncall.schema.fields import Instant, Value, one_of_each, write_instant
from oncall.walltime import instant

LONGEST = timedelta(days=4020)
"""Eleven years: enough to check a decade ahead, little enough to answer at once."""


class Window(Value):
    """[from, to); naive times are local to the schedule's zone."""

    from_: Instant = Field(alias="from")
    to: Instant


class PreviewRequest(Value):
    """Objects as in the configuration file. `calendars` are those that restrictions name with holidays_of."""

    schedule: Schedule
    rotations: Annotated[tuple[Rotation, ...], AfterValidator(one_of_each("id", lambda one: one.id))] = ()
    absences: tuple[Absence, ...] = ()
    calendars: Annotated[tuple[Calendar, ...], AfterValidator(one_of_each("id", lambda one: one.id))] = ()
    window: Window

    @model_validator(mode="after")
    def _layers_name_rotations_given(self) -> Self:
        given = [rotation.id for rotation in self.rotations]
        for number, layer in enumerate(self.schedule.layers, 1):
            if layer.rotation not in given:
                raise ValueError(
                    f"layer {number} of the schedule names the rotation {layer.rotation!r}, which is not among "
                    f"rotations ({', '.join(given) or 'none'}); add it there or name one of these"
                )
        return self

    @model_validator(mode="after")
    def _window_runs_forward(self) -> Self:
        start, end = self.bounds()
        if not timedelta(0) <= end - start <= LONGEST:
            raise ValueError(
                f"the window from {write_instant(self.window.from_)} to {write_instant(self.window.to)} must run "
                f"forward and last {LONGEST.days} days at most; write another to"
            )
        return self

    def bounds(self) -> tuple[datetime, datetime]:
        zone = self.schedule.timezone
        return instant(self.window.from_, zone, "start"), instant(self.window.to, zone, "end")


UtcInstant = Annotated[
    AwareDatetime,
    PlainSerializer(
        lambda at: at.astimezone(UTC).isoformat().replace("+00:00", "Z"), return_type=str, when_used="json"
    ),
]


class ShiftAnswer(Value):
    from_: UtcInstant = Field(alias="from")
    to: UtcInstant
    person: str
    source: str


class GapAnswer(Value):
    from_: UtcInstant = Field(alias="from")
    to: UtcInstant


class PreviewAnswer(Value):
    """`handoffs` by rotation, for every rotation of the request; all instants UTC."""

    handoffs: dict[str, tuple[UtcInstant, ...]]
    shifts: tuple[ShiftAnswer, ...]
    gaps: tuple[GapAnswer, ...]


def preview(
    request: PreviewRequest,
    calendars: Mapping[str, Calendar] | None = None,
    rotations_known: Iterable[Rotation] = (),
) -> PreviewAnswer:
    """`calendars` are known besides those of the request, which win. A rotation that follows a rota in PagerDuty shows
    what was last read for one of `rotations_known` that follows the same; else it is empty."""
    start, end = request.bounds()
    known = dict(calendars or {}) | {calendar.id: calendar for calendar in request.calendars}
    read = {one.pagerduty: one.followed for one in rotations_known if isinstance(one, FollowedRotation)}
    rotations = {
        one.id: following(one, read.get(one.pagerduty, ())) if one.pagerduty else one for one in request.rotations
    }
    shifts = final_shifts(request.schedule, rotations, request.absences, start, end, known)
    return PreviewAnswer(
        handoffs={id_: handoffs(rotation, start, end) for id_, rotation in rotations.items()},
        shifts=shift_answers(shifts),
        gaps=tuple(
            GapAnswer(from_=gap.from_at, to=gap.to_at) for gap in gaps_between(spans_of(shifts), Span(start, end))
        ),
    )


def shift_answers(shifts: Iterable[Shift]) -> tuple[ShiftAnswer, ...]:
    """Shifts as the API writes them."""
    return tuple(
        ShiftAnswer(from_=shift.from_at, to=shift.to_at, person=shift.person, source=shift.source) for shift in shifts
    )

"""What a schedule of the configuration in force shows. Naive absences are local to their person's zone, as they are for
the escalation: what a page, a feed or the API shows is who is paged."""

from datetime import datetime, timedelta

from oncall.absence import Out, outs
from oncall.pieces import Piece, Shift, Span, gaps_between, shifts_of, spans_of
from oncall.schedule import pieces as schedule_pieces
from oncall.schedule import shadow_pieces as schedule_shadows
from oncall.schema import Schedule
from oncall.world import OnCallWorld


def shifts(schedule: Schedule, world: OnCallWorld, window: Span) -> tuple[Shift, ...]:
    """Clipped to the window, adjacent ones of the same person and source merged, ordered by from, then person."""
    return shifts_of(pieces(schedule, world, window), window)


def gaps(schedule: Schedule, world: OnCallWorld, window: Span) -> tuple[Span, ...]:
    """When nobody is on call within the window, in order."""
    return gaps_between(spans_of(pieces(schedule, world, window)), window)


def pieces(schedule: Schedule, world: OnCallWorld, window: Span) -> list[Piece]:
    """Whole, not merged, not ordered, each with its full cause."""
    return schedule_pieces(schedule, world.rotations, absences(world), window, world.calendars)


def shadows(schedule: Schedule, world: OnCallWorld, window: Span) -> list[Piece]:
    """Who is told by a notice and never paged."""
    return schedule_shadows(schedule, world.rotations, absences(world), window, world.calendars)


def absences(world: OnCallWorld) -> tuple[Out, ...]:
    return outs(world.absences, world.timezone, world.people)


def moment(at: datetime) -> Span:
    """The shortest window that holds the aware instant."""
    return Span(at, at + timedelta.resolution)

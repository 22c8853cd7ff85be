"""Who is out, as instants. Somebody absent is on call by no way at all, be it a turn, an override or round robin."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from oncall.pieces import Span, union
from oncall.schema import Absence, Fill, Person
from oncall.walltime import instant


class Out(NamedTuple):
    """`fill` says who takes the person's turns meanwhile."""

    from_at: datetime
    to_at: datetime
    person: str
    fill: Fill


def outs(absences: Iterable[Absence], timezone: str, people: Mapping[str, Person] | None = None) -> tuple[Out, ...]:
    """The absences in the order of the file. Naive times are local to the absence's zone, else to the person's, else
    to `timezone`."""
    known = people or {}
    return tuple(_out(absence, known.get(absence.person), timezone) for absence in absences)


def during(out: Iterable[Out], window: Span) -> tuple[Out, ...]:
    return tuple(one for one in out if one.from_at < window.to_at and window.from_at < one.to_at)


def is_absent(out: Iterable[Out], person: str, at: datetime) -> bool:
    return any(one.person == person and one.from_at <= at < one.to_at for one in out)


def spans_of_absence(out: Iterable[Out], person: str) -> list[Span]:
    return union(Span(one.from_at, one.to_at) for one in out if one.person == person)


def _out(absence: Absence, person: Person | None, timezone: str) -> Out:
    zone = absence.timezone or (person and person.timezone) or timezone
    return Out(instant(absence.from_, zone, "start"), instant(absence.to, zone, "end"), absence.person, absence.fill)

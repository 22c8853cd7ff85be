"""Everything the pure half of "who answers" computes with, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oncall.schema import Absence, Calendar, Defaults, Person, Rotation, Schedule, Team


@dataclass(frozen=True, slots=True)
class OnCallWorld:
    """Objects by id. `timezone` is the provider's: the zone of people who name none."""

    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    rotations: Mapping[str, Rotation] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    absences: tuple[Absence, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)
    timezone: str = "Europe/Madrid"

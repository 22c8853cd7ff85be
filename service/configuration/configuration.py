"""The configuration as it would be in force, by section and id, with the place of every object that a file names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel

from oncall.schema import (
    Rotation,
    Schedule,
    StandingChange,
    StandingOverride,
    StandingTemporary,
    with_changes,
    with_standing,
)
from service.configuration.objects import Item, Place
from service.configuration.schema import DEFAULT_PAGERDUTY_SERVICE

Model = TypeVar("Model", bound=BaseModel)
Key = tuple[str, str]  # section, id


@dataclass(frozen=True)
class Configuration:
    """`broken` objects could not be read (`rough` has what was written); of the `unsure` sections nobody knows
    what there is; `archived` objects existed. `owned` are the sections that the files name, each with its place."""

    items: Mapping[Key, Item]
    broken: frozenset[Key] = frozenset()
    rough: tuple[Item, ...] = ()
    unsure: frozenset[str] = frozenset()
    archived: frozenset[Key] = frozenset()
    owned: Mapping[str, Place] = field(default_factory=dict)

    def of(self, section: str, model: type[Model]) -> Iterator[tuple[Item, Model]]:
        for (its_section, _), item in self.items.items():
            if its_section == section and isinstance(item.value, model):
                yield item, item.value

    def value(self, section: str, object_id: str, model: type[Model]) -> Model | None:
        item = self.items.get((section, object_id))
        return item.value if item is not None and isinstance(item.value, model) else None

    def schedule(self, schedule_id: str) -> Schedule | None:
        """With the overrides and temporary schedules that stand beside it."""
        schedule = self.value("schedules", schedule_id, Schedule)
        if schedule is None:
            return None
        overrides = (value for _, value in self.of("overrides", StandingOverride))
        temporaries = (value for _, value in self.of("temporary_schedules", StandingTemporary))
        return with_standing(schedule, overrides, temporaries)

    def rotation(self, rotation_id: str) -> Rotation | None:
        """With the changes that stand beside it."""
        rotation = self.value("rotations", rotation_id, Rotation)
        if rotation is None:
            return None
        return with_changes(rotation, (value for _, value in self.of("rotation_changes", StandingChange)))

    def ids(self, section: str) -> tuple[str, ...]:
        """Of everything that may be referred to, broken objects too."""
        found = [object_id for its_section, object_id in (*self.items, *self.broken) if its_section == section]
        if section == "pagerduty":
            found.append(DEFAULT_PAGERDUTY_SERVICE)
        return tuple(dict.fromkeys(found))

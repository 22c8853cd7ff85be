"""The layers of a schedule and their restrictions as fields of a form, read back with a reason for what cannot be
meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from alerting.configuration import Configuration
from alerting.console.rota_forms import Asked
from alerting.web.language import gettext
from oncall.schema import WEEKDAYS, Layer
from oncall.schema.fields import parse_clock, write_clock

LAYERS, RESTRICTIONS = 12, 6
MIDNIGHT_AFTER = "24:00"
MODES = ("page", "shadow")


def fields() -> tuple[str, ...]:
    return tuple(name for number in _numbers() for name in (*_of_layer(number), *_of_restrictions(number)))


def restriction_fields(layer: int, number: int) -> tuple[str, ...]:
    return tuple(f"layer_{layer}_{number}_{key}" for key in (*WEEKDAYS, "from", "to", "to_day", "holidays_of"))


def in_order(asked: Asked) -> None:
    """Renumbers what was typed by the places that were given, so that the form shows the order that is saved; layers
    without a rotation are gone."""
    kept = [number for number in _numbers() if asked.values[f"layer_{number}_rotation"]]
    kept.sort(key=lambda number: _place(asked.values[f"layer_{number}_order"], number))
    old = dict(asked.values)
    for number in _numbers():
        source = kept[number - 1] if number <= len(kept) else None
        for name in (*_of_layer(number), *_of_restrictions(number)):
            rest = name.removeprefix(f"layer_{number}_")
            asked.values[name] = old[f"layer_{source}_{rest}"] if source is not None else ""
        asked.values[f"layer_{number}_order"] = str(number)


def read(asked: Asked, config: Configuration) -> list[dict[str, Any]]:
    """As the file writes them, the lowest first."""
    found = []
    for number in _numbers():
        rotation, mode = asked.values[f"layer_{number}_rotation"], asked.values[f"layer_{number}_mode"] or "page"
        if not rotation:
            continue
        if rotation not in config.oncall.rotations:
            asked.wrong(f"layer_{number}_rotation", gettext("There is no such rotation."))
        if mode not in MODES:
            asked.wrong(f"layer_{number}_mode", gettext("Choose one of the list."))
        layer: dict[str, Any] = {"rotation": rotation}
        if mode == "shadow":
            layer["mode"] = mode
        if restrictions := list(_restrictions(asked, config, number)):
            layer["restrictions"] = restrictions
        found.append(layer)
    if not any(layer.get("mode") != "shadow" for layer in found):
        asked.wrong("layer_1_rotation", gettext("Choose the rotation of at least one layer that is paged."))
    return found


def fits(layers: Sequence[Layer]) -> bool:
    """Whether the form has room for all of it; what it does not show it must not save."""
    return len(layers) <= LAYERS and all(len(one.restrictions) <= RESTRICTIONS for one in layers)


def typed(layers: Sequence[Layer]) -> dict[str, str]:
    """As the fields take them."""
    values: dict[str, str] = {}
    for number, layer in enumerate(layers[:LAYERS], 1):
        values |= {f"layer_{number}_rotation": layer.rotation, f"layer_{number}_mode": layer.mode}
        for place, one in enumerate(layer.restrictions[:RESTRICTIONS], 1):
            values |= {f"layer_{number}_{place}_{day}": "1" for day in one.days or ()}
            keys = {"from": write_clock(one.from_), "to": write_clock(one.to)}
            keys |= {"to_day": one.to_day or "", "holidays_of": one.holidays_of or ""}
            values |= {f"layer_{number}_{place}_{key}": value for key, value in keys.items()}
    return values


def shown(asked: Asked, spare: int) -> list[tuple[int, int]]:
    """The number of each layer to show, with how many of its restrictions: those that are filled and room for more."""
    filled = max((number for number in _numbers() if asked.values[f"layer_{number}_rotation"]), default=0)
    return [(number, _filled(asked, number)) for number in range(1, min(filled + spare, LAYERS) + 1)]


def _filled(asked: Asked, layer: int) -> int:
    numbers = range(1, RESTRICTIONS + 1)
    filled = [n for n in numbers if any(asked.values[name] for name in restriction_fields(layer, n))]
    return max(filled, default=0)


def _restrictions(asked: Asked, config: Configuration, layer: int) -> Iterator[dict[str, Any]]:
    for number in range(1, RESTRICTIONS + 1):
        prefix = f"layer_{layer}_{number}_"
        written = {name.removeprefix(prefix): asked.values[name] for name in restriction_fields(layer, number)}
        if any(written.values()):
            yield _restriction(asked, config, prefix, written)


def _restriction(asked: Asked, config: Configuration, prefix: str, written: dict[str, str]) -> dict[str, Any]:
    days = [day for day in WEEKDAYS if written[day]]
    calendar, to_day = written["holidays_of"], written["to_day"]
    found: dict[str, Any] = {name: _clock(asked, prefix + name) for name in ("from", "to")}
    if found["from"] == MIDNIGHT_AFTER:
        asked.wrong(prefix + "from", gettext("24:00 is the next day's: write 00:00 of the day after."))
    if calendar and (days or to_day):
        asked.wrong(prefix + "holidays_of", gettext("On holidays, or on weekdays: enter the other one below."))
    if calendar and calendar not in config.oncall.calendars:
        asked.wrong(prefix + "holidays_of", gettext("Choose one of the list."))
    if to_day and not days:
        asked.wrong(prefix + "to_day", gettext("Say also on which weekday it begins."))
    if to_day and to_day not in WEEKDAYS:
        asked.wrong(prefix + "to_day", gettext("Choose one of the list."))
    return found | _given(days=days, to_day=to_day, calendar=calendar)


def _given(days: list[Any], to_day: str, calendar: str) -> dict[str, Any]:
    keys = {"days": days, "to_day": to_day, "holidays_of": calendar}
    return {key: value for key, value in keys.items() if value}


def _clock(asked: Asked, name: str) -> str:
    try:
        return write_clock(parse_clock(asked.values[name]))
    except ValueError:
        asked.wrong(name, gettext("Write a time of the day like 09:00."))
        return ""


def _place(written: str, number: int) -> tuple[int, int]:
    """Layers with the same place keep their order; one without a place stays where it is."""
    meant = written.isascii() and written.isdigit() and len(written) < 4
    return (int(written) if meant else number, number)


def _numbers() -> range:
    return range(1, LAYERS + 1)


def _of_layer(number: int) -> tuple[str, ...]:
    return tuple(f"layer_{number}_{key}" for key in ("rotation", "order", "mode"))


def _of_restrictions(layer: int) -> tuple[str, ...]:
    return tuple(name for number in range(1, RESTRICTIONS + 1) for name in restriction_fields(layer, number))

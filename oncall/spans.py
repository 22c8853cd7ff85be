"""Spans of time as people write them: `30s`, `5m`, `2h`, `7d`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

LONGEST = timedelta(days=3650)
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_WRITTEN = re.compile(r"([0-9]{1,9})([smhd])")


def parse_span(text: str) -> timedelta:
    """One whole number and one unit (s, m, h, d), `0s` to ten years; a day is 24 h, whatever the clocks do.
    Raises ValueError for anything else."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise ValueError(
            f"the span {text!r} is not a whole number and a unit s, m, h or d; write it like 30s, 5m, 2h or 7d"
        )
    return _within_bounds(int(written[1]) * _UNITS[written[2]])


def format_span(span: timedelta) -> str:
    """The shortest text that `parse_span` reads back as `span`: the largest unit that leaves nothing over."""
    for unit, length in _UNITS.items():
        if span and span % length == timedelta(0):
            return f"{span // length}{unit}"
    if span:
        raise ValueError(f"the span {span} has a fraction of a second; whole seconds can be written")
    return "0s"


def _read(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return _within_bounds(value)
    if isinstance(value, str):
        return parse_span(value)
    raise ValueError(f"the span {value!r} has no unit; write it like 30s, 5m, 2h or 7d")


def _within_bounds(span: timedelta) -> timedelta:
    if not timedelta(0) <= span <= LONGEST:
        raise ValueError(f"the span {span} is out of range; allowed is 0s to {format_span(LONGEST)}")
    if span.microseconds:
        raise ValueError(f"the span {span} has a fraction of a second; round it to whole seconds")
    return span


Span = Annotated[
    timedelta,
    BeforeValidator(_read, json_schema_input_type=str),
    PlainSerializer(format_span, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,9}[smhd]$", "examples": ["30s", "5m", "2h", "7d"]}),
]
"""A timedelta in Python, `5m` in files and JSON."""

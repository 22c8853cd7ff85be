"""The smallest words of the configuration file: ids, zones, instants, clock times, dates of the year."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple, Self, TypeVar, get_args
from zoneinfo import ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints

from oncall.walltime import instant, tz

DAY = timedelta(days=1)
T = TypeVar("T")


class Value(BaseModel):
    """A frozen, hashable value with the field names of the file. `from` and `to` are read and written under those
    names; in Python, where `from` is a keyword, it is `from_`. What is asked ten thousand times a second is computed
    once (`cached_property`)."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        str_strip_whitespace=True,
    )

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Without what had been computed from fields that may now be others."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


def _zone(name: str) -> str:
    try:
        tz(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"the timezone {name!r} is not an IANA name; write one like Europe/Madrid") from error
    return name


def _instant(value: object) -> datetime:
    """A datetime with its offset kept, or naive. Dates alone are refused: as a `to`, "2026-08-16" could mean either
    midnight, and the wrong one pages somebody on vacation."""
    if isinstance(value, str):
        if "T" not in value.upper() and " " not in value.strip():
            raise ValueError(f"the instant {value!r} has no clock time; write it like 2026-01-05T09:00")
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise ValueError(
                f"the instant {value!r} is not a date and time; write it like 2026-01-05T09:00 (local) "
                "or 2026-01-05T09:00+01:00"
            ) from error
    if not isinstance(value, datetime):
        raise ValueError(f"the instant {value!r} is not a date and time; write it in quotes, like '2026-01-05T09:00'")
    if not 1970 <= value.year < 2200:
        raise ValueError(f"the instant {value.isoformat()} is out of range; allowed are the years 1970 to 2199")
    return value


def write_instant(at: datetime) -> str:
    """RFC 3339 without an offset when naive; minutes when that loses nothing; `Z` for UTC."""
    whole_minute = at.second == 0 and at.microsecond == 0
    text = at.isoformat(timespec="minutes" if whole_minute else "auto")
    return text.removesuffix("+00:00") + "Z" if at.utcoffset() == timedelta(0) else text


_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")


def parse_clock(value: object) -> timedelta:
    """ "18:00" as the distance from local midnight on the face of the clock, up to "24:00"."""
    if isinstance(value, timedelta):
        shown = value
    elif isinstance(value, str) and (written := _CLOCK.fullmatch(value.strip())):
        shown = timedelta(hours=int(written[1]), minutes=int(written[2]))
    else:
        raise ValueError(
            f"the clock time {value!r} is not HH:MM; "
            "write it in quotes like '09:00' (unquoted, YAML may read 18:00 as 1080)"
        )
    if not timedelta(0) <= shown <= DAY:
        raise ValueError(f"the clock time {value!r} is out of range; allowed is '00:00' to '24:00'")
    return shown


def write_clock(shown: timedelta) -> str:
    hours, seconds = divmod(int(shown.total_seconds()), 3600)
    return f"{hours:02}:{seconds // 60:02}"


By = Annotated[str | None, Field(default=None, max_length=200)]
"""Who entered it: a person's id, or the address of a user who is nobody's; None in a file."""


class Hours(NamedTuple):
    """Open from `opens` to before `closes`, both as distances from local midnight on the face of the clock."""

    opens: timedelta
    closes: timedelta


def _hours(value: object) -> Hours:
    if isinstance(value, Hours):
        return value
    if not isinstance(value, str) or value.count("-") != 1:
        raise ValueError(f"the hours {value!r} are not HH:MM-HH:MM; write them like '09:00-18:00'")
    hours = Hours(*(parse_clock(part) for part in value.split("-")))
    if hours.opens >= hours.closes:
        raise ValueError(
            f"the hours {value!r} close before they open; split hours past midnight over two days, '22:00-24:00'"
        )
    return hours


def _write_hours(hours: Hours) -> str:
    return f"{write_clock(hours.opens)}-{write_clock(hours.closes)}"


_MONTH_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")


def _month_day(text: str) -> str:
    try:
        if not _MONTH_DAY.fullmatch(text):
            raise ValueError(text)
        date.fromisoformat(f"2024-{text}")  # a leap year, so that 02-29 is a date
    except ValueError as error:
        raise ValueError(f"the date {text!r} is not a month and a day; write it in quotes like '12-24'") from error
    return text


def one_of_each(what: str, key: Callable[[T], object]) -> Callable[[tuple[T, ...]], tuple[T, ...]]:
    """A validator: no two items of a tuple may have the same key (None counts as no key)."""

    def check(items: tuple[T, ...]) -> tuple[T, ...]:
        seen: set[object] = set()
        for item in items:
            name = key(item)
            if name is not None and name in seen:
                raise ValueError(f"the {what} {name!r} stands here twice; give one of them another {what} or remove it")
            seen.add(name)
        return items

    return check


def check_span(what: str, from_at: datetime, to_at: datetime, timezone: str) -> None:
    """Raise ValueError unless the span runs forward. One that a spring night swallows whole is let through: it was
    written in order, and it is empty."""
    start, end = instant(from_at, timezone, "start"), instant(to_at, timezone, "end")
    written_in_order = from_at.tzinfo is None and to_at.tzinfo is None and from_at < to_at
    if end < start or (end == start and not written_in_order):
        raise ValueError(backward(what, from_at, to_at))


def backward(what: str, from_at: datetime, to_at: datetime) -> str:
    return (
        f"{what} runs from {write_instant(from_at)} to {write_instant(to_at)}, which is not later; "
        "from is included, to is not: write a later to"
    )


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Timezone = Annotated[str, AfterValidator(_zone)]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant, json_schema_input_type=str),
    PlainSerializer(write_instant, return_type=str, when_used="json"),
]
"""Naive means local to the object's timezone: resolve it with walltime.instant(value, timezone, edge)."""
ClockTime = Annotated[
    timedelta,
    BeforeValidator(parse_clock, json_schema_input_type=str),
    PlainSerializer(write_clock, return_type=str, when_used="json"),
]
OpenHours = Annotated[
    Hours,
    BeforeValidator(_hours, json_schema_input_type=str),
    PlainSerializer(_write_hours, return_type=str, when_used="json"),
]
MonthDay = Annotated[str, AfterValidator(_month_day)]
"""`MM-DD`; texts of this shape sort in the order of the year."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
Channel = Literal["sms", "voice", "email", "pagerduty"]
Urgency = Literal["critical", "normal"]
Fill = Literal["next", "nobody"]
StaffRole = Literal["engineer", "manager", "admin"]

"""How people take turns: what a form says about it, and what a rotation does, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alerting.configuration import Configuration
from alerting.console.rota_forms import Asked
from alerting.web.language import gettext, marked
from oncall.pieces import EARLIEST
from oncall.schema import WEEKDAYS, Change, Rotation
from oncall.schema.fields import parse_clock
from oncall.walltime import to_local

NOBODY = "-"
MOST = 30
MOST_EVERY = 1000
KINDS = (
    ("hourly", marked("by the hour")),
    ("daily", marked("by the day")),
    ("weekly", marked("by the week")),
    ("monthly", marked("by the month")),
)
LENGTHS = {
    "hourly": (marked("every hour"), marked("every %(num)s hours")),
    "daily": (marked("every day"), marked("every %(num)s days")),
    "weekly": (marked("every week"), marked("every %(num)s weeks")),
    "monthly": (marked("every month"), marked("every %(num)s months")),
    "weekdays": (marked("by weekday"), marked("by weekday")),
}
DAY_NAMES = (
    marked("Monday"), marked("Tuesday"), marked("Wednesday"), marked("Thursday"), marked("Friday"),
    marked("Saturday"), marked("Sunday"),
)  # fmt: skip


def turn_names() -> tuple[str, ...]:
    return tuple(f"turn_{place}" for place in range(1, MOST + 1))


def day_names() -> tuple[str, ...]:
    return tuple(f"day_{day}" for day in WEEKDAYS)


def rule_fields() -> tuple[str, ...]:
    return ("kind", "every", "handoff", *turn_names(), *day_names())


def turns(asked: Asked, config: Configuration) -> list[str | None]:
    """In order; empty lines are left out."""
    found: list[str | None] = []
    for name in turn_names():
        value = asked.values[name]
        if value == NOBODY:
            found.append(None)
        elif value in config.oncall.people:
            found.append(value)
        elif value:
            asked.wrong(name, gettext("There is no such person."))
    if not any(found):
        asked.wrong("turn_1", gettext("Choose at least one person."))
    return found


def rule(asked: Asked, config: Configuration, by_weekday: bool) -> dict[str, Any]:
    """As a rotation or a change of one writes it, without where it begins; the problems stand in `asked`."""
    if by_weekday:
        return {"kind": "weekdays", "handoff": _handoff(asked), "days": _days(asked, config)}
    kind, every = asked.values["kind"], asked.values["every"] or "1"
    if kind not in dict(KINDS):
        asked.wrong("kind", gettext("Choose one of the list."))
    if not (every.isascii() and every.isdigit() and len(every) < 5 and 1 <= int(every) <= MOST_EVERY):
        asked.wrong("every", gettext("Write a whole number from 1 to %(most)s.", most=MOST_EVERY))
        every = "1"
    return {"kind": kind, "every": int(every), "participants": turns(asked, config)}


def typed(rotation: Rotation, order: tuple[str | None, ...]) -> dict[str, str]:
    """The rule and its people as the fields of a form take them."""
    if rotation.kind == "weekdays":
        days = zip(day_names(), order, strict=True)
        return {"handoff": f"{rotation.wall_anchor:%H:%M}"} | {name: person or "" for name, person in days}
    people = {f"turn_{place}": NOBODY if one is None else one for place, one in enumerate(order[:MOST], 1)}
    return {"kind": rotation.kind, "every": str(rotation.every)} | people


def rule_words(found: Rotation | Change, at: datetime | None = None, timezone: str = "UTC") -> str:
    """`every 2 weeks, hand-off Mon 09:00`. Of a change that begins at `at` the hand-off may be that instant's."""
    if isinstance(found, Rotation):
        anchor, every = found.wall_anchor, found.every
        if found.kind == "pagerduty":
            return gettext("kept in PagerDuty")
    else:
        anchor, every = _anchor(found, at, timezone), found.every or 1
    clock, day = f"{anchor:%H:%M}", gettext(DAY_NAMES[anchor.weekday()])
    one, many = LENGTHS[found.kind or "weekdays"]
    length = gettext(one) if every == 1 else gettext(many, num=every)
    handoff = {
        "hourly": gettext("hand-off at minute %(minute)s", minute=f"{anchor:%M}"),
        "weekly": gettext("hand-off on %(day)s at %(clock)s", day=day, clock=clock),
        "monthly": gettext("hand-off on day %(day)s at %(clock)s", day=anchor.day, clock=clock),
    }.get(found.kind or "weekdays", gettext("hand-off at %(clock)s", clock=clock))
    return f"{length}, {handoff}"


def _anchor(change: Change, at: datetime | None, timezone: str) -> datetime:
    if change.handoff is not None:
        return EARLIEST.replace(tzinfo=None) + change.handoff
    written = change.anchor or at or change.from_
    return written if written.tzinfo is None else to_local(written, timezone)


def _handoff(asked: Asked) -> str:
    value = asked.values["handoff"]
    try:
        if parse_clock(value).days == 0:
            return value
    except ValueError:
        pass
    asked.wrong("handoff", gettext("Write a time of the day like 09:00."))
    return ""


def _days(asked: Asked, config: Configuration) -> dict[str, str]:
    found: dict[str, str] = {}
    for day, name in zip(WEEKDAYS, day_names(), strict=True):
        value = asked.values[name]
        if value in config.oncall.people:
            found[day] = value
        elif value:
            asked.wrong(name, gettext("There is no such person."))
    if not found:
        asked.wrong("day_mon", gettext("Choose at least one person."))
    return found

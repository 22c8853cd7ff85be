"""What managers type about the rota, read back with a reason for each field that cannot be meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerting.configuration import Configuration
from alerting.web.forms import text
from alerting.web.language import gettext
from oncall.pieces import Span
from oncall.walltime import to_local, to_utc

LONGEST = timedelta(days=400)
LONGEST_NOTE = 500
LAST_YEAR = 2199
Fields = Mapping[str, str]


@dataclass
class Asked:
    """`values` as they were typed, for the form; `problems` by field."""

    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)

    def wrong(self, name: str, why: str) -> None:
        self.problems.setdefault(name, why)


def ask(form: Fields, names: tuple[str, ...]) -> Asked:
    return Asked({name: text(form.get(name, ""), 1000) for name in names})


def person(asked: Asked, name: str, config: Configuration) -> str:
    """An id of somebody who is configured; "" with the problem noted."""
    value = asked.values[name]
    if value in config.oncall.people:
        return value
    asked.wrong(name, gettext("Choose a person of the list.") if not value else gettext("There is no such person."))
    return ""


def span(asked: Asked, config: Configuration, now: datetime) -> Span | None:
    """`from` and `to` on the wall clock of the provider's zone. One that is over, runs backward, or is too long to be
    meant is refused; a from that has passed is taken, and counts from now on."""
    found = part(asked, config, "from", "to")
    if found is None:
        return None
    if found.to_at <= now:
        asked.wrong("to", gettext("That time is over: the past stays as it was."))
    elif found.to_at - found.from_at > LONGEST:
        asked.wrong("to", gettext("Longer than %(days)s days: enter it in parts.", days=LONGEST.days))
    return None if asked.problems else found


def part(asked: Asked, config: Configuration, from_name: str, to_name: str) -> Span | None:
    """What two fields say on the wall clock of the provider's zone; None with the problem noted."""
    zone = config.provider.timezone
    start, end = (_local(asked, name) for name in (from_name, to_name))
    if start is None or end is None:
        return None
    found = Span(to_utc(start, zone, "start"), to_utc(end, zone, "end"))
    if found.to_at <= found.from_at:
        asked.wrong(to_name, gettext("The end must come after the beginning."))
        return None
    return found


def instant(asked: Asked, name: str, config: Configuration) -> datetime | None:
    local = _local(asked, name)
    return None if local is None else to_utc(local, config.provider.timezone, "start")


def note(asked: Asked) -> str | None:
    return asked.values["note"][:LONGEST_NOTE] or None


def typed(at: datetime, config: Configuration) -> str:
    """As a field for date and time takes it."""
    return f"{to_local(at, config.provider.timezone):%Y-%m-%dT%H:%M}"


def _local(asked: Asked, name: str) -> datetime | None:
    value = asked.values[name]
    if not value:
        asked.wrong(name, gettext("Say the day and the time."))
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        asked.wrong(name, gettext("That is no day and time; write it like 2026-12-24T15:00."))
        return None
    if found.tzinfo is not None or not 1970 <= found.year <= LAST_YEAR:
        asked.wrong(name, gettext("That is no day and time; write it like 2026-12-24T15:00."))
        return None
    return found

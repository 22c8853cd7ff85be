"""When a layer counts: the spans of its restrictions, read on the wall clock of the schedule's zone."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from oncall.calendars import is_closed_day
from oncall.pieces import Span, union
from oncall.schema import Calendar, Layer, Restriction
from oncall.schema.schedules import WEEK
from oncall.walltime import to_local, to_utc

_DAY = timedelta(days=1)


def allowed_spans(layer: Layer, timezone: str, calendars: Mapping[str, Calendar], window: Span) -> list[Span] | None:
    """The spans that share time with the window, whole, in order and without overlap; None: the layer always counts.
    A restriction to the holidays of a calendar that is not there never applies."""
    if not layer.restrictions:
        return None
    first, last = to_local(window.from_at, timezone).toordinal(), to_local(window.to_at, timezone).toordinal()
    near = _near_this_day(layer, timezone, first) if first == last else None
    if near is None:
        near = _near(layer, timezone, calendars, first, last)
    found = [span for span in near if span.from_at < window.to_at and window.from_at < span.to_at]
    return union(found) if len(found) > 1 else found


def _near_this_day(layer: Layer, timezone: str, day: int) -> list[Span] | None:
    """Remembered for the day that was asked about last; None for a layer that a calendar has a say in."""
    if layer.asks_calendars:
        return None
    for zone, kept_day, kept in layer.latest:
        if zone == timezone and kept_day == day:
            return kept
    near = _near(layer, timezone, {}, day, day)
    layer.latest[:] = [(timezone, day, near)]
    return near


def _near(layer: Layer, timezone: str, calendars: Mapping[str, Calendar], first: int, last: int) -> list[Span]:
    """Every span that may share time with the local days from `first` to `last`, as ordinals; a day more before them,
    for the zones that have lived through one twice."""
    found = []
    for restriction in layer.restrictions:
        days_on = restriction.days_on
        for day in range(first - 1 - restriction.most_days_on, last + 1):
            length = days_on[(day - 1) % WEEK]  # ordinal 1 was a Monday
            if length is None or not _is_its_day(restriction, calendars, day):
                continue
            span = _span(day, restriction.from_, restriction.to, length, timezone)
            if span is not None:
                found.append(span)
    return found


def _is_its_day(restriction: Restriction, calendars: Mapping[str, Calendar], day: int) -> bool:
    if restriction.holidays_of is None:
        return True
    calendar = calendars.get(restriction.holidays_of)
    return calendar is not None and is_closed_day(calendar, date.fromordinal(day))


@lru_cache(maxsize=1 << 14)
def _span(day: int, from_: timedelta, to: timedelta, days_on: int, timezone: str) -> Span | None:
    """None when a spring night swallows it whole. Remembered: most restrictions of a company are the same."""
    midnight = datetime.fromordinal(day)
    start = to_utc(midnight + from_, timezone, "start")
    end = to_utc(midnight + _DAY * days_on + to, timezone, "end")
    return Span(start, end) if start < end else None

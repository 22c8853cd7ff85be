"""When a layer counts: the spans of its restrictions, read on the wall clock of the schedule's zone."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta

from oncall.calendars import is_closed_day
from oncall.pieces import Span, union
from oncall.schema import WEEKDAYS, Calendar, Layer, Restriction
from oncall.walltime import to_local, to_utc

_DAY = timedelta(days=1)
_WEEK = 7


def allowed_spans(layer: Layer, timezone: str, calendars: Mapping[str, Calendar], window: Span) -> list[Span] | None:
    """The spans that share time with the window, whole, in order and without overlap; None: the layer always counts.
    A restriction to the holidays of a calendar that is not there never applies."""
    if not layer.restrictions:
        return None
    return union(
        span
        for restriction in layer.restrictions
        for span in _spans(restriction, timezone, calendars, window)
        if span.from_at < window.to_at and window.from_at < span.to_at
    )


def _spans(restriction: Restriction, timezone: str, calendars: Mapping[str, Calendar], window: Span) -> Iterator[Span]:
    begins_on = _first_day_rule(restriction, calendars)
    reach = _WEEK + 1 if restriction.to_day else 1
    day = to_local(window.from_at, timezone).date() - reach * _DAY
    last = to_local(window.to_at, timezone).date()
    while day <= last:
        if begins_on(day):
            midnight = datetime.combine(day, time())
            start = to_utc(midnight + restriction.from_, timezone, "start")
            end = to_utc(midnight + _DAY * _days_on(restriction, day) + restriction.to, timezone, "end")
            if start < end:  # a spring night can swallow a span whole
                yield Span(start, end)
        day += _DAY


def _first_day_rule(restriction: Restriction, calendars: Mapping[str, Calendar]) -> Callable[[date], bool]:
    if restriction.holidays_of is not None:
        calendar = calendars.get(restriction.holidays_of)
        return lambda day: calendar is not None and is_closed_day(calendar, day)
    days = {WEEKDAYS.index(day) for day in restriction.days or WEEKDAYS}
    return lambda day: day.weekday() in days


def _days_on(restriction: Restriction, first: date) -> int:
    """How many days after its first day the span ends."""
    past_midnight = restriction.to <= restriction.from_
    if restriction.to_day is None:
        return int(past_midnight)
    ahead = (WEEKDAYS.index(restriction.to_day) - first.weekday()) % _WEEK
    return _WEEK if ahead == 0 and past_midnight else ahead

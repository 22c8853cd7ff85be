"""Working calendars: when the office is open."""

from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Self

import holidays
from pydantic import Field, model_validator

from oncall.schema.fields import Id, MonthDay, OpenHours, Timezone, Value


class HolidayRegion(Value):
    """ISO 3166 country and its subdivision, as the `holidays` library knows them: ES and MD is Madrid."""

    country: str
    subdivision: str | None = None

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        known = _regions()
        if self.country not in known:
            raise ValueError(f"the holidays country {self.country!r} is not known; write an ISO 3166 code like ES")
        if self.subdivision is not None and self.subdivision not in known[self.country]:
            allowed = ", ".join(known[self.country]) or "none"
            raise ValueError(
                f"the holidays subdivision {self.subdivision!r} of {self.country} is not known; allowed: {allowed}"
            )
        return self


@lru_cache(maxsize=1)
def _regions() -> dict[str, list[str]]:
    return dict(holidays.list_supported_countries(include_aliases=True))


class CalendarRule(Value):
    """Hours on some dates of every year (`dates`), in a season (`from` to `to`, both days included, over New Year if
    `to` is the earlier), or with neither on any day. No hours: closed."""

    dates: tuple[MonthDay, ...] | None = None
    from_: MonthDay | None = Field(default=None, alias="from")
    to: MonthDay | None = None
    hours: tuple[OpenHours, ...] = ()

    @model_validator(mode="after")
    def _one_kind_of_rule(self) -> Self:
        if (self.from_ is None) != (self.to is None):
            raise ValueError(f"the season from {self.from_!r} to {self.to!r} lacks an end; write both from and to")
        if self.dates is not None and self.from_ is not None:
            raise ValueError("the rule has both dates and a season; write two rules, the first match wins")
        return self

    @model_validator(mode="after")
    def _hours_do_not_overlap(self) -> Self:
        in_order = sorted(self.hours)
        for earlier, later in pairwise(in_order):
            if later.opens < earlier.closes:
                raise ValueError("the hours of the rule overlap; write each stretch of the day once")
        return self


class WorkingCalendar(Value):
    """First match wins: weekend closed, holiday or closed date closed, then `rules` in their order; no rule, closed."""

    timezone: Timezone
    holidays: HolidayRegion | None = None
    closed_dates: tuple[date, ...] = ()
    rules: tuple[CalendarRule, ...] = ()


class Calendar(WorkingCalendar):
    id: Id

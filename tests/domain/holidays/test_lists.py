"""Which lists of holidays are asked for, and when managers are reminded (S-2.5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from alerting.holidays.lists import Confirmation, Key, Standing, digest, lists, to_remind
from oncall.calendars import closed_days
from tests.domain.oncall.builders import local, madrid

THIS, NEXT = Key("madrid", 2026), Key("madrid", 2027)
OCTOBER, NOVEMBER = local("2026-10-31T23:59"), local("2026-11-01T00:00")


def confirmed(year, *but):
    days = [day for day in closed_days(madrid(), year) if day not in but]
    return Confirmation(tuple(days), OCTOBER, "clara")


def asked(now, confirmations=None, reminded=()):
    return [one.key for one in lists([madrid()], confirmations or {}, reminded, now) if one.asked]


@pytest.mark.parametrize(
    ("now", "confirmations", "reminded", "keys"),
    [
        (OCTOBER, {}, (), []),
        (NOVEMBER, {}, (), [NEXT]),
        (NOVEMBER, {NEXT: confirmed(2027)}, (), []),
        (NOVEMBER, {NEXT: confirmed(2027, date(2027, 1, 1))}, (), [NEXT]),  # it has changed since
        (OCTOBER, {NEXT: confirmed(2027, date(2027, 1, 1))}, (), [NEXT]),  # whenever it does
        (OCTOBER, {THIS: confirmed(2026, date(2026, 5, 15))}, (), [THIS]),
        (local("2027-01-10T09:00"), {}, (NEXT,), [NEXT]),  # nobody confirmed it in time: it is asked for still
        (local("2027-01-10T09:00"), {}, (), []),  # an installation's first year
    ],
)
def test_a_list_is_asked_for_from_november_and_when_it_has_changed(now, confirmations, reminded, keys):
    assert asked(now, confirmations, reminded) == keys


def test_what_has_changed_since_the_confirmation_is_named():
    found = lists([madrid(closed_dates=["2026-05-15"])], {THIS: confirmed(2026, date(2026, 1, 1))}, (), OCTOBER)[0]
    assert found.standing is Standing.CHANGED
    assert (found.added, found.removed) == ([date(2026, 1, 1)], [date(2026, 11, 9)])


def test_names_of_days_in_another_language_are_no_change():
    assert digest(closed_days(madrid(), 2026, "en_US")) == digest(closed_days(madrid(), 2026, "es"))


@pytest.mark.parametrize(
    ("told", "due"),
    [
        (None, True),
        (timedelta(days=6, hours=23), False),
        (timedelta(days=7), True),
    ],
)
def test_managers_are_reminded_once_a_week(told, due):
    found = [one for one in lists([madrid()], {}, (), NOVEMBER) if one.asked]
    reminded = {} if told is None else {NEXT: (found[0].digest, NOVEMBER - told)}
    assert bool(to_remind(found, reminded, NOVEMBER)) is due


def test_a_list_that_is_another_one_than_managers_were_told_of_is_told_at_once():
    found = [one for one in lists([madrid()], {}, (), NOVEMBER) if one.asked]
    assert to_remind(found, {NEXT: ("another", NOVEMBER)}, NOVEMBER) == found

"""Plans that have gone without a drill for too long (S-F.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.drills.overdue import Key, Practice, months_later, overdue, to_remind
from tests.domain.oncall.builders import utc

NOW = utc("2026-11-28T10:00")
KEY = Key("hotel-sol", "erp-restore")


def practised(last=None, known="2025-01-01T00:00", following=None):
    return Practice(
        KEY, "Hotel Sol", "ERP", utc(known), utc(last) if last else None, utc(following) if following else None
    )


@pytest.mark.parametrize(
    ("practice", "months", "late"),
    [
        (practised("2025-11-28T10:00"), 12, True),
        (practised("2025-11-28T10:01"), 12, False),
        (practised(), 12, True),
        (practised(known="2026-06-01T00:00"), 12, False),  # a new plan has as long as any other
        (practised("2026-05-01T00:00"), 6, True),
        (practised(), 0, False),
    ],
)
def test_a_plan_is_overdue_so_many_months_after_its_last_drill_or_its_first_version(practice, months, late):
    assert bool(overdue([practice], months, NOW)) is late


def test_managers_are_told_once_a_month_of_plans_without_a_date():
    late = [practised()]
    assert to_remind(late, {}, NOW) == late
    assert to_remind(late, {KEY: NOW - timedelta(days=29)}, NOW) == []
    assert to_remind(late, {KEY: NOW - timedelta(days=30)}, NOW) == late
    assert to_remind([practised(following="2026-12-10T09:00")], {}, NOW) == []


@pytest.mark.parametrize(
    ("at", "months", "later"),
    [
        ("2026-01-31T08:00", 1, "2026-02-28T08:00"),
        ("2027-11-30T08:00", 3, "2028-02-29T08:00"),
        ("2026-12-15T08:00", 12, "2027-12-15T08:00"),
    ],
)
def test_months_end_on_the_same_day_or_the_last_one(at, months, later):
    assert months_later(utc(at), months) == utc(later)

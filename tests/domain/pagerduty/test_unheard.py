"""When nobody can have heard a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerting.pagerduty.unheard import Try, why

NOW = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=2)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def page(age: float, state: str, *, handed: float | None = None, sent: bool = True, due: float | None = None) -> Try:
    """`age` in seconds; `handed` and `due`: so many seconds ago."""
    due_at = ago(age if due is None else due)
    return Try(ago(age), due_at, state, ago(age) if sent else None, None if handed is None else ago(handed))


def pagerduty(age: float, state: str, handed: float | None = None) -> Try:
    return Try(**(vars(page(age, state, handed=handed)) | {"by_pagerduty": True}))


@pytest.mark.parametrize(
    ("tries", "needed"),
    [
        ([page(61, "failed")], "no_hand_off"),
        ([page(61, "unknown")], "no_hand_off"),
        ([page(61, "sending")], "no_hand_off"),
        ([page(61, "pending", sent=False)], "no_hand_off"),
        ([page(61, "pending", due=-4)], "no_hand_off"),  # tried in vain, and waiting to be tried again
        ([page(59, "failed")], None),
        ([page(61, "pending", sent=False, due=-30)], None),  # a page for later
        ([page(61, "accepted", handed=60)], None),
        ([page(61, "failed"), page(61, "accepted", handed=60)], None),
        ([page(300, "accepted", handed=299), page(61, "failed")], "no_hand_off"),  # the carrier died meanwhile
        ([page(300, "failed"), page(61, "accepted", handed=60)], None),
        ([page(61, "no_answer", handed=60)], None),  # somebody's telephone rang
        ([page(61, "cancelled")], None),
        ([page(61, "superseded", sent=False)], None),
        ([], None),
        ([page(61, "failed"), pagerduty(61, "accepted", handed=60)], None),
        ([page(61, "failed"), pagerduty(5, "sending")], None),
        ([page(61, "failed"), pagerduty(5, "failed")], None),  # just tried
        ([page(130, "failed"), pagerduty(61, "failed")], "no_hand_off"),
    ],
)
def test_a_page_that_no_carrier_took_for_a_minute_goes_to_pagerduty(tries: list[Try], needed: str | None) -> None:
    assert why(LATER, tries, NOW) == needed


@pytest.mark.parametrize(
    ("due_seconds_ago", "needed"), [(61, "overdue"), (60, "overdue"), (59, None), (-30, None), (None, None)]
)
def test_a_step_that_does_not_come_is_the_clocks_death(due_seconds_ago: float | None, needed: str | None) -> None:
    due_at = None if due_seconds_ago is None else ago(due_seconds_ago)
    assert why(due_at, [page(300, "no_answer", handed=299)], NOW) == needed


def test_pagerduty_is_called_once_for_an_overdue_step() -> None:
    assert why(ago(600), [pagerduty(500, "delivered", handed=499)], NOW) is None

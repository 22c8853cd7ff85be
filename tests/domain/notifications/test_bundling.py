"""Which pages leave as one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from alerting.notifications.bundling import MOST, Page, together

FIRST = Page("a", "A", "page_sms")

CASES: dict[str, tuple[Page, Sequence[Page], tuple[str, ...]]] = {
    "those of other tickets": (
        FIRST, (Page("b", "B", "page_sms"), Page("c", "C", "last_resort_sms")), ("b", "c"),
    ),
    "one of the same ticket would say the same twice": (FIRST, (Page("b", "A", "page_sms"),), ()),
    "a drill and a real page never share a message": (FIRST, (Page("b", "B", "page_sms", drill=True),), ()),
    "drills share one": (
        Page("a", "A", "page_sms", drill=True), (Page("b", "B", "page_sms", drill=True),), ("b",),
    ),
    "a page that asks for the missing contact travels alone": (
        FIRST, (Page("b", "B", "contact_overdue_sms"), Page("c", "C", "greeting", overdue=True)), (),
    ),
    "and takes nobody along": (Page("a", "A", "contact_overdue_sms"), (Page("b", "B", "page_sms"),), ()),
    "nobody else waits": (FIRST, (), ()),
    "never without end": (
        FIRST, [Page(f"{n:03}", f"T{n}", "page_sms") for n in range(MOST + 9)], tuple(f"{n:03}" for n in range(MOST)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_these_leave_together(case: str) -> None:
    first, others, expected = CASES[case]
    assert together(first, others) == expected

"""How much a ticket holds, and what is said when it is full."""

from __future__ import annotations

import pytest

from alerting.attachments.limits import FILES_IN_TICKET, Held, Limits, Reason, full, why

LIMITS = Limits(file=10_000_000, customer=500_000_000)


@pytest.mark.parametrize(
    ("held", "size", "reason"),
    [
        (Held(0, 0, 0), 10_000_000, None),
        (Held(FILES_IN_TICKET - 1, 0, 0), 1, None),
        (Held(FILES_IN_TICKET, 0, 0), 1, Reason.TOO_MANY),
        (Held(3, 95_000_000, 95_000_000), 5_000_000, None),
        (Held(3, 95_000_000, 95_000_000), 5_000_001, Reason.TICKET_FULL),
        (Held(0, 0, 499_000_000), 1_000_001, Reason.CUSTOMER_FULL),
    ],
)
def test_a_file_has_room_up_to_the_last_byte(held: Held, size: int, reason: Reason | None) -> None:
    assert full(held, size, LIMITS) is reason


def test_every_reason_is_said_in_both_languages_with_what_is_allowed() -> None:
    for reason in Reason:
        said = [why(reason, LIMITS, language) for language in ("es", "en")]
        assert said[0] != said[1]
        assert all(text and "{" not in text for text in said)
    assert "10 MB" in why(Reason.TOO_LARGE, LIMITS, "es")
    assert "100 MB" in why(Reason.TICKET_FULL, LIMITS, "en")

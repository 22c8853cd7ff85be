"""Canary pages: when they are sent, when they have come through, and what two of them say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerting.carrier_watch.rules import SMS, VOICE, Canary, Health, Outcome, by_way, health, judged, next_at
from alerting.notifications.attempts import AttemptState

NOW = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sung(outcome: Outcome, ago: timedelta = timedelta(0), carrier: str = "twilio", channel: str = SMS) -> Canary:
    return Canary(channel, carrier, NOW - ago, outcome)


@pytest.mark.parametrize(
    ("channel", "state", "overdue", "outcome"),
    [
        (SMS, "pending", False, "waiting"),
        (SMS, "sent", False, "waiting"),
        (SMS, "sent", True, "missed"),  # the carrier never confirmed it
        (SMS, "delivered", False, "heard"),
        (SMS, "delivered", True, "heard"),
        (SMS, "undelivered", False, "missed"),
        (SMS, "failed", False, "missed"),
        (VOICE, "accepted", False, "waiting"),
        (VOICE, "accepted", True, "missed"),
        (VOICE, "ringing", False, "heard"),
        (VOICE, "cancelled", False, "heard"),  # hung up by us, because it rang
        (VOICE, "busy", False, "heard"),
        (VOICE, "failed", False, "missed"),
        (VOICE, "unknown", True, "missed"),
    ],
)
def test_what_the_state_of_an_attempt_says(channel: str, state: str, overdue: bool, outcome: str) -> None:
    assert judged(channel, AttemptState(state), overdue=overdue) == outcome


def test_the_first_is_sent_at_once_and_none_while_one_is_under_way() -> None:
    assert next_at(None, HOUR, NOW) == NOW
    assert next_at(sung(Outcome.WAITING), HOUR, NOW) is None


def test_one_that_was_missed_is_followed_sooner() -> None:
    assert next_at(sung(Outcome.HEARD), HOUR, NOW) == NOW + HOUR
    assert next_at(sung(Outcome.MISSED), HOUR, NOW) == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("outcomes", "found"),
    [
        ("", None),
        ("waiting", None),
        ("heard", Health.WORKS),
        ("heard missed missed", Health.WORKS),
        ("missed", Health.DOUBTFUL),
        ("missed heard", Health.DOUBTFUL),
        ("waiting missed missed", Health.FAILS),
    ],
)
def test_two_in_a_row_are_needed_to_call_a_carrier_broken(outcomes: str, found: Health | None) -> None:
    assert health([sung(Outcome(word)) for word in outcomes.split()]) == found


def test_each_way_stands_for_itself_and_old_canaries_for_nothing() -> None:
    kept = [sung(Outcome.HEARD), sung(Outcome.MISSED, carrier="second"), sung(Outcome.HEARD, channel=VOICE)]
    ways = by_way([*kept, sung(Outcome.MISSED, 4 * HOUR)], NOW, HOUR)
    assert {way: len(found) for way, found in ways.items()} == {
        ("twilio", SMS): 1, ("second", SMS): 1, ("twilio", VOICE): 1
    }  # fmt: skip

"""A call that nobody takes: what else rings, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from alerting.notifications.attempts import AttemptState as S
from alerting.notifications.repeats import FOR_THE_MESSAGE, BringForward, CallAgain, Move, Other, after_call

CALLED = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)
NOW = CALLED + timedelta(seconds=30)
MOBILE, OFFICE = "+34600000001", "+34910000009"


def planned(id_: str, channel: str, address: str, seconds: float, *, sent: bool = False) -> Other:
    return Other(id_, channel, address, CALLED + timedelta(seconds=seconds), pending=not sent)


CASES: dict[str, tuple[S, Sequence[Other], tuple[Move, ...]]] = {
    "nobody, and nothing else planned": (S.NO_ANSWER, (), (CallAgain(NOW),)),
    "nobody, but the telephone rings again soon": (S.NO_ANSWER, (planned("b", "voice", MOBILE, 90),), ()),
    "nobody, and it rings again much later": (
        S.NO_ANSWER, (planned("b", "voice", MOBILE, 300),), (CallAgain(NOW),),
    ),
    "nobody, and another telephone planned": (
        S.NO_ANSWER, (planned("b", "voice", OFFICE, 60),), (BringForward("b", NOW), CallAgain(NOW)),
    ),
    "nobody, and a message planned after a call of the same telephone": (
        S.NO_ANSWER,
        (planned("b", "voice", MOBILE, 90), planned("c", "email", "ana@itsafer.example", 240)),
        (BringForward("c", NOW),),
    ),
    "nobody, at the second call": (S.NO_ANSWER, (planned("a", "voice", MOBILE, -40, sent=True),), ()),
    "a machine, and nothing else planned": (S.VOICEMAIL, (), (CallAgain(NOW + FOR_THE_MESSAGE),)),
    "a machine, and a message planned": (
        S.VOICEMAIL,
        (planned("b", "sms", MOBILE, 240), planned("c", "voice", OFFICE, 300)),
        (BringForward("b", NOW), CallAgain(NOW + FOR_THE_MESSAGE)),
    ),
    "a machine, and the same telephone planned": (
        S.VOICEMAIL, (planned("b", "voice", MOBILE, 90),), (BringForward("b", NOW + FOR_THE_MESSAGE),),
    ),
    "a machine, and the same telephone due at once": (
        S.VOICEMAIL, (planned("b", "voice", MOBILE, 35),), (BringForward("b", CALLED + timedelta(seconds=35)),),
    ),
    "somebody who is talking, and nothing else planned": (S.BUSY, (), ()),
    "somebody who is talking, and another telephone planned": (
        S.BUSY,
        (planned("b", "voice", MOBILE, 90), planned("c", "voice", OFFICE, 240)),
        (BringForward("c", NOW),),
    ),
    "somebody who is talking, and the same telephone planned": (
        S.BUSY, (planned("b", "voice", MOBILE, 90),), (BringForward("b", NOW + FOR_THE_MESSAGE),),
    ),
    "a call that was ended at the carrier, and a message planned": (
        S.CANCELLED, (planned("b", "sms", MOBILE, 240),), (BringForward("b", NOW),),
    ),
    "somebody who pressed nothing": (S.NO_INPUT, (), ()),
    "somebody who accepted": (S.CONFIRMED, (planned("b", "sms", MOBILE, 240),), ()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_call_that_nobody_takes_is_made_once_more_and_a_machine_hurries_what_is_planned(case: str) -> None:
    state, others, moves = CASES[case]
    assert after_call(state, MOBILE, CALLED, others, NOW, repeats=True) == moves


@pytest.mark.parametrize("state", [S.VOICEMAIL, S.NO_ANSWER])
def test_without_second_calls_what_is_planned_is_hurried_all_the_same(state: S) -> None:
    others = (planned("b", "sms", MOBILE, 240),)
    assert after_call(state, MOBILE, CALLED, others, NOW, repeats=False) == (BringForward("b", NOW),)


def test_a_report_that_comes_too_late_calls_nobody_again() -> None:
    late = CALLED + timedelta(minutes=3)
    assert after_call(S.NO_ANSWER, MOBILE, CALLED, (), late, repeats=True) == ()

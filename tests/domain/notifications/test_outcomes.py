"""Every word and code of the carrier has a move, and the code that acts on it agrees with the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alerting.notifications import repeats
from alerting.notifications.attempts import DEAF, FINAL, SMS_STATES, AttemptState, voice_state
from alerting.notifications.carriers.base import (
    AmbiguousDeliveryError,
    ConfigurationDeliveryError,
    PermanentDeliveryError,
    TransientDeliveryError,
)
from alerting.notifications.carriers.outcomes import OUTCOMES, Move, Outcome, move_of, refusal, why_disabled

# All that a carrier can end with, by where it says so, and what has to follow.
EXPECTED: dict[tuple[str, Move], str] = {
    ("call", Move.WAIT): "completed",
    ("call", Move.NEXT): "busy no-answer failed canceled",
    ("heard", Move.WAIT): "human unknown",
    ("heard", Move.NEXT): "machine_start machine_end_beep machine_end_silence machine_end_other fax",
    ("sms", Move.WAIT): "delivered read",
    ("sms", Move.NEXT): "undelivered failed canceled partially_delivered",
    ("sip", Move.NEXT): "408 480 486 487 600 603",
    ("sip", Move.DISABLE): "404 484 604",
    ("error", Move.AGAIN): "20429 30001 30022 21611",
    ("error", Move.NEXT): "30003 30005 30008 30036 30410",
    ("error", Move.DISABLE): "21211 21214 21217 13223 13224 21614 30006 21610",
    ("error", Move.ALARM): (
        "20003 20404 21408 21215 21212 21606 21603 21612 21659 30004 30007 30034 21205 21609 21617 21602 "
        "11200 11205 12100 12200 12300"
    ),
    ("http", Move.AGAIN): "429",
    ("http", Move.ALARM): "401 403",
    ("http", Move.LOOK): "5xx",
    ("http", Move.NEXT): "4xx",
    ("network", Move.AGAIN): "connect",
    ("network", Move.LOOK): "timeout connection",
}
DOCUMENT = Path(__file__).parents[3] / "docs" / "telephony.md"
ROWS = (Move.WAIT, Move.NEXT, Move.AGAIN, Move.DISABLE, Move.ALARM, Move.LOOK)
ERRORS = {
    Move.AGAIN: TransientDeliveryError,
    Move.NEXT: PermanentDeliveryError,
    Move.DISABLE: PermanentDeliveryError,
    Move.ALARM: ConfigurationDeliveryError,
}


def rows(of: str) -> list[Outcome]:
    return [outcome for outcome in OUTCOMES if outcome.of == of]


def test_each_code_of_the_carrier_has_one_move_and_its_source() -> None:
    found: dict[tuple[str, Move], set[str]] = {}
    for outcome in OUTCOMES:
        found.setdefault((outcome.of, outcome.move), set()).add(outcome.code)
    assert found == {key: set(codes.split()) for key, codes in EXPECTED.items()}
    assert len({(outcome.of, outcome.code) for outcome in OUTCOMES}) == len(OUTCOMES)
    assert all(outcome.means and outcome.source for outcome in OUTCOMES)


@pytest.mark.parametrize("outcome", rows("error"), ids=lambda outcome: outcome.code)
def test_a_refusal_with_that_code_is_the_error_that_leads_to_the_move(outcome: Outcome) -> None:
    error = refusal(400, outcome.code, "", {})
    assert (type(error), error.code) == (ERRORS[outcome.move], outcome.code)
    assert (why_disabled(outcome.code) is not None) == (outcome.move is Move.DISABLE)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, TransientDeliveryError),
        (401, ConfigurationDeliveryError),
        (403, ConfigurationDeliveryError),
        (500, AmbiguousDeliveryError),
        (503, AmbiguousDeliveryError),
        (400, PermanentDeliveryError),
        (404, PermanentDeliveryError),
    ],
)
def test_a_refusal_without_a_code_that_we_know_is_judged_by_its_status(status: int, kind: type[Exception]) -> None:
    assert isinstance(refusal(status, "99999", "", {}), kind)
    assert isinstance(refusal(status, None, "", {}), kind)


@pytest.mark.parametrize("given", ["7", "7.0"])
def test_the_carriers_own_pause_is_read(given: str) -> None:
    error = refusal(429, "20429", "", {"Retry-After": given})
    assert isinstance(error, TransientDeliveryError)
    assert error.retry_after == 7


def test_the_documentation_names_every_code_once_and_under_its_move() -> None:
    text = DOCUMENT.read_text(encoding="utf-8").partition("## What follows\n")[2].partition("\n## ")[0]
    listed = [set(re.findall(r"[\w-]+", row.split("|")[1])) for row in text.splitlines() if row.startswith("| ")][1:]
    said = dict(zip(ROWS, listed, strict=True))
    for outcome in OUTCOMES:
        assert outcome.code in said[outcome.move], outcome
        if outcome.code.isdigit():
            assert [row for row in ROWS if outcome.code in said[row]] == [outcome.move], outcome


def test_a_code_of_tomorrow_costs_the_next_method_no_time_and_this_one_nothing() -> None:
    assert move_of("99999") is Move.NEXT
    assert move_of("sip_500") is Move.NEXT
    assert move_of(None) is Move.NEXT


@pytest.mark.parametrize("outcome", rows("call") + rows("sms"), ids=lambda outcome: f"{outcome.of}-{outcome.code}")
def test_a_final_word_brings_the_next_method_forward_exactly_when_the_table_says_so(outcome: Outcome) -> None:
    is_call = outcome.of == "call"
    state = voice_state(outcome.code, None, None, pressed=False) if is_call else SMS_STATES[outcome.code]
    assert state in FINAL
    assert (state in repeats.NOT_TAKEN | DEAF) == (outcome.move is Move.NEXT)


@pytest.mark.parametrize("outcome", rows("sip"), ids=lambda outcome: outcome.code)
def test_what_a_telephone_answers_to_a_failed_call_moves_on_or_takes_the_number_out_of_use(outcome: Outcome) -> None:
    state = voice_state("failed", outcome.code, None, pressed=False)
    assert (state is AttemptState.FAILED) == (outcome.move is Move.DISABLE)
    assert state in repeats.NOT_TAKEN | DEAF


@pytest.mark.parametrize("outcome", rows("heard"), ids=lambda outcome: outcome.code)
def test_a_machine_is_no_person(outcome: Outcome) -> None:
    state = voice_state("in-progress", None, outcome.code, pressed=False)
    assert (state is AttemptState.VOICEMAIL) == (outcome.move is Move.NEXT)

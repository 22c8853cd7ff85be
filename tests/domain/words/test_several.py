"""The menu of one call for several tickets."""

from __future__ import annotations

import itertools

import pytest

from alerting.notifications import spoken as say
from webhooks.several import Command, Phase, SeveralState, begin, step

GREETING = say.SeveralPages(person="Ana", total=2, customers=("Hotel Sol", "Banco Norte"))
MENU, ASKED = SeveralState(), SeveralState(Phase.CONFIRM)

CASES: dict[str, tuple[SeveralState, str | None, tuple[type[say.Spoken], ...], Phase, Command | None]] = {
    "4 accepts all": (MENU, "4", (), Phase.MENU, Command.ACKNOWLEDGE_ALL),
    "4 accepts all also when asked whether to hand them on": (ASKED, "4", (), Phase.MENU, Command.ACKNOWLEDGE_ALL),
    "5 is asked twice": (MENU, "5", (say.ConfirmEscalateAll,), Phase.CONFIRM, None),
    "the second 5 hands all on": (ASKED, "5", (), Phase.MENU, Command.ESCALATE_ALL),
    "6 does nothing": (MENU, "6", (say.NotByTelephone, say.SeveralMenu), Phase.MENU, None),
    "7 asks to accept first": (MENU, "7", (say.AcceptFirst,), Phase.MENU, None),
    "9 goes one by one": (MENU, "9", (), Phase.MENU, Command.ONE_BY_ONE),
    "star repeats": (MENU, "*", (say.SeveralPages, say.SeveralMenu), Phase.MENU, None),
    "silence repeats": (MENU, None, (say.SeveralPages, say.SeveralMenu), Phase.MENU, None),
    "a second silence is no answer": (SeveralState(silences=1), "", (say.NoInput,), Phase.MENU, Command.NO_INPUT),
    "a wrong key says what counts": (MENU, "1", (say.SeveralWrongKey,), Phase.MENU, None),
    "a third one is no answer": (SeveralState(wrong=2), "1", (say.NoInput,), Phase.MENU, Command.NO_INPUT),
}


@pytest.mark.parametrize("case", CASES)
def test_what_follows_from_a_key(case: str) -> None:
    state, digit, words, phase, command = CASES[case]
    answer = step(state, digit, GREETING)
    assert (tuple(map(type, answer.say)), answer.next.phase, answer.command) == (words, phase, command)


def test_the_call_begins_with_who_waits_and_the_keys() -> None:
    assert [type(text) for text in begin(GREETING).say] == [say.SeveralPages, say.SeveralMenu]


def test_the_state_survives_its_journey_in_an_address() -> None:
    for phase, silences, wrong in itertools.product(Phase, range(2), range(3)):
        state = SeveralState(phase, silences, wrong)
        assert SeveralState.of(state.token) == state
    assert SeveralState.of("nonsense") == SeveralState()

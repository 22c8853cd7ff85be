"""The telephone menu, key by key."""

from dataclasses import replace
from itertools import product

import pytest

from alerting.notifications import spoken as say
from alerting.notifications.spoken import spoken
from alerting.notifications.wording import LANGUAGES
from tests.domain.words.samples import PROVIDER, REF, at
from webhooks.voice import (
    Command,
    End,
    MenuAnswer,
    MenuState,
    Phase,
    Situation,
    Standing,
    after_bridge,
    menu_step,
    open_call,
    told,
)

START = MenuState()
CONFIRMING = MenuState(Phase.CONFIRM)
MACHINE = MenuState(Phase.MACHINE)
OPEN = Situation(
    Standing.OPEN,
    person="Ana",
    customer="Hotel Sol",
    plan="Restauración del ERP",
    reference=REF,
    priority="P1",
    opened_at=at(3, 5),
    contact="Marta Ruiz",
    next_person="Borja",
)
OWNED = replace(OPEN, standing=Standing.OWNED, owner="Ana", owned_at=at(3, 12), contact_due_at=at(3, 22))
TAKEN = replace(OPEN, standing=Standing.TAKEN, owner="Borja", owned_at=at(3, 9))
CLOSED = replace(OPEN, standing=Standing.CLOSED)
CANCELLED = replace(OPEN, standing=Standing.CANCELLED)
TEST = Situation(Standing.TEST, person="Ana")

Words = tuple[type[say.Spoken], ...]


def heard(answer: MenuAnswer) -> Words:
    return tuple(type(text) for text in answer.say)


@pytest.mark.parametrize(
    ("situation", "state", "key", "words", "command", "following"),
    [
        (OPEN, START, "4", (), Command.ACKNOWLEDGE, START),
        (OPEN, START, "5", (say.ConfirmEscalate,), None, CONFIRMING),
        (OPEN, START, "6", (say.NotByTelephone, say.Menu), None, START),
        (OPEN, START, "7", (say.AcceptFirst,), None, START),
        (OPEN, START, "9", (say.Details, say.Menu), None, START),
        (OPEN, START, "*", (say.Greeting, say.Menu), None, START),
        (OPEN, CONFIRMING, "5", (), Command.ESCALATE, START),
        (OPEN, CONFIRMING, "4", (), Command.ACKNOWLEDGE, START),
        (OPEN, CONFIRMING, "*", (say.ConfirmEscalate,), None, CONFIRMING),
        (OPEN, CONFIRMING, "7", (say.AcceptFirst,), None, CONFIRMING),
        (OWNED, START, "4", (say.Accepted,), None, START),
        (OWNED, START, "5", (say.ConfirmEscalateOwner,), None, CONFIRMING),
        (OWNED, START, "7", (say.BridgeConnecting,), Command.CALL_CUSTOMER, End.BRIDGE),
        (OWNED, START, "9", (say.Details, say.OwnerMenu), None, START),
        (OWNED, START, "*", (say.OwnerMenu,), None, START),
        (OWNED, CONFIRMING, "5", (), Command.ESCALATE, START),
        (OWNED, CONFIRMING, "4", (say.Accepted,), None, START),
        (TAKEN, START, "5", (say.AlreadyTaken,), None, End.HANG_UP),
        (TAKEN, START, None, (say.AlreadyTaken,), None, End.HANG_UP),
        (TAKEN, START, "4", (), Command.ACKNOWLEDGE, START),
        (CLOSED, START, "4", (say.Closed,), None, End.HANG_UP),
        (CANCELLED, START, "4", (say.Cancelled,), None, End.HANG_UP),
        (OPEN, MACHINE, None, (), None, End.HANG_UP),
        (OPEN, MACHINE, "4", (), Command.ACKNOWLEDGE, START),
        (OPEN, MACHINE, "*", (say.Greeting, say.Menu), None, START),
        (TAKEN, MACHINE, None, (), None, End.HANG_UP),
        (TEST, START, "4", (), Command.ACKNOWLEDGE, START),
        (TEST, START, "5", (say.ReachabilityTestCall,), None, MenuState(wrong=1)),
    ],
)
def test_each_key_does_what_the_table_says(
    situation: Situation,
    state: MenuState,
    key: str | None,
    words: Words,
    command: Command | None,
    following: MenuState | End,
) -> None:
    answer = menu_step(state, key, situation)
    assert (heard(answer), answer.command, answer.next) == (words, command, following)


@pytest.mark.parametrize(
    ("command", "situation", "words", "following"),
    [
        (Command.ACKNOWLEDGE, OWNED, (say.Accepted,), START),
        (Command.ACKNOWLEDGE, TAKEN, (say.AlreadyTaken,), End.HANG_UP),
        (Command.ACKNOWLEDGE, CLOSED, (say.Closed,), End.HANG_UP),
        (Command.ACKNOWLEDGE, OPEN, (say.CannotRecord,), End.HANG_UP),
        (Command.ACKNOWLEDGE, TEST, (say.ReachabilityTestCallConfirmed,), End.HANG_UP),
        (Command.ESCALATE, OPEN, (say.Escalated,), End.HANG_UP),
        (Command.ESCALATE, TAKEN, (say.AlreadyTaken,), End.HANG_UP),
    ],
)
def test_what_was_done_is_said_only_after_it_was_done(
    command: Command, situation: Situation, words: Words, following: MenuState | End
) -> None:
    answer = told(command, situation)
    assert (heard(answer), answer.command, answer.next) == (words, None, following)


def test_silence_repeats_everything_once_and_then_says_goodbye_without_an_acknowledgement() -> None:
    first = menu_step(START, None, OPEN)
    assert heard(first) == (say.Greeting, say.Menu)
    assert isinstance(first.next, MenuState)
    second = menu_step(first.next, "", OPEN)
    assert (heard(second), second.command, second.next) == ((say.NoInput,), Command.NO_INPUT, End.HANG_UP)


def test_silence_at_the_question_repeats_the_question_and_escalates_nothing() -> None:
    first = menu_step(CONFIRMING, None, OPEN)
    assert heard(first) == (say.ConfirmEscalate,)
    assert isinstance(first.next, MenuState)
    assert menu_step(first.next, None, OPEN).command is Command.NO_INPUT


def test_three_wrong_keys_end_the_call_without_an_acknowledgement() -> None:
    state: MenuState | End = START
    for key in ("1", "#"):
        assert isinstance(state, MenuState)
        answer = menu_step(state, key, OPEN)
        assert (heard(answer), answer.command) == ((say.WrongKey,), None)
        state = answer.next
    assert isinstance(state, MenuState)
    answer = menu_step(state, "0", OPEN)
    assert (heard(answer), answer.command, answer.next) == ((say.NoInput,), Command.NO_INPUT, End.HANG_UP)


def test_an_owner_who_says_nothing_more_keeps_the_ticket() -> None:
    answer = menu_step(START, None, OWNED)
    assert (heard(answer), answer.command, answer.next) == ((say.OwnerGoodbye,), None, End.HANG_UP)


def test_a_customer_without_a_telephone_is_not_dialled() -> None:
    answer = menu_step(START, "7", replace(OWNED, contact=None))
    assert (heard(answer), answer.command, answer.next) == ((say.NoCustomerNumber, say.OwnerMenu), None, START)


def test_after_the_bridge_the_owner_hears_what_came_of_it() -> None:
    reached = after_bridge(True, replace(OWNED, contacted_at=at(3, 20)))
    assert (heard(reached), reached.next) == ((say.BridgeReached,), End.HANG_UP)
    missed = after_bridge(False, replace(OWNED, tries=1))
    assert (heard(missed), missed.next) == ((say.BridgeNotReached,), START)
    assert heard(after_bridge(False, TAKEN)) == (say.AlreadyTaken,)


def test_whoever_of_the_customer_was_not_tried_yet_is_called_without_another_key() -> None:
    answer = after_bridge(False, replace(OWNED, tries=1, contact="Luis Pérez", contact_untried=True))
    assert (heard(answer), answer.command, answer.next) == ((say.BridgeNext,), Command.CALL_CUSTOMER, End.BRIDGE)


def test_a_call_answered_too_late_says_at_once_who_has_it() -> None:
    assert heard(open_call(OPEN)) == (say.Greeting, say.Menu)
    assert heard(open_call(OWNED)) == (say.Greeting, say.OwnerMenu)
    late = open_call(TAKEN)
    assert (heard(late), late.next) == ((say.AlreadyTaken,), End.HANG_UP)


@pytest.mark.parametrize(("standing", "phase"), [*product(Standing, Phase)])
def test_only_four_acknowledges_and_only_a_second_five_escalates_whatever_the_situation(
    standing: Standing, phase: Phase
) -> None:
    for key in [None, "", *"012356789*#", "44", "4 ", "٤"]:
        answer = menu_step(MenuState(phase), key, replace(OPEN, standing=standing))
        assert answer.command is not Command.ACKNOWLEDGE
        assert answer.command is not Command.ESCALATE or (key == "5" and phase is Phase.CONFIRM)


@pytest.mark.parametrize(("standing", "phase"), [*product(Standing, Phase)])
def test_every_answer_can_be_said_in_every_language_and_a_drill_begins_by_saying_so(
    standing: Standing, phase: Phase
) -> None:
    for key in (None, *"0123456789*#"):
        situation = replace(OPEN, standing=standing, drill=True)
        answer = menu_step(MenuState(phase), key, situation)
        answer = answer if answer.say else told(answer.command or Command.NO_INPUT, situation)
        for language in LANGUAGES:
            texts = [spoken(text, language, PROVIDER) for text in answer.say]
            assert texts[0].startswith(("SIMULACRO. ", "DRILL. "))


@pytest.mark.parametrize("state", [MenuState(*s) for s in product(Phase, range(3), range(3))], ids=lambda s: s.token)
def test_the_state_travels_in_the_address_and_comes_back(state: MenuState) -> None:
    assert MenuState.of(state.token) == state


@pytest.mark.parametrize("token", ["", "x00", "m", "m0", "mxx", "m000", "m٠٠", "c-1"])
def test_an_unreadable_state_is_the_beginning_of_the_menu(token: str) -> None:
    assert MenuState.of(token) == START

"""Calls to us, question by question."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from alerting.notifications import line_words as say
from alerting.notifications.line_words import TEMPLATES, line
from alerting.notifications.wording import DRILL, LANGUAGES, Language, template_fields
from tests.domain.words.samples import LINE, PROVIDER, REF, at
from webhooks.line import (
    NO_PLAN,
    Ask,
    Choice,
    LineAnswer,
    LineState,
    Offer,
    Outcome,
    Stage,
    Verdict,
    after_pin,
    begin,
    code_step,
    customer_step,
    names_page,
)

HOTEL = Offer("Hotel Sol", (("erp-restore", "Restauración del ERP"), ("files-restore", "Restauración de ficheros")))
ONE = Offer("Banco Norte", (("core-restore", "Core banking restore"),))
PLAN, MODE, CONFIRM = LineState(Stage.PLAN), LineState(Stage.MODE), LineState(Stage.CONFIRM)
ERP, ERP_REAL, ERP_DRILL = Choice("erp-restore"), Choice("erp-restore", "real"), Choice("erp-restore", "drill")


def heard(answer: LineAnswer) -> tuple[type[say.LineText], ...]:
    return tuple(type(text) for text in answer.say)


@pytest.mark.parametrize(
    ("offer", "words", "following"),
    [
        (HOTEL, (say.ChoosePlan,), Ask(PLAN)),
        (ONE, (say.ChooseMode,), Ask(MODE, Choice("core-restore"))),
        (Offer("Hotel Sol", (), other=True), (say.ChooseMode,), Ask(MODE, Choice(NO_PLAN))),
        (Offer("Hotel Sol", ()), (), Outcome.ELSEWHERE),
    ],
)
def test_the_first_question_is_the_first_that_has_more_than_one_answer(
    offer: Offer, words: tuple[type[say.LineText], ...], following: Ask | Outcome
) -> None:
    answer = begin(offer)
    assert (heard(answer), answer.next) == (words, following)


@pytest.mark.parametrize(
    ("state", "choice", "key", "words", "following"),
    [
        (PLAN, Choice(), "1", (say.ChooseMode,), Ask(MODE, ERP)),
        (PLAN, Choice(), "2", (say.ChooseMode,), Ask(MODE, Choice("files-restore"))),
        (PLAN, Choice(), "3", (say.LineWrongKey, say.ChoosePlan), Ask(replace(PLAN, wrong=1))),
        (PLAN, Choice(), "0", (say.LineWrongKey, say.ChoosePlan), Ask(replace(PLAN, wrong=1))),
        (PLAN, Choice(), "*", (say.ChoosePlan,), Ask(PLAN)),
        (PLAN, Choice(), "", (say.ChoosePlan,), Ask(replace(PLAN, silences=1))),
        (replace(PLAN, silences=1), Choice(), "", (), Outcome.ELSEWHERE),
        (replace(PLAN, wrong=2), Choice(), "7", (), Outcome.ELSEWHERE),
        (MODE, ERP, "1", (say.ConfirmActivation,), Ask(CONFIRM, ERP_REAL)),
        (MODE, ERP, "2", (say.ConfirmActivation,), Ask(CONFIRM, ERP_DRILL)),
        (MODE, ERP, "4", (say.LineWrongKey, say.ChooseMode), Ask(replace(MODE, wrong=1), ERP)),
        (CONFIRM, ERP_REAL, "1", (), Outcome.ACTIVATE),
        (CONFIRM, ERP_REAL, "2", (say.NothingActivated,), Outcome.HANG_UP),
        (CONFIRM, ERP_REAL, "*", (say.ConfirmActivation,), Ask(CONFIRM, ERP_REAL)),
        (CONFIRM, ERP_REAL, "", (say.ConfirmActivation,), Ask(replace(CONFIRM, silences=1), ERP_REAL)),
        (replace(CONFIRM, silences=1), ERP_REAL, "", (), Outcome.ELSEWHERE),
    ],
)
def test_each_key_does_what_the_table_says(
    state: LineState,
    choice: Choice,
    key: str,
    words: tuple[type[say.LineText], ...],
    following: Ask | Outcome,
) -> None:
    answer = customer_step(state, choice, key, HOTEL)
    assert (heard(answer), answer.next) == (words, following)


def test_whoever_does_not_know_which_plan_presses_0_where_the_contract_has_a_policy_of_its_own() -> None:
    answer = customer_step(PLAN, Choice(), "0", replace(HOTEL, other=True))
    assert answer.next == Ask(MODE, Choice(NO_PLAN))


@pytest.mark.parametrize(("stage", "key"), [*product(Stage, ["", *"0123456789*#", "11", "1 ", "١"])])
def test_only_key_1_at_the_question_that_reads_it_back_activates(stage: Stage, key: str) -> None:
    answer = customer_step(LineState(stage), ERP_REAL, key, HOTEL)
    assert (answer.next is Outcome.ACTIVATE) == (stage is Stage.CONFIRM and key == "1")


def test_what_is_read_back_names_the_plan_the_customer_and_whether_it_is_a_drill() -> None:
    real, drill = (customer_step(MODE, ERP, key, HOTEL).say[0] for key in "12")
    assert line(real, "es", PROVIDER).startswith("Va a activar Restauración del ERP, de Hotel Sol.")
    assert line(drill, "es", PROVIDER).startswith("SIMULACRO. Va a ensayar Restauración del ERP, de Hotel Sol.")


@pytest.mark.parametrize(
    ("verdict", "state", "words", "following"),
    [
        (Verdict.WRONG, LineState(), (say.PinWrong,), Ask(LineState(wrong=1))),
        (Verdict.WRONG, LineState(wrong=2), (), Outcome.ELSEWHERE),
        (Verdict.SILENT, LineState(), (say.AskPin,), Ask(LineState(silences=1))),
        (Verdict.SILENT, LineState(silences=1), (), Outcome.ELSEWHERE),
        (Verdict.THROTTLED, LineState(), (say.PinThrottled,), Outcome.ELSEWHERE),
    ],
)
def test_without_a_right_pin_the_call_is_passed_on(
    verdict: Verdict, state: LineState, words: tuple[type[say.LineText], ...], following: Ask | Outcome
) -> None:
    answer = after_pin(verdict, state, customer=True)
    assert (heard(answer), answer.next) == (words, following)


def test_a_code_that_names_no_page_is_asked_again_and_the_third_ends_it() -> None:
    asks, wrong = say.OpenPages(pages=()), say.PageCodeWrong()
    state = LineState(Stage.CODE)
    assert heard(code_step(state, "99", asks, wrong=wrong)) == (say.PageCodeWrong, say.OpenPages)
    assert heard(code_step(state, "", asks, wrong=wrong)) == (say.OpenPages,)
    assert code_step(replace(state, wrong=2), "99", asks, wrong=wrong).next is Outcome.ELSEWHERE


@pytest.mark.parametrize(
    ("digits", "named"), [("47", True), (REF, True), ("4", False), ("", False), ("48", False), (REF[:6], False)]
)
def test_a_page_is_named_by_the_code_of_its_message_or_by_its_whole_reference(digits: str, named: bool) -> None:
    assert names_page(digits, ("47", "61"), REF) is named


@pytest.mark.parametrize("state", [LineState(*s) for s in product(Stage, range(3), range(3))], ids=lambda s: s.token)
def test_the_state_travels_in_the_address_and_comes_back(state: LineState) -> None:
    assert LineState.of(state.token) == state


@pytest.mark.parametrize("token", ["", "x00", "m", "mxx", "c000", "c٠٠"])
def test_an_unreadable_state_asks_for_the_pin(token: str) -> None:
    assert LineState.of(token) == LineState()


# --- words


@pytest.mark.parametrize("kind", sorted(TEMPLATES))
def test_every_utterance_says_the_same_facts_in_every_language(kind: str) -> None:
    assert set(TEMPLATES[kind]) == set(LANGUAGES)
    assert template_fields(TEMPLATES[kind]["es"]) == template_fields(TEMPLATES[kind]["en"])


def test_every_template_has_an_example_and_every_class_a_template() -> None:
    assert {text.variant for text in LINE} == set(TEMPLATES)
    assert {text.kind() for text in LINE} == set(say.KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", LINE, ids=lambda text: text.variant)
def test_every_utterance_of_a_drill_begins_by_saying_so(text: say.LineText, language: Language) -> None:
    assert line(replace(text, drill=True), language, PROVIDER).startswith(DRILL[language] + ". ")


def test_times_and_addresses_are_said_as_people_say_them() -> None:
    text = say.HowToReachUs(opens_at=at(9, 0), mail="soporte@itsafer.example")
    assert "escriba a soporte arroba itsafer punto example. La oficina abre el lunes a las 9 en punto." in line(
        text, "es", PROVIDER
    )
    assert "write to soporte at itsafer dot example. The office opens on Monday at 9:00 AM." in line(
        text, "en", PROVIDER
    )

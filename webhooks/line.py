"""Calls to us as tables: what follows from a PIN, from a page's code, and from the keys of a customer who activates by
telephone. Nothing is activated but by key 1 at the question that reads everything back, and nothing is said to be done
before it is. Whoever gets nowhere is passed on, never just hung up on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Literal

from alerting.notifications.line_words import (
    AskPin,
    ChooseMode,
    ChoosePlan,
    ConfirmActivation,
    LineText,
    LineWrongKey,
    NothingActivated,
    PinThrottled,
    PinWrong,
)

WRONG = 3
NO_PLAN = "-"  # as in the portal's addresses: the contract's own policy, for whoever does not know which plan
KEYED_PLANS = 9  # more have no key
REFERENCE_DIGITS = 7


class Stage(Enum):
    PIN = "p"
    CODE = "k"  # which of the engineer's pages
    PLAN = "l"
    MODE = "m"
    CONFIRM = "c"


@dataclass(frozen=True)
class LineState:
    """Which question was asked; it travels in our own signed callback URL as `token`."""

    stage: Stage = Stage.PIN
    silences: int = 0
    wrong: int = 0

    @property
    def token(self) -> str:
        return f"{self.stage.value}{self.silences}{self.wrong}"

    @classmethod
    def of(cls, token: str) -> LineState:
        """The state of a token; the PIN, which opens everything else, for anything else."""
        if len(token) == 3 and token[0] in {s.value for s in Stage} and token[1:].isascii() and token[1:].isdigit():
            return cls(Stage(token[0]), int(token[1]), int(token[2]))
        return cls()


@dataclass(frozen=True)
class Choice:
    """What the customer has chosen so far: a plan's id or NO_PLAN, "" before; real or drill, "" before."""

    plan: str = ""
    mode: Literal["", "real", "drill"] = ""


@dataclass(frozen=True)
class Offer:
    """What a customer may activate: (id, name) of each plan; `other`: also without naming one."""

    customer: str
    plans: tuple[tuple[str, str], ...]
    other: bool = False

    @property
    def keyed(self) -> tuple[tuple[str, str], ...]:
        return self.plans[:KEYED_PLANS]

    def name_of(self, plan: str) -> str | None:
        return dict(self.plans).get(plan)


class Outcome(Enum):
    ACTIVATE = auto()
    HANG_UP = auto()
    ELSEWHERE = auto()  # a person, or how to reach one


@dataclass(frozen=True)
class Ask:
    state: LineState
    choice: Choice = Choice()


@dataclass(frozen=True)
class LineAnswer:
    say: tuple[LineText, ...]
    next: Ask | Outcome


class Verdict(Enum):
    """What came of a PIN that opened nothing."""

    SILENT = auto()
    WRONG = auto()
    THROTTLED = auto()


def after_pin(verdict: Verdict, state: LineState, *, customer: bool) -> LineAnswer:
    """A second silence may be somebody who has no PIN, and three wrong ones somebody who has forgotten it."""
    if verdict is Verdict.THROTTLED:
        return LineAnswer((PinThrottled(),), Outcome.ELSEWHERE)
    if verdict is Verdict.SILENT:
        return _again(state, Choice(), AskPin(customer=customer))
    return _wrong(state, Choice(), PinWrong())


def code_step(state: LineState, digits: str, *texts: LineText, wrong: LineText) -> LineAnswer:
    """After digits that name no open page, or none at all; `texts` ask for them."""
    if digits:
        return _wrong(state, Choice(), wrong, *texts)
    return _again(state, Choice(), *texts)


def names_page(digits: str, codes: tuple[str, ...], reference: str) -> bool:
    """Whether the digits are a code of the page's messages, or the digits of its ticket."""
    return digits in codes if len(digits) == 2 else len(digits) == REFERENCE_DIGITS and digits == reference


def begin(offer: Offer) -> LineAnswer:
    """The first question to a customer whose PIN was right."""
    if len(offer.plans) > 1:
        return _ask(Stage.PLAN, Choice(), offer)
    if offer.plans:
        return _ask(Stage.MODE, Choice(offer.plans[0][0]), offer)
    if offer.other:
        return _ask(Stage.MODE, Choice(NO_PLAN), offer)
    return LineAnswer((), Outcome.ELSEWHERE)


def customer_step(state: LineState, choice: Choice, digit: str, offer: Offer) -> LineAnswer:
    """What follows from a key, or from silence ("")."""
    asked = _question(state.stage, choice, offer)
    if not digit:
        return _again(state, choice, *asked)
    if digit == "*":
        return LineAnswer(asked, Ask(replace(state, silences=0), choice))
    found = RULES[state.stage](choice, digit, offer)
    return found or _wrong(replace(state, silences=0), choice, LineWrongKey(), *asked)


# --- rules ---------------------------------------------------------------------------------------------------

Rule = Callable[[Choice, str, Offer], LineAnswer | None]


def _plan(choice: Choice, digit: str, offer: Offer) -> LineAnswer | None:
    if digit == "0" and offer.other:
        return _ask(Stage.MODE, Choice(NO_PLAN), offer)
    keys = {str(key): plan for key, (plan, _) in enumerate(offer.keyed, 1)}
    return _ask(Stage.MODE, Choice(keys[digit]), offer) if digit in keys else None


def _mode(choice: Choice, digit: str, offer: Offer) -> LineAnswer | None:
    if digit == "1":
        return _ask(Stage.CONFIRM, replace(choice, mode="real"), offer)
    return _ask(Stage.CONFIRM, replace(choice, mode="drill"), offer) if digit == "2" else None


def _confirm(choice: Choice, digit: str, offer: Offer) -> LineAnswer | None:
    if digit == "1":
        return LineAnswer((), Outcome.ACTIVATE)
    return LineAnswer((NothingActivated(),), Outcome.HANG_UP) if digit == "2" else None


def _nothing(_: Choice, __: str, ___: Offer) -> LineAnswer | None:
    return None


RULES: Mapping[Stage, Rule] = {
    Stage.PIN: _nothing,
    Stage.CODE: _nothing,
    Stage.PLAN: _plan,
    Stage.MODE: _mode,
    Stage.CONFIRM: _confirm,
}


def _question(stage: Stage, choice: Choice, offer: Offer) -> tuple[LineText, ...]:
    if stage is Stage.PLAN:
        return (ChoosePlan(plans=tuple(name for _, name in offer.keyed), other=offer.other),)
    if stage is Stage.MODE:
        return (ChooseMode(),)
    if stage is Stage.CONFIRM:
        plan = offer.name_of(choice.plan)
        return (ConfirmActivation(customer=offer.customer, plan=plan, drill=choice.mode == "drill"),)
    return ()


def _ask(stage: Stage, choice: Choice, offer: Offer) -> LineAnswer:
    return LineAnswer(_question(stage, choice, offer), Ask(LineState(stage), choice))


def _again(state: LineState, choice: Choice, *texts: LineText) -> LineAnswer:
    if state.silences:
        return LineAnswer((), Outcome.ELSEWHERE)
    return LineAnswer(texts, Ask(replace(state, silences=1), choice))


def _wrong(state: LineState, choice: Choice, *texts: LineText) -> LineAnswer:
    if state.wrong + 1 >= WRONG:
        return LineAnswer((), Outcome.ELSEWHERE)
    return LineAnswer(texts, Ask(replace(state, silences=0, wrong=state.wrong + 1), choice))

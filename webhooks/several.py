"""The menu of one call for several tickets, as a table: all of them with one key, or one by one with the menu that each
has of its own. Nothing is said to be done before it is. Pure.

Keys as in a page's menu: 4 accept, 5 hand on (asked twice), 6 and 7 nothing, 9 hear more, * repeat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from alerting.notifications.spoken import (
    AcceptFirst,
    ConfirmEscalateAll,
    NoInput,
    NotByTelephone,
    SeveralMenu,
    SeveralPages,
    SeveralWrongKey,
    Spoken,
)

WRONG_KEYS = 3
NEXT_KEY = "#"
"""In the menu of one of the tickets: on to the next one."""


class Phase(Enum):
    MENU = "m"
    CONFIRM = "c"  # asked whether to hand all of them on


@dataclass(frozen=True)
class SeveralState:
    """Where the caller is; it travels in our own signed callback URL as `token`."""

    phase: Phase = Phase.MENU
    silences: int = 0
    wrong: int = 0

    @property
    def token(self) -> str:
        return f"{self.phase.value}{self.silences}{self.wrong}"

    @classmethod
    def of(cls, token: str) -> SeveralState:
        """The state of a token; the beginning for anything else."""
        if len(token) == 3 and token[0] in {p.value for p in Phase} and token[1:].isascii() and token[1:].isdigit():
            return cls(Phase(token[0]), int(token[1]), int(token[2]))
        return cls()


class Command(Enum):
    ACKNOWLEDGE_ALL = auto()
    ESCALATE_ALL = auto()
    ONE_BY_ONE = auto()
    NO_INPUT = auto()  # the call ends without an answer


@dataclass(frozen=True)
class SeveralAnswer:
    """Words and the state that the next key meets, or a command; NO_INPUT comes with its words."""

    say: tuple[Spoken, ...] = ()
    next: SeveralState = SeveralState()
    command: Command | None = None


def begin(greeting: SeveralPages) -> SeveralAnswer:
    """What a person hears who has just answered the telephone."""
    return SeveralAnswer((greeting, SeveralMenu()))


def step(state: SeveralState, digit: str | None, greeting: SeveralPages) -> SeveralAnswer:
    """What follows from a key, or from silence (None or "")."""
    whole = (greeting, SeveralMenu())
    asked: tuple[Spoken, ...] = (ConfirmEscalateAll(),) if state.phase is Phase.CONFIRM else (SeveralMenu(),)
    if not digit:
        if state.silences:
            return _gives_up()
        return SeveralAnswer(asked if state.phase is Phase.CONFIRM else whole, replace(state, silences=1))
    heard = replace(state, silences=0)
    match digit:
        case "4":
            return SeveralAnswer(command=Command.ACKNOWLEDGE_ALL)
        case "5" if state.phase is Phase.CONFIRM:
            return SeveralAnswer(command=Command.ESCALATE_ALL)
        case "5":
            return SeveralAnswer((ConfirmEscalateAll(),), replace(heard, phase=Phase.CONFIRM))
        case "6":
            return SeveralAnswer((NotByTelephone(), *asked), heard)
        case "7":
            return SeveralAnswer((AcceptFirst(),), heard)
        case "9":
            return SeveralAnswer(command=Command.ONE_BY_ONE)
        case "*":
            return SeveralAnswer(asked if state.phase is Phase.CONFIRM else whole, heard)
    if state.wrong + 1 >= WRONG_KEYS:
        return _gives_up()
    return SeveralAnswer((SeveralWrongKey(),), replace(heard, wrong=state.wrong + 1))


def _gives_up() -> SeveralAnswer:
    return SeveralAnswer((NoInput(),), command=Command.NO_INPUT)

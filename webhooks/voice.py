"""The telephone menu as a table: what a key means, given where the page stands and where the caller is in
the menu. Nothing is said to be done before it is: an answer with a command and no words is executed first,
and `told` then says what has come of it.

Keys: 4 acknowledge, 5 escalate (asked twice), 7 call the customer, 9 details, * repeat. 6 resolves elsewhere
in the field and does nothing here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from alerting.notifications.spoken import (
    Accepted,
    AcceptFirst,
    AlreadyTaken,
    BridgeConnecting,
    BridgeNext,
    BridgeNotReached,
    BridgeReached,
    Cancelled,
    CannotRecord,
    Closed,
    ConfirmEscalate,
    ConfirmEscalateOwner,
    Details,
    Escalated,
    Greeting,
    Menu,
    NoCustomerNumber,
    NoInput,
    NotByTelephone,
    OwnerGoodbye,
    OwnerMenu,
    ReachabilityTestCall,
    ReachabilityTestCallConfirmed,
    ReachabilityTestCallGoodbye,
    Spoken,
    WrongKey,
    WrongKeyOwner,
)

WRONG_KEYS = 3


class Standing(Enum):
    """Where the page stands for the person on this call, read in the transaction that answers the call."""

    OPEN = auto()
    OWNED = auto()  # acknowledged by the person on this call
    TAKEN = auto()  # acknowledged by somebody else
    CLOSED = auto()
    CANCELLED = auto()
    TEST = auto()  # a reachability test: no ticket behind it


class Command(Enum):
    ACKNOWLEDGE = auto()  # also when somebody else has it: the late answer is logged
    ESCALATE = auto()
    CALL_CUSTOMER = auto()
    NO_INPUT = auto()  # the attempt ends without an answer


class End(Enum):
    HANG_UP = auto()
    BRIDGE = auto()


class Phase(Enum):
    MENU = "m"
    CONFIRM = "c"  # asked whether to escalate
    MACHINE = "v"  # a machine seems to listen: a key shows that it is a person


@dataclass(frozen=True)
class MenuState:
    """Where the caller is in the menu; it travels in our own signed callback URL as `token`."""

    phase: Phase = Phase.MENU
    silences: int = 0
    wrong: int = 0

    @property
    def token(self) -> str:
        return f"{self.phase.value}{self.silences}{self.wrong}"

    @classmethod
    def of(cls, token: str) -> "MenuState":
        """The state of a token; the beginning of the menu for anything else."""
        if len(token) == 3 and token[0] in {p.value for p in Phase} and token[1:].isascii() and token[1:].isdigit():
            return cls(Phase(token[0]), int(token[1]), int(token[2]))
        return cls()


@dataclass(frozen=True)
class Situation:
    """What the texts need. `owner` and `owned_at` say who acknowledged; `contact` is the customer's person, None when
    there is nobody to call, and `contact_untried` that no try of theirs has been made yet; `next_person` whom an
    escalation pages; `tries` of calling the customer."""

    standing: Standing
    person: str = ""
    customer: str = ""
    plan: str | None = None
    reference: str = ""
    priority: str = ""
    opened_at: datetime | None = None
    symptoms: str | None = None
    instructions: str | None = None
    owner: str = ""
    owned_at: datetime | None = None
    contact: str | None = None
    contact_untried: bool = False
    contact_due_at: datetime | None = None
    contacted_at: datetime | None = None
    next_person: str | None = None
    tries: int = 0
    late_minutes: int | None = None
    overdue_minutes: int | None = None
    last_resort: bool = False
    drill: bool = False


@dataclass(frozen=True)
class MenuAnswer:
    """`command` without words: execute it, then answer with `told`. With words: execute it and say them.
    `next` is the state that the next key meets, or how the menu ends."""

    say: tuple[Spoken, ...]
    next: MenuState | End
    command: Command | None = None


def open_call(situation: Situation) -> MenuAnswer:
    """What a person hears who has just answered the telephone."""
    if situation.standing in _OVER:
        return _over(situation)
    return _say(situation, MenuState(), *_WHOLE[situation.standing])


def menu_step(state: MenuState, digit: str | None, situation: Situation) -> MenuAnswer:
    """What follows from a key, or from silence (None or ""), at this point of the menu."""
    if state.phase is Phase.MACHINE:
        if not digit:
            return MenuAnswer((), End.HANG_UP)
        state = replace(state, phase=Phase.MENU)
    if situation.standing in _OVER:
        late = situation.standing is Standing.TAKEN and digit == "4"
        return MenuAnswer((), state, Command.ACKNOWLEDGE) if late else _over(situation)
    if not digit:
        return _silence(state, situation)
    heard = replace(state, silences=0)
    rule = KEYS[(situation.standing, state.phase)].get(digit)
    return rule(heard, situation) if rule else _wrong_key(heard, situation)


def told(command: Command, situation: Situation) -> MenuAnswer:
    """What has come of a command; `situation` is read after it was committed."""
    if situation.standing in _OVER:
        return _over(situation)
    return _TOLD[command](situation)


def after_bridge(reached: bool, situation: Situation) -> MenuAnswer:
    """Back from the customer's telephone. `reached` means that key 1 was pressed there. Whoever was not tried yet is
    called without being asked for; when all were, the engineer says how to go on."""
    if reached:
        return _say(situation, End.HANG_UP, _bridge_reached)
    if situation.standing is not Standing.OWNED:
        return open_call(situation)
    if situation.contact is not None and situation.contact_untried:
        return replace(_say(situation, End.BRIDGE, _bridge_next), command=Command.CALL_CUSTOMER)
    return _say(situation, MenuState(), _bridge_not_reached)


# --- rules ---------------------------------------------------------------------------------------------------

Line = Callable[[Situation], Spoken]
Rule = Callable[[MenuState, Situation], MenuAnswer]


def _say(situation: Situation, following: MenuState | End, *lines: Line) -> MenuAnswer:
    """The lines in order; the first one of a drill says so."""
    texts = [line(situation) for line in lines]
    if situation.drill:
        texts[0] = replace(texts[0], drill=True)
    return MenuAnswer(tuple(texts), following)


def _saying(*lines: Line, phase: Phase | None = None) -> Rule:
    def rule(state: MenuState, situation: Situation) -> MenuAnswer:
        return _say(situation, replace(state, phase=phase) if phase else state, *lines)

    return rule


def _doing(command: Command) -> Rule:
    return lambda state, situation: MenuAnswer((), replace(state, phase=Phase.MENU), command)


def _call_customer(state: MenuState, situation: Situation) -> MenuAnswer:
    if situation.contact is None:
        return _say(situation, state, _no_customer_number, _owner_menu)
    return replace(_say(situation, End.BRIDGE, _bridge_connecting), command=Command.CALL_CUSTOMER)


def _silence(state: MenuState, situation: Situation) -> MenuAnswer:
    """The first silence repeats everything once; the second ends the call, and neither is an answer. An owner has
    already answered, so nothing is repeated to them."""
    if situation.standing is Standing.OWNED and state.phase is Phase.MENU:
        return _say(situation, End.HANG_UP, _owner_goodbye)
    if state.silences == 0:
        lines = (_ASKED[situation.standing],) if state.phase is Phase.CONFIRM else _WHOLE[situation.standing]
        return _say(situation, replace(state, silences=1), *lines)
    return _gives_up(situation)


def _wrong_key(state: MenuState, situation: Situation) -> MenuAnswer:
    if state.wrong + 1 >= WRONG_KEYS:
        return _gives_up(situation)
    return _say(situation, replace(state, wrong=state.wrong + 1), _WRONG[situation.standing])


def _gives_up(situation: Situation) -> MenuAnswer:
    answer = _say(situation, End.HANG_UP, _GOODBYE[situation.standing])
    return answer if situation.standing is Standing.OWNED else replace(answer, command=Command.NO_INPUT)


def _over(situation: Situation) -> MenuAnswer:
    return _say(situation, End.HANG_UP, _OVER[situation.standing])


def _told_acknowledged(situation: Situation) -> MenuAnswer:
    """Never "accepted" on our word alone: a page that is still open after the command was not recorded."""
    if situation.standing is Standing.TEST:
        return _say(situation, End.HANG_UP, _test_confirmed)
    if situation.standing is Standing.OWNED:
        return _say(situation, MenuState(), _accepted)
    return _say(situation, End.HANG_UP, _cannot_record)


# --- words ---------------------------------------------------------------------------------------------------


def _greeting(s: Situation) -> Spoken:
    return Greeting(
        person=s.person,
        customer=s.customer,
        reference=s.reference,
        plan=s.plan,
        late_minutes=s.late_minutes,
        overdue_minutes=s.overdue_minutes,
        last_resort=s.last_resort,
    )


def _details(s: Situation) -> Spoken:
    return Details(
        customer=s.customer,
        priority=s.priority,
        opened_at=s.opened_at,
        plan=s.plan,
        symptoms=s.symptoms,
        instructions=s.instructions,
        contact=s.contact,
    )


def _accepted(s: Situation) -> Spoken:
    return Accepted(at=s.owned_at, contact=s.contact, contact_due_at=s.contact_due_at)


def _already_taken(s: Situation) -> Spoken:
    return AlreadyTaken(name=s.owner, at=s.owned_at)


def _bridge_connecting(s: Situation) -> Spoken:
    return BridgeConnecting(contact=s.contact or s.customer)


def _bridge_reached(s: Situation) -> Spoken:
    return BridgeReached(at=s.contacted_at)


def _bridge_not_reached(s: Situation) -> Spoken:
    return BridgeNotReached(tries=s.tries)


def _bridge_next(s: Situation) -> Spoken:
    return BridgeNext(contact=s.contact or s.customer)


def _escalated(s: Situation) -> Spoken:
    return Escalated(next=s.next_person)


def _owner_goodbye(s: Situation) -> Spoken:
    return OwnerGoodbye(contact_due_at=None if s.contacted_at else s.contact_due_at)


def _fixed(text: type[Spoken]) -> Line:
    return lambda _: text()


_menu, _owner_menu, _accept_first = _fixed(Menu), _fixed(OwnerMenu), _fixed(AcceptFirst)
_confirm, _confirm_owner = _fixed(ConfirmEscalate), _fixed(ConfirmEscalateOwner)
_not_by_telephone, _no_customer_number = _fixed(NotByTelephone), _fixed(NoCustomerNumber)
_no_input, _cannot_record = _fixed(NoInput), _fixed(CannotRecord)
_test_call, _test_confirmed = _fixed(ReachabilityTestCall), _fixed(ReachabilityTestCallConfirmed)

# --- tables --------------------------------------------------------------------------------------------------

KEYS: Mapping[tuple[Standing, Phase], Mapping[str, Rule]] = {
    (Standing.OPEN, Phase.MENU): {
        "4": _doing(Command.ACKNOWLEDGE),
        "5": _saying(_confirm, phase=Phase.CONFIRM),
        "6": _saying(_not_by_telephone, _menu),
        "7": _saying(_accept_first),
        "9": _saying(_details, _menu),
        "*": _saying(_greeting, _menu),
    },
    (Standing.OPEN, Phase.CONFIRM): {
        "4": _doing(Command.ACKNOWLEDGE),
        "5": _doing(Command.ESCALATE),
        "6": _saying(_not_by_telephone, _confirm),
        "7": _saying(_accept_first),
        "9": _saying(_details, _confirm),
        "*": _saying(_confirm),
    },
    (Standing.OWNED, Phase.MENU): {
        "4": _saying(_accepted),  # a second press is an answer, not an error
        "5": _saying(_confirm_owner, phase=Phase.CONFIRM),
        "6": _saying(_not_by_telephone, _owner_menu),
        "7": _call_customer,
        "9": _saying(_details, _owner_menu),
        "*": _saying(_owner_menu),
    },
    (Standing.OWNED, Phase.CONFIRM): {
        "4": _saying(_accepted, phase=Phase.MENU),
        "5": _doing(Command.ESCALATE),
        "6": _saying(_not_by_telephone, _confirm_owner),
        "7": _call_customer,
        "9": _saying(_details, _confirm_owner),
        "*": _saying(_confirm_owner),
    },
    (Standing.TEST, Phase.MENU): {
        "4": _doing(Command.ACKNOWLEDGE),
        "*": _saying(_test_call),
    },
    (Standing.TEST, Phase.CONFIRM): {},
}
_OVER: Mapping[Standing, Line] = {
    Standing.TAKEN: _already_taken,
    Standing.CLOSED: _fixed(Closed),
    Standing.CANCELLED: _fixed(Cancelled),
}
_WHOLE: Mapping[Standing, tuple[Line, ...]] = {
    Standing.OPEN: (_greeting, _menu),
    Standing.OWNED: (_greeting, _owner_menu),
    Standing.TEST: (_test_call,),
}
_ASKED: Mapping[Standing, Line] = {
    Standing.OPEN: _confirm,
    Standing.OWNED: _confirm_owner,
    Standing.TEST: _test_call,
}
_WRONG: Mapping[Standing, Line] = {
    Standing.OPEN: _fixed(WrongKey),
    Standing.OWNED: _fixed(WrongKeyOwner),
    Standing.TEST: _test_call,
}
_GOODBYE: Mapping[Standing, Line] = {
    Standing.OPEN: _no_input,
    Standing.OWNED: _owner_goodbye,
    Standing.TEST: _fixed(ReachabilityTestCallGoodbye),
}
_TOLD: Mapping[Command, Callable[[Situation], MenuAnswer]] = {
    Command.ACKNOWLEDGE: _told_acknowledged,
    Command.ESCALATE: lambda situation: _say(situation, End.HANG_UP, _escalated),
    Command.CALL_CUSTOMER: lambda situation: replace(_say(situation, End.BRIDGE, _bridge_connecting), command=None),
    Command.NO_INPUT: _gives_up,
}

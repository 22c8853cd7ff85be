"""The state diagrams of docs/architecture.md, drawn from the tables in code: `python -m service.diagrams` prints them,
`python -m service.diagrams FILE` puts them between the file's own markers."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

from alerting.escalation import machine
from alerting.escalation.machine import ENDED, HANDLERS, Escalation, Event, decide
from alerting.escalation.schema import EscalationPolicy
from alerting.tickets.states import CLOSED, NEW, TRANSITIONS
from oncall.swaps import states as swaps

Arrow = tuple[str, str, str]  # from, event, to

ANA, BORJA = "ana", "borja"
AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
POLICY = EscalationPolicy.model_validate(
    {
        "id": "contingency",
        "steps": [{"notify": [{"person": ANA}], "wait": "3m"}, {"notify": [{"person": BORJA}], "wait": "3m"}],
        "rounds": 2,
        "contact_within": "10m",
        "last_resort": {"notify": [{"person": "clara"}], "every": "5m"},
    }
)
EVENTS: tuple[Event, ...] = (
    machine.Start(),
    machine.Due(),
    machine.NobodyFound(),
    machine.StepFailed(),
    machine.Acknowledge(ANA, AT + timedelta(minutes=10)),
    machine.Decline(ANA, on_step=True),
    machine.AcknowledgementLapsed(),
    machine.ContactMade(ANA),
    machine.CustomerUnreachable(),
    machine.NotReached(),
    machine.StandDown(),
    machine.Close(),
)


def ticket() -> str:
    arrows = [(state.value, event.value, then.value) for (state, event), then in TRANSITIONS.items()]
    return _mermaid(NEW.value, arrows, [CLOSED.value])


def swap() -> str:
    arrows = [(state.value, event.value, then.value) for (state, event), then in swaps.TRANSITIONS.items()]
    return _mermaid(swaps.OPEN.value, arrows, [state.value for state in swaps.SwapState if state in swaps.ENDED])


def escalation() -> str:
    """A handler's outcome depends on more than the state (the last step differs from the first), so every handler is
    asked in every situation that matters to it."""
    found = {(state.value, _words(kind.__name__), then) for state, kind in HANDLERS for then in _outcomes(state, kind)}
    order = {state.value: place for place, state in enumerate(machine.EscalationState)}
    arrows = sorted(found, key=lambda arrow: (order[arrow[0]], order[arrow[2]], _place_of(arrow[1])))
    return _mermaid(machine.SCHEDULED.value, arrows, [state.value for state in ENDED])


def _outcomes(state: machine.EscalationState, kind: type) -> Iterator[str]:
    (event,) = (one for one in EVENTS if isinstance(one, kind))
    for step, round_, owner, unreachable, drill in product((1, 2), (1, 2), (None, ANA), (False, True), (False, True)):
        before = Escalation(state, 1, 1, round_, step, AT, owner, unreachable, drill)
        decision = decide(before, event, POLICY, AT)
        if decision.changed:
            yield decision.next.state.value


def _place_of(event: str) -> int:
    return [_words(type(one).__name__) for one in EVENTS].index(event)


def _words(class_name: str) -> str:
    """`StandDown` -> `stand down`"""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", class_name).lower()


def _mermaid(first: str, arrows: Iterable[Arrow], last: Sequence[str]) -> str:
    """One arrow for each pair of states, with all its events."""
    events: dict[tuple[str, str], list[str]] = {}
    for start, event, end in arrows:
        events.setdefault((start, end), []).append(event.replace("_", " "))
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    lines += [f"    {start} --> {end}: {', '.join(found)}" for (start, end), found in events.items()]
    lines += [f"    {state} --> [*]" for state in last]
    return "\n".join(lines)


DIAGRAMS: Mapping[str, str] = {"ticket": ticket(), "escalation": escalation(), "swap": swap()}


def marked(name: str) -> str:
    """As it stands in the document, markers included."""
    return f"{_begin(name)}\n```mermaid\n{DIAGRAMS[name]}\n```\n{_end(name)}"


def replaced(document: str) -> str:
    """The document with what lies between each pair of markers drawn anew; ValueError when a pair is missing."""
    for name in DIAGRAMS:
        before, begin, rest = document.partition(_begin(name))
        _, end, after = rest.partition(_end(name))
        if not (begin and end):
            raise ValueError(f"the document has no markers {_begin(name)} … {_end(name)}")
        document = before + marked(name) + after
    return document


def _begin(name: str) -> str:
    return f"<!-- {name}: drawn by python -m service.diagrams -->"


def _end(name: str) -> str:
    return f"<!-- end of {name} -->"


def main(arguments: Sequence[str]) -> None:
    for name in arguments:
        path = Path(name)
        path.write_text(replaced(path.read_text(encoding="utf-8")), encoding="utf-8")
    if not arguments:
        print("\n\n".join(marked(name) for name in DIAGRAMS))


if __name__ == "__main__":
    main(sys.argv[1:])

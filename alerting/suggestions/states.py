"""A suggestion is neither complaint nor ticket (S-4.5): it waits for an answer, and what is decided about it stays in
the improvement register."""

from __future__ import annotations

from enum import StrEnum

TEXT_LENGTH = 4000
ANSWER_LENGTH = 4000


class SuggestionState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    PLANNED = "planned"
    DONE = "done"


OPEN, ANSWERED, PLANNED, DONE = SuggestionState

FOLLOWING: dict[SuggestionState, tuple[SuggestionState, ...]] = {
    OPEN: (ANSWERED, PLANNED, DONE),
    ANSWERED: (ANSWERED, PLANNED, DONE),  # a no may become a yes, and an answer may be added to
    PLANNED: (PLANNED, ANSWERED, DONE),
    DONE: (DONE,),  # what is done stays done; more may be said about it
}


class NotPossible(ValueError):
    """The state does not follow; `allowed` names those that do."""

    def __init__(self, state: SuggestionState, wanted: SuggestionState) -> None:
        self.allowed = FOLLOWING[state]
        super().__init__(f"a suggestion that is {state} cannot become {wanted}; allowed: {', '.join(self.allowed)}")


def after(state: SuggestionState, wanted: SuggestionState) -> SuggestionState:
    if wanted not in FOLLOWING[state]:
        raise NotPossible(state, wanted)
    return wanted

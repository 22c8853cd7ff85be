"""What may become of a suggestion."""

from __future__ import annotations

import pytest

from alerting.suggestions.states import FOLLOWING, NotPossible, SuggestionState, after

EVERY = [(state, wanted) for state in SuggestionState for wanted in SuggestionState]


@pytest.mark.parametrize(("state", "wanted"), EVERY)
def test_a_suggestion_goes_on_to_an_answer_and_never_back_to_none(
    state: SuggestionState, wanted: SuggestionState
) -> None:
    """S-4.5"""
    if wanted in FOLLOWING[state]:
        assert after(state, wanted) is wanted
        return
    with pytest.raises(NotPossible) as refused:
        after(state, wanted)
    assert refused.value.allowed == FOLLOWING[state]


def test_nothing_is_ever_unanswered_again_and_what_is_done_stays_done() -> None:
    assert all(SuggestionState.OPEN not in following for following in FOLLOWING.values())
    assert FOLLOWING[SuggestionState.DONE] == (SuggestionState.DONE,)

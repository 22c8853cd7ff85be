"""A contract can only be better than the base (S-4.6): proved, or refused with an instant that shows it."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.sla import clock
from alerting.sla.comparison import Cell, Terms, compare
from alerting.sla.never_worse import Promise, find_worse
from alerting.sla.open_time import Coverage, Hours
from oncall.schema import WorkingCalendar
from tests.domain.sla.cases import MADRID, minutes, shown

P1: Cell = ("backup", "P1", "resolution")
OFFICE, ALWAYS = Hours(MADRID, "business"), Hours(MADRID, "24x7")


def office(hours: str, **more: object) -> Hours:
    written = {"timezone": "Europe/Madrid", "rules": [{"hours": [hours]}]} | more
    return Hours(WorkingCalendar.model_validate(written), "business")


def worse(base: tuple[Hours, float], contract: tuple[Hours, float]) -> str | None:
    found = find_worse(Promise(base[0], minutes(base[1])), Promise(contract[0], minutes(contract[1])), 2026)
    return found and shown(found.opened_at)


@pytest.mark.parametrize(
    ("base", "contract"),
    [
        ((OFFICE, 480), (OFFICE, 480)),
        ((OFFICE, 480), (OFFICE, 60)),
        ((OFFICE, 480), (ALWAYS, 480)),
        ((ALWAYS, 480), (ALWAYS, 60)),
        ((office("09:00-17:00"), 480), (office("08:00-18:00"), 480)),
        # An hour of every working day less than there is between two of its openings.
        ((office("09:00-18:00"), 541), (office("10:00-18:00"), 1)),
    ],
)
def test_what_can_never_be_later_is_accepted(base: tuple[Hours, float], contract: tuple[Hours, float]) -> None:
    """S-4.6"""
    assert worse(base, contract) is None


@pytest.mark.parametrize(
    ("base", "contract", "opened_at"),
    [
        ((OFFICE, 480), (ALWAYS, 600), "2026-01-02T09:00"),
        ((ALWAYS, 480), (OFFICE, 480), "2026-01-01T01:00"),
        ((OFFICE, 480), (OFFICE, 481), "2026-01-01T01:00"),
        # An opening an hour later, once in 28 years' calendars or on every day.
        ((office("09:00-18:00"), 60), (office("10:00-18:00"), 60), "2026-01-01T01:00"),
        ((office("09:00-18:00"), 60), (office("09:00-18:00", closed_dates=["2031-03-04"]), 60), "2031-03-04T09:00"),
    ],
)
def test_what_can_be_later_is_refused_with_an_opening_that_shows_it(
    base: tuple[Hours, float], contract: tuple[Hours, float], opened_at: str
) -> None:
    """S-4.6"""
    assert worse(base, contract) == opened_at


def test_a_contract_that_never_opens_is_worse() -> None:
    never = Hours(WorkingCalendar(timezone="Europe/Madrid"), "business")
    found = find_worse(Promise(OFFICE, minutes(60)), Promise(never, minutes(1)), 2026)
    assert found is not None
    assert found.contract_due_at is None


spans = st.integers(1, 1200)
hours_of_a_day = st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda one: one[0] < one[1])
offices: st.SearchStrategy[Hours] = st.one_of(
    hours_of_a_day.map(lambda one: office(f"{one[0]:02}:00-{one[1]:02}:00")), st.just(ALWAYS), st.just(OFFICE)
)


def due_at(hours: Hours, span: int, opened_at: datetime) -> datetime | None:
    return clock.due_at(clock.Case(hours, "response", opened_at, minutes(span)))


@settings(max_examples=15)  # each looks at 38 years
@given(offices, spans, offices, spans, st.lists(st.integers(0, 365 * 24 * 60), min_size=20, max_size=20))
def test_no_instant_contradicts_the_verdict(
    ours: Hours, span: int, theirs: Hours, their_span: int, opened: list[int]
) -> None:
    """S-4.6: what was refused is shown by the clock itself, what was accepted is contradicted by no instant tried."""
    found = find_worse(Promise(ours, minutes(span)), Promise(theirs, minutes(their_span)), 2026)
    if found is not None:
        base, contract = due_at(ours, span, found.opened_at), due_at(theirs, their_span, found.opened_at)
        assert (base, contract) == (found.base_due_at, found.contract_due_at)
        assert base is not None
        assert contract is None or base < contract
        return
    for number in opened:
        at = datetime.fromisoformat("2026-01-01T00:00+00:00") + minutes(number)
        base, contract = due_at(ours, span, at), due_at(theirs, their_span, at)
        assert base is not None
        assert contract is not None
        assert contract <= base


def terms(coverage: Coverage, *targets: tuple[Cell, float], reasons: set[str] | None = None) -> Terms:
    return Terms(Hours(MADRID, coverage), dict(targets), None if reasons is None else frozenset(reasons))


def test_a_cell_that_the_contract_does_not_name_is_the_bases_under_the_contracts_hours() -> None:
    """S-4.6"""
    accepted = compare(terms("business", (P1, 240)), terms("24x7"), 2026)
    assert (accepted.worse, accepted.effective) == (None, {P1: 240})
    refused = compare(terms("24x7", (P1, 240)), terms("business"), 2026)
    assert refused.worse is not None
    assert refused.worse.cell == P1
    assert "(Europe/Madrid)" in refused.worse.reason


def test_more_reasons_to_pause_are_worse_for_the_time_to_resolution_alone() -> None:
    """S-4.10"""
    response: Cell = ("backup", "P1", "response")
    base = terms("24x7", (response, 15), (P1, 240), reasons={"customer"})
    refused = compare(base, terms("24x7", reasons={"customer", "third_party"}), 2026)
    assert refused.worse is not None
    assert (refused.worse.cell, refused.worse.opened_at) == (P1, None)
    assert "third_party" in refused.worse.reason
    only_response = terms("24x7", (response, 15), reasons={"customer"})
    assert compare(only_response, terms("24x7", (response, 10)), 2026).worse is None


def test_what_only_the_contract_has_is_more() -> None:
    contact: Cell = ("cloud", "P2", "contact")
    found = compare(terms("24x7", (P1, 240)), terms("24x7", (contact, 5)), 2026)
    assert (found.worse, found.effective) == (None, {P1: 240, contact: 5})

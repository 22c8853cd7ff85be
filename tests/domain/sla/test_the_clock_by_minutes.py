"""The clock against the definition, counted minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.sla import clock
from alerting.sla.clock import Case, Gap, Metric, Pause, ReopenPolicy
from alerting.sla.open_time import Coverage, CoverageChange, Hours
from tests.domain.sla.cases import MADRID, local

MINUTE = timedelta(minutes=1)
START = local("2026-10-23T00:00")  # a Friday before the clocks go back
LENGTH = 6 * 24 * 60
HOLIDAYS = {"2026-05-15", "2026-11-09", "2026-11-02", "2026-12-08"}


def open_by_definition(at: datetime) -> bool:
    wall = at.astimezone(ZoneInfo("Europe/Madrid"))
    return wall.weekday() < 5 and f"{wall:%Y-%m-%d}" not in HOLIDAYS and 9 <= wall.hour < 18


def counts(case: Case, at: datetime) -> bool:
    """Whether the minute that begins at `at` counts."""
    coverage = case.hours.coverage
    for change in sorted(case.hours.changes, key=lambda one: one.at):
        if change.at <= at:
            coverage = change.coverage
    covered = coverage == "24x7" or open_by_definition(at)
    paused = case.metric == "resolution" and any(
        one.from_at <= at and (one.to_at is None or at < one.to_at) for one in case.pauses
    )
    return covered and not paused and not any(one.resolved_at <= at < one.reopened_at for one in case.gaps)


instants = st.integers(0, LENGTH).map(lambda number: START + number * MINUTE)
pauses = st.tuples(instants, st.none() | st.integers(0, 3000)).map(
    lambda one: Pause(one[0], None if one[1] is None else one[0] + one[1] * MINUTE, "customer")
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    opened_at, *times = sorted(draw(st.lists(instants, min_size=1, max_size=5)))
    pairs = list(zip(times[::2], times[1::2], strict=False))
    stopped_at = times[-1] if len(times) % 2 else None
    coverages: st.SearchStrategy[Coverage] = st.sampled_from(["business", "24x7"])
    changes = st.builds(CoverageChange, instants, coverages)
    metrics: st.SearchStrategy[Metric] = st.sampled_from(["resolution", "response"])
    reopenings: st.SearchStrategy[ReopenPolicy] = st.sampled_from(["resume", "restart"])
    return Case(
        hours=Hours(MADRID, draw(coverages), draw(st.lists(changes, max_size=2))),
        metric=draw(metrics),
        opened_at=opened_at,
        target=draw(st.integers(1, 3000)) * MINUTE,
        pauses=draw(st.lists(pauses, max_size=3)),
        stopped_at=stopped_at,
        gaps=[Gap(*pair) for pair in pairs],
        reopening=draw(reopenings),
    )


@settings(max_examples=40)  # each counts ten thousand minutes
@given(cases(), st.lists(instants, min_size=1, max_size=4))
def test_the_clock_is_what_counting_minutes_gives(whole: Case, checks: list[datetime]) -> None:
    for case in clock.cycles(whole):
        minutes = [case.opened_at + number * MINUTE for number in range(LENGTH + 1500)]
        sums = [0]
        for at in minutes:
            sums.append(sums[-1] + counts(case, at))

        wanted = case.target // MINUTE
        reached = next((number for number, total in enumerate(sums) if total == wanted), None)
        due_at = clock.due_at(case)
        if reached is None:
            assert due_at is None or due_at > minutes[-1]
        else:
            assert due_at == case.opened_at + reached * MINUTE

        for check, found in zip(checks, clock.readings(case, checks), strict=True):
            until = check if case.stopped_at is None else min(check, case.stopped_at)
            spent = sums[max(0, (until - case.opened_at) // MINUTE)]
            assert found.elapsed == spent * MINUTE == clock.elapsed(case, check)
            assert found.breached == (spent > wanted)
        if case.stopped_at is not None:
            assert clock.met(case) == (sums[(case.stopped_at - case.opened_at) // MINUTE] <= wanted)


@given(cases(), instants)
def test_the_slices_fill_the_time_and_what_counted_is_what_elapsed(case: Case, until: datetime) -> None:
    found = clock.slices(case, until)
    edges = [case.opened_at, *(one.to_at for one in found)]
    assert [one.from_at for one in found] == edges[:-1]
    assert edges[-1] == max(until, case.opened_at)
    assert all(one.from_at < one.to_at for one in found)
    assert all(earlier.why != later.why for earlier, later in pairwise(found))
    if case.stopped_at is None or until <= case.stopped_at:
        assert sum((one.counted for one in found), timedelta(0)) == clock.elapsed(case, until)

"""What may be said about samples, and what may not."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bench import checks, client, figures, noise, oncall, world
from bench.checks import Attempted
from bench.noise import Reading
from service.configuration.document import SourceFile
from service.configuration.plan import Plan, plan_apply

QUIET = Reading(spins=1000.0, sync_ms=1.0)


def page(reference: str = "ITS-1", *arrived: int, person: str = "ana", channel: str = "sms") -> Attempted:
    return Attempted(reference, "page", person, channel, 1, 1, 1, arrived)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert figures.percentile(range(100, 0, -1), share) == value


def test_p99_is_said_from_two_thousand_samples_on_and_p95_before() -> None:
    assert figures.tail(1_999)[0] == "p95"
    assert figures.tail(2_000)[0] == "p99"


def test_the_ratio_is_the_median_of_the_pairs_of_blocks() -> None:
    """A noisy pair moves the spread and leaves the ratio."""
    line = figures.compare("x", [[2.0], [2.0], [2.0]], [[4.0], [5.0], [40.0]], figures.p50, goal=3)
    assert (line.ratio, line.low, line.high, line.verdict) == (2.5, 2.0, 20.0, "met")


def test_a_goal_that_is_not_reached_is_missed() -> None:
    assert figures.compare("x", [[1.0]], [[3.1]], figures.p50, goal=3).verdict == "missed"


def test_nothing_is_judged_on_a_machine_that_was_too_noisy() -> None:
    line = figures.compare("x", [[1.0]], [[1.0]], figures.p50, goal=3, measurable=False)
    assert line.verdict == "not measurable"


def test_a_run_that_was_given_up_is_compared_as_far_as_it_has_pairs() -> None:
    line = figures.compare("x", [[2.0]], [[4.0], [5.0]], figures.p50, measurable=False)
    assert (line.ratio, line.high) == (2.0, 2.0)


@pytest.mark.parametrize(
    ("reading", "quiet"),
    [
        (Reading(1_190.0, 1.19), True),
        (Reading(810.0, 0.81), True),
        (Reading(790.0, 1.0), False),
        (Reading(1_000.0, 1.25), False),
    ],
)
def test_a_block_begins_within_a_fifth_of_how_fast_the_machine_was(reading: Reading, quiet: bool) -> None:
    assert noise.quiet(reading, [QUIET, QUIET, Reading(5_000.0, 9.0)]) is quiet


def test_more_than_three_blocks_in_ten_discarded_are_too_many() -> None:
    assert not noise.too_noisy(discarded=8, wanted=20)
    assert noise.too_noisy(discarded=9, wanted=20)


def test_every_page_handed_over_once_is_no_fault() -> None:
    attempted = [page("ITS-1", 5), page("ITS-1", 7, channel="voice"), page("ITS-2", 3)]
    assert checks.faults(["ITS-1", "ITS-2"], attempted) == []
    assert checks.first_pages(attempted) == {"ITS-1": 5, "ITS-2": 3}


@pytest.mark.parametrize(
    ("attempted", "said"),
    [
        ([], "nobody was paged"),
        ([page("ITS-1")], "lost"),
        ([page("ITS-1", 5, 6)], "2 times"),
        ([page("ITS-1", 5), page("ITS-1", 6)], "2 times"),
    ],
)
def test_a_page_lost_or_sent_twice_is_a_fault(attempted: list[Attempted], said: str) -> None:
    assert any(said in fault for fault in checks.faults(["ITS-1"], attempted))


def test_two_requests_under_one_reference_are_a_fault() -> None:
    assert "2 requests" in checks.faults(["ITS-1", "ITS-1"], [page("ITS-1", 5)])[0]


def test_a_notice_to_the_customer_is_not_the_first_page() -> None:
    notice = Attempted("ITS-1", "customer", None, "sms", 0, 0, 0, (1,))
    assert checks.first_pages([notice, page("ITS-1", 5)]) == {"ITS-1": 5}


def test_requests_keep_their_mean_pace_without_marching_in_step() -> None:
    at = client.schedule(1_000, per_second=10, seed=1)
    pauses = [later - earlier for earlier, later in pairwise(at)]
    assert at[0] == 0
    assert at[-1] == pytest.approx(99.9e9, rel=0.02)
    assert all(75_000_000 - 1 <= pause <= 125_000_000 + 1 for pause in pauses)
    assert len(set(pauses)) > 900


def test_the_world_with_customers_added_is_a_configuration_that_is_taken(world_file: str) -> None:
    planned = plan_apply([SourceFile("bench.yaml", world_file)], ())
    assert isinstance(planned, Plan)
    assert len([change for change in planned.changes if change.section == "customers"]) == 2 + 3
    assert len({one.email for one in world.customers(3)}) == 3


def test_the_bench_of_the_rota_runs_and_both_sides_have_the_same_turns() -> None:
    """Where recurring-ical-events shows other shifts than we do, `cases` raises."""
    for case in oncall.cases(6):
        case.floor(1)
        case.product(1)


def test_growth_is_the_slope_of_the_logarithms() -> None:
    assert oncall._slope((1, 10, 100), (2.0, 2.0, 2.0)) == 0
    assert oncall._slope((1, 10, 100), (2.0, 20.0, 200.0)) == pytest.approx(1)

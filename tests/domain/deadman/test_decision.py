"""When the watchdog calls the last resort, and when it says that all is well."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from deadman.decision import Act, Memory, Rules, Sight, due, looked, sent

RULES = Rules(after=60, every=10, again=900)
ROUTES = ("pagerduty", "call:+34600000001")
WELL = Sight(True)
STOPPED = Sight(False, "clock", "clock: last heard of 90 s ago")


class Story:
    """Looks every ten seconds, and what was sent at each."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.now = 0.0
        self.acts: list[tuple[float, str, Act]] = []

    def look(self, sight: Sight, times: int = 1, refusing: Iterable[str] = ()) -> Story:
        for _ in range(times):
            self.memory = looked(self.memory, sight, self.now, RULES)
            for route, act in due(self.memory, ROUTES, self.now, RULES):
                taken = route not in refusing
                if taken:
                    self.acts.append((self.now, route, act))
                self.memory = sent(self.memory, route, act, self.now, taken=taken)
            self.now += RULES.every
        return self

    def of(self, route: str) -> list[tuple[float, Act]]:
        return [(at, act) for at, name, act in self.acts if name == route]


def test_a_service_that_pages_calls_nobody() -> None:
    assert Story().look(WELL, 500).acts == []


def test_an_outage_shorter_than_the_span_calls_nobody() -> None:
    assert Story().look(STOPPED, 6).look(WELL, 20).acts == []


def test_a_stopped_clock_calls_every_route_once() -> None:
    assert Story().look(STOPPED, 30).acts == [(60, route, Act.PAGE) for route in ROUTES]


def test_an_outage_that_goes_on_calls_again_at_intervals() -> None:
    assert [at for at, _ in Story().look(STOPPED, 200).of("pagerduty")] == [60, 960, 1860]


def test_the_end_is_told_once_after_three_good_looks() -> None:
    told = Story().look(STOPPED, 10).look(WELL, 30).of("pagerduty")
    assert told == [(60, Act.PAGE), (120, Act.RESOLVE)]


def test_one_good_look_in_an_outage_is_not_its_end() -> None:
    assert Story().look(STOPPED, 10).look(WELL).look(STOPPED, 10).of("pagerduty") == [(60, Act.PAGE)]


def test_a_second_outage_is_called_anew_at_once() -> None:
    told = Story().look(STOPPED, 10).look(WELL, 5).look(STOPPED, 10).of("pagerduty")
    assert told == [(60, Act.PAGE), (120, Act.RESOLVE), (210, Act.PAGE)]


def test_a_route_that_refuses_is_tried_again_and_keeps_no_other_waiting() -> None:
    story = Story().look(STOPPED, 8, refusing=["pagerduty"])
    assert story.acts == [(60, "call:+34600000001", Act.PAGE)]
    assert story.look(STOPPED, 3).of("pagerduty") == [(80, Act.PAGE)]


def test_a_restart_within_an_outage_pages_nobody_twice() -> None:
    before = Story().look(STOPPED, 10)
    after = Story(before.memory)
    after.now = before.now + 200
    assert after.look(STOPPED, 10).acts == []


def test_a_pause_of_the_watchdog_itself_is_no_outage() -> None:
    story = Story().look(STOPPED)
    story.now += 3600  # its machine slept
    assert story.look(STOPPED, 6).acts == []


def test_who_was_never_told_of_the_end_is_paged_for_the_next_outage() -> None:
    story = Story().look(STOPPED, 10).look(WELL, 5, refusing=ROUTES).look(STOPPED, 10)
    assert story.of("pagerduty") == [(60, Act.PAGE), (210, Act.PAGE)]


def test_a_clock_that_was_set_back_keeps_nobody_from_being_called() -> None:
    story = Story().look(STOPPED, 10)
    story.now -= 50_000
    assert [act for _, act in story.look(STOPPED, 10).of("pagerduty")] == [Act.PAGE, Act.PAGE]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 12), st.booleans()), max_size=25))
def test_every_outage_is_told_and_its_end_too_whatever_is_refused_meanwhile(
    spans: list[tuple[bool, int, bool]],
) -> None:
    story, outages = Story(), set[int]()
    for well, looks, refuses in spans:
        for _ in range(looks):
            story.look(WELL if well else STOPPED, refusing=ROUTES if refuses else ())
            outages |= {story.memory.outage.number} if story.memory.outage else set()
    story.look(STOPPED, 80)  # long enough for a route that refused to be tried again
    outages |= {story.memory.outage.number} if story.memory.outage else set()
    paged = story.of("pagerduty")[-1]
    assert paged[1] is Act.PAGE
    story.look(WELL, 80)
    for route in ROUTES:
        acts = [act for _, act in story.of(route)]
        assert acts[-1] is Act.RESOLVE
        assert (Act.RESOLVE, Act.RESOLVE) not in itertools.pairwise(acts)
        # One page of each outage, and one more for each interval that it lasted.
        assert acts.count(Act.PAGE) <= len(outages) + int(story.now // RULES.again)
    assert story.memory.told == {}

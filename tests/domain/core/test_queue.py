"""Several notices travel as one job; pages never do."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from core.queue import BUNDLED, MOST_BUNDLED, QUEUES, Nudge, bundled

DELIVER = BUNDLED[0]
HANG_UP = "alerting.notifications.jobs.hang_up"

NUDGES = st.lists(
    st.tuples(st.sampled_from(QUEUES), st.sampled_from([DELIVER, HANG_UP])).flatmap(
        lambda to: st.builds(lambda row: Nudge(to[0], to[1], (row,)), st.uuids().map(str))
    ),
    max_size=20,
)


def rows(nudges: Sequence[Nudge], queue: str, job: str) -> list[str | int]:
    return [row for one in nudges if (one.queue, one.job) == (queue, job) for row in one.args]


@given(NUDGES)
def test_every_row_is_handed_out_once_to_the_queue_it_was_for_in_its_order(nudges: list[Nudge]) -> None:
    for queue in QUEUES:
        for job in (DELIVER, HANG_UP):
            assert rows(bundled(nudges), queue, job) == rows(nudges, queue, job)


@given(NUDGES)
def test_only_notices_that_are_delivered_travel_together_and_never_too_many(nudges: list[Nudge]) -> None:
    for one in bundled(nudges):
        assert len(one.args) <= (MOST_BUNDLED if (one.queue, one.job) == ("notices", DELIVER) else 1)


def test_what_one_transaction_has_to_tell_is_one_job() -> None:
    told = [Nudge("notices", DELIVER, (name,)) for name in ("mail", "sms", "mail to the manager")]
    page = Nudge("pages", DELIVER, ("page",))
    assert bundled([told[0], page, *told[1:]]) == [
        Nudge("notices", DELIVER, ("mail", "sms", "mail to the manager")),
        page,
    ]

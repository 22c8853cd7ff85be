"""When a job is called late, over the nights when the clocks change too (S-3.2.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerting.monitoring import pulse
from alerting.monitoring.cron import next_fire
from alerting.monitoring.pulse import Pulse, State
from alerting.monitoring.schema import Heartbeat
from tests.domain.oncall.builders import local, utc

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MONDAY = local("2026-03-02T10:00")


def hourly(**keys: Any) -> Heartbeat:
    return heartbeat(every="1h", grace="15m", **keys)


def nightly(at: str = "0 3 * * *", timezone: str = "Europe/Madrid", **keys: Any) -> Heartbeat:
    return heartbeat(**{"cron": at, "timezone": timezone, "grace": "45m"} | keys)


def heartbeat(**keys: Any) -> Heartbeat:
    given: dict[str, Any] = {
        "id": "job",
        "customer": "hotel-sol",
        "component": "backup",
        "job": "ERP nocturno",
        "on_late": {"kind": "backup_not_run", "priority": "P2"},
    }
    return Heartbeat.model_validate(given | keys)


def at_rest(job: Heartbeat, at: datetime) -> Pulse:
    return pulse.succeed(pulse.begin(job, at), job, at)


def test_a_job_that_was_never_set_up_is_late_one_rhythm_after_it_was_configured() -> None:
    new = pulse.begin(hourly(), MONDAY)

    assert new.state == State.NEW
    assert pulse.miss(new, hourly(), MONDAY + 75 * MINUTE - SECOND) is None
    late = pulse.miss(new, hourly(), MONDAY + 75 * MINUTE)
    assert late is not None
    assert late.state == State.LATE


def test_seconds_decide_between_in_time_and_late() -> None:
    job = nightly()
    up = at_rest(job, MONDAY)

    assert up.expected_at == local("2026-03-03T03:00")
    assert pulse.miss(up, job, local("2026-03-03T03:45") - SECOND) is None
    assert pulse.miss(up, job, local("2026-03-03T03:45")) is not None


def test_late_is_said_once_for_each_run_that_is_missing_and_once_after_a_long_standstill() -> None:
    job = hourly()
    late = pulse.miss(at_rest(job, MONDAY), job, MONDAY + 9 * HOUR)

    assert late is not None
    assert late.missed == 1
    assert pulse.miss(late, job, MONDAY + 9 * HOUR) is None
    assert late.due_at == MONDAY + 10 * HOUR + 15 * MINUTE


def test_a_good_run_ends_every_trouble() -> None:
    job = hourly()
    for trouble in (State.LATE, State.FAILED):
        before = Pulse(trouble, MONDAY, MONDAY, missed=3)
        after = pulse.succeed(before, job, MONDAY + MINUTE)
        assert (after.state, after.missed, after.expected_at) == (State.UP, 0, MONDAY + 61 * MINUTE)


def test_a_run_that_has_begun_has_its_maximum_runtime_and_is_then_late() -> None:
    job = nightly(max_runtime="4h")
    running = pulse.start(at_rest(job, MONDAY), job, local("2026-03-03T03:00"))

    assert running.state == State.RUNNING
    assert pulse.miss(running, job, local("2026-03-03T07:00") - SECOND) is None
    late = pulse.miss(running, job, local("2026-03-03T07:00"))
    assert late is not None
    assert late.started_at == local("2026-03-03T03:00")


def test_a_job_that_breaks_off_and_begins_again_is_not_given_time_for_ever() -> None:
    job = nightly(max_runtime="4h")
    running = at_rest(job, MONDAY)
    for hours in range(4):
        running = pulse.start(running, job, local("2026-03-03T03:00") + hours * HOUR)

    assert pulse.miss(running, job, local("2026-03-03T07:00")) is not None


def test_without_a_maximum_runtime_a_start_gives_no_more_time() -> None:
    job = nightly()
    up = at_rest(job, MONDAY)

    assert pulse.start(up, job, local("2026-03-03T03:00")).due_at == up.due_at


@pytest.mark.parametrize("state", [State.LATE, State.FAILED])
def test_a_start_is_no_end_of_trouble(state: State) -> None:
    begun = pulse.start(Pulse(state, MONDAY, MONDAY + HOUR), hourly(), MONDAY + MINUTE)

    assert (begun.state, begun.started_at) == (state, MONDAY + MINUTE)


def test_a_failed_run_is_trouble_at_once_and_the_next_one_is_expected_all_the_same() -> None:
    job = nightly()
    failed = pulse.fail(at_rest(job, MONDAY), job, local("2026-03-03T03:20"))

    assert failed.state == State.FAILED
    assert failed.expected_at == local("2026-03-04T03:00")


def test_a_machine_whose_clock_is_ahead_is_not_late_for_the_run_that_it_has_just_made() -> None:
    job = nightly()
    up = at_rest(job, MONDAY)

    assert pulse.succeed(up, job, local("2026-03-03T02:58")).expected_at == local("2026-03-04T03:00")
    by_hand = pulse.succeed(up, job, local("2026-03-03T02:30"))
    assert by_hand.expected_at == local("2026-03-03T03:00")


def test_two_runs_of_a_frequent_job_are_not_taken_for_one() -> None:
    job = nightly("*/5 * * * *")
    up = at_rest(job, local("2026-03-03T10:00") + SECOND)

    assert up.expected_at == local("2026-03-03T10:05")
    assert pulse.succeed(up, job, local("2026-03-03T10:03")).expected_at == local("2026-03-03T10:05")


def test_a_changed_rhythm_counts_from_the_change_and_ends_no_trouble() -> None:
    late = Pulse(State.LATE, MONDAY, MONDAY, missed=2)
    after = pulse.follow(late, hourly(), MONDAY + HOUR)

    assert (after.state, after.expected_at, after.missed) == (State.LATE, MONDAY + 2 * HOUR, 2)


# --- nights when the clocks change


SPRING = "2026-03-29"
AUTUMN = "2026-10-25"


@pytest.mark.parametrize(
    ("started", "why"),
    [
        ("2026-03-29T01:00", "a cron that makes up for the hour that is left out, at its end"),
        ("2026-03-29T01:30", "a machine that reads 02:30 by the old offset"),
        ("2026-03-29T00:30", "a machine that reads it by the new one"),
    ],
)
def test_a_job_of_half_past_two_is_not_late_in_the_night_without_half_past_two(started: str, why: str) -> None:
    job = nightly("30 2 * * *")
    up = at_rest(job, local("2026-03-28T02:40"))
    done = utc(started) + 40 * MINUTE

    assert pulse.miss(up, job, done) is None, why
    assert pulse.succeed(up, job, max(done, up.expected_at)).expected_at == local("2026-03-30T02:30")


@pytest.mark.parametrize("started", ["2026-10-25T00:30", "2026-10-25T01:30"])
def test_a_job_of_half_past_two_runs_once_in_the_night_that_has_it_twice_whichever_the_machine_takes(
    started: str,
) -> None:
    job = nightly("30 2 * * *")
    up = at_rest(job, local("2026-10-24T02:40"))
    done = utc(started) + 40 * MINUTE

    assert up.expected_at == utc("2026-10-25T00:30")
    assert pulse.miss(up, job, done) is None
    assert pulse.succeed(up, job, done).expected_at == local("2026-10-26T02:30")


def test_a_job_that_does_not_run_in_such_a_night_is_late_all_the_same() -> None:
    for night in (SPRING, AUTUMN):
        job = nightly("30 2 * * *")
        up = at_rest(job, local(f"{night}T00:00"))
        assert pulse.miss(up, job, local(f"{night}T05:00")) is not None


ZONES = st.sampled_from(["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC"])
CRONS = st.sampled_from(["30 2 * * *", "0 3 * * *", "15 */6 * * *", "*/20 * * * *", "0 0 * * 1", "59 23 28 * *"])
DAYS = st.integers(0, 27_000).map(lambda days: utc("2026-01-01") + timedelta(days=days, minutes=days % 1440))


@given(CRONS, ZONES, DAYS, st.integers(0, 14 * 60))
def test_a_job_that_ends_within_its_grace_is_never_late(cron: str, zone: str, from_: datetime, seconds: int) -> None:
    job = nightly(cron, zone, grace="15m")
    known = at_rest(job, from_)
    for _ in range(12):
        fires = next_fire(cron, zone, known.expected_at - SECOND)
        done = fires + timedelta(seconds=seconds)
        assert pulse.miss(known, job, done) is None
        known = pulse.succeed(known, job, done)


@given(CRONS, ZONES, DAYS)
def test_a_job_that_stops_is_late_within_its_rhythm_and_grace_and_an_hour(
    cron: str, zone: str, from_: datetime
) -> None:
    job = nightly(cron, zone, grace="15m")
    known = at_rest(job, from_)

    assert from_ < known.expected_at < known.due_at <= known.expected_at + 75 * MINUTE
    late = pulse.miss(known, job, known.due_at)
    assert late is not None
    assert late.due_at > known.due_at


@given(
    st.lists(st.tuples(st.sampled_from(["start", "succeed", "fail", "miss"]), st.integers(1, 300)), max_size=25),
    st.sampled_from([hourly(), hourly(max_runtime="2h"), nightly(), nightly(max_runtime="4h")]),
)
def test_whatever_a_job_says_there_is_always_a_next_time_to_look(
    signals: list[tuple[str, int]], job: Heartbeat
) -> None:
    at, known = MONDAY, pulse.begin(job, MONDAY)
    for signal, minutes in signals:
        at += minutes * MINUTE
        while (late := pulse.miss(known, job, at)) is not None:
            assert late.due_at > at
            known = late
        if signal != "miss":
            known = getattr(pulse, signal)(known, job, at)
        assert known.due_at > at
        assert known.is_in_trouble == (known.state in (State.LATE, State.FAILED))


@pytest.mark.parametrize("cron", ["0 0 30 2 *", "60 3 * * *", "0 3 * *", "0 3 * * mon", "0 3 L * *", "0 ٣ * * *"])
def test_a_cron_that_nobody_could_keep_is_refused(cron: str) -> None:
    with pytest.raises(ValidationError, match="cron"):
        nightly(cron)

"""What a drill's log says of times, answers and gaps (S-F.2)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.drills import findings
from alerting.drills.findings import Report
from core.audit.chain import Link
from tests.domain.oncall.builders import local

TEN = local("2026-11-04T10:00")
OPENED = (0, "activation.requested", {})
STEP_1 = (0, "step.started", {"step": 1, "round": 1, "cycle": 1, "people": ["ana"]})
PLANNED = (0, "attempt.planned", {"attempt": "A1", "purpose": "page", "person_id": "ana", "channel": "voice"})
NOTICE = (0, "attempt.planned", {"attempt": "N1", "purpose": "customer", "person_id": None, "channel": "sms"})
TIMED_OUT = (180, "step.timed_out", {"step": 1, "round": 1, "cycle": 1})
ACCEPTED = (60, "page.acknowledged", {"person": "ana", "via": "voice"})
CONTACT = (300, "contact.made", {"person": "ana", "channel": "voice"})
CLOSED = (900, "ticket.closed", {"code": "resolved"})
WITHDRAWN = (900, "ticket.closed", {"code": "withdrawn"})


def chain(*entries):
    return [
        Link(seq, TEN + timedelta(seconds=seconds), kind, {}, data, "", f"hash {seq}")
        for seq, (seconds, kind, data) in enumerate((OPENED, *entries), 1)
    ]


def gaps(*entries, **plan):
    return {(one.kind, *one.facts.values()) for one in findings.report(chain(*entries), **plan).gaps}


def failed(state):
    return (20, "attempt.status", {"attempt": "A1", "state": state})


def skipped(why, purpose="page"):
    facts = {"attempt": "S1", "purpose": purpose, "person_id": "borja", "channel": "sms", "why": why}
    return (0, "attempt.skipped", facts)


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ((STEP_1, PLANNED, ACCEPTED, CONTACT, CLOSED), set()),
        ((STEP_1, TIMED_OUT, CLOSED), {("step_unanswered", 1), ("nobody_answered",)}),
        ((STEP_1, ACCEPTED, CLOSED), {("no_contact",)}),
        ((STEP_1, WITHDRAWN), {("broken_off",)}),
        (((0, "step.skipped", {"step": 2, "why": "nobody_on_call"}), ACCEPTED, CONTACT), {("step_without_people", 2)}),
        (((40, "page.declined", {"person": "ana", "via": "sms"}), ACCEPTED, CONTACT), {("declined", "ana")}),
        (((600, "contact.overdue", {"owner": "ana", "cycle": 1}), ACCEPTED, CONTACT), {("contact_overdue",)}),
        ((PLANNED, failed("undelivered"), ACCEPTED, CONTACT), {("not_heard", "ana", "voice")}),
        ((PLANNED, failed("failed"), failed("failed"), ACCEPTED, CONTACT), {("not_heard", "ana", "voice")}),
        ((PLANNED, failed("no_answer"), ACCEPTED, CONTACT), set()),  # it rang
        ((NOTICE, (9, "attempt.failed", {"attempt": "N1"}), ACCEPTED, CONTACT), set()),  # it was no page
        ((skipped("no_verified_method"), ACCEPTED, CONTACT), {("not_paged", "borja", "sms", "no_verified_method")}),
        ((skipped("drill_excluded"), ACCEPTED, CONTACT), set()),
        ((skipped("no_verified_method", "notice"), ACCEPTED, CONTACT), set()),
    ],
)
def test_gaps_are_what_did_not_go_as_it_should(entries, found):
    assert gaps(*entries) == found


@pytest.mark.parametrize(("rto", "found"), [(900, set()), (899, {("over_rto",)}), (None, set())])
def test_a_drill_that_took_longer_than_the_rto_says_so(rto, found):
    span = timedelta(seconds=rto) if rto else None
    assert gaps(ACCEPTED, CONTACT, CLOSED, rto=span) == found


def test_times_count_from_the_request_and_the_first_of_each_counts():
    late = (400, "page.acknowledged", {"person": "borja", "via": "sms"})
    report = findings.report(chain(STEP_1, ACCEPTED, late, CONTACT, CLOSED))
    assert (report.acknowledged, report.contacted, report.closed) == (
        timedelta(seconds=60),
        timedelta(seconds=300),
        timedelta(seconds=900),
    )
    assert report.answered_by == ("ana", "borja")
    assert report.head == "hash 6"


def test_a_rehearsal_lists_who_would_have_been_paged_and_misses_no_answer():
    steps = [
        {"step": 1, "at": TEN.isoformat(), "people": [{"person": "ana", "reason": {}}]},
        {"step": 2, "at": (TEN + timedelta(minutes=3)).isoformat(), "people": []},
    ]
    report = findings.report(chain((0, "drill.reported", {"steps": steps, "rehearsal": True}), CLOSED))
    assert report.rehearsed
    assert [(one.kind, one.seconds) for one in report.steps] == [
        ("step.started", 0),
        ("step.skipped", 180),
        ("ticket.closed", 900),
    ]
    assert {one.kind for one in report.gaps} == {"step_without_people"}


@given(
    st.lists(
        st.sampled_from([STEP_1, PLANNED, TIMED_OUT, ACCEPTED, CONTACT, CLOSED, failed("failed"), skipped("absent")]),
        max_size=12,
    )
)
def test_what_is_kept_of_a_report_reads_back_the_same(entries):
    report = findings.report(chain(*entries), rto=timedelta(hours=4), plan_version=2)
    assert Report.from_json(json.loads(json.dumps(report.as_json()))) == report

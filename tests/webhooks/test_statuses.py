"""What the carrier reports: twice, late, in any order, and before its own answer (invariant I11)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from alerting.notifications import dispatch
from alerting.notifications.models import AttemptRow, AttemptStatusRow
from oncall.models import DisabledMethodRow
from tests.support.desk import Desk
from tests.webhooks.carrier import Carrier


@pytest.fixture
def call(desk: Desk, reference: str) -> AttemptRow:
    return desk.attempts(reference, purpose="page", channel="voice", person_id="ana")[0]


@pytest.fixture
def page(desk: Desk, reference: str) -> AttemptRow:
    return desk.attempts(reference, purpose="page", channel="sms", person_id="ana")[0]


def now_of(desk: Desk, attempt: AttemptRow) -> AttemptRow:
    with desk.runtime.database.reading() as session:
        return session.execute(select(AttemptRow).where(AttemptRow.id == attempt.id)).scalar_one()


def reports(desk: Desk, attempt: AttemptRow) -> Sequence[tuple[str, bool]]:
    with desk.runtime.database.reading() as session:
        rows = session.execute(
            select(AttemptStatusRow.status, AttemptStatusRow.applied)
            .where(AttemptStatusRow.attempt_id == attempt.id)
            .order_by(AttemptStatusRow.id)
        )
        return [(status, applied) for status, applied in rows]


def test_a_callback_is_answered_with_nothing(carrier: Carrier, call: AttemptRow) -> None:
    answer = carrier.reports_call(call, "ringing", 1)
    assert (answer.status_code, answer.data) == (204, b"")


def test_every_report_is_kept_and_only_what_is_new_is_applied(desk: Desk, carrier: Carrier, call: AttemptRow) -> None:
    for status, sequence in (("ringing", 1), ("initiated", 0), ("no-answer", 2), ("in-progress", 3)):
        carrier.reports_call(call, status, sequence)
    assert reports(desk, call) == [
        ("ringing", True),
        ("initiated", False),
        ("no-answer", True),
        ("in-progress", False),
    ]
    assert now_of(desk, call).state == "no_answer"


def test_a_callback_delivered_three_times_is_one_report(
    desk: Desk, carrier: Carrier, call: AttemptRow, reference: str
) -> None:
    answers = {carrier.reports_call(call, "ringing", 1).status_code for _ in range(3)}
    assert answers == {204}
    assert reports(desk, call) == [("ringing", True)]
    assert desk.kinds(reference).count("attempt.status") == 1


def test_a_call_that_ends_without_a_key_is_no_answer_of_the_person(
    desk: Desk, carrier: Carrier, call: AttemptRow
) -> None:
    carrier.picks_up(call)
    carrier.reports_call(call, "completed", 3, CallDuration="31")
    assert now_of(desk, call).state == "no_input"


def test_a_call_on_which_the_page_was_accepted_stays_confirmed(desk: Desk, carrier: Carrier, call: AttemptRow) -> None:
    carrier.picks_up(call).press("4")
    carrier.reports_call(call, "completed", 3)
    assert now_of(desk, call).state == "confirmed"


@pytest.mark.parametrize(
    ("status", "sip", "state"),
    [
        ("busy", "486", "busy"),
        ("no-answer", "487", "no_answer"),
        ("failed", "480", "no_answer"),
        ("failed", "503", "failed"),
        ("canceled", "487", "cancelled"),
    ],
)
def test_a_call_that_nobody_took_is_named_after_why(
    desk: Desk, carrier: Carrier, call: AttemptRow, status: str, sip: str, state: str
) -> None:
    carrier.reports_call(call, status, 2, SipResponseCode=sip)
    assert now_of(desk, call).state == state


def test_a_busy_telephone_rings_again_as_soon_as_the_talk_may_be_over(
    desk: Desk, carrier: Carrier, call: AttemptRow, reference: str
) -> None:
    carrier.reports_call(call, "busy", 2)
    desk.advance(seconds=16)
    assert desk.attempts(reference, channel="voice", person_id="ana")[1].state == "accepted"


def test_a_message_for_which_the_carrier_had_no_room_is_sent_again_before_anything_else_is_hurried(
    desk: Desk, carrier: Carrier, page: AttemptRow, reference: str
) -> None:
    carrier.reports_sms(page, "failed", ErrorCode="30001")
    desk.advance(seconds=1)
    first, second = desk.attempts(reference, channel="sms", person_id="ana", purpose="page")
    assert (first.state, second.state, second.message) == ("failed", "accepted", first.message)
    assert second.reply_code == first.reply_code
    assert desk.attempts(reference, channel="voice", person_id="ana")[1].state == "pending"


def test_a_message_for_which_there_is_never_room_gives_way_to_the_next_call(
    desk: Desk, carrier: Carrier, reference: str
) -> None:
    for _ in range(4):
        page = desk.attempts(reference, channel="sms", person_id="ana", purpose="page")[-1]
        carrier.reports_sms(page, "failed", ErrorCode="30001")
        desk.advance(seconds=4)
    messages = desk.attempts(reference, channel="sms", person_id="ana", purpose="page")
    assert [message.state for message in messages] == ["failed"] * 4
    assert desk.attempts(reference, channel="voice", person_id="ana")[1].state == "accepted"


def test_a_late_word_on_a_message_that_was_sent_again_changes_only_the_first_one(
    desk: Desk, carrier: Carrier, page: AttemptRow, reference: str
) -> None:
    carrier.reports_sms(page, "failed", ErrorCode="30001")
    carrier.reports_sms(page, "sent")
    first, second = desk.attempts(reference, channel="sms", person_id="ana", purpose="page")
    assert (first.state, second.state) == ("failed", "pending")


def test_a_number_that_the_network_does_not_know_is_taken_out_of_use(
    desk: Desk, carrier: Carrier, call: AttemptRow
) -> None:
    carrier.reports_call(call, "failed", 2, SipResponseCode="404")
    with desk.runtime.database.reading() as session:
        assert session.get(DisabledMethodRow, ("voice", "+34600000001")) is not None
    assert (now_of(desk, call).failure, now_of(desk, call).error_code) == ("permanent", "sip_404")


def test_a_page_that_cannot_be_delivered_brings_the_next_call_forward(
    desk: Desk, carrier: Carrier, page: AttemptRow, reference: str
) -> None:
    carrier.reports_sms(page, "undelivered", ErrorCode="30003")
    desk.run_due()
    assert desk.attempts(reference, channel="voice", person_id="ana")[1].state == "accepted"
    assert (now_of(desk, page).failure, now_of(desk, page).error_code) == ("transient", "30003")


def test_when_everything_of_a_step_has_failed_the_next_one_is_paged_at_once(
    desk: Desk, carrier: Carrier, page: AttemptRow, call: AttemptRow, reference: str
) -> None:
    carrier.reports_sms(page, "undelivered", ErrorCode="30003")
    carrier.reports_call(call, "failed", 2, SipResponseCode="503")
    desk.run_due()
    last = desk.attempts(reference, channel="voice", person_id="ana")[1]
    nudged: list[str] = []
    desk.runtime.database.after_commit = lambda nudges: nudged.extend(nudge.job for nudge in nudges)
    carrier.reports_call(last, "failed", 2, SipResponseCode="503")
    assert dispatch.STEP_FAILED in nudged


def test_a_number_that_is_dead_is_taken_out_of_use(desk: Desk, carrier: Carrier, page: AttemptRow) -> None:
    carrier.reports_sms(page, "undelivered", ErrorCode="30006")
    with desk.runtime.database.reading() as session:
        found = session.get(DisabledMethodRow, ("sms", "+34600000001"))
    assert found is not None
    assert found.why == "method_disabled"
    assert now_of(desk, page).failure == "permanent"


def test_a_message_reported_lost_may_still_have_arrived(desk: Desk, carrier: Carrier, page: AttemptRow) -> None:
    for status in ("sent", "undelivered", "delivered", "sent"):
        carrier.reports_sms(page, status)
    assert now_of(desk, page).state == "delivered"
    assert [applied for _, applied in reports(desk, page)] == [True, True, True]  # "sent" again is the same callback


def test_an_unknown_word_of_the_carrier_is_kept_and_changes_nothing(
    desk: Desk, carrier: Carrier, page: AttemptRow
) -> None:
    carrier.reports_sms(page, "teleported")
    assert reports(desk, page) == [("teleported", False)]
    assert now_of(desk, page).state == "accepted"


def test_a_callback_before_the_answer_to_our_own_request_binds_the_call(
    desk: Desk, carrier: Carrier, call: AttemptRow
) -> None:
    _lose_the_answer(desk, call)
    carrier.post(f"/webhooks/twilio/status/{call.token}", CallSid="CAlost", CallStatus="ringing", SequenceNumber="1")
    bound = now_of(desk, call)
    assert (bound.state, bound.carrier_sid, bound.lease_until) == ("ringing", "CAlost", None)
    assert bound.handed_over_at is not None
    desk.advance(seconds=30)
    assert now_of(desk, call).resends == 0


def test_a_call_made_twice_by_a_fault_counts_where_the_person_picked_up(
    desk: Desk, carrier: Carrier, call: AttemptRow
) -> None:
    twin = "CAtwin"
    carrier.post(f"/webhooks/twilio/status/{call.token}", CallSid=twin, CallStatus="busy", SequenceNumber="2")
    assert now_of(desk, call).state == "accepted"
    carrier.picks_up(call, sid=twin)
    assert (now_of(desk, call).state, now_of(desk, call).carrier_sid) == ("answered", twin)
    carrier.reports_call(call, "no-answer", 9)
    assert now_of(desk, call).state == "answered"


def test_a_call_that_was_taken_for_another_page_to_the_same_number_is_looked_for_anew(
    desk: Desk, carrier: Carrier, call: AttemptRow, reference: str
) -> None:
    """Both answers were lost, and the carrier's list says of neither call which page it is."""
    other = desk.attempts(reference, channel="voice", person_id="ana")[1]
    _lose_the_answer(desk, call)
    with desk.runtime.database.transaction() as session:
        taken = {"state": "accepted", "carrier_sid": "CAlost", "sent_at": desk.clock.at}
        session.execute(update(AttemptRow).where(AttemptRow.id == other.id).values(**taken))
    carrier.post(f"/webhooks/twilio/status/{call.token}", CallSid="CAlost", CallStatus="ringing", SequenceNumber="1")
    assert now_of(desk, call).carrier_sid == "CAlost"
    looked_for = now_of(desk, other)
    assert (looked_for.state, looked_for.carrier_sid, looked_for.due_at) == ("unknown", None, desk.clock.at)


def test_a_call_that_was_given_up_and_rings_after_all_is_what_it_says(
    desk: Desk, carrier: Carrier, call: AttemptRow
) -> None:
    with desk.runtime.database.transaction() as session:
        lost = {"state": "failed", "failure": "transient", "error_code": "timeout", "carrier_sid": None}
        session.execute(update(AttemptRow).where(AttemptRow.id == call.id).values(**lost))
    carrier.post(f"/webhooks/twilio/status/{call.token}", CallSid="CAlost", CallStatus="ringing", SequenceNumber="1")
    found = now_of(desk, call)
    assert (found.state, found.carrier_sid, found.failure, found.error_code) == ("ringing", "CAlost", None, None)


def _lose_the_answer(desk: Desk, attempt: AttemptRow) -> None:
    """As if the worker had died between the carrier's answer and our own row."""
    with desk.runtime.database.transaction() as session:
        session.execute(
            update(AttemptRow)
            .where(AttemptRow.id == attempt.id)
            .values(state="sending", carrier_sid=None, handed_over_at=None, lease_until=desk.clock.at)
        )

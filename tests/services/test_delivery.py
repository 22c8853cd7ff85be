"""Handing messages over to the carrier: never zero, at most one more per fault, and what each refusal leads to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from alerting.catalog.service import Activation, request_activation
from alerting.notifications import dispatch
from alerting.notifications.models import AttemptRow
from oncall.models import DisabledMethodRow
from service import clock, wiring
from tests.support.desk import MARTA, Desk
from tests.support.telephones import Telephones

ANA = "+34600000001"


@pytest.fixture
def phones(network: str) -> Iterator[Telephones]:
    with Telephones(network) as telephones:
        telephones.reset()
        yield telephones
        telephones.reset()


def sms_to_ana(desk: Desk, reference: str) -> AttemptRow:
    return desk.attempts(reference, person_id="ana", channel="sms", purpose="page")[0]


def created(phones: Telephones, to: str, resource: str) -> list[dict[str, object]]:
    """Messages or calls that the carrier has made for a number."""
    return [e for e in phones.events("request") if e["method"] == "POST" and e["form"].get("To") == [to]
            and str(e["path"]).endswith(f"/{resource}.json")]  # fmt: skip


def test_a_busy_carrier_is_asked_again_when_it_said_so(desk: Desk, phones: Telephones) -> None:
    phones.fault(carrier=[{"kind": "429", "times": 2, "seconds": 5}])
    made = desk.activate()
    waiting = [a for a in desk.attempts(made.reference, purpose="page") if a.state == "pending" and a.tries]
    assert {a.due_at for a in waiting} == {desk.clock.at + timedelta(seconds=5)}
    desk.advance(seconds=5)
    assert sms_to_ana(desk, made.reference).state == "accepted"


@pytest.mark.parametrize("kind", ["drop", "500"])
def test_an_answer_that_was_lost_is_looked_up_and_nothing_is_sent_twice(
    desk: Desk, phones: Telephones, kind: str
) -> None:
    phones.fault(carrier=[{"kind": kind, "times": 1, "resource": "messages"}])
    made = desk.activate()
    assert sms_to_ana(desk, made.reference).state == "unknown"
    desk.advance(seconds=3)
    attempt = sms_to_ana(desk, made.reference)
    assert attempt.state == "accepted"
    kinds = desk.kinds(made.reference)
    assert ("attempt.reconciled" in kinds) == (kind == "drop")
    assert ("attempt.resent" in kinds) == (kind == "500")


def test_a_dead_number_is_taken_out_of_use_and_the_next_method_takes_over_now(desk: Desk, phones: Telephones) -> None:
    phones["Ana"].set(call="invalid")
    made = desk.activate()
    voice = desk.attempts(made.reference, person_id="ana", channel="voice")
    assert [(a.state, a.error_code) for a in voice] == [("failed", "21211"), ("failed", "21211")]
    with desk.runtime.database.reading() as session:
        rows = session.execute(select(DisabledMethodRow.channel, DisabledMethodRow.address)).all()
    assert ("voice", ANA) in [tuple(row) for row in rows]


def test_when_nothing_reaches_anybody_the_next_step_does_not_wait(desk: Desk, phones: Telephones) -> None:
    phones["Ana"].set(call="invalid", sms="invalid")
    made = desk.activate()
    desk.advance(seconds=1)
    assert "borja" in desk.paged(made.reference)


def test_a_number_that_answered_stop_is_not_texted_again(desk: Desk, phones: Telephones) -> None:
    phones["Ana"].set(sms="opted_out")
    first = desk.activate()
    assert (sms_to_ana(desk, first.reference).state, sms_to_ana(desk, first.reference).error_code) == (
        "failed",
        "21610",
    )
    second = desk.activate("files-restore")
    desk.advance(minutes=30)
    assert {a.why for a in desk.attempts(second.reference, person_id="ana", channel="sms")} == {"opted_out"}


def test_a_worker_that_died_with_the_page_in_hand_is_replaced(desk: Desk, phones: Telephones) -> None:
    made = desk.activate()
    attempt = sms_to_ana(desk, made.reference)
    with desk.runtime.database.transaction() as session:
        session.execute(
            update(AttemptRow)
            .where(AttemptRow.id == attempt.id)
            .values(state="sending", carrier_sid=None, lease_until=desk.clock.at, handed_over_at=None)
        )
    sent = len(created(phones, ANA, "Messages"))
    desk.advance(seconds=20)
    assert sms_to_ana(desk, made.reference).state == "accepted"
    assert len(created(phones, ANA, "Messages")) == sent  # found at the carrier: not sent a second time


def test_a_worker_whose_lease_was_taken_writes_nothing(desk: Desk, phones: Telephones) -> None:
    made = desk.activate()
    attempt = sms_to_ana(desk, made.reference)
    with desk.runtime.database.transaction() as session:
        session.execute(update(AttemptRow).where(AttemptRow.id == attempt.id).values(state="pending"))
    with desk.runtime.work() as work:
        stale = dispatch.claim(work, desk.runtime, attempt.id)
    assert stale is not None
    with desk.runtime.database.transaction() as session:
        session.execute(update(AttemptRow).values(fence=AttemptRow.fence + 1))
    with desk.runtime.work() as work:
        dispatch._accepted(work, stale, "SM" + "0" * 32)
    assert sms_to_ana(desk, made.reference).carrier_sid == attempt.carrier_sid


def test_a_claimed_attempt_is_claimed_by_nobody_else(desk: Desk, phones: Telephones) -> None:
    made = desk.activate()
    attempt = sms_to_ana(desk, made.reference)
    with desk.runtime.database.transaction() as session:
        session.execute(update(AttemptRow).where(AttemptRow.id == attempt.id).values(state="pending"))
    with desk.runtime.work() as work:
        assert dispatch.claim(work, desk.runtime, attempt.id) is not None
    with desk.runtime.work() as work:
        assert dispatch.claim(work, desk.runtime, attempt.id) is None


def test_a_page_that_was_answered_meanwhile_is_not_sent(desk: Desk, phones: Telephones) -> None:
    made = desk.activate()
    third = desk.attempts(made.reference, state="pending", purpose="page")[0]
    desk.acknowledge(made.reference, "borja")
    with desk.runtime.database.transaction() as session:
        session.execute(update(AttemptRow).where(AttemptRow.id == third.id).values(state="pending"))
    desk.advance(minutes=2)
    assert len(created(phones, ANA, "Calls")) == 1


def test_the_link_in_a_page_is_kept_nowhere(desk: Desk, phones: Telephones) -> None:
    made = desk.activate()
    (sent,) = created(phones, ANA, "Messages")
    body = sent["form"]["Body"][0]  # type: ignore[index]
    link = body.rpartition("/a/")[2]
    attempt = sms_to_ana(desk, made.reference)
    assert len(link) == 12
    assert link not in (attempt.message or "")
    assert attempt.link_digest is not None


def test_a_worker_that_stood_still_after_its_claim_sends_nothing_before_it_has_claimed_anew(
    desk: Desk, phones: Telephones, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = asked(desk)
    sms = sms_to_ana(desk, reference)
    monkeypatch.setattr(dispatch, "FRESH_SECONDS", -1.0)  # as if it had stood still
    dispatch.deliver(desk.runtime, sms.id)
    assert created(phones, ANA, "Messages") == []
    assert sms_to_ana(desk, reference).state == "pending"
    monkeypatch.undo()
    desk.run_due()
    assert sms_to_ana(desk, reference).state == "accepted"
    assert len(created(phones, ANA, "Messages")) == 1


def test_a_nudge_that_redis_did_not_take_is_found_by_the_clock_at_once(desk: Desk) -> None:
    database = desk.runtime.database
    database.after_commit = lambda nudges: wiring.leave_to_the_clock(database, nudges)
    asked(desk)
    with database.transaction() as session:
        due = clock.take_due(session, desk.clock.at)
    assert len(due) == 4  # Ana's message and call, the customer's mail and message


def asked(desk: Desk) -> str:
    """The customer has asked; nothing has been sent yet."""
    wanted = Activation("hotel-sol", "real", MARTA, "api", plan_id="erp-restore")
    with desk.runtime.work() as work:
        return request_activation(work, wanted).reference


def test_the_link_of_a_page_opens_although_its_worker_died_with_the_answer(desk: Desk, phones: Telephones) -> None:
    made = desk.activate()
    attempt = sms_to_ana(desk, made.reference)
    with desk.runtime.database.transaction() as session:
        session.execute(update(AttemptRow).where(AttemptRow.id == attempt.id).values(state="pending", link_digest=None))
    with desk.runtime.work() as work:
        assert dispatch.claim(work, desk.runtime, attempt.id) is not None
    assert sms_to_ana(desk, made.reference).link_digest == attempt.link_digest


def test_a_page_tells_the_carrier_where_to_turn_when_we_do_not_answer(desk: Desk, phones: Telephones) -> None:
    made = desk.activate()
    (call,) = created(phones, ANA, "Calls")
    token = desk.attempts(made.reference, person_id="ana", channel="voice", purpose="page")[0].token
    (url,) = call["form"]["FallbackUrl"]  # type: ignore[index]
    assert f"/webhooks/fallback/call/{token}?page=1&in=es#rc=3" in url

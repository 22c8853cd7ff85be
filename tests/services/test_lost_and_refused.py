"""A carrier whose answers are lost, or that refuses us: the page arrives, or the next method has it, and whoever can
help is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from alerting.notifications import alarms
from alerting.notifications.messages import CarrierRefusesSms
from alerting.notifications.models import AttemptRow
from service import wiring
from tests.support.desk import Desk
from tests.support.telephones import Telephones

ANA = "+34600000001"


@pytest.fixture
def dialect() -> str:
    """Nothing here depends on which database it is."""
    return "sqlite"


@pytest.fixture
def phones(network: str) -> Iterator[Telephones]:
    with Telephones(network) as telephones:
        telephones.reset()
        yield telephones
        telephones.reset()


def refused(desk: Desk) -> Desk:
    """The same service with credentials that the carrier does not take."""
    wrong = desk.runtime.settings.model_copy(update={"twilio_auth_token": SecretStr("of-another-account")})
    return Desk(replace(desk.runtime, carrier=wiring.carrier(wrong)), desk.clock)


def test_of_a_carrier_that_refuses_us_managers_are_told_once_by_another_way(desk: Desk, phones: Telephones) -> None:
    without = refused(desk)
    without.activate()
    without.activate("files-restore")
    with desk.runtime.database.reading() as session:
        told = session.scalars(select(AttemptRow).where(AttemptRow.template == CarrierRefusesSms.kind())).all()
    assert sorted((one.person_id, one.channel, one.facts["error"], one.facts["by_call"]) for one in told) == [
        ("clara", "email", "20003", False),
        ("clara", "email", "20003", True),
    ]


def test_a_refusal_stands_until_something_gets_through(desk: Desk, phones: Telephones) -> None:
    refused(desk).activate()
    with desk.runtime.database.reading() as session:
        standing = {alarm.channel for alarm in alarms.recent(session, desk.clock.at) if alarm.standing}
    assert standing == {"sms", "voice"}
    again = Desk(desk.runtime, desk.clock)
    again.advance(seconds=1)
    again.activate("files-restore")
    with desk.runtime.database.reading() as session:
        standing = {alarm.channel for alarm in alarms.recent(session, desk.clock.at) if alarm.standing}
    assert standing == {"voice"}  # the normal urgency's call is still to come


CREATED = {"drop": 1, "500": 0, "503": 0}
DOUBLE_FAULTS = [("drop", ""), ("500", ""), ("500", "drop"), ("500", "503")]


@pytest.mark.parametrize(("resource", "channel"), [("messages", "sms"), ("calls", "voice")])
@pytest.mark.parametrize(("first", "second"), DOUBLE_FAULTS)
def test_after_answers_that_were_lost_the_page_is_there_once_or_the_next_method_has_it(
    desk: Desk, phones: Telephones, resource: str, channel: str, first: str, second: str
) -> None:
    kinds = [kind for kind in (first, second) if kind]
    phones.fault(carrier=[{"kind": kind, "times": 1, "resource": resource, "to": ANA} for kind in kinds])
    made = desk.activate()
    desk.advance(seconds=10)
    attempts = desk.attempts(made.reference, person_id="ana", channel=channel, purpose="page")
    arrived = sum(CREATED.get(kind, 0) for kind in kinds) or int(len(kinds) == 1)
    assert attempts[0].state == ("accepted" if arrived else "failed")
    assert attempts[0].resends == (first != "drop")
    calls = desk.attempts(made.reference, person_id="ana", channel="voice", purpose="page")
    assert (calls[1].state == "accepted") == (not arrived)  # the next method, before its time


def test_whoever_may_send_but_not_look_sends_again(desk: Desk, phones: Telephones) -> None:
    phones.fault(carrier=[{"kind": "drop", "times": 1, "resource": "messages", "to": ANA}])
    made = desk.activate()
    refused(desk).advance(seconds=3)
    assert "attempt.resent" in desk.kinds(made.reference)

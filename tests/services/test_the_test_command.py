"""`guardia test PERSON`: whoever is tested, and what came of it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from alerting.notifications.models import AttemptRow
from service import testing
from service.whoison import NotAsked
from tests.support.desk import Desk


def test_every_verified_way_of_the_person_is_tested(desk: Desk) -> None:
    sent = testing.send(desk.runtime, "ana")
    assert [testing.line(one) for one in sent] == [
        "  sms +34600000001: on its way",
        "  voice +34600000001: on its way",
        "  email ana@itsafer.example: on its way",
    ]
    assert all("tested just now, again at" in one.said for one in testing.send(desk.runtime, "ana"))


def test_an_answer_is_seen(desk: Desk) -> None:
    sent = testing.send(desk.runtime, "borja")
    assert not testing.is_confirmed(desk.runtime, sent)
    with desk.runtime.database.transaction() as session:
        session.execute(update(AttemptRow).values(state="confirmed"))
    assert list(testing.outcomes(desk.runtime, sent, 10)) == [
        "  sms +34600000002: confirmed",
        "  voice +34600000002: confirmed",
    ]
    assert testing.is_confirmed(desk.runtime, sent)


def test_a_person_who_is_not_there_is_named_with_the_ones_that_are(desk: Desk) -> None:
    with pytest.raises(NotAsked, match="there is no person 'anna'; did you mean 'ana'"):
        testing.send(desk.runtime, "anna")

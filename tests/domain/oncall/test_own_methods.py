"""What people set up themselves, laid over the configuration; and when a code may be sent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.methods import codes
from oncall.methods.codes import Entered, may_send_at, standing
from oncall.methods.own import Own, emptied, reach, with_own, without_method
from oncall.schema import ContactMethod, Defaults, NotificationRules, Person
from tests.domain.oncall.builders import utc

PHONE, NEW = "+34600000001", "+34600000055"
NOW = utc("2026-10-27T02:00")
NONE: frozenset[str] = frozenset()


def method(id_: str, channel: str = "sms", address: str = PHONE, verified: bool = True) -> ContactMethod:
    return ContactMethod.model_validate({"id": id_, "channel": channel, "address": address, "verified": verified})


def ana(*methods: ContactMethod, critical: list[str] | None = None) -> Person:
    rules = None if critical is None else {"critical": [{"via": via} for via in critical]}
    body = {"id": "ana", "name": "Ana García", "notification_rules": rules}
    return Person.model_validate(body).model_copy(update={"contact_methods": methods})


def test_own_methods_come_after_the_files() -> None:
    person = with_own(ana(method("sms")), Own(methods=(method("own-1", address=NEW),)))
    assert [m.id for m in person.contact_methods] == ["sms", "own-1"]


def test_a_method_that_the_file_has_too_is_there_once() -> None:
    person = with_own(ana(method("sms")), Own(methods=(method("own-1"),)))
    assert [m.id for m in person.contact_methods] == ["sms"]


def test_a_code_verifies_what_the_file_left_unverified() -> None:
    person = with_own(ana(method("sms", verified=False)), Own(methods=(method("own-1"),)))
    assert [(m.id, m.verified) for m in person.contact_methods] == [("sms", True)]


def test_an_id_of_the_file_is_the_files() -> None:
    person = with_own(ana(method("own-1")), Own(methods=(method("own-1", address=NEW),)))
    assert [m.address for m in person.contact_methods] == [PHONE]


def test_own_rules_replace_one_urgency_and_leave_the_other() -> None:
    own = Own.model_validate({"notification_rules": {"normal": [{"via": "voice"}]}})
    rules = with_own(ana(method("sms"), critical=["sms"]), own).notification_rules
    assert rules is not None
    assert [rule.via for rule in rules.critical or ()] == ["sms"]
    assert [rule.via for rule in rules.normal or ()] == ["voice"]


def test_a_removed_method_takes_its_rules_along() -> None:
    own = Own(
        methods=(method("own-1", address=NEW),),
        notification_rules=NotificationRules.model_validate({"critical": [{"via": "own-1"}, {"via": "sms"}]}),
    )
    rules = without_method(own, "own-1").notification_rules
    assert rules is not None
    assert [rule.via for rule in rules.critical or ()] == ["sms"]


@pytest.mark.parametrize(
    ("before", "after", "silenced"),
    [
        (["sms"], ["mail"], "critical"),
        (["sms"], ["own-1"], None),
        (["mail"], ["mail"], None),  # it was so before, and nobody is choosing it now
        (["sms"], [], "critical"),
    ],
)
def test_a_change_may_not_take_the_last_telephone(before: list[str], after: list[str], silenced: str | None) -> None:
    methods = (method("sms"), method("own-1", address=NEW), method("mail", "email", "ana@itsafer.example"))
    reaches = [reach(ana(*methods, critical=vias), Defaults(), NONE, NONE) for vias in (before, after)]
    assert emptied(*reaches) == silenced


def test_a_telephone_that_is_out_of_use_does_not_count() -> None:
    person = ana(method("sms"), method("voice", "voice"), critical=["sms"])
    assert not reach(person, Defaults(), frozenset({"sms"}), NONE).by_rule["critical"]
    assert not reach(person, Defaults(), NONE, frozenset({PHONE})).by_rule["critical"]


instants = st.lists(st.integers(0, 86_400).map(lambda s: NOW - timedelta(seconds=s)), max_size=30)


@given(instants, instants)
def test_however_often_somebody_asks_no_pace_is_exceeded(to_address: list[datetime], by_person: list[datetime]) -> None:
    at = may_send_at(to_address, by_person, NOW)
    assert at >= NOW
    for sent, paces in ((to_address, codes.PER_ADDRESS), (by_person, codes.PER_PERSON)):
        for pace in paces:
            assert sum(at - pace.span < one for one in sent) < pace.most


@pytest.mark.parametrize(
    ("minutes", "wrong", "used", "counts"),
    [
        (0, 0, False, None),
        (9.99, 4, False, None),
        (10, 0, False, Entered.EXPIRED),
        (0, 5, False, Entered.CLOSED),
        (0, 0, True, Entered.USED),
    ],
)
def test_a_code_counts_for_ten_minutes_five_tries_and_once(
    minutes: float, wrong: int, used: bool, counts: Entered | None
) -> None:
    assert standing(NOW + codes.VALID, wrong, used, NOW + timedelta(minutes=minutes)) is counts

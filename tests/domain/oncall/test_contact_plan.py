"""When and how a person is reached."""

from datetime import timedelta

import pytest

from oncall.contact_plan import ContactPlan, SkippedContact, plan
from oncall.schema import Defaults, Person, Urgency
from tests.domain.oncall.builders import defaults, person, utc

START = utc("2026-01-06T03:00")


def reached(contact_plan: ContactPlan) -> list[tuple[str, int]]:
    """(method, seconds after the start), in order."""
    return [(contact.method_id, int((contact.due_at - START).total_seconds())) for contact in contact_plan.contacts]


def planned(one: Person, urgency: Urgency = "critical", **stopped: list[str]) -> ContactPlan:
    return plan(one, urgency, defaults(), START, **stopped)


def test_somebody_without_rules_of_their_own_is_reached_by_the_defaults() -> None:
    assert reached(planned(person("borja"))) == [("sms", 0), ("voice", 0), ("voice", 90)]
    assert reached(planned(person("borja"), "normal")) == [("sms", 0), ("voice", 300)]


def test_own_rules_hold_for_their_urgency_and_the_defaults_for_the_other() -> None:
    ana = person("ana", notification_rules={"critical": [{"via": "voice", "after": "10s"}]})
    assert reached(planned(ana)) == [("voice", 10)]
    assert reached(planned(ana, "normal")) == [("sms", 0), ("voice", 300)]


def test_a_planned_contact_carries_all_that_is_needed_to_make_it() -> None:
    first = planned(person("ana", language="en")).contacts[0]
    assert (first.channel, first.address, first.language, first.rule_index) == ("sms", "+34600000001", "en", 0)
    assert first.due_at == START


def two_phones(second_verified: bool) -> Person:
    methods = [
        {"id": "mobile", "channel": "voice", "address": "+34600000001", "verified": True},
        {"id": "home", "channel": "voice", "address": "+34910000001", "verified": second_verified},
    ]
    return person("ana", contact_methods=methods)


def test_a_channel_means_every_verified_method_of_it() -> None:
    rules = Defaults.model_validate({"notification_rules": {"critical": [{"via": "voice"}]}})
    assert reached(plan(two_phones(True), "critical", rules, START)) == [("mobile", 0), ("home", 0)]
    assert plan(two_phones(False), "critical", rules, START).skipped == ()
    assert reached(plan(two_phones(False), "critical", rules, START)) == [("mobile", 0)]


def test_the_id_of_a_method_means_that_one_and_says_so_when_it_is_not_verified() -> None:
    rules = Defaults.model_validate(
        {"notification_rules": {"critical": [{"via": "home"}, {"via": "mobile", "after": "30s"}]}}
    )
    assert reached(plan(two_phones(True), "critical", rules, START)) == [("home", 0), ("mobile", 30)]
    assert plan(two_phones(False), "critical", rules, START).skipped == (
        SkippedContact("no_verified_method", "home", "home", "voice", 0),
    )


@pytest.mark.parametrize(
    ("stopped", "why"),
    [({"disabled_methods": ["sms"]}, "method_disabled"), ({"opted_out": ["+34600000001"]}, "opted_out")],
)
def test_a_method_that_must_not_be_used_is_skipped_with_the_reason(stopped: dict[str, list[str]], why: str) -> None:
    result = planned(person("ana"), **stopped)
    assert reached(result) == [("voice", 0), ("voice", 90)]
    assert [(skip.why, skip.method_id, skip.rule_index) for skip in result.skipped] == [(why, "sms", 0)]


def test_the_same_contact_at_the_same_time_is_made_once() -> None:
    ana = person("ana", notification_rules={"critical": [{"via": "sms"}, {"via": "sms"}]})
    result = planned(ana)
    assert reached(result) == [("sms", 0)]
    assert [skip.why for skip in result.skipped] == ["duplicate_in_step"]


def test_rules_that_reach_nothing_fall_back_to_every_verified_phone_at_once() -> None:
    ana = person("ana", notification_rules={"critical": [{"via": "email", "after": "5m"}]})
    result = planned(ana)
    assert (result.fallback, reached(result)) == (True, [("sms", 0), ("voice", 0)])
    assert [(skip.why, skip.via, skip.channel) for skip in result.skipped] == [("no_verified_method", "email", "email")]
    assert {contact.rule_index for contact in result.contacts} == {None}


def test_somebody_with_a_verified_mailbox_alone_is_written_to_rather_than_left_out() -> None:
    mail = {"id": "mail", "channel": "email", "address": "ana@itsafer.example", "verified": True}
    result = planned(person("ana", contact_methods=[mail]))
    assert (result.fallback, reached(result)) == (True, [("mail", 0)])


def test_somebody_without_any_verified_method_cannot_be_reached_and_that_is_recorded() -> None:
    unverified = [{"id": "sms", "channel": "sms", "address": "+34600000001"}]
    for nobody in (person("ana", contact_methods=[]), person("ana", contact_methods=unverified)):
        result = planned(nobody)
        assert result.contacts == ()
        assert {skip.why for skip in result.skipped} == {"no_verified_method"}


def test_without_rules_at_all_the_fallback_speaks() -> None:
    result = plan(person("ana"), "critical", Defaults(), START)
    assert (result.fallback, reached(result)) == (True, [("sms", 0), ("voice", 0)])


def test_contacts_are_in_the_order_they_are_due() -> None:
    ana = person(
        "ana", notification_rules={"critical": [{"via": "voice", "after": "2m"}, {"via": "sms", "after": "1m"}]}
    )
    due = [contact.due_at for contact in planned(ana).contacts]
    assert due == [START + timedelta(minutes=1), START + timedelta(minutes=2)]

"""Contact methods that people add themselves: proved by a code over that very channel, and never at the price of
silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from alerting.methods import service as methods
from alerting.methods.service import HaveAlready, TooSoon, UnknownMethod, WouldSilence
from alerting.notifications import out_of_use, rendering
from alerting.notifications.models import AttemptRow
from core.documents import store
from core.time import now
from oncall.methods.codes import Entered
from oncall.methods.models import MethodCodeRow
from oncall.schema import NotificationRule, Person
from service.configuration.apply import apply
from service.configuration.document import read_file
from service.configuration.export import exported
from service.configuration.plan import Plan, plan_apply
from tests.conftest import WORLD
from tests.support.databases import AT_LENGTH
from tests.support.desk import Desk


@pytest.fixture(params=AT_LENGTH)
def dialect(request: pytest.FixtureRequest) -> str:
    """On PostgreSQL as well when all is run at length."""
    given: str = request.param
    return given


NEW = "+34600000055"
ANA = "+34600000001"


def ana(desk: Desk) -> Person:
    with desk.runtime.database.reading() as session:
        return desk.runtime.configurations.current(session).oncall.people["ana"]


def key(desk: Desk) -> bytes:
    return desk.runtime.settings.signing_key()


def code_sent(desk: Desk, channel: str = "sms", address: str = NEW) -> str:
    with desk.runtime.work() as work:
        sent = methods.send_code(work, key(desk), ana(desk), channel, address)  # type: ignore[arg-type]
    desk.run_due()
    return sent


def entered(desk: Desk, code_id: str, typed: str) -> Entered:
    with desk.runtime.work() as work:
        return methods.enter_code(work, key(desk), ana(desk), code_id, typed).outcome


def right_code(desk: Desk, code_id: str) -> str:
    return rendering.method_code(key(desk), code_id)


def wrong_code(desk: Desk, code_id: str) -> str:
    return f"{(int(right_code(desk, code_id)) + 1) % 10**6:06}"


def added(desk: Desk, channel: str = "sms", address: str = NEW) -> str:
    """The id of the method."""
    code = code_sent(desk, channel, address)
    assert entered(desk, code, right_code(desk, code)) is Entered.RIGHT
    return next(m.id for m in ana(desk).contact_methods if (m.channel, m.address) == (channel, address))


def attempts(desk: Desk, **wanted: str) -> list[AttemptRow]:
    with desk.runtime.database.reading() as session:
        query = select(AttemptRow).order_by(AttemptRow.id)
        for name, value in wanted.items():
            query = query.where(getattr(AttemptRow, name) == value)
        return list(session.scalars(query))


def test_a_number_is_used_only_after_its_code_was_entered(desk: Desk) -> None:
    code = code_sent(desk)
    assert NEW not in [m.address for m in ana(desk).contact_methods]
    entered(desk, code, right_code(desk, code))
    assert [m.verified for m in ana(desk).contact_methods if m.address == NEW] == [True]
    set_rules(desk, "critical", "sms", "voice", ana(desk).contact_methods[-1].id)
    made = desk.activate()
    assert {a.address for a in desk.attempts(made.reference, purpose="page", channel="sms")} == {ANA, NEW}


@pytest.mark.parametrize("typed", ["{}{}", " {} {} ", "{}-{}."])
def test_a_code_may_be_typed_with_what_people_put_around_it(desk: Desk, typed: str) -> None:
    code = code_sent(desk)
    digits = right_code(desk, code)
    assert entered(desk, code, typed.format(digits[:3], digits[3:])) is Entered.RIGHT


def test_the_code_stands_in_no_row(desk: Desk) -> None:
    code = code_sent(desk)
    digits = right_code(desk, code)
    with desk.runtime.database.reading() as session:
        for row in (*session.scalars(select(AttemptRow)), *session.scalars(select(MethodCodeRow))):
            values = {name: value for name, value in vars(row).items() if not name.startswith("_")}
            assert digits not in str(values)


def test_the_code_goes_over_the_channel_that_it_proves(desk: Desk) -> None:
    for channel, address in (("sms", NEW), ("voice", "+34910000055"), ("email", "ana@home.example")):
        code_sent(desk, channel, address)
    sent = attempts(desk, purpose="verification")
    assert [(a.channel, a.address) for a in sent] == [
        ("sms", NEW), ("voice", "+34910000055"), ("email", "ana@home.example"),
    ]  # fmt: skip
    mail = next(path for path in desk.runtime.settings.mail_dir.glob("*.eml"))
    assert right_code(desk, sent[2].id) in mail.read_text()


def test_five_wrong_tries_close_a_code(desk: Desk) -> None:
    code = code_sent(desk)
    outcomes = [entered(desk, code, wrong_code(desk, code)) for _ in range(5)]
    assert outcomes == [Entered.WRONG] * 4 + [Entered.CLOSED]
    assert entered(desk, code, right_code(desk, code)) is Entered.CLOSED


def test_a_code_counts_for_ten_minutes_and_once(desk: Desk) -> None:
    code = code_sent(desk)
    desk.clock.advance(minutes=10)
    assert entered(desk, code, right_code(desk, code)) is Entered.EXPIRED
    again = code_sent(desk)
    assert entered(desk, again, right_code(desk, again)) is Entered.RIGHT
    assert entered(desk, again, right_code(desk, again)) is Entered.USED


def test_nobody_enters_the_code_of_somebody_else(desk: Desk) -> None:
    code = code_sent(desk)
    with desk.runtime.work() as work:
        borja = work.config.oncall.people["borja"]
        assert methods.enter_code(work, key(desk), borja, code, right_code(desk, code)).row is None
    assert NEW not in [m.address for m in ana(desk).contact_methods]


def test_a_stranger_is_not_pestered_with_codes(desk: Desk) -> None:
    code_sent(desk)
    with pytest.raises(TooSoon) as refused:
        code_sent(desk)
    assert refused.value.at == desk.clock.at + timedelta(minutes=1)
    for _ in range(4):
        desk.clock.advance(minutes=11)
        code_sent(desk)
    desk.clock.advance(minutes=11)
    with pytest.raises(TooSoon):
        code_sent(desk)


def test_a_method_that_works_needs_no_code(desk: Desk) -> None:
    with pytest.raises(HaveAlready):
        code_sent(desk, "sms", ANA)


def test_the_next_apply_neither_deletes_nor_doubles_what_people_added(desk: Desk) -> None:
    own = added(desk)
    with desk.runtime.database.transaction() as session:
        before = exported(store.load(session))
        planned = plan_apply([read_file(WORLD)], store.load(session), prune=True)
        assert isinstance(planned, Plan)
        assert planned.changes == ()
        apply(session, planned, now(session))
    assert [m.id for m in ana(desk).contact_methods if m.address == NEW] == [own]
    assert NEW not in before


def test_the_last_telephone_of_the_urgent_rules_stays(desk: Desk) -> None:
    with pytest.raises(WouldSilence):
        set_rules(desk, "critical", "mail")
    set_rules(desk, "critical", added(desk))
    mine = next(m.id for m in ana(desk).contact_methods if m.address == NEW)
    with pytest.raises(WouldSilence), desk.runtime.work() as work:
        methods.remove(work, "ana", mine)
    set_rules(desk, "critical", "voice")
    with desk.runtime.work() as work:
        methods.remove(work, "ana", mine)
    assert NEW not in [m.address for m in ana(desk).contact_methods]


def test_rules_of_ones_own_come_before_the_files_until_taken_back(desk: Desk) -> None:
    of_file = ana(desk).notification_rules
    set_rules(desk, "critical", "voice")
    rules = ana(desk).notification_rules
    assert rules is not None
    assert of_file is not None
    assert [rule.via for rule in rules.critical or ()] == ["voice"]
    assert rules.normal == of_file.normal
    with desk.runtime.work() as work:
        methods.set_rules(work, "ana", "critical", None)
    assert ana(desk).notification_rules == of_file


def test_what_the_file_says_is_not_removed_on_the_desk(desk: Desk) -> None:
    with pytest.raises(UnknownMethod), desk.runtime.work() as work:
        methods.remove(work, "ana", "sms")


def set_rules(desk: Desk, urgency: str, *vias: str) -> None:
    with desk.runtime.work() as work:
        rules = [NotificationRule(via=via) for via in vias]
        methods.set_rules(work, "ana", urgency, rules)  # type: ignore[arg-type]


def test_a_test_is_sent_and_looks_like_no_incident(desk: Desk) -> None:
    with desk.runtime.work() as work:
        for method in ("sms", "voice", "mail"):
            methods.test(work, ana(desk), method)
    desk.run_due()
    sent = attempts(desk, purpose="test")
    assert [a.channel for a in sent] == ["sms", "voice", "email"]
    assert all(a.ticket_id is None and a.handed_over_at is not None for a in sent)
    assert "PRUEBA" in (sent[0].message or "")
    assert sent[0].reply_code is not None
    assert "/a/" not in (sent[0].message or "")
    with pytest.raises(TooSoon), desk.runtime.work() as work:
        methods.test(work, ana(desk), "sms")


def test_a_dead_number_is_told_by_another_route_and_to_the_managers_once(desk: Desk) -> None:
    for _ in range(2):
        with desk.runtime.work() as work:
            out_of_use.take_out(work, "sms", ANA, "method_disabled")
    told = [(a.person_id, a.channel, a.template) for a in attempts(desk, purpose="notice")]
    assert told == [("ana", "email", "dead_method_sms"), ("clara", "email", "dead_method_manager_sms")]


def test_a_dead_number_of_the_file_works_again_once_its_code_was_entered(desk: Desk) -> None:
    with desk.runtime.work() as work:
        out_of_use.take_out(work, "sms", ANA, "method_disabled")
    code = code_sent(desk, "sms", ANA)
    assert entered(desk, code, right_code(desk, code)) is Entered.RIGHT
    made = desk.activate()
    assert [a.address for a in desk.attempts(made.reference, purpose="page", channel="sms")] == [ANA]


def test_a_customers_dead_number_is_nobodys_news(desk: Desk) -> None:
    with desk.runtime.work() as work:
        out_of_use.take_out(work, "sms", "+34611000001", "method_disabled")
    assert attempts(desk, purpose="notice") == []

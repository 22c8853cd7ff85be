"""Shifts that change hands; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import select, update

from alerting.configuration import change_own
from alerting.notifications.models import AttemptRow
from alerting.notifications.out_of_use import take_out
from alerting.rota import standing
from alerting.swaps import queries, service
from alerting.swaps.models import ShiftRequestRow
from alerting.swaps.service import Refused, Wanted
from core.audit import log
from core.audit.chain import LogActor
from core.documents.models import DocumentRow, DocumentsVersion
from oncall import rota
from oncall.pieces import Span
from oncall.schema import Absence
from oncall.swaps.rules import Part
from tests.domain.oncall.builders import local
from tests.support.desk import Desk

PRIMARY = "backup-primary"  # Ana until Monday the 2nd, then Borja, then Carol, then Ana
NIGHT = Span(local("2026-11-03T18:00"), local("2026-11-04T09:00"))  # Borja's
CAROLS = Span(local("2026-11-10T18:00"), local("2026-11-11T09:00"))


def ask(desk: Desk, asker: str = "borja", span: Span = NIGHT, of: str | None = None, back: Part | None = None) -> str:
    wanted = Wanted(Part(PRIMARY, asker, span), of, back)
    with desk.runtime.work() as work:
        return service.ask(work, desk.runtime.settings, wanted, LogActor("person", asker))


def take(desk: Desk, request: str, person: str, seen: str = "") -> ShiftRequestRow:
    with desk.runtime.work() as work:
        return service.take(work, desk.runtime.settings, request, person, seen, LogActor("person", person))


def give(desk: Desk, part: Part, taker: str, seen: str = "", by: str = "clara") -> ShiftRequestRow | None:
    with desk.runtime.work() as work:
        return service.give(work, desk.runtime.settings, part, taker, seen, LogActor("person", by))


def review(desk: Desk) -> int:
    with desk.runtime.work() as work:
        return service.review(work, desk.runtime.settings)


def refusal(desk: Desk, request: str, person: str, seen: str = "") -> str:
    with pytest.raises(Refused) as refused:
        take(desk, request, person, seen)
    return refused.value.why


def on(desk: Desk, span: Span, schedule: str = PRIMARY) -> list[str]:
    with desk.runtime.database.reading() as session:
        world = desk.runtime.configurations.current(session).oncall
    return [one.person for one in rota.shifts(world.schedules[schedule], world, span)]


def state(desk: Desk, request: str) -> str:
    with desk.runtime.database.reading() as session:
        row = queries.find(session, request)
        assert row is not None
        return row.state


def told(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.runtime.database.reading() as session:
        rows = session.scalars(select(AttemptRow).where(AttemptRow.purpose == "handoff").order_by(AttemptRow.id))
        return [(str(row.person_id), row.channel, row.template) for row in rows]


def away(desk: Desk, person: str, span: Span) -> None:
    one = Absence.model_validate({"id": f"away-{person}", "person": person, "from": span.from_at, "to": span.to_at})
    with desk.runtime.database.transaction() as session:
        standing.enter(session, [one], desk.runtime.settings, desk.clock.at)


def rewrite(desk: Desk, section: str, id_: str, **keys: object) -> None:
    with desk.runtime.database.transaction() as session:
        row = session.execute(
            select(DocumentRow).where(DocumentRow.section == section, DocumentRow.id == id_)
        ).scalar_one()
        row.body = row.body | keys
        session.execute(update(DocumentsVersion).values(version=DocumentsVersion.version + 1))


def seen(desk: Desk, request: str, person: str) -> str:
    with desk.runtime.work() as work:
        row = queries.find(work.session, request)
        assert row is not None
        return service.fingerprint(service.clashes(work, service.parts_of(row, person, work.now), person))


def test_the_first_to_accept_has_the_shift_and_both_are_told(desk: Desk) -> None:
    request = ask(desk)
    taken = take(desk, request, "ana")
    assert (taken.state, taken.taker_id, on(desk, NIGHT)) == ("taken", "ana", ["ana"])
    assert told(desk) == [
        ("ana", "email", "shift_asked_sms"),
        ("carol", "email", "shift_asked_sms"),
        ("ana", "email", "shift_yours_sms"),
        ("borja", "email", "shift_taken_sms"),
    ]


def test_before_and_after_the_part_nothing_moves(desk: Desk) -> None:
    take(desk, ask(desk), "ana")
    assert on(desk, Span(local("2026-11-03T09:00"), local("2026-11-04T12:00"))) == ["borja", "ana", "borja"]


def test_the_second_to_accept_hears_who_was_faster_and_nothing_changes(desk: Desk) -> None:
    request = ask(desk)
    take(desk, request, "ana")
    with pytest.raises(Refused) as refused:
        take(desk, request, "carol", seen(desk, request, "carol"))
    assert (refused.value.why, refused.value.taken_by) == ("over", "ana")
    assert on(desk, NIGHT) == ["ana"]


def test_a_second_click_is_the_same_request_and_the_same_yes(desk: Desk) -> None:
    request = ask(desk)
    assert ask(desk) == request
    take(desk, request, "ana")
    assert take(desk, request, "ana").state == "taken"
    assert len(told(desk)) == 4


def test_of_two_at_the_same_moment_one_has_it_and_the_other_hears_who(desk: Desk) -> None:
    request, start = ask(desk), Barrier(2)
    warned = seen(desk, request, "carol")

    def press(person: str) -> str | None:
        start.wait(10)
        try:
            return take(desk, request, person, warned if person == "carol" else "").taker_id
        except Refused as refused:
            return f"{refused.why}: {refused.taken_by}"

    with ThreadPoolExecutor(2) as pool:
        answers = set(pool.map(press, ("ana", "carol")))
    [winner] = on(desk, NIGHT)
    assert answers == {winner, f"over: {winner}"}


def test_an_exchange_moves_both_shifts_at_once(desk: Desk) -> None:
    request = ask(desk, of="carol", back=Part(PRIMARY, "carol", CAROLS))
    take(desk, request, "carol", seen(desk, request, "carol"))
    assert (on(desk, NIGHT), on(desk, CAROLS)) == (["carol"], ["borja"])
    assert told(desk)[1:] == [("carol", "email", "swap_made_sms"), ("borja", "email", "swap_made_sms")]


def test_whoever_was_not_asked_does_not_know_of_it(desk: Desk) -> None:
    request = ask(desk, of="carol")
    assert refusal(desk, request, "ana") == "unknown"


def test_nobody_takes_what_would_ring_no_telephone(desk: Desk) -> None:
    request = ask(desk)
    with desk.runtime.work() as work:
        for channel in ("sms", "voice"):
            take_out(work, channel, "+34600000001", "method_disabled")
    assert refusal(desk, request, "ana") == "no_phone"
    assert state(desk, request) == "open"


def test_whoever_is_on_call_meanwhile_is_warned_first_and_may_still_take_it(desk: Desk) -> None:
    request = ask(desk)
    assert refusal(desk, request, "carol") == "look_first"  # second on call that week
    assert take(desk, request, "carol", seen(desk, request, "carol")).taker_id == "carol"


def test_whoever_is_away_is_told_so_because_the_shift_would_be_nobodys(desk: Desk) -> None:
    request = ask(desk)
    away(desk, "ana", NIGHT)
    assert refusal(desk, request, "ana") == "absent"
    assert on(desk, NIGHT) == ["borja"]


def test_an_ask_about_a_shift_of_somebody_else_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        ask(desk, "ana")
    assert refused.value.why == "not_yours"
    with pytest.raises(Refused) as refused:
        ask(desk, of="carol", back=Part(PRIMARY, "carol", NIGHT))
    assert refused.value.why == "not_theirs"


def test_a_no_of_the_one_who_was_asked_ends_it_and_the_asker_hears_of_it(desk: Desk) -> None:
    request = ask(desk, of="carol")
    for _ in range(2):
        with desk.runtime.work() as work:
            service.decline(work, request, "carol", LogActor("person", "carol"))
    assert state(desk, request) == "declined"
    assert told(desk)[1:] == [("borja", "email", "shift_request_ended_sms")]


def test_a_no_of_one_of_many_leaves_it_to_the_others(desk: Desk) -> None:
    request = ask(desk)
    with desk.runtime.work() as work:
        service.decline(work, request, "carol", LogActor("person", "carol"))
        assert queries.offered(work.session, "carol") == []
        assert [row.id for row in queries.offered(work.session, "ana")] == [request]


def test_what_is_withdrawn_cannot_be_taken_and_only_its_asker_withdraws_it(desk: Desk) -> None:
    request = ask(desk)
    with pytest.raises(Refused), desk.runtime.work() as work:
        service.withdraw(work, request, "ana", LogActor("person", "ana"))
    with desk.runtime.work() as work:
        service.withdraw(work, request, "borja", LogActor("person", "borja"))
    assert refusal(desk, request, "ana") == "over"


def test_it_expires_when_the_shift_begins_and_the_asker_is_told_that_it_stays_theirs(desk: Desk) -> None:
    request = ask(desk)
    desk.clock.at = NIGHT.from_at
    assert refusal(desk, request, "ana") == "over"
    assert (review(desk), state(desk, request), review(desk)) == (1, "expired", 0)
    assert told(desk)[-1] == ("borja", "email", "shift_request_ended_sms")


def test_of_a_shift_that_has_begun_the_rest_can_be_given_away(desk: Desk) -> None:
    now = desk.clock.at  # Ana is on call
    request = ask(desk, "ana", Span(local("2026-10-26T09:00"), local("2026-10-27T09:00")))
    desk.clock.advance(minutes=10)
    assert review(desk) == 0
    take(desk, request, "borja", seen(desk, request, "borja"))
    assert on(desk, Span(now, local("2026-10-27T12:00"))) == ["ana", "borja", "ana"]


def test_a_request_that_the_rota_has_overtaken_is_void(desk: Desk) -> None:
    request = ask(desk)
    rewrite(desk, "rotations", "backup-weekly", participants=["carol", "ana", "borja"])
    assert refusal(desk, request, "ana") == "moved"
    assert (review(desk), state(desk, request)) == (1, "void")


def test_a_gap_is_taken_once(desk: Desk) -> None:
    away(desk, "borja", NIGHT)
    rewrite(desk, "absences", "away-borja", fill="nobody")
    assert on(desk, NIGHT) == []
    gap = Part(PRIMARY, None, NIGHT)
    assert give(desk, gap, "ana", by="ana") is not None
    assert give(desk, gap, "ana", by="ana") is None
    with pytest.raises(Refused) as refused:
        give(desk, gap, "clara", by="clara")
    assert (refused.value.why, on(desk, NIGHT)) == ("no_gap", ["ana"])


def test_a_manager_gives_an_absent_colleagues_shift_away_and_what_they_had_asked_ends(desk: Desk) -> None:
    request = ask(desk)
    given = give(desk, Part(PRIMARY, "borja", NIGHT), "ana")
    assert given is not None
    assert (on(desk, NIGHT), given.made_by, state(desk, request)) == (["ana"], "clara", "withdrawn")


def test_whoever_wants_messages_gets_them_besides_the_mail(desk: Desk) -> None:
    with desk.runtime.database.transaction() as session:
        change_own(session, "carol", lambda own: own.model_copy(update={"handoff_sms": True}), desk.clock.at)
    ask(desk)
    assert [how for who, how, _ in told(desk) if who == "carol"] == ["email", "sms"]


def test_the_log_says_who_did_what(desk: Desk) -> None:
    request = ask(desk)
    take(desk, request, "ana")
    with desk.runtime.database.reading() as session:
        entries = [entry.link for entry in log.read(session, f"swap:{request}")]
        assert [(one.kind, one.actor["id"]) for one in entries] == [("swap.asked", "borja"), ("swap.taken", "ana")]


def test_an_apply_takes_no_swap_back(desk: Desk) -> None:
    take(desk, ask(desk), "ana")
    assert [(one.add, one.by, one.note) for one in _overrides(desk)] == [("ana", "ana", "cover")]


def _overrides(desk: Desk) -> list[standing.StandingOverride]:
    with desk.runtime.database.reading() as session:
        found = standing.of_console(session, standing.StandingOverride)
        return [standing.StandingOverride.model_validate(one.body) for one in found]


def test_times_are_kept_to_the_instant(desk: Desk) -> None:
    at = datetime.fromisoformat("2026-10-25T00:30:00+00:00")
    desk.clock.at = local("2026-10-20T09:00")
    who = on(desk, Span(at, at.replace(hour=1)))[0]
    request = ask(desk, who, Span(at, at.replace(hour=1)))  # the repeated hour, the first time only
    with desk.runtime.database.reading() as session:
        row = queries.find(session, request)
        assert row is not None
        assert (row.from_at, row.to_at) == (at, at.replace(hour=1))

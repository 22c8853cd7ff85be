"""Reading who is on call in PagerDuty: real client, simulated PagerDuty, rows, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from alerting.configuration import Configurations
from alerting.notifications.models import AttemptRow
from alerting.pagerduty import following
from alerting.pagerduty.following import RotaState
from alerting.runtime import Runtime
from core.db import Database
from core.documents import store
from core.time import now
from oncall import history, resolve, rota
from oncall.pieces import Span
from service import pagerduty_checks, whoison, wiring
from service.configuration.apply import apply
from service.configuration.plan import Plan
from tests.support import databases
from tests.support.desk import Desk
from tests.support.pagerduty import PagerDutyDesk
from tests.support.time import SteppedClock

MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROTATION = {"id": "pd", "kind": "pagerduty", "timezone": "Europe/Madrid", "pagerduty": {"schedule": "PSCH001"}}


@pytest.fixture
def pagerduty(network: str) -> Iterator[PagerDutyDesk]:
    desk = PagerDutyDesk(network)
    desk.reset()
    yield desk
    desk.close()


@pytest.fixture
def make(sqlite_database: Database, world_plan: Plan, tmp_path: Path, network: str) -> Callable[..., Desk]:
    """The example world, whose primary schedule follows PagerDuty."""

    def desk(**settings: Any) -> Desk:
        with sqlite_database.transaction() as session:
            apply(session, world_plan, now(session))
            schedule = store.find(session, "schedules", "backup-primary")
            assert schedule is not None
            body = schedule.body | {"layers": [{"rotation": "pd"}], "overrides": []}
            changes = [
                store.Change("create", "rotations", "pd", ROTATION, 9, "console"),
                store.Change("update", "schedules", "backup-primary", body, 0, "console"),
            ]
            store.save(session, changes, now(session))
        given = {"twilio_api_url": network, "public_url": network, "pagerduty_api_url": network,
                 "pagerduty_api_key": "simulated-pagerduty-key"}  # fmt: skip
        made = databases.settings_for(sqlite_database, tmp_path, **(given | settings))
        clock = SteppedClock(MONDAY)
        return Desk(Runtime(made, sqlite_database, Configurations(made), wiring.carrier(made), now=clock), clock)

    return desk


def on_call(user: str, from_hours: float, to_hours: float, **more: Any) -> dict[str, Any]:
    start, end = MONDAY + from_hours * HOUR, MONDAY + to_hours * HOUR
    return {"user": user, "start": start.isoformat(), "end": end.isoformat()} | more


def read(desk: Desk, **later: float) -> None:
    desk.clock.advance(**later)
    following.look(desk.runtime)


def shifts(desk: Desk, from_hours: float = 0, to_hours: float = 48) -> list[tuple[str, float, float]]:
    with desk.runtime.work() as work:
        world = work.config.oncall
        schedule = world.schedules["backup-primary"]
        window = Span(MONDAY + from_hours * HOUR, MONDAY + to_hours * HOUR)
        found = history.shifts(work.session, world, schedule, window)
    return [(one.person, (one.from_at - MONDAY) / HOUR, (one.to_at - MONDAY) / HOUR) for one in found]


def state(desk: Desk) -> RotaState:
    with desk.runtime.work() as work:
        (found,) = following.states(work.session, work.config, work.now)
    return found


def told(desk: Desk) -> list[tuple[str | None, str, str | None]]:
    with desk.runtime.database.reading() as session:
        rows = session.scalars(select(AttemptRow).order_by(AttemptRow.id))
        return [(one.person_id, one.template, one.channel) for one in rows if "rota" in one.template]


def version(desk: Desk) -> int:
    with desk.runtime.database.reading() as session:
        return store.current_version(session)


def test_whoever_is_on_call_in_pagerduty_is_paged_here(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make()
    pagerduty.put_on_call(on_call("PBOR456", -2, 10), on_call("PABC123", 10, 40))
    read(desk)
    assert shifts(desk) == [("borja", 0, 10), ("ana", 10, 40)], "Borja is known by his mail"
    reference = desk.activate().reference
    assert {a.person_id for a in desk.attempts(reference, purpose="page", step=1)} == {"borja"}
    (asked,) = pagerduty.events("pagerduty_rest")[-1:]
    assert asked["query"]["schedule_ids[]"] == ["PSCH001"]
    assert asked["query"]["include[]"] == ["users"]


def test_of_a_policy_the_level_is_followed(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make()
    with desk.runtime.database.transaction() as session:
        body = ROTATION | {"pagerduty": {"escalation_policy": "PESC001", "level": 2}}
        store.save(session, [store.Change("update", "rotations", "pd", body, 9, "console")], desk.clock.at)
    pagerduty.put_on_call(on_call("PBOR456", 0, 9), on_call("PABC123", 0, 9, level=2, schedule=None))
    read(desk)
    assert shifts(desk) == [("ana", 0, 9)]


def test_more_entries_than_one_answer_holds_are_all_read(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make()
    pagerduty.put_on_call(*(on_call("PABC123", hour, hour + 1) for hour in range(0, 240, 2)))
    read(desk)
    assert len(shifts(desk, 0, 240)) == 120


def test_the_same_answer_again_changes_nothing(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make()
    pagerduty.put_on_call(on_call("PABC123", -2, 400))
    read(desk)
    before = version(desk)
    read(desk, minutes=5)
    assert version(desk) == before
    assert state(desk).read_at == desk.clock.at


def test_the_past_stays_what_it_was(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make()
    pagerduty.put_on_call(on_call("PABC123", -2, 10))
    read(desk)
    pagerduty.put_on_call(on_call("PBOR456", -2, 10))
    read(desk, hours=4)
    assert shifts(desk, -1) == [("ana", 0, 4), ("borja", 4, 10)]


def test_while_pagerduty_is_away_the_last_known_rota_counts_and_managers_are_told_once(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make()
    pagerduty.put_on_call(on_call("PABC123", -2, 40))
    read(desk)
    pagerduty.order("503", times=3, api="rest")
    read(desk, minutes=30)
    assert not state(desk).is_stale(desk.clock.at)
    read(desk, minutes=40)
    read(desk, minutes=5)
    assert shifts(desk) == [("ana", 0, 40)]
    stale = state(desk)
    assert (stale.is_stale(desk.clock.at), stale.error) == (True, "503")
    assert told(desk) == [("clara", "pager_duty_rota_sms", "email")]
    read(desk, minutes=5)
    assert not state(desk).is_stale(desk.clock.at)


def test_an_empty_answer_empties_nothing_until_it_is_given_twice(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make()
    pagerduty.put_on_call(on_call("PABC123", -2, 400))
    read(desk)
    pagerduty.put_on_call(on_call("PABC123", 900, 901))
    read(desk, minutes=5)
    assert shifts(desk, 1, 20) == [("ana", 1, 20)]
    assert told(desk) == []
    read(desk, minutes=5)
    assert shifts(desk, 1, 20) == []


def test_a_rota_with_nobody_on_it_is_never_silent(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make()
    pagerduty.put_on_call(on_call("PABC123", 0, 9, schedule="PANOTHER"))
    read(desk)
    read(desk, minutes=5)
    assert state(desk).is_empty
    assert told(desk) == [("clara", "pager_duty_rota_sms", "email")]


def test_a_user_who_is_nobody_here_is_told_once_and_paged_never(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make()
    pagerduty.put_on_call(on_call("PABC123", -2, 10), on_call("PEXT999", 10, 40))
    read(desk)
    read(desk, minutes=5)
    assert shifts(desk) == [("ana", 0, 10)]
    assert [(user, at) for user, _, at in state(desk).strangers] == [("PEXT999", MONDAY + 10 * HOUR)]
    assert told(desk) == [("clara", "pager_duty_rota_stranger_sms", "email")]
    with desk.runtime.database.transaction() as session:
        carol = store.find(session, "people", "carol")
        assert carol is not None
        body = carol.body | {"pagerduty_user": "PEXT999"}
        store.save(session, [store.Change("update", "people", "carol", body, 0, "console")], desk.clock.at)
    assert shifts(desk) == [("ana", 0, 10), ("carol", 10, 40)], "known at once, without asking again"


def test_without_a_key_managers_are_told_that_nobody_can_be_read(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make(pagerduty_api_key="")
    read(desk)
    read(desk, minutes=61)
    assert told(desk) == [("clara", "pager_duty_rota_sms", "email")]
    found = list(pagerduty_checks.of_rotas([state(desk)], desk.runtime.settings, desk.clock.at))
    assert [(level, text) for level, text, _ in found] == [
        ("problem", "rotation pd, kept in PagerDuty, cannot be read without a REST key")
    ]


def test_doctor_and_whoison_say_how_old_it_is(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make()
    pagerduty.put_on_call(on_call("PABC123", -2, 40))
    read(desk)
    desk.clock.advance(hours=3)
    found = pagerduty_checks.of_rotas([state(desk)], desk.runtime.settings, desk.clock.at)
    assert [level for level, text, _ in found if "last read 3 h ago" in text] == ["warning"]
    with desk.runtime.work() as work:
        lines = list(whoison.answer(work.session, work.config, "backup-primary", None, work.now))
    assert lines[1] == "  rotation pd is kept in PagerDuty: last read Mon 2026-11-30 09:00"
    assert "Ana García (ana): on call in PagerDuty, rotation pd" in lines[2]


def test_what_is_shown_is_who_is_paged(make: Callable[..., Desk], pagerduty: PagerDutyDesk) -> None:
    desk = make()
    pagerduty.put_on_call(on_call("PABC123", -2, 10), on_call("PBOR456", 4, 20))
    read(desk)
    with desk.runtime.work() as work:
        world = work.config.oncall
        schedule = world.schedules["backup-primary"]
        shown = rota.shifts(schedule, world, Span(MONDAY, MONDAY + 30 * HOUR))
        for hour in range(30):
            at = MONDAY + hour * HOUR
            found = resolve.on_call(schedule.id, rota.pieces(schedule, world, rota.moment(at)))
            assert [one.person_id for one in found] == sorted(s.person for s in shown if s.from_at <= at < s.to_at)


def test_it_is_asked_for_every_five_minutes_and_every_minute_while_it_fails(
    make: Callable[..., Desk], pagerduty: PagerDutyDesk
) -> None:
    desk = make()
    pagerduty.put_on_call(on_call("PABC123", -2, 40))

    def asked(**later: float) -> int:
        before = len(pagerduty.events("pagerduty_rest"))
        read(desk, **later)
        return len(pagerduty.events("pagerduty_rest")) - before

    assert [asked(), asked(minutes=1), asked(minutes=3), asked(minutes=1)] == [1, 0, 0, 1]
    pagerduty.order("503", api="rest")
    assert [asked(minutes=5), asked(minutes=1), asked(minutes=1)] == [1, 1, 0]

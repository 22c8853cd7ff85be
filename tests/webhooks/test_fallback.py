"""Calls while nothing can be looked up: key 4 is on disk before it is said to be kept, and taken up once, as of when it
was pressed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from alerting.notifications.dispatch import LANGUAGE, PAGE
from alerting.notifications.kept_answers import KeptAnswer, spool_of
from alerting.notifications.models import AttemptRow
from core.audit import log
from core.db import Database
from core.settings import Settings
from service.app import create_app as whole_service
from service.fallback import create_app
from tests.support.desk import Desk
from tests.webhooks.carrier import Call, Carrier
from webhooks.inbound import replaying, twilio


@pytest.fixture
def call(desk: Desk, reference: str) -> AttemptRow:
    return desk.attempts(reference, purpose="page", channel="voice", person_id="ana")[0]


@pytest.fixture
def fallen_back(settings: Settings) -> Carrier:
    """A carrier that asks the process of its own, which has neither database nor Redis."""
    nowhere = {"database_url": "postgresql://nobody@127.0.0.1:1/none", "redis_url": "redis://127.0.0.1:1/0"}
    return Carrier(create_app(settings.model_copy(update=nowhere)).test_client(), settings)


def asks(carrier: Carrier, attempt: AttemptRow, **more: str) -> Call:
    call = Call(carrier, str(attempt.address), attempt.carrier_sid or "")
    path = f"/webhooks/fallback/call/{attempt.token}?{PAGE}=1&{LANGUAGE}={attempt.language}"
    return call.load(path, ErrorCode="11200", ErrorUrl="https://guardia.test/", **more)


def kept(settings: Settings) -> int:
    return spool_of(settings.data_dir).waiting_lines()


def replayed(desk: Desk, reference: str) -> list[tuple[str, str]]:
    with desk.runtime.database.reading() as session:
        entries = [entry.link for entry in log.read(session, reference)]
    return [(str(e.actor["id"]), str(e.data["outcome"])) for e in entries if e.kind == "reply.replayed"]


def test_the_page_is_said_to_be_one_and_key_4_is_kept_and_not_said_to_be_accepted(
    fallen_back: Carrier, call: AttemptRow, settings: Settings
) -> None:
    answered = asks(fallen_back, call).hears("Aviso urgente", "pulse 4").press("4")
    answered.hears("queda guardada", "SMS")
    assert "acept" not in answered.said.lower()
    assert answered.has_ended
    assert kept(settings) == 1


def test_silence_and_other_keys_keep_nothing(fallen_back: Carrier, call: AttemptRow, settings: Settings) -> None:
    ended = asks(fallen_back, call).stays_silent().press("5").stays_silent()
    ended.hears("No hemos guardado ninguna respuesta")
    assert kept(settings) == 0


def test_a_request_that_the_carrier_has_not_signed_keeps_nothing(
    fallen_back: Carrier, call: AttemptRow, settings: Settings
) -> None:
    path = f"/webhooks/fallback/call/{call.token}/keys?in=es&n=1"
    assert fallen_back.post(path, signature="forged", CallSid="CA1", Digits="4").status_code == 403
    assert kept(settings) == 0


def test_without_room_on_the_disk_nothing_is_promised(
    fallen_back: Carrier, call: AttemptRow, settings: Settings
) -> None:
    (settings.data_dir / "answers").write_text("no folder")
    asks(fallen_back, call).press("4").hears("No podemos registrar su respuesta")


def test_a_kept_answer_is_an_acknowledgement_at_the_time_of_the_key_press(
    fallen_back: Carrier, call: AttemptRow, desk: Desk, reference: str, settings: Settings
) -> None:
    pressed_at = desk.clock.at + timedelta(minutes=1)
    spool_of(settings.data_dir).write(KeptAnswer("CA1", call.token, pressed_at).line())
    desk.sleep(minutes=2)
    assert replaying.replay(desk.runtime) == 1
    ticket = desk.ticket(reference)
    assert (ticket.owner, ticket.acknowledged_at, ticket.acknowledged_via) == ("ana", pressed_at, "voice")
    assert ticket.contact_due_at is not None
    assert ticket.contact_due_at > desk.clock.at  # the time to call begins when the engineer hears whom to call
    assert replayed(desk, reference) == [("ana", "acknowledged")]
    desk.run_due()
    assert [a.template for a in desk.attempts(reference, purpose="notice", person_id="ana")] == ["acknowledged_sms"]


def test_a_kept_answer_is_taken_up_once_however_often_it_was_kept(
    call: AttemptRow, desk: Desk, reference: str, settings: Settings
) -> None:
    for _ in range(2):
        for _ in range(2):
            spool_of(settings.data_dir).write(KeptAnswer("CA1", call.token, desk.clock.at).line())
        replaying.replay(desk.runtime)
    assert replayed(desk, reference) == [("ana", "acknowledged")]
    assert kept(settings) == 0


def test_of_two_kept_answers_the_first_has_the_page_and_the_second_is_told_who_once(
    call: AttemptRow, desk: Desk, reference: str, settings: Settings
) -> None:
    desk.advance(minutes=6)
    borjas = desk.attempts(reference, purpose="page", channel="voice", person_id="borja")[0]
    for attempt in (borjas, call):
        sid = attempt.carrier_sid or ""
        spool_of(settings.data_dir).write(KeptAnswer(sid, attempt.token, desk.clock.at).line())
    replaying.replay(desk.runtime)
    assert replayed(desk, reference) == [("borja", "acknowledged"), ("ana", "taken")]
    told = desk.attempts(reference, template="taken_by_other_sms", person_id="ana")
    assert [one.facts["name"] for one in told] == ["Borja Ruiz"]


def test_whoever_pressed_the_key_after_somebody_else_had_the_page_is_told_again(
    call: AttemptRow, desk: Desk, reference: str, settings: Settings
) -> None:
    desk.acknowledge(reference, "borja")
    desk.advance(minutes=1)
    spool_of(settings.data_dir).write(KeptAnswer("CA1", call.token, desk.clock.at).line())
    replaying.replay(desk.runtime)
    assert replayed(desk, reference) == [("ana", "taken")]
    assert [one.person_id for one in desk.attempts(reference, template="taken_by_other_sms")] == ["ana", "ana"]


def test_an_answer_to_a_page_that_was_closed_before_is_told_so(
    call: AttemptRow, desk: Desk, reference: str, settings: Settings
) -> None:
    desk.stand_down(reference)
    desk.advance(minutes=1)
    spool_of(settings.data_dir).write(KeptAnswer("CA1", call.token, desk.clock.at).line())
    replaying.replay(desk.runtime)
    assert replayed(desk, reference) == [("ana", "closed")]
    assert [one.person_id for one in desk.attempts(reference, template="closed_sms")] == ["ana"]


def test_a_kept_answer_of_a_call_that_nobody_knows_is_left_for_a_person(desk: Desk, settings: Settings) -> None:
    spool = spool_of(settings.data_dir)
    spool.write(KeptAnswer("CA1", "of-another-service", desk.clock.at).line())
    replaying.replay(desk.runtime)
    assert "of-another-service" in spool.refused_file.read_text()
    assert not spool.waiting()


def test_kept_answers_wait_while_the_database_is_away_and_are_counted_when_it_is_back(
    call: AttemptRow, desk: Desk, settings: Settings
) -> None:
    """The path of the database is a directory: nothing there can be opened."""
    spool_of(settings.data_dir).write(KeptAnswer("CA1", call.token, desk.clock.at).line())
    gone = Database(f"sqlite:///{settings.data_dir}")
    away = replace(desk.runtime, database=gone)
    with pytest.raises(replaying.AWAY):
        replaying.replay(away)
    metrics = whole_service(away).test_client().get("/metrics").text
    assert "guardia_kept_answers 1.0" in metrics
    replaying.replay(desk.runtime)
    metrics = whole_service(desk.runtime).test_client().get("/metrics").text
    assert 'guardia_kept_answers_replayed_total{outcome="acknowledged"} 1.0' in metrics
    gone.dispose()


def test_the_web_process_that_gives_up_on_its_database_keeps_the_key_that_was_pressed(
    carrier: Carrier, call: AttemptRow, desk: Desk, reference: str, settings: Settings, tmp_path: Path
) -> None:
    heard = carrier.picks_up(call)
    gone = Database(f"sqlite:///{tmp_path}")
    app = Flask(__name__)
    app.register_blueprint(twilio.blueprint(replace(desk.runtime, database=gone)))
    heard.carrier = Carrier(app.test_client(), settings)
    heard.press("4").waits().waits().waits().hears("queda guardada")
    replaying.replay(desk.runtime)
    assert desk.ticket(reference).owner == "ana"
    gone.dispose()


def test_callers_and_writers_hear_where_else_to_turn(fallen_back: Carrier) -> None:
    spoken = fallen_back.post("/webhooks/fallback/voice", CallSid="CA1", From="+34600000001", To="+34910000001")
    assert b"<Say" in spoken.data
    written = fallen_back.post("/webhooks/fallback/sms", MessageSid="SM1", From="+34600000001", Body="47A")
    assert b"<Message>" in written.data

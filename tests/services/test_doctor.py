"""What `guardia doctor` finds in a configuration and around the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alerting.catalog.journal import Journal, Journalled
from alerting.configuration import parse
from alerting.drills.overdue import Key, Practice
from alerting.notifications.alarms import Alarm
from alerting.notifications.carriers.account import TwilioAccount
from alerting.notifications.kept_answers import KeptAnswer, spool_of
from core.documents.store import Document
from core.settings import Settings
from oncall.disabled import OutOfUse
from service import doctor, pagerduty_checks
from service.configuration.document import SourceFile
from service.configuration.plan import Plan, plan_apply
from service.doctor import Finding, InForce, Level
from tests.conftest import WORLD
from tests.support.telephones import Telephones

NIGHT = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)  # Ana is first on call, Borja second
IN_USE = OutOfUse(frozenset(), frozenset())


def in_force(text: str, at: datetime = NIGHT, **out_of_use: OutOfUse) -> InForce:
    """The configuration of a file, as it would be stored."""
    planned = plan_apply([SourceFile("world.yaml", text)], ())
    assert isinstance(planned, Plan), planned
    documents = tuple(Document(c.section, c.id, c.body, c.position, "file", archived=False) for c in planned.changes)
    config = parse(1, documents, Settings())
    return InForce(config, documents, {id_: out_of_use.get(id_, IN_USE) for id_ in config.oncall.people}, at)


def world() -> str:
    return WORLD.read_text(encoding="utf-8")


def changed(*pairs: tuple[str, str]) -> str:
    text = world()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def at(settings: Settings) -> list[TwilioAccount]:
    return [TwilioAccount.of(account) for account in settings.carrier_accounts]


def told(findings: Iterator[Finding], level: Level | None = None) -> list[str]:
    return [finding.text for finding in findings if level in (None, finding.level)]


def test_every_finding_that_is_not_ok_comes_with_its_remedy() -> None:
    found = [
        *doctor.of_configuration(replace(in_force(world()), without_a_key=["sol-prometheus"]), Settings()),
        *doctor.of_settings(Settings(), in_production=True),
    ]

    assert {finding.level for finding in found} == set(Level)
    assert all(bool(finding.remedy) == (finding.level is not Level.OK) for finding in found)


def test_a_job_that_has_never_called_is_told_and_so_is_what_nothing_can_call() -> None:
    found = in_force(world())
    job = found.config.heartbeats["sol-erp-nightly"]
    silent = replace(found, never_heard=[(job, NIGHT)], without_a_key=["sol-prometheus"])

    assert told(doctor.machines_that_are_silent(silent), Level.WARNING) == [
        "sol-prometheus has no key: nothing can call",
        "nothing has ever called for the heartbeat sol-erp-nightly (ERP nocturno); expected Tue 2026-10-27 03:00",
    ]
    assert told(doctor.machines_that_are_silent(found)) == ["2 heartbeats, each heard of"]


def test_a_plan_without_a_drill_for_too_long_is_told_and_when_one_is_planned() -> None:
    """S-F.2."""
    old = Practice(Key("hotel-sol", "erp-restore"), "Hotel Sol", "ERP", NIGHT - timedelta(days=400), None, None)
    found = replace(in_force(world()), practices=[old])

    assert told(doctor.plans_without_a_drill(found, Settings())) == ["no drill of hotel-sol/erp-restore (ERP) ever"]
    assert told(doctor.plans_without_a_drill(found, Settings(drill_months=24))) == [
        "1 plan, each rehearsed or new within 24 months"
    ]
    assert told(doctor.plans_without_a_drill(found, Settings(drill_months=0))) == []


def test_a_gap_is_told_two_weeks_ahead_on_the_clock_of_the_schedule() -> None:
    christmas = 'kind: replace, remove: carol, add: borja, from: "2026-12-24T15:00", to: "2026-12-26T09:00"'
    exam = 'kind: remove, remove: borja, from: "2026-11-03T18:00", to: "2026-11-04T09:00"'
    text = changed((christmas, exam))

    on_time = told(doctor.coverage_gaps(in_force(text)), Level.WARNING)
    too_early = told(doctor.coverage_gaps(in_force(text, NIGHT - timedelta(days=20))), Level.WARNING)

    assert on_time == ["nobody is on call on backup-primary from Tue 2026-11-03 18:00 to Wed 2026-11-04 09:00"]
    assert too_early == []


def test_callers_who_are_put_through_to_a_schedule_that_is_not_there_are_a_problem() -> None:
    unknown, known = Settings(callers_schedule="backup-first"), Settings(callers_schedule="backup-primary")
    assert told(doctor.callers_without_a_schedule(in_force(world()), unknown), Level.PROBLEM) == [
        "GUARDIA_CALLERS_SCHEDULE names 'backup-first', which is no schedule: callers are put through to nobody"
    ]
    assert told(doctor.callers_without_a_schedule(in_force(world()), known)) == []


def test_a_gap_that_is_meant_or_that_no_policy_pages_is_none() -> None:
    exam = 'kind: remove, remove: borja, from: "2026-11-03T18:00", to: "2026-11-04T09:00"'
    christmas = 'kind: replace, remove: carol, add: borja, from: "2026-12-24T15:00", to: "2026-12-26T09:00"'
    meant = changed((christmas, exam), ("id: backup-primary\n", "id: backup-primary\n    gap_warnings: false\n"))

    assert told(doctor.coverage_gaps(in_force(meant))) == ["1 schedule without a gap for 14 days"]


def test_people_without_a_verified_telephone_are_named() -> None:
    text = changed(('"+34600000003", verified: true', '"+34600000003", verified: false'))

    assert told(doctor.people_without_a_phone(in_force(text))) == ["Carol Smith (carol) has no verified telephone"]


def test_a_person_who_answered_stop_is_named() -> None:
    stopped = OutOfUse(frozenset(), frozenset({"+34600000002"}))

    (line,) = told(doctor.methods_out_of_use(in_force(world(), borja=stopped)))

    assert line == "Borja Ruiz (borja) has answered STOP: no text message reaches sms"


def test_a_dead_number_is_named() -> None:
    dead = OutOfUse(frozenset({"voice"}), frozenset())

    (line,) = told(doctor.methods_out_of_use(in_force(world(), borja=dead)))

    assert line == "the carrier says that voice of Borja Ruiz (borja) is no working number"


def test_a_step_that_reaches_nobody_now_is_a_warning_with_the_reason() -> None:
    absence = (
        "absences:",
        'absences:\n  - {id: clara-away, person: clara, from: "2026-10-26T00:00", to: "2026-10-28T00:00"}',
    )

    (line,) = told(doctor.policies_that_reach_nobody(in_force(changed(absence))), Level.WARNING)

    assert line == "step 3 of contingency would reach nobody now: Clara Vidal is absent"


def test_an_absent_last_resort_is_paged_all_the_same() -> None:
    absence = (
        "absences:",
        'absences:\n  - {id: clara-away, person: clara, from: "2026-10-26T00:00", to: "2026-10-28T00:00"}',
    )

    assert told(doctor.policies_that_reach_nobody(in_force(changed(absence))), Level.PROBLEM) == []


def test_a_last_resort_whose_only_telephone_is_dead_is_a_problem() -> None:
    dead = OutOfUse(frozenset({"voice"}), frozenset())

    found = told(doctor.policies_that_reach_nobody(in_force(world(), clara=dead)), Level.PROBLEM)

    assert found == [
        f"the last resort of {policy} would reach nobody now: Clara Vidal has no contact method that could be used"
        for policy in ("contingency", "cloud-normal")
    ]


def test_what_environment_and_file_say_differently_is_told_and_the_same_is_not() -> None:
    settings = Settings(provider_name="Otro", emergency_phone="+34910000000", language="en")

    found = told(doctor.differing_from_environment(in_force(world()).documents, settings))

    assert found == [
        "GUARDIA_PROVIDER_NAME is 'Otro' and provider.name in the file 'Itsafer': the environment wins",
        "GUARDIA_LANGUAGE is 'en' and provider.language in the file 'es': the environment wins",
    ]


def test_an_address_too_long_for_a_text_message_is_a_warning() -> None:
    simulated = "http://127.0.0.1:1"
    short, long = "https://" + "g" * 34 + ".es", "https://" + "g" * 35 + ".es"

    assert [one.level for one in doctor.of_public_url(Settings(public_url=short, twilio_api_url=simulated))] == ["ok"]
    assert [one.level for one in doctor.of_public_url(Settings(public_url=long, twilio_api_url=simulated))] == [
        "warning"
    ]


def test_real_telephony_needs_an_address_that_the_carrier_can_reach() -> None:
    ours = {"twilio_account_sid": "AC" + "5" * 32, "twilio_auth_token": "t"}

    (finding,) = doctor.of_public_url(Settings(**ours))  # type: ignore[arg-type]

    assert finding.level is Level.PROBLEM
    assert finding.remedy == "set GUARDIA_PUBLIC_URL to the https address of your TLS proxy"


def test_a_data_directory_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    (finding,) = doctor.of_data_dir(tmp_path / "file")

    assert finding.level is Level.PROBLEM


def test_a_folder_of_attachments_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (finding,) = doctor.of_attachments(Settings(attachments_dir=str(tmp_path / "file" / "below")))
    assert (finding.level, finding.about) == (Level.PROBLEM, "attachments")
    assert "GUARDIA_ATTACHMENTS_DIR" in finding.remedy


def test_activations_left_in_the_journal_are_told_and_those_that_could_not_be_made_are_a_problem(
    tmp_path: Path,
) -> None:
    came = Journalled("P-0000AAAA", NIGHT, "token", "digest", {"plan": "erp-restore", "mode": "real"})
    assert list(doctor.of_journal(tmp_path)) == []

    Journal(tmp_path).write(came)
    Journal(tmp_path).refuse(came)

    assert [finding.level for finding in doctor.of_journal(tmp_path)] == [Level.PROBLEM, Level.WARNING]
    assert told(doctor.of_journal(tmp_path))[0].startswith("1 activation came while the database was away")


def test_with_the_demos_credentials_the_carrier_is_not_asked() -> None:
    nowhere = Settings(twilio_account_sid="AC1", twilio_api_url="http://127.0.0.1:9")

    (finding,) = doctor.of_telephony(Settings(), at(nowhere))

    assert finding.text == "the demo's credentials: nobody's real telephone rings"


def test_a_wrong_token_is_a_problem_with_the_carriers_code(network: str) -> None:
    settings = Settings(twilio_api_url=network, twilio_auth_token="wrong")  # type: ignore[arg-type]

    texts = told(doctor.of_telephony(settings, at(settings)), Level.PROBLEM)

    assert texts == ["twilio refuses us: Twilio answered 401, code 20003"]


def test_a_standard_key_that_may_not_read_the_account_is_still_known(standard_key_only: str) -> None:
    """Twilio answers such a key for the account as it answers a wrong one (API keys in the Console)."""
    settings = Settings(twilio_api_url=standard_key_only, twilio_api_key="SK1", twilio_api_secret="s")  # type: ignore[arg-type]

    found = list(doctor.of_telephony(settings, at(settings)))

    assert [one.text for one in found if one.about == "carrier"] == [
        "twilio knows us",
        "how our numbers are set up could not be read",
    ]


def test_numbers_that_lead_elsewhere_are_problems_with_the_address_to_set(network: str) -> None:
    settings = Settings(twilio_api_url=network, public_url="https://guardia.itsafer.example")
    numbers = [{"number": settings.sms_from, "sms": False}, {"number": settings.voice_from, "voice_url": "https://old"}]
    with Telephones(network) as phones:
        phones.reset()
        phones.act("PUT", "/_sim/account", {"balance": "3.20", "numbers": numbers})

        found = [one for one in doctor.of_telephony(settings, at(settings)) if one.about == "carrier"]

        phones.reset()
    assert [(one.level.value, one.text) for one in found] == [
        ("ok", "twilio knows us, the account is active, 3.20 EUR left"),
        ("problem", "the account at twilio has 3.20 EUR left; without credit no page leaves"),
        ("problem", "+34600900900 cannot send SMS"),
        ("problem", "SMS to +34600900900 go to nowhere: replies of engineers reach nobody"),
        ("problem", "calls to +34910000001 go to https://old: who calls back reaches nobody"),
    ]
    assert found[-1].remedy.endswith("to POST https://guardia.itsafer.example/webhooks/twilio/voice")


class _StandardKey(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        may = "/Messages.json" in self.path
        body = (
            b'{"messages": [], "page_size": 1}' if may else b'{"code": 20003, "message": "Authenticate", "status": 401}'
        )
        self.send_response(200 if may else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """A test run needs no access log."""


@pytest.fixture
def standard_key_only() -> Iterator[str]:
    """A carrier whose key may do everything but read the account."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _StandardKey) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


ROUTING_KEY = "R" * 32


def of_pagerduty(text: str, settings: Settings, level: Level | None = None) -> list[str]:
    planned = plan_apply([SourceFile("world.yaml", text)], ())
    assert isinstance(planned, Plan), planned
    documents = [Document(c.section, c.id, c.body, c.position, "file", archived=False) for c in planned.changes]
    config = parse(1, documents, settings)
    found = [*pagerduty_checks.of_settings(settings), *pagerduty_checks.of_services(config, settings)]
    return [said for given, said, _ in found if level in (None, given)]


def test_pagerduty_that_is_not_set_up_is_no_fault() -> None:
    assert of_pagerduty(world(), Settings(), Level.WARNING) == []


def test_a_routing_key_of_the_wrong_length_is_a_problem() -> None:
    settings = Settings(pagerduty_routing_key="short")  # type: ignore[arg-type]
    (problem,) = of_pagerduty(world(), settings, Level.PROBLEM)
    assert "5 characters" in problem
    assert "short" not in problem, "it may be a secret all the same"


def test_what_pagerduty_needs_besides_its_key_is_told() -> None:
    settings = Settings(pagerduty_routing_key=ROUTING_KEY)  # type: ignore[arg-type]
    (unheard,) = of_pagerduty(world(), settings, Level.WARNING)
    assert "what people do in PagerDuty is not heard" in unheard
    heard = Settings(pagerduty_routing_key=ROUTING_KEY, pagerduty_webhook_secret="s")  # type: ignore[arg-type]
    assert "cannot be told apart" in of_pagerduty(world(), heard, Level.WARNING)[0]


def test_a_service_whose_variable_is_empty_is_named() -> None:
    mine = 'services:\n    - {id: other, routing_key: "env:OTHER_ROUTING_KEY"}'
    (warning,) = of_pagerduty(changed(("services:", mine)), Settings(), Level.WARNING)
    assert "service other: OTHER_ROUTING_KEY is not set" in warning


THROUGH_PAGERDUTY = (
    "contact_methods:                          # channel",
    """contact_methods:
      - {id: pd, channel: pagerduty, address: default, verified: true}
      # channel""",
)


def test_people_who_are_called_through_a_service_without_a_key_are_told() -> None:
    (warning,) = of_pagerduty(changed(THROUGH_PAGERDUTY), Settings(), Level.WARNING)[:1]
    assert warning == "Ana García cannot be called through PagerDuty: service default has no key"


def test_two_people_who_are_called_by_one_service_are_told() -> None:
    sms = '{id: sms, channel: sms, address: "+34600000002"'
    both = "{id: pd, channel: pagerduty, address: default, verified: true}, " + sms
    text = changed(THROUGH_PAGERDUTY, (sms, both))
    settings = Settings(pagerduty_routing_key=ROUTING_KEY, pagerduty_webhook_secret="s", pagerduty_api_key="k")  # type: ignore[arg-type]
    (warning,) = of_pagerduty(text, settings, Level.WARNING)
    assert "service default is the contact method of Ana García, Borja Ruiz" in warning


def test_a_user_whom_pagerduty_does_not_know_is_told(network: str) -> None:
    wrong = ("pagerduty_user: PABC123", "pagerduty_user: PWRONG1")
    settings = Settings(pagerduty_routing_key=ROUTING_KEY, pagerduty_api_key="simulated-pagerduty-key",
                        pagerduty_api_url=network)  # type: ignore[arg-type]  # fmt: skip
    planned = plan_apply([SourceFile("world.yaml", changed(wrong, THROUGH_PAGERDUTY))], ())
    assert isinstance(planned, Plan)
    config = parse(1, [Document(c.section, c.id, c.body, c.position, "file", archived=False) for c in planned.changes],
                   settings)  # fmt: skip
    found = pagerduty_checks.of_account(config, settings, pagerduty_checks.client(settings))
    assert [text for level, text, _ in found if level == "warning"] == [
        "PagerDuty knows no user for Ana García (PWRONG1): an acknowledgement there is a stranger's"
    ]


def test_a_step_of_pagerduty_alone_reaches_somebody_when_it_has_a_key() -> None:
    alone = changed(("[{team: backup}, {pagerduty: default}]", "[{pagerduty: default}]"))
    assert any("cloud-normal" in text for text in told(doctor.policies_that_reach_nobody(in_force(alone))))
    config = in_force(alone)
    ready = {id_: replace(one, configured=True) for id_, one in config.config.pagerduty.items()}
    with_key = replace(config, config=replace(config.config, pagerduty=ready))
    assert not any("cloud-normal" in text for text in told(doctor.policies_that_reach_nobody(with_key), Level.WARNING))


def test_production_refuses_the_simulated_pagerduty() -> None:
    simulated = Settings(pagerduty_events_url="http://127.0.0.1:1")
    assert any("GUARDIA_PAGERDUTY_" in text for text in simulated.production_problems())
    assert not any("GUARDIA_PAGERDUTY_" in text for text in Settings().production_problems())


def test_a_refusal_of_the_carrier_is_a_problem_while_it_lasts() -> None:
    found = doctor.of_refusals([Alarm("sms", "21606", NIGHT, 3, True), Alarm("voice", "21215", NIGHT, 1, False)])
    assert [(one.level, "errors/2" in one.remedy) for one in found] == [(Level.PROBLEM, True), (Level.WARNING, True)]


def test_answers_that_are_kept_or_could_not_be_taken_up_are_shown(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, fallback_url="https://fallback.test")
    spool = spool_of(tmp_path)
    assert list(doctor.of_fallback(settings)) == []
    spool.write(KeptAnswer("CA1", "token", NIGHT).line())
    spool.refuse(KeptAnswer("CA2", "token", NIGHT).line())
    assert [one.level for one in doctor.of_fallback(settings)] == [Level.PROBLEM, Level.WARNING]


def test_without_a_fallback_of_its_own_the_doctor_says_what_is_lost_with_the_web_process(tmp_path: Path) -> None:
    (text,) = told(doctor.of_fallback(Settings(data_dir=tmp_path)), Level.WARNING)
    assert "fall back on the web process itself" in text

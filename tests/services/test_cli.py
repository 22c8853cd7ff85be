"""The operator's verbs, as a shell would run them: arguments and environment in; exit code, output and rows out."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core import heartbeat
from core.accounts import service as accounts
from core.accounts import tokens
from core.audit import log as audit_log
from core.audit.chain import Entry
from core.db import Database
from core.settings import Settings
from service import cli, demo_data, migrate, processes, supervisor, version
from tests.conftest import WORLD
from tests.support.telephones import Telephones

TICKET = "ITS-0000013"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Guardia = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _what_a_process_sets_ends_with_the_test() -> Iterator[None]:
    """Every command sets logging up for its process, which here is the test run's; `run` the environment too."""
    root = logging.getLogger()
    handlers, level, environment = root.handlers[:], root.level, dict(os.environ)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    os.environ.clear()
    os.environ.update(environment)


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("GUARDIA_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def guardia(data_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Guardia:
    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["guardia", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def stored(data_dir: Path, sqlite_template: Path) -> Iterator[Database]:
    """The database of the data directory, with the schema."""
    shutil.copy(sqlite_template, data_dir / "guardia.db")
    database = Database(f"sqlite:///{data_dir}/guardia.db")
    yield database
    database.dispose()


@pytest.fixture
def with_world(guardia: Guardia, stored: Database) -> Database:
    assert guardia("apply", WORLD).code == 0
    return stored


def test_version_tells_the_program_and_the_schema(guardia: Guardia) -> None:
    assert guardia("version").out == f"guardia {version.text()}, schema {migrate.newest()}\n"


def test_an_empty_database_gets_the_newest_schema_and_the_second_time_nothing_happens(guardia: Guardia) -> None:
    assert guardia("db", "upgrade").out == f"schema: empty -> {migrate.newest()}\n"
    assert guardia("db", "upgrade").out == f"schema is at {migrate.newest()}\n"


def test_five_mistakes_are_five_lines_with_file_and_line_and_nothing_is_changed(
    guardia: Guardia, with_world: Database, tmp_path: Path
) -> None:
    before = guardia("export").out
    text = WORLD.read_text(encoding="utf-8")
    for old, new in (
        ("members: [ana, borja, carol]", "members: [ana, borja, carl]"),
        ("sms_name: ITSAFER", "sms_nam: ITSAFER"),
        ("response_minutes: 10}", "response_minutes: 20}"),
        ('"+34611000003"', '"+34"'),
        ("{notify: [{person: clara}], every: 5m}", "{notify: [], every: 5m}"),
    ):
        text = text.replace(old, new)
    file = tmp_path / "changed.yaml"
    file.write_text(text, encoding="utf-8")

    ran = guardia("apply", file)

    wrong = [line for line in ran.lines if line.startswith(f"{file}:")]
    assert ran.code == 1
    assert len(wrong) == 5
    assert all(line.split(":")[1].isdigit() for line in wrong)
    assert ran.lines[-1] == "refused: 5 problems; nothing was changed"
    assert guardia("export").out == before


def test_what_is_exported_makes_no_difference_when_it_is_applied(
    guardia: Guardia, with_world: Database, tmp_path: Path
) -> None:
    file = tmp_path / "exported.yaml"
    file.write_text(guardia("export").out, encoding="utf-8")

    assert guardia("apply", file) == Ran(0, "no difference\n", "")


def test_a_new_user_comes_with_a_link_that_signs_in(guardia: Guardia, stored: Database) -> None:
    ran = guardia("user", "add", "eva@itsafer.example", "--role", "engineer")

    assert ran.code == 0
    origin, _, link = ran.out.rstrip("\n").rpartition("/sign-in/")
    assert origin == "http://127.0.0.1:8000"
    with stored.reading() as session:
        assert accounts.link_is_open(session, link, datetime.now(UTC))


def test_a_user_whom_the_file_made_gets_a_link_too(guardia: Guardia, with_world: Database) -> None:
    ran = guardia("user", "add", "clara@itsafer.example", "--role", "manager")

    assert ran.code == 0
    with with_world.reading() as session:
        assert accounts.link_is_open(session, ran.out.rstrip("\n").rpartition("/")[2], datetime.now(UTC))


def test_a_user_is_not_given_other_roles_by_adding_them_again(guardia: Guardia, with_world: Database) -> None:
    ran = guardia("user", "add", "clara@itsafer.example", "--role", "admin")

    assert (ran.code, ran.out) == (1, "")
    assert "is a user already, with the roles manager" in ran.err


def test_a_user_whose_roles_do_not_go_together_is_refused_in_words(guardia: Guardia, stored: Database) -> None:
    ran = guardia("user", "add", "eva@itsafer.example", "--role", "activator")

    assert (ran.code, ran.out) == (1, "")
    assert "activator needs a customer" in ran.err


@pytest.mark.parametrize(
    ("email", "customer", "said"),
    [
        ("eva@hotelsol.example", "hotel-sool", "there is no customer 'hotel-sool'; did you mean 'hotel-sol'?"),
        ("eva at hotelsol", "hotel-sol", "'eva at hotelsol' is not one mail address"),
    ],
)
def test_a_user_of_nobody_or_without_an_address_is_refused_in_words(
    email: str, customer: str, said: str, guardia: Guardia, with_world: Database
) -> None:
    ran = guardia("user", "add", email, "--role", "owner", "--customer", customer)

    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err


def test_a_token_is_printed_alone_and_belongs_to_its_user(guardia: Guardia, with_world: Database) -> None:
    ran = guardia("token", "create", "--for", "marta@hotelsol.example", "--name", "backup portal")

    assert ran.code == 0
    assert ran.err == ""
    with with_world.transaction() as session:
        actor = tokens.authenticate(session, ran.out.removesuffix("\n"), datetime.now(UTC))
    assert actor is not None
    assert (actor.email, actor.customer_id) == ("marta@hotelsol.example", "hotel-sol")


def test_a_token_for_nobody_is_refused(guardia: Guardia, with_world: Database) -> None:
    ran = guardia("token", "create", "--for", "nobody@hotelsol.example")

    assert (ran.code, ran.out) == (1, "")
    assert "nobody@hotelsol.example" in ran.err


def test_a_log_entry_changed_by_hand_is_found(guardia: Guardia, stored: Database, data_dir: Path) -> None:
    with stored.transaction() as session:
        opened = [Entry("ticket.opened"), Entry("page.acknowledged", data={"person": "ana"})]
        audit_log.append(session, TICKET, datetime(2026, 10, 27, 2, 0, tzinfo=UTC), opened)
    assert guardia("log", "verify") == Ran(0, "1 chains verified, nothing was changed\n", "")
    with closing(sqlite3.connect(data_dir / "guardia.db")) as by_hand, by_hand:
        for trigger in ("log_entries_no_update", "log_entries_no_delete", "log_entries_no_replace"):
            by_hand.execute(f"DROP TRIGGER {trigger}")
        by_hand.execute("""UPDATE log_entries SET data = '{"person": "borja"}' WHERE seq = 2""")

    ran = guardia("log", "verify", TICKET)

    assert ran.code == 1
    assert TICKET in ran.out
    assert "its content is not what its hash was made of" in ran.out


def test_a_log_that_is_not_there_is_not_said_to_be_in_order(guardia: Guardia, stored: Database) -> None:
    with stored.transaction() as session:
        audit_log.append(session, TICKET, datetime(2026, 10, 27, 2, 0, tzinfo=UTC), [Entry("ticket.opened")])

    unknown = guardia("log", "verify", TICKET, "ITS-0000021")

    assert (unknown.code, unknown.out) == (1, "")
    assert "there is no log of 'ITS-0000021'" in unknown.err
    for spelling in (TICKET.lower(), TICKET.removeprefix("ITS-")):
        assert guardia("log", "verify", spelling) == Ran(0, "1 chains verified, nothing was changed\n", "")


def test_whoison_names_the_person_and_the_reason_on_the_schedules_own_clock(
    guardia: Guardia, with_world: Database
) -> None:
    ran = guardia("whoison", "backup-primary", "--at", "2026-10-27T03:00")

    assert ran == guardia("whoison", "backup-primary", "--at", "2026-10-27T02:00Z")
    assert ran.lines == [
        "backup-primary, Tue 2026-10-27 03:00 (Europe/Madrid)",
        "  Ana García (ana): turn of the rotation backup-weekly, from 2026-10-26 09:00 to 2026-11-02 09:00, "
        "schedule backup-primary",
    ]


def test_whoison_tells_how_long_nobody_is_on_call(guardia: Guardia, with_world: Database, tmp_path: Path) -> None:
    file = tmp_path / "gap.yaml"
    file.write_text(
        "schedules:\n"
        "  - {id: backup-primary, timezone: Europe/Madrid, layers: [{rotation: backup-weekly}], overrides: ["
        "{kind: remove, remove: carol, from: '2099-10-27T00:00', to: '2099-10-27T08:00'}]}\n"
        "  - {id: backup-secondary, timezone: Europe/Madrid, layers: [{rotation: backup-second}]}\n"
        "  - {id: backup-complete, timezone: Europe/Madrid, layers: [{rotation: by-weekday}]}\n"
    )
    assert guardia("apply", file).code == 0

    ran = guardia("whoison", "backup-primary", "--at", "2099-10-27T03:00")

    assert ran.lines[1:] == ["  nobody is on call until Tue 2099-10-27 08:00"]


def test_whoison_tells_who_was_on_call_before_the_file_was_changed(
    guardia: Guardia, with_world: Database, tmp_path: Path
) -> None:
    file = tmp_path / "changed.yaml"
    out = "".join(
        f"  - {{id: out-{name}, person: {name}, from: '2020-01-01T00:00', to: '2190-01-01T00:00'}}\n"
        for name in ("ana", "borja", "carol")
    )
    file.write_text(f"absences:\n{out}")
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%MZ}"
    before = guardia("whoison", "backup-primary", "--at", yesterday)

    assert guardia("apply", file).code == 0

    assert guardia("whoison", "backup-primary", "--at", yesterday) == before
    assert guardia("whoison", "backup-primary").lines[1:] == ["  nobody is on call for a year and more"]


def test_whoison_shows_who_shadows_apart_from_who_is_paged(guardia: Guardia, with_world: Database) -> None:
    ran = guardia("whoison", "backup-complete", "--at", "2026-12-24T16:00")

    assert [line.split(":")[0] for line in ran.lines[1:]] == ["  Carol Smith (carol)", "  shadowing, never paged"]


def test_simulate_says_who_would_be_paged_and_how_it_ends(guardia: Guardia, with_world: Database) -> None:
    ran = guardia(
        "simulate", "contingency", "--at", "2026-12-25T03:00", "--decline", "borja=40s", "--acknowledge", "ana=1m"
    )

    assert [line.split(":")[0] for line in ran.lines[1:2]] == ["  Fri 2026-12-25 03"]
    assert "Borja Ruiz by sms +34600000002: override xmas" in ran.lines[1]
    assert "03:00:40  round 1, step 2  Ana García by sms" in ran.lines[3]
    assert ran.lines[-1] == "  Fri 2026-12-25 03:01:00  acknowledged by Ana García"
    assert guardia("simulate", "contingency", "--at", "2026-12-25T03:00").lines[-1] == (
        "  nobody acknowledged: last resort again every 5m, until somebody does"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("contingncy", "--at", "2026-12-25T03:00"), "did you mean 'contingency'?"),
        (("contingency", "--at", "soon"), "write it like 2026-12-24T15:00"),
        (("contingency", "--at", "2026-12-25T03:00", "--decline", "bora=4m"), "did you mean 'borja'?"),
        (("contingency", "--at", "2026-12-25T03:00", "--decline", "borja"), "the whole is like borja=4m"),
        (("contingency", "--at", "2026-12-25T03:00", "--decline", "borja=3d"), "1d at most"),
    ],
)
def test_simulate_helps_with_what_is_written_wrong(
    guardia: Guardia, with_world: Database, arguments: tuple[str, ...], said: str
) -> None:
    ran = guardia("simulate", *arguments)

    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err


def test_whoison_helps_with_a_wrong_name_and_a_wrong_instant(guardia: Guardia, with_world: Database) -> None:
    wrong_name = guardia("whoison", "backup-primry")
    wrong_instant = guardia("whoison", "backup-primary", "--at", "tomorrow")

    assert wrong_name == Ran(1, "", "there is no schedule 'backup-primry'; did you mean 'backup-primary'?\n")
    assert (wrong_instant.code, wrong_instant.out) == (1, "")
    assert "write it like 2026-12-24T15:00" in wrong_instant.err


def test_the_doctor_has_no_problem_with_a_service_that_runs(
    guardia: Guardia, with_world: Database, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARDIA_TWILIO_API_URL", network)
    with with_world.transaction() as session:
        heartbeat.beat(session, "clock", datetime.now(UTC))

    with Telephones(network) as phones:
        settings = Settings()
        phones.set_account(settings.public_origin, (settings.sms_from, settings.voice_from))
        ran = guardia("doctor")
        phones.reset()

    assert ran.code == 0
    assert "ok       carrier        twilio knows us, the account is active, 100.00 EUR left" in ran.lines
    assert "ok       carrier        +34600900900 and +34910000001 come to us" in ran.lines
    assert f"ok       database       sqlite answers, schema {migrate.newest()}" in ran.lines
    assert ran.lines[-1].startswith("0 problems, ")


def test_the_doctor_ends_with_1_and_a_remedy_when_no_clock_runs(guardia: Guardia, with_world: Database) -> None:
    ran = guardia("doctor")

    assert ran.code == 1
    place = next(number for number, line in enumerate(ran.lines) if line.startswith("problem  clock"))
    assert "`guardia clock`" in ran.lines[place + 1]
    assert ran.lines[-1].startswith("1 problem, ")


def test_the_doctor_makes_no_database_of_its_own(guardia: Guardia, data_dir: Path) -> None:
    ran = guardia("doctor")

    assert ran.code == 1
    assert "remedy: run `guardia db upgrade`" in ran.out
    assert not (data_dir / "guardia.db").exists()


def test_the_doctor_also_examines_settings_that_production_refuses(
    guardia: Guardia, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARDIA_ENVIRONMENT", "production")

    refused = [line for line in guardia("doctor").lines if line.startswith("problem  settings")]

    assert len(refused) == 3


def test_production_refuses_unsafe_settings_all_at_once_and_shows_no_secret(
    guardia: Guardia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARDIA_ENVIRONMENT", "production")
    monkeypatch.setenv("GUARDIA_SECRET_KEY", "too-short-secret")

    ran = guardia("db", "upgrade")

    assert ran.code == 1
    for name in ("GUARDIA_PUBLIC_URL", "GUARDIA_SECRET_KEY", "GUARDIA_TWILIO_ACCOUNT_SID"):
        assert name in ran.err
    assert "too-short-secret" not in ran.err


def test_settings_that_cannot_be_read_are_named_one_by_one(guardia: Guardia, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"PORT": "eighty", "WORKERS": "0", "TIMEZONE": "Mars/Olympus", "DATABASE_URL": "no-such-thing"}
    for name, value in wrong.items():
        monkeypatch.setenv(f"GUARDIA_{name}", value)

    ran = guardia("doctor")

    assert (ran.code, ran.out) == (1, "")
    told = ran.err.splitlines()
    assert told[0] == "refused to start:"
    assert {line.split(":")[0] for line in told[1:]} == {f"GUARDIA_{name}" for name in wrong}
    assert "pydantic" not in ran.err


@pytest.mark.parametrize("command", [("export",), ("apply", WORLD), ("whoison", "backup-primary"), ("log", "verify")])
def test_a_database_without_a_schema_is_told_with_its_remedy(command: tuple[str | Path, ...], guardia: Guardia) -> None:
    ran = guardia(*command)

    assert (ran.code, ran.out) == (1, "")
    assert "`guardia db upgrade`" in ran.err
    assert "Traceback" not in ran.err


def test_a_database_that_is_away_is_told_in_its_own_words(guardia: Guardia, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDIA_DATABASE_URL", "postgresql://guardia@127.0.0.1:1/guardia")

    ran = guardia("export")

    assert (ran.code, ran.out) == (1, "")
    assert "the database does not answer as it should" in ran.err
    assert "GUARDIA_DATABASE_URL" in ran.err
    assert processes.prepare(None) == 1


def test_a_data_directory_that_cannot_be_made_is_named(
    guardia: Guardia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("GUARDIA_DATA_DIR", str(in_the_way / "data"))

    ran = guardia("db", "upgrade")

    assert ran.code == 1
    assert str(in_the_way) in ran.err
    assert "GUARDIA_DATA_DIR" in ran.err


def test_a_second_service_does_not_start_on_a_port_in_use(guardia: Guardia, data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        ran = guardia("run", "--port", port)

    assert ran.code == 1
    assert f"port {port} is in use by another program" in ran.err
    assert not (data_dir / "guardia.db").exists()


def test_a_second_service_does_not_start_in_the_data_directory_of_another(guardia: Guardia, data_dir: Path) -> None:
    hold = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); input()"
    command = [sys.executable, "-c", hold, str(data_dir / supervisor.LOCK)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as another:
        another.stdout.readline()  # type: ignore[union-attr]  # a pipe was asked for

        ran = guardia("run", "--port", supervisor.free_port())
        another.communicate(b"\n")

    assert ran.code == 1
    assert f"another `guardia run` is working in {data_dir}" in ran.err


def test_production_refuses_the_simulator_and_the_demo_data(guardia: Guardia, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ENVIRONMENT": "production",
        "PUBLIC_URL": "https://guardia.itsafer.example",
        "SECRET_KEY": "k" * 32,
        "TWILIO_ACCOUNT_SID": "AC" + "5" * 32,
        "TWILIO_AUTH_TOKEN": "t" * 32,
    }.items():
        monkeypatch.setenv(f"GUARDIA_{name}", value)

    assert "--no-simulator" in guardia("run").err
    assert "--no-demo-data" in guardia("run", "--no-simulator").err


@pytest.mark.parametrize("url", ["", "https://api.twilio.com", "http://192.0.2.7:8001"])
def test_demo_data_is_refused_where_a_telephone_could_be_somebodys(
    url: str,
    guardia: Guardia,
    stored: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GUARDIA_TWILIO_API_URL", url)

    code = processes.prepare(demo_data.path(None))

    assert code == 1
    assert f"GUARDIA_TWILIO_API_URL={url!r}" in capsys.readouterr().err
    assert "people:" not in guardia("export").out

"""`guardia apply` and `guardia export` on a real database."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from alerting.escalation.models import EscalationRow
from core.accounts.models import User
from core.db import Base, Database
from core.documents import store
from service.configuration.commands import APPLIED, REFUSED, apply_files, export

WORLD = Path(__file__).parents[2] / "examples" / "world.yaml"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/guardia.db")
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


def run(database: Database, *paths: Path, dry_run: bool = False, prune: bool = False) -> tuple[int, list[str]]:
    out = io.StringIO()
    code = apply_files(database, paths, dry_run, prune, out)
    return code, out.getvalue().splitlines()


def stored(database: Database) -> tuple[store.Document, ...]:
    with database.reading() as session:
        return store.load(session)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "changed.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def sign_ins(database: Database) -> dict[str, bool]:
    """E-mail -> whether the user may sign in."""
    with database.reading() as session:
        return {user.email: user.archived_at is None for user in session.scalars(select(User))}


def test_the_example_world_is_applied_once_and_the_second_time_is_no_difference(database: Database) -> None:
    code, lines = run(database, WORLD)

    assert code == APPLIED
    assert lines[0] == "+ provider"
    assert lines[-1] == "33 created"
    assert run(database, WORLD) == (APPLIED, ["no difference"])


def test_a_dry_run_shows_the_same_difference_and_changes_nothing(database: Database) -> None:
    _, shown = run(database, WORLD, dry_run=True)

    assert stored(database) == ()
    assert shown[-1] == "dry run, nothing was changed: 33 created"
    applied = [line for line in run(database, WORLD)[1] if not line.startswith("  key of ")]
    assert applied[:-1] == shown[:-1]


def test_a_file_with_five_mistakes_changes_nothing_at_all(database: Database, tmp_path: Path) -> None:
    run(database, WORLD)
    before = stored(database)
    text = WORLD.read_text(encoding="utf-8")
    for old, new in (
        ("name: Banco Norte\n", "name: Banco del Norte\n"),
        ("members: [ana, borja, carol]", "members: [ana, borja, carl]"),
        ("sms_name: ITSAFER", "sms_nam: ITSAFER"),
        ("response_minutes: 10}", "response_minutes: 20}"),
        ('"+34611000003"', '"+34"'),
        ("{notify: [{person: clara}], every: 5m}", "{notify: [], every: 5m}"),
    ):
        assert old in text
        text = text.replace(old, new)

    code, lines = run(database, written(tmp_path, text))

    assert code == REFUSED
    assert lines[-1] == "refused: 5 problems; nothing was changed"
    assert sum(line.startswith("    remedy: ") for line in lines) == 5
    assert all(line.startswith((f"{tmp_path}/changed.yaml:", "    remedy: ")) for line in lines[:-1])
    assert stored(database) == before


def test_a_file_that_does_not_exist_is_refused_with_its_name(database: Database, tmp_path: Path) -> None:
    code, lines = run(database, tmp_path / "none.yaml", WORLD)

    assert code == REFUSED
    assert lines[0] == f"{tmp_path}/none.yaml:1: file: cannot be read: No such file or directory"
    assert stored(database) == ()


def test_what_is_exported_can_be_applied_without_a_difference(database: Database, tmp_path: Path) -> None:
    run(database, WORLD)
    out = io.StringIO()
    export(database, out)

    assert run(database, written(tmp_path, out.getvalue())) == (APPLIED, ["no difference"])


def test_an_exported_world_makes_the_same_world_elsewhere(database: Database, tmp_path: Path) -> None:
    run(database, WORLD)
    out = io.StringIO()
    export(database, out)
    elsewhere = Database(f"sqlite:///{tmp_path}/elsewhere.db")
    Base.metadata.create_all(elsewhere.engine)

    run(elsewhere, written(tmp_path, out.getvalue()))

    again = io.StringIO()
    export(elsewhere, again)
    elsewhere.dispose()
    assert again.getvalue() == out.getvalue()


def test_objects_of_the_console_are_kept_and_listed_until_prune(database: Database) -> None:
    run(database, WORLD)
    with database.transaction() as session:
        eva = store.Change("create", "people", "eva", {"id": "eva", "name": "Eva"}, 40, "console")
        store.save(session, [eva], NOW)

    _, kept = run(database, WORLD)
    _, pruned = run(database, WORLD, prune=True)

    assert kept == ["  kept: people eva was made in the console; --prune archives it", "no difference"]
    assert pruned == ["- people eva (archived)", "1 archived"]


def test_users_of_the_file_may_sign_in_and_archived_ones_no_longer(database: Database, tmp_path: Path) -> None:
    run(database, WORLD)
    assert len(sign_ins(database)) == 7
    text = WORLD.read_text(encoding="utf-8").replace(
        "  - {email: luis@hotelsol.example, customer: hotel-sol, roles: [viewer]}\n", ""
    )

    _, lines = run(database, written(tmp_path, text))

    assert lines == ["- users luis@hotelsol.example (archived)", "1 archived"]
    assert [email for email, allowed in sign_ins(database).items() if not allowed] == ["luis@hotelsol.example"]


@pytest.mark.parametrize(("state", "code"), [("running", REFUSED), ("exhausted", REFUSED), ("finished", APPLIED)])
def test_nobody_can_take_away_the_last_resort_of_an_escalation_that_may_still_page(
    database: Database, tmp_path: Path, state: str, code: int
) -> None:
    run(database, WORLD)
    with database.transaction() as session:
        policy = next(document.body for document in store.load(session) if document.id == "contingency")
        session.add(escalation(state, policy))
    text = WORLD.read_text(encoding="utf-8").replace(
        '"+34600000009", verified: true', '"+34600000009", verified: false'
    )
    text = text.replace("last_resort: {notify: [{person: clara}", "last_resort: {notify: [{team: backup}")
    text = text.replace("      - {notify: [{person: clara}], wait: 5m}\n", "")

    answered, lines = run(database, written(tmp_path, text))

    assert answered == code
    assert any("would leave a running escalation" in line for line in lines) == (code == REFUSED)


def escalation(state: str, policy: dict[str, object]) -> EscalationRow:
    return EscalationRow(
        id="01ESCALATION", ticket_id="01TICKET", episode=1, cycle=1, state=state, round=1, step=1, turn=0,
        policy=policy, started_at=NOW, version=1,
    )  # fmt: skip


def test_a_key_is_printed_by_the_first_apply_alone_and_stands_in_no_export(database: Database) -> None:
    _, first = run(database, WORLD)
    _, again = run(database, WORLD)
    out = io.StringIO()
    export(database, out)

    keys = {line.split(": ")[0].split()[-1]: line.split()[-1] for line in first if line.startswith("  key of ")}
    assert keys.keys() == {"sol-erp-nightly", "sol-files-hourly", "sol-prometheus"}
    assert "/heartbeats/" in keys["sol-erp-nightly"]
    assert keys["sol-prometheus"].endswith("/events")
    assert again == ["no difference"]
    for address in keys.values():
        secret = max(address.split("/"), key=len)
        assert len(secret) >= 22
        assert secret not in out.getvalue()

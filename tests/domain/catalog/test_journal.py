"""What is accepted while the database is away is on disk before it is answered, and requested once it is back."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerting.catalog.journal import FILE, FOLDER, Journal, Journalled

AT = datetime(2026, 10, 27, 2, 0, 0, 123456, tzinfo=UTC)


def entry(reference: str = "P-ABCDEFGH") -> Journalled:
    body = {"plan": "erp-restore", "mode": "real", "symptoms": "El ERP\u2028no arranca\x85ñ 🚨"}
    return Journalled(reference, AT, "token", "d" * 64, body, "key-1")


def test_what_was_written_is_read_back_as_it_was(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(entry("P-1"))
    journal.write(entry("P-2"))
    with journal.in_hand() as entries:
        assert entries == [entry("P-1"), entry("P-2")]
    assert not journal.waiting()


def test_what_fails_half_way_is_in_hand_again_and_what_came_meanwhile_follows(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(entry("P-1"))
    with contextlib.suppress(ConnectionError), journal.in_hand():
        journal.write(entry("P-2"))
        raise ConnectionError
    with journal.in_hand() as entries:
        assert [e.provisional_reference for e in entries] == ["P-1"]
    with journal.in_hand() as entries:
        assert [e.provisional_reference for e in entries] == ["P-2"]


def test_a_line_torn_by_a_crash_swallows_neither_the_one_before_nor_the_one_after(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(entry("P-1"))
    with (tmp_path / FOLDER / FILE).open("a") as file:
        file.write('{"provisional_reference": "P-torn", "recei')
    journal.write(entry("P-2"))
    with journal.in_hand() as entries:
        assert [e.provisional_reference for e in entries] == ["P-1", "P-2"]


def test_two_clocks_do_not_take_the_same_requests_in_hand(tmp_path: Path) -> None:
    first, second = Journal(tmp_path), Journal(tmp_path)
    first.write(entry("P-1"))
    with first.in_hand() as ours, second.in_hand() as theirs:
        assert (len(ours), theirs) == (1, [])


def test_the_journal_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    Journal(tmp_path).write(entry())
    assert (tmp_path / FOLDER / FILE).stat().st_mode & 0o077 == 0


def test_a_disk_that_takes_nothing_is_said_so(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    with pytest.raises(OSError, match=FOLDER):
        Journal(tmp_path).write(entry())

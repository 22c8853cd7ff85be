"""Each clause of the support terms has a test that names it, and the table in docs/ says which."""

from __future__ import annotations

import pytest

from tests.clauses import CLAUSES, NOT_YET, ROOT, named_in, shown_by, table

SHOWN = shown_by()


@pytest.mark.parametrize("clause", [one for one in CLAUSES if one not in NOT_YET])
def test_a_clause_is_shown_by_a_test(clause: str) -> None:
    assert SHOWN.get(clause), f"no test names {clause}: {CLAUSES[clause]}"


def test_no_test_names_a_clause_that_does_not_exist() -> None:
    assert not SHOWN.keys() - CLAUSES.keys()


def test_what_is_said_not_to_be_kept_yet_is_shown_by_no_test() -> None:
    assert not SHOWN.keys() & NOT_YET


def test_the_table_in_the_documents_is_the_one_that_would_be_written() -> None:
    written = (ROOT / "docs" / "clauses.md").read_text(encoding="utf-8")
    assert written == table(), "run: python -m tests.clauses docs/clauses.md"


def test_a_span_of_clauses_names_those_between_its_ends_too() -> None:
    assert named_in("S-3.C4 to S-3.D1, S-2.1") == {"S-3.C4", "S-3.C5", "S-3.D1", "S-2.1"}

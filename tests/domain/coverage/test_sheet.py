"""Tables as files that spreadsheets open."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.fairness.sheet import csv_of

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=20)


@pytest.mark.parametrize("name", ["=1+1", "+34600", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "\u00a0=1"])
def test_a_name_is_never_a_formula(name: str) -> None:
    [_, [cell]] = list(csv.reader(io.StringIO(csv_of(["Person"], [[name]], "en")[1:], newline="")))
    assert cell == f"'{name}"


@given(
    st.lists(st.tuples(NAMES, st.integers(), st.sampled_from([0.5, 12.25])), max_size=5), st.sampled_from(["es", "en"])
)
def test_what_is_written_is_read_again(rows: list[tuple[str, int, float]], language: str) -> None:
    text = csv_of(["Person", "Count", "Burden"], rows, language)
    assert text.startswith("\ufeff")
    separator, point = (";", ",") if language == "es" else (",", ".")
    read = list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=separator))
    assert [row[0].removeprefix("'") for row in read[1:]] == [row[0].removeprefix("'") for row in rows]
    assert [(int(row[1]), float(row[2].replace(point, "."))) for row in read[1:]] == [row[1:] for row in rows]

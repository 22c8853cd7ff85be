"""YAML to plain values with lines; everything a person may write is answered with a problem, never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.configuration.document import SourceFile, parse, read_file


def read(text: str) -> object:
    document = parse(SourceFile("a.yaml", text))
    assert document.problems == ()
    return document.data


def problems(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in parse(SourceFile("a.yaml", text)).problems]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("18:00", "18:00"),
        ("2026-05-15", "2026-05-15"),
        ("+34600000001", "+34600000001"),
        ("007", "007"),
        ("3m", "3m"),
        ("24x7", "24x7"),
        ("no", "no"),
        ("30", 30),
        ("0", 0),
        ("-1", -1),
        ("0.5", 0.5),
        ("true", True),
        ("null", None),
        ("~", None),
        (".inf", ".inf"),
        ('"12"', "12"),
    ],
)
def test_a_value_is_read_as_a_person_means_it(written: str, meant: object) -> None:
    assert read(f"key: {written}") == {"key": meant}


def test_every_key_and_list_item_keeps_its_line() -> None:
    document = parse(SourceFile("a.yaml", "# first\npeople:\n  - id: ana\n    name: Ana\n  - {id: borja}\n"))

    assert document.line(("people",)) == 2
    assert document.line(("people", 0, "name")) == 4
    assert document.line(("people", 1)) == 5
    assert document.line(("people", 1, "name")) == 5, "a key that is missing is looked for where it belongs"


def test_all_keys_that_stand_twice_are_told_with_both_lines() -> None:
    assert problems("a: 1\na: 2\nb:\n  c: 1\n  c: 2\n") == [
        (2, "stands twice; first in line 1"),
        (5, "stands twice; first in line 4"),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("people:\n  - {id: ana\n", 3),
        ("people:\n\t- id: ana\n", 2),
        ("a: 1\n b: 2\n", 2),
        ("a: *nobody\n", 1),
        ("--- \na: 1\n---\nb: 2\n", 3),
        ("a: 1\nb: \x00\n", 2),
    ],
)
def test_text_that_is_not_yaml_is_told_with_its_line(text: str, line: int) -> None:
    (found,) = problems(text)

    assert found[0] == line
    assert found[1].startswith("is not YAML: ")


def test_an_alias_repeats_what_it_names_and_can_be_changed_by_a_merge() -> None:
    assert read("a: &ana {id: ana, language: es}\nb: {<<: *ana, language: en}\nc: *ana\n") == {
        "a": {"id": "ana", "language": "es"},
        "b": {"id": "ana", "language": "en"},
        "c": {"id": "ana", "language": "es"},
    }


def test_an_alias_of_itself_is_refused_and_does_not_hang() -> None:
    assert [message for _, message in problems("a: &a [*a]\n")] == ["is nested too deeply or repeats itself"]


def test_a_tag_is_refused_and_never_executed() -> None:
    assert problems("a: !!python/object/apply:os.system [ls]\nb: !x 1\n") == [
        (1, "has the tag tag:yaml.org,2002:python/object/apply:os.system, which means nothing here"),
        (2, "has the tag !x, which means nothing here"),
    ]


def test_a_file_that_is_missing_or_not_text_is_a_problem_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("name: García".encode("latin-1"))

    missing = parse(read_file(tmp_path / "none.yaml"))
    latin = parse(read_file(tmp_path / "latin.yaml"))

    assert [problem.message for problem in missing.problems] == ["cannot be read: No such file or directory"]
    assert [problem.remedy for problem in latin.problems] == ["save the file as UTF-8"]


@given(st.text(alphabet=st.sampled_from("ab:-[]{}\"'#&*!|>%@` \n\t0+.~<"), max_size=60))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    document = parse(SourceFile("a.yaml", text))

    assert document.data is not None or document.problems, "nothing is lost without a word"

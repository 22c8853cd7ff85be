"""A calendar file against what an earlier one became."""

from __future__ import annotations

from datetime import datetime

import pytest

from oncall.ical_import import Found
from oncall.imported import Item, difference, items, packed, person_of, unpacked
from oncall.schema import Absence
from tests.domain.oncall.builders import person, utc

DAY1, DAY2, DAY3 = (utc(f"2026-11-{day}T00:00:00") for day in ("10", "11", "12"))
PEOPLE = {
    "ana": person("ana").model_copy(update={"name": "Ana García", "email": "ana@itsafer.example"}),
    "borja": person("borja").model_copy(update={"name": "Borja Ruiz"}),
}


def event(uid: str, from_at: datetime = DAY1, to_at: datetime = DAY2) -> Found:
    return Found(uid, "Vacaciones", from_at, to_at)


def away(id_: str, from_at: datetime = DAY1, to_at: datetime = DAY2, by: str = "ana") -> Absence:
    return Absence.model_validate({"id": id_, "person": "ana", "from": from_at, "to": to_at, "by": by})


def test_an_event_that_moves_keeps_its_id_and_another_persons_has_another() -> None:
    [before], [after] = items([event("a")], "absence ana"), items([event("a", DAY2, DAY3)], "absence ana")
    assert before.id == after.id
    assert len(before.id) <= 40
    assert items([event("a")], "absence borja")[0].id != before.id


def test_occurrences_of_a_series_and_events_without_a_uid_go_by_their_times() -> None:
    for uid in ("a", ""):
        found = items([event(uid), event(uid, DAY2, DAY3)], "absence ana")
        assert len({one.id for one in found}) == 2
        assert items([event(uid), event(uid, DAY2, DAY3)], "absence ana") == found


def test_the_same_file_again_changes_nothing_whoever_imports_it() -> None:
    found = difference([away("a", by="clara")], [away("a")])
    assert (found.added, found.changed, found.gone) == ((), (), ())


def test_what_is_new_has_moved_or_is_gone_is_told_apart() -> None:
    found = difference([away("new"), away("moved", DAY2, DAY3)], [away("moved"), away("gone")])
    assert [[one.id for one in part] for part in found] == [["new"], ["moved"], [], ["gone"]]


@pytest.mark.parametrize(
    ("title", "who"),
    [
        ("Guardia Ana García", "ana"),
        ("ANA GARCIA (noche)", "ana"),
        ("on call: ana@itsafer.example", "ana"),
        ("borja", "borja"),
        ("Susana", None),
        ("Ana García / Borja Ruiz", None),
        ("Guardia", None),
    ],
)
def test_a_title_names_one_person_or_nobody(title: str, who: str | None) -> None:
    assert person_of(title, PEOPLE) == who


def test_what_is_packed_for_a_form_comes_back() -> None:
    found = items([event("a"), event("ñ", DAY2, DAY3)], "absence ana")
    assert unpacked(packed(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        packed([Item("other", "", DAY1, DAY2)]),
        packed([Item("ical-" + "0" * 32, "y" * 500_000, DAY1, DAY2)]),
    ],
    ids=["empty", "noise", "not ASCII", "foreign id", "a bomb"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(text)

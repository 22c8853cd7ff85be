"""The shape of the configuration file: every key of the example world is kept, and every mistake says what to write."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from oncall.schema import Absence, Calendar, ContactMethod, Defaults, Person, Rotation, Schedule, Team, Value
from tests.domain.oncall.builders import absence, by_weekday, madrid, person, rotation, schedule

WORLD = Path(__file__).parents[3] / "examples" / "world.yaml"
SECTIONS: dict[str, type[Value]] = {
    "calendars": Calendar,
    "people": Person,
    "teams": Team,
    "rotations": Rotation,
    "schedules": Schedule,
    "absences": Absence,
}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_of_the_example_world_is_accepted_and_written_back(section: str) -> None:
    world = YAML(typ="safe").load(WORLD.read_text(encoding="utf-8"))
    Defaults.model_validate(world["defaults"])
    for written in world[section]:
        value = SECTIONS[section].model_validate(written)
        back = value.model_dump(mode="json", exclude_unset=True)
        assert set(back) == set(written)
        assert SECTIONS[section].model_validate(back) == value
        assert hash(value) == hash(SECTIONS[section].model_validate(back))


@pytest.mark.parametrize(
    ("build", "keys", "message"),
    [
        (rotation, {"surprise": 1}, "surprise"),
        (rotation, {"id": "Backup Weekly"}, "id"),
        (rotation, {"timezone": "Madrid"}, "the timezone 'Madrid' is not an IANA name; write one like Europe/Madrid"),
        (rotation, {"timezone": "../etc/passwd"}, "is not an IANA name"),
        (rotation, {"anchor": "2026-01-05"}, "has no clock time; write it like 2026-01-05T09:00"),
        (rotation, {"anchor": "2026-02-30T09:00"}, "is not a date and time"),
        (rotation, {"anchor": 1767600000}, "is not a date and time; write it in quotes"),
        (rotation, {"anchor": "1066-10-14T09:00"}, "allowed are the years 1970 to 2199"),
        (rotation, {"anchor": None}, "of kind weekly has no anchor; add anchor"),
        (rotation, {"participants": []}, "of kind weekly has no participants; add participants"),
        (rotation, {"handoff": "09:00"}, "of kind weekly takes no handoff; remove it or use weekdays"),
        (rotation, {"every": 0}, "every"),
        (rotation, {"kind": "yearly"}, "kind"),
        (rotation, {"pauses": [{"person": "ana", "from": "2026-01-02T00:00", "to": "2026-01-01T00:00"}]}, "not later"),
        (
            rotation,
            {"changes": [{"from": "2026-01-02T00:00", "participants": ["ana"], "first": "eva"}]},
            "allowed: ana",
        ),
        (rotation, {"changes": [{"from": "2026-01-02T00:00", "participants": ["ana"]}] * 2}, "stands here twice"),
        (
            by_weekday,
            {"participants": ["ana"]},
            "takes no participants; remove it or use hourly, daily, weekly or monthly",
        ),
        (by_weekday, {"handoff": 1080}, "write it in quotes like '09:00'"),
        (by_weekday, {"handoff": "24:00"}, "write '00:00'"),
        (by_weekday, {"every": 2}, "takes no every"),
        (by_weekday, {"changes": [{"from": "2026-01-02T00:00", "participants": ["ana"]}]}, "goes by weekday; give"),
        (rotation, {"changes": [{"from": "2026-01-02T00:00"}]}, "the change has no participants"),
        (rotation, {"changes": [{"from": "2026-01-02T00:00", "kind": "weekdays", "handoff": "09:00"}]}, "has no days"),
        (
            rotation,
            {"changes": [{"from": "2026-01-02T00:00", "participants": ["ana"], "every": 2}]},
            "the change without a kind takes no every",
        ),
        (
            schedule,
            {"layers": [{"rotation": "w", "restrictions": [{"from": "24:00", "to": "09:00"}]}]},
            "write '00:00'",
        ),
        (schedule, {"layers": [{"rotation": "w", "restrictions": [{"from": "9", "to": "10:00"}]}]}, "is not HH:MM"),
        (
            schedule,
            {"layers": [{"rotation": "w", "restrictions": [{"from": "09:00", "to": "10:00", "to_day": "mon"}]}]},
            "has no days; say on which days it begins",
        ),
        (
            schedule,
            {
                "layers": [
                    {
                        "rotation": "w",
                        "restrictions": [{"days": ["mon"], "holidays_of": "m", "from": "09:00", "to": "10:00"}],
                    }
                ]
            },
            "takes neither days nor to_day; write two restrictions",
        ),
        (
            schedule,
            {"overrides": [{"kind": "add", "from": "2026-01-01T00:00", "to": "2026-01-02T00:00"}]},
            "has no add",
        ),
        (
            schedule,
            {
                "overrides": [
                    {
                        "kind": "remove",
                        "remove": "ana",
                        "add": "borja",
                        "from": "2026-01-01T00:00",
                        "to": "2026-01-02T00:00",
                    }
                ]
            },
            "takes no add .'borja'.; remove it, or use the kind replace",
        ),
        (
            schedule,
            {
                "overrides": [
                    {"id": "x", "kind": "add", "add": "ana", "from": "2026-01-02T00:00", "to": "2026-01-02T00:00"}
                ]
            },
            "the override 'x' runs from 2026-01-02T00:00 to 2026-01-02T00:00, which is not later",
        ),
        (madrid, {"rules": [{"hours": ["18:00-09:00"]}]}, "close before they open"),
        (madrid, {"rules": [{"hours": ["09:00-14:00", "13:00-18:00"]}]}, "overlap"),
        (madrid, {"rules": [{"hours": ["nine to five"]}]}, "write them like '09:00-18:00'"),
        (madrid, {"rules": [{"dates": ["02-30"], "hours": []}]}, "is not a month and a day"),
        (madrid, {"rules": [{"from": "07-01", "hours": []}]}, "lacks an end; write both from and to"),
        (madrid, {"rules": [{"dates": ["01-05"], "from": "07-01", "to": "08-01"}]}, "write two rules"),
        (madrid, {"holidays": {"country": "ZZ"}}, "write an ISO 3166 code like ES"),
        (madrid, {"holidays": {"country": "ES", "subdivision": "ZZ"}}, "allowed: AN"),
    ],
)
def test_a_mistake_is_refused_with_what_is_allowed_and_what_to_write(build: object, keys: object, message: str) -> None:
    assert callable(build)
    assert isinstance(keys, dict)
    with pytest.raises(ValidationError, match=message):
        build(**keys)


@pytest.mark.parametrize(
    ("channel", "address"), [("sms", "600000001"), ("voice", "+0"), ("voice", "ana@itsafer.example"), ("email", "ana")]
)
def test_an_address_suits_its_channel(channel: str, address: str) -> None:
    with pytest.raises(ValidationError, match=f"the address {address!r}".replace("+", r"\+")):
        ContactMethod.model_validate({"id": "x", "channel": channel, "address": address})


def test_a_method_is_not_verified_until_the_file_says_so() -> None:
    assert not ContactMethod.model_validate({"id": "sms", "channel": "sms", "address": "+34600000001"}).verified


def test_a_person_has_one_method_of_an_id() -> None:
    with pytest.raises(ValidationError, match="the id 'sms' stands here twice"):
        person("ana", contact_methods=[{"id": "sms", "channel": "sms", "address": "+34600000001"}] * 2)


def test_an_absence_runs_forward() -> None:
    with pytest.raises(ValidationError, match="the absence of 'ana' runs from"):
        absence("ana", "2026-01-02T00:00", "2026-01-01T00:00")


def test_a_span_that_a_spring_night_swallows_is_accepted_and_empty() -> None:
    add = {"kind": "add", "add": "ana", "from": "2026-03-29T02:00", "to": "2026-03-29T02:30"}
    assert schedule(overrides=[add]).overrides[0].add == "ana"


def test_values_are_built_by_python_names_too_and_written_with_the_names_of_the_file() -> None:
    away = Absence.model_validate({"person": "ana", "from_": "2026-01-01T00:00", "to": "2026-01-02T00:00+01:00"})
    assert away.model_dump(mode="json", exclude_unset=True) == {
        "person": "ana",
        "from": "2026-01-01T00:00",
        "to": "2026-01-02T00:00+01:00",
    }

"""A manager makes rotations and has one go another way from a date on; the past stays, and so does what a file owns."""

from datetime import UTC, datetime

import pytest

from core.documents import store
from oncall.rotation import turn_at
from oncall.schema import StandingChange
from tests.services.pages.people import ANA, CLARA, MARTA
from tests.services.pages.test_rota import entries, preview, send

NEW = "/console/rotations/new"
NIGHTS = {"id": "nights", "kind": "daily", "every": "1", "from": "2026-11-02T18:00",
          "turn_1": "ana", "turn_2": "-", "turn_3": "borja"}  # fmt: skip
RULE = "/console/rotations/nights/rule"
FORTNIGHT = {
    "kind": "weekly",
    "every": "2",
    "from": "2026-11-09T09:00",
    "turn_1": "borja",
    "turn_2": "ana",
    "turn_3": "",
}


@pytest.fixture
def clara(visit):
    return visit(CLARA)


@pytest.fixture
def nights(clara):
    preview(clara, NEW, **NIGHTS)
    send(clara, NEW, "save")
    return clara


def turns(runtime, *instants, rotation="nights"):
    with runtime.database.reading() as session:
        found = runtime.configurations.current(session).oncall.rotations[rotation]
    return [turn_at(found, datetime.fromisoformat(one).astimezone(UTC)).person for one in instants]


def stored(runtime, id_="nights"):
    with runtime.database.reading() as session:
        return store.find(session, "rotations", id_)


def test_a_rotation_is_made_after_a_look_at_its_turns_and_once(clara, runtime):
    page = preview(clara, NEW, **NIGHTS)
    assert "Los próximos turnos" in page.text
    assert "Nadie: hueco" in page.text
    assert stored(runtime) is None
    form = next(form for form in clara.page.forms if form.action == NEW)
    pages = [clara.post(NEW, form.fields | {"do": "save"}) for _ in ("a click", "a second one")]
    assert "ya se ha usado" not in pages[-1].text
    assert turns(runtime, "2026-11-02T18:00+01:00", "2026-11-03T18:00+01:00", "2026-11-04T18:00+01:00") == [
        "ana",
        None,
        "borja",
    ]
    assert "cada día, relevo a las 18:00" in clara.open("/console/rotations").text


def test_people_by_weekday_leave_days_with_nobody(clara, runtime):
    clara.open(f"{NEW}?by=weekdays")
    send(clara, NEW, "preview", id="days", handoff="08:00", day_mon="carol", day_sat="ana")
    send(clara, NEW, "save")
    moments = ["2026-11-02T07:59+01:00", "2026-11-02T08:00+01:00", "2026-11-07T08:00+01:00"]
    assert turns(runtime, *moments, rotation="days") == [None, "carol", "ana"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"id": "Noches de Madrid"}, "Escriba de 1 a 40 minúsculas"),
        ({"id": "backup-weekly"}, "Este identificador ya se ha usado"),
        ({"every": "²"}, "Escriba un número entero de 1 a 1000."),
        ({"kind": "yearly"}, "Elija una opción de la lista."),
        ({"from": ""}, "Diga el día y la hora."),
        ({"turn_1": "", "turn_3": ""}, "Elija al menos a una persona."),
        ({"by": "weekdays", "handoff": "24:00"}, "Escriba una hora del día"),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field(clara, runtime, wrong, said):
    assert said in preview(clara, NEW, **NIGHTS | wrong).text
    assert stored(runtime) is None


def test_it_goes_another_way_from_a_date_on_and_the_past_stays(nights, runtime):
    before = turns(runtime, "2026-11-03T18:00+01:00", "2026-11-08T20:00+01:00")
    preview(nights, RULE, **FORTNIGHT)
    send(nights, RULE, "save")
    assert turns(runtime, "2026-11-03T18:00+01:00", "2026-11-08T20:00+01:00") == before
    moments = ["2026-11-09T09:00+01:00", "2026-11-22T09:00+01:00", "2026-11-23T09:00+01:00"]
    assert turns(runtime, *moments) == ["borja", "borja", "ana"]
    assert "cada 2 semanas, relevo: Lunes, 09:00" in nights.open(RULE).text
    nights.press("Retirarlo")
    assert entries(runtime, StandingChange) == []


def test_people_in_turn_become_people_by_weekday(nights, runtime):
    nights.open(f"{RULE}?by=weekdays")
    send(nights, RULE, "preview", handoff="09:00", day_mon="carol", **{"from": "2026-11-09T09:00"})
    send(nights, RULE, "save")
    assert turns(runtime, "2026-11-09T09:00+01:00", "2026-11-10T09:00+01:00") == ["carol", None]
    change = "/console/rotations/nights/change"
    late = preview(nights, change, **{"from": "2026-12-01T09:00"})
    assert "Desde entonces va por día de la semana" in late.text


def test_another_way_since_yesterday_is_refused(nights, runtime):
    assert "el pasado se queda como fue" in preview(nights, RULE, **FORTNIGHT | {"from": "2026-10-26T09:00"}).text
    assert entries(runtime, StandingChange) == []


def test_a_rotation_of_the_file_is_changed_in_the_file(clara, runtime):
    path = "/console/rotations/backup-weekly"
    assert "La rotación backup-weekly está en el archivo de configuración" in clara.open(f"{path}/rule").text
    token = clara.open("/console/absences").page.forms[0].fields["csrf_token"]
    assert "ejecute guardia apply" in clara.post(f"{path}/rule", FORTNIGHT | {"csrf_token": token, "do": "save"}).text
    assert "ejecute guardia apply" in clara.post(f"{path}/archive", {"csrf_token": token}).text
    assert entries(runtime, StandingChange) == []
    assert not stored(runtime, "backup-weekly").archived


def test_a_rotation_that_no_layer_uses_is_archived(nights, runtime):
    nights.open("/console/rotations").press("Archivarla")
    assert stored(runtime).archived
    assert nights.open(RULE).status == 404


def test_engineers_and_customers_do_not_change_rotations(visit):
    for path in ("/console/rotations", NEW, "/console/rotations/backup-weekly/rule"):
        assert [visit(one).open(path).status for one in (ANA, MARTA)] == [403, 403]

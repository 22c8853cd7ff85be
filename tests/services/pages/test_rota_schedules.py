"""A manager makes schedules of layers, changes and archives them; the past stays, and so does what a file owns."""

from datetime import timedelta

import pytest

from alerting.rota import objects
from core.documents import store
from oncall import history
from oncall.pieces import Span
from oncall.schema import StandingOverride
from tests.services.pages.people import ANA, CLARA, MARTA
from tests.services.pages.quiet import ask
from tests.services.pages.test_rota import SWAP, enter, preview, send
from tests.support.time import TUESDAY_AT_THREE

NEW = "/console/new-schedule"
NIGHTS = {"id": "nights", "name": "Noches", "layer_1_rotation": "backup-weekly", "layer_2_rotation": "backup-second",
          "layer_2_1_mon": "1", "layer_2_1_tue": "1", "layer_2_1_from": "18:00", "layer_2_1_to": "09:00"}  # fmt: skip
LAYERS = "/console/schedules/nights/layers"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clara(visit):
    return visit(CLARA)


@pytest.fixture
def nights(clara):
    preview(clara, NEW, **NIGHTS)
    send(clara, NEW, "save")
    return clara


def on_call(runtime, from_at, hours, schedule="nights"):
    with runtime.database.reading() as session:
        config = runtime.configurations.current(session)
        found = history.shifts(session, config.oncall, config.schedule(schedule), Span(from_at, from_at + hours * HOUR))
    return [(one.person, one.source.removeprefix("rotation:backup-")) for one in found]


def stored(runtime, id_="nights"):
    with runtime.database.reading() as session:
        return store.find(session, "schedules", id_)


def test_a_schedule_is_made_after_a_look_and_once(clara, runtime, clock):
    page = preview(clara, NEW, **NIGHTS)
    assert "Qué haría" in page.text
    assert "Ana García" in page.text
    assert stored(runtime) is None
    clock.advance(minutes=3)
    form = next(form for form in clara.page.forms if form.action == NEW)
    pages = [clara.post(NEW, form.fields | {"do": "save"}) for _ in ("a click", "a second one")]
    assert "Noches" in pages[-1].text
    assert stored(runtime).origin == "console"
    # Monday's restriction runs past midnight until Tuesday 09:00; at 03:00 the upper layer has Borja.
    assert on_call(runtime, TUESDAY_AT_THREE + HOUR, 8) == [("borja", "second"), ("ana", "weekly")]


def test_layers_are_put_in_another_order_and_the_past_stays(nights, runtime, clock):
    clock.advance(hours=2)
    preview(nights, LAYERS, layer_1_order="3", layer_2_1_mon="", layer_2_1_tue="")
    send(nights, LAYERS, "save")
    assert [one["rotation"] for one in stored(runtime).body["layers"]] == ["backup-second", "backup-weekly"]
    assert on_call(runtime, TUESDAY_AT_THREE, 3) == [("borja", "second"), ("ana", "weekly")]


def test_a_shadow_layer_shows_whom_it_tells(nights, runtime):
    page = preview(nights, LAYERS, layer_3_rotation="backup-nights", layer_3_mode="shadow")
    assert "No cambia nada" in page.text
    assert "Se les informa, nunca se les llama" in page.text
    send(nights, LAYERS, "save")
    assert stored(runtime).body["layers"][2] == {"rotation": "backup-nights", "mode": "shadow"}


def test_a_span_until_a_weekday_and_the_holidays_of_a_calendar_are_kept(nights, runtime):
    wanted = {"layer_2_2_fri": "1", "layer_2_2_from": "18:00", "layer_2_2_to": "09:00", "layer_2_2_to_day": "mon",
              "layer_2_3_holidays_of": "madrid", "layer_2_3_from": "00:00", "layer_2_3_to": "24:00"}  # fmt: skip
    preview(nights, LAYERS, **wanted)
    send(nights, LAYERS, "save")
    assert stored(runtime).body["layers"][1]["restrictions"] == [
        {"from": "18:00", "to": "09:00", "days": ["mon", "tue"]},
        {"from": "18:00", "to": "09:00", "days": ["fri"], "to_day": "mon"},
        {"from": "00:00", "to": "24:00", "holidays_of": "madrid"},
    ]
    assert 'value="24:00"' in nights.open(LAYERS).source


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"id": "Noches"}, "Escriba de 1 a 40 minúsculas"),
        ({"id": "backup-primary"}, "Este identificador ya se ha usado"),
        ({"layer_1_mode": "shadow", "layer_2_mode": "shadow"}, "Elija la rotación de al menos una capa"),
        ({"layer_1_rotation": "none-such"}, "No existe esa rotación."),
        ({"layer_2_1_from": "6 pm"}, "Escriba una hora del día"),
        ({"layer_2_1_from": "24:00"}, "24:00 ya es del día siguiente"),
        ({"layer_2_1_holidays_of": "madrid"}, "En festivos o en días de la semana"),
        ({"layer_2_1_mon": "", "layer_2_1_tue": "", "layer_2_1_to_day": "sun"}, "en qué día de la semana empieza"),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field(clara, runtime, wrong, said):
    page = preview(clara, NEW, **NIGHTS | wrong)
    assert said in page.text
    assert 'value="Noches"' in page.source
    assert stored(runtime) is None


def test_nothing_is_saved_when_somebody_else_changed_it_in_between(nights, runtime):
    preview(nights, LAYERS, name="Mis noches")
    with runtime.database.transaction() as session:
        found = store.find(session, "schedules", "nights")
        objects.alter(session, found, found.body | {"name": "Otras"}, runtime.settings, runtime.now(session))
    assert "No se ha guardado nada" in send(nights, LAYERS, "save").text
    assert stored(runtime).body["name"] == "Otras"


def test_a_change_of_layers_keeps_what_stands_beside_them(nights, runtime):
    enter(runtime, StandingOverride.model_validate({"id": "swap", "schedule": "nights", **SWAP, "add": "clara"}))
    page = preview(nights, LAYERS, layer_2_rotation="")
    assert "Clara Vidal" not in page.text.partition("Qué haría")[2]
    send(nights, LAYERS, "save")
    at = TUESDAY_AT_THREE + DAY + 12 * HOUR  # Wednesday 28 at 15:00
    assert on_call(runtime, at, 1) == [("clara", "override:swap")]


def test_a_schedule_of_the_file_is_changed_in_the_file(clara, runtime):
    path = "/console/schedules/backup-primary"
    token = clara.open("/console/absences").page.forms[0].fields["csrf_token"]
    before = stored(runtime, "backup-primary")
    assert "La guardia backup-primary está en el archivo de configuración" in clara.open(f"{path}/layers").text
    assert "ejecute guardia apply" in clara.post(f"{path}/layers", NIGHTS | {"csrf_token": token, "do": "save"}).text
    assert "ejecute guardia apply" in clara.post(f"{path}/archive", {"csrf_token": token}).text
    assert stored(runtime, "backup-primary") == before


def test_a_schedule_is_put_away_after_a_look_and_its_past_stays(nights, runtime, clock):
    clock.advance(hours=2)
    nights.open("/console/schedules/nights/archive").press("Archivarla")
    assert stored(runtime).archived
    assert on_call(runtime, TUESDAY_AT_THREE + HOUR, 10) == [("borja", "second")]
    assert "Esta guardia está archivada" in nights.open("/console/schedules/nights").text


@pytest.mark.parametrize("running", [True, False])
def test_a_schedule_that_pages_is_not_put_away(nights, runtime, running):
    if running:
        ask(runtime)
    with runtime.database.transaction() as session:
        primary = store.find(session, "schedules", "backup-primary")
        of_console = store.Change("update", "schedules", primary.id, primary.body, primary.position, "console")
        policies = [store.find(session, "escalation_policies", one) for one in ("contingency", "cloud-normal")]
        gone = [store.Change("archive", one.section, one.id, one.body, one.position) for one in policies]
        store.save(session, [of_console, *(gone if running else [])], runtime.now(session))
    said = "Un escalado en marcha la llama" if running else "la llaman: contingency, cloud-normal"
    path = "/console/schedules/backup-primary/archive"
    assert said in nights.open(path).text
    nights.post(path, {"csrf_token": nights.open("/console/absences").page.forms[0].fields["csrf_token"]})
    assert not stored(runtime, "backup-primary").archived


def test_engineers_and_customers_do_not_change_schedules(visit):
    for path in (NEW, "/console/schedules/backup-primary/layers", "/console/schedules/backup-primary/archive"):
        assert [visit(one).open(path).status for one in (ANA, MARTA)] == [403, 403]

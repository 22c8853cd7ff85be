"""A manager replaces the rota for a span: after a look, changed and ended later, and the past stays as it was."""

from datetime import UTC, datetime, timedelta

import pytest

from alerting.rota import standing
from oncall import history
from oncall.pieces import Span
from oncall.schema import Absence, StandingOverride, StandingTemporary
from tests.services.pages.people import ANA, CLARA, MARTA
from tests.services.pages.test_rota import SWAP, enter, entries, preview, send

ROTA = "/console/schedules/backup-primary"
PAGE = f"{ROTA}/temporary"
MOVE = {"from": "2026-10-28T09:00", "to": "2026-10-29T09:00", "gaps": "layers", "note": "migración",
        "shift_1_person": "carol", "shift_1_from": "", "shift_1_to": "2026-10-28T21:00"}  # fmt: skip


@pytest.fixture
def clara(visit):
    return visit(CLARA)


def on_call(runtime, from_at, hours):
    """Who is on call by backup-primary, one after the other, as recorded and as computed."""
    start = datetime.fromisoformat(from_at).astimezone(UTC)
    with runtime.database.reading() as session:
        world = runtime.configurations.current(session).oncall
        window = Span(start, start + timedelta(hours=hours))
        found = history.shifts(session, world, world.schedules["backup-primary"], window)
    return [one.person for one in found]


def test_a_temporary_schedule_is_saved_as_it_was_previewed_and_once(clara, runtime):
    page = preview(clara, PAGE, **MOVE)
    assert "Carol Smith" in page.text
    assert "Hueco nuevo" not in page.text
    form = next(form for form in clara.page.forms if form.action == PAGE)
    assert form.fields["shift_1_from"] == "2026-10-28T09:00"
    for _ in ("a click", "a second one"):
        clara.post(PAGE, form.fields | {"do": "save"})
    (saved,) = entries(runtime, StandingTemporary)
    assert (saved["schedule"], saved["by"], saved["note"]) == ("backup-primary", "clara", "migración")
    assert on_call(runtime, "2026-10-28T08:00+01:00", 25) == ["ana", "carol", "ana"]


def test_one_without_a_fallback_shows_its_gaps_before_it_is_saved(clara):
    page = preview(clara, PAGE, **MOVE | {"gaps": "empty"})
    assert "Hueco nuevo Desde mié 28/10 21:00 (+01:00) hasta jue 29/10 09:00 (+01:00) no habría nadie" in page.text


def test_what_it_covers_and_who_is_away_is_said_in_words(clara, runtime):
    enter(runtime, StandingOverride.model_validate({"id": "swap", "schedule": "backup-primary", **SWAP}))
    enter(runtime, temporary("first", "2026-10-28T12:00+01:00", "2026-10-28T13:00+01:00"))
    enter(runtime, standing_absence("carol", "2026-10-28T10:00+01:00", "2026-10-28T11:00+01:00"))
    page = preview(clara, PAGE, **MOVE).text
    assert "La sustitución «Borja Ruiz en lugar de Ana García» no contaría desde" in page
    assert "Otra guardia temporal cuenta desde mié 28/10 12:00 (+01:00)" in page
    assert "Carol Smith está ausente desde mié 28/10 10:00 (+01:00) hasta mié 28/10 11:00 (+01:00)" in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"from": "2026-10-20T09:00", "to": "2026-10-21T09:00", "shift_1_to": ""}, "el pasado se queda como fue"),
        ({"shift_1_to": "2026-10-30T09:00"}, "Este turno se sale de la guardia temporal"),
        ({"shift_1_to": "2026-10-28T08:00"}, "El final debe venir después del principio."),
        ({"shift_1_person": "nadie"}, "No existe esa persona."),
        ({"shift_1_person": "", "shift_1_to": ""}, "Apunte un turno, o elija"),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field(clara, runtime, wrong, said):
    page = preview(clara, PAGE, **MOVE | wrong)
    assert said in page.text
    assert 'value="migración"' in page.source
    assert entries(runtime, StandingTemporary) == []


def test_nothing_is_saved_when_the_rota_changed_in_between(clara, runtime):
    preview(clara, PAGE, **MOVE)
    enter(runtime, StandingOverride.model_validate({"id": "swap", "schedule": "backup-primary", **SWAP}))
    assert "No se ha guardado nada: la guardia ha cambiado" in send(clara, PAGE, "save").text
    assert entries(runtime, StandingTemporary) == []


def test_a_change_of_one_that_has_begun_leaves_its_past(clara, runtime, clock):
    enter(runtime, temporary("move", "2026-10-27T01:00+01:00", "2026-10-28T01:00+01:00"))
    clock.advance(hours=2)  # 03:00 -> 05:00
    path = "/console/temporary/move"
    page = preview(clara, path, shift_1_person="borja", **{"from": "2026-10-27T01:00"})
    assert "Borja Ruiz" in page.text
    send(clara, path, "save")
    assert on_call(runtime, "2026-10-27T00:00+01:00", 25) == ["ana", "carol", "borja"]


def test_one_is_ended_after_a_look_and_is_gone_where_it_has_not_begun(clara, runtime):
    enter(runtime, temporary("move", "2026-10-28T01:00+01:00", "2026-10-29T01:00+01:00"))
    assert "Terminar una guardia temporal" in clara.open("/console/temporary/move/end").text
    clara.press("Terminarla ahora")
    assert entries(runtime, StandingTemporary) == []
    assert clara.open("/console/temporary/move").status == 404


def test_one_of_the_file_is_shown_and_leads_to_the_file(clara, runtime):
    body = temporary("filed", "2026-10-28T01:00+01:00", "2026-10-29T01:00+01:00").model_dump(mode="json")
    with runtime.database.transaction() as session:
        change = standing.Change("create", "temporary_schedules", "filed", body, 9, "file")
        standing.configuration.change(session, [change], runtime.settings, runtime.now(session))
    assert "en el archivo de configuración" in clara.open(PAGE).text
    assert "Cámbiela allí y ejecute guardia apply" in clara.open("/console/temporary/filed").text
    clara.post("/console/temporary/filed", clara.open(PAGE).page.forms[-1].fields | MOVE | {"do": "save"})
    with runtime.database.reading() as session:
        assert standing.store.find(session, "temporary_schedules", "filed").body == body


def test_engineers_and_customers_do_not_enter_one(visit):
    assert [visit(one).open(PAGE).status for one in (ANA, MARTA)] == [403, 403]


def temporary(id_, from_at, to_at):
    return StandingTemporary.model_validate({
        "id": id_, "schedule": "backup-primary", "from": from_at, "to": to_at,
        "shifts": [{"person": "carol", "from": from_at, "to": to_at}],
    })  # fmt: skip


def standing_absence(person, from_at, to_at):
    return Absence.model_validate({"id": "away", "person": person, "from": from_at, "to": to_at})

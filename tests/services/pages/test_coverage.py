"""The coverage and load pages of managers."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from typing import Any

import pytest

from alerting.notifications.models import AttemptRow
from alerting.notifications.out_of_use import take_out
from alerting.rota import standing
from alerting.runtime import Runtime
from oncall import rota
from oncall.pieces import Span
from oncall.schema import Absence, StandingOverride, StandingTemporary
from tests.domain.oncall.builders import local
from tests.services.pages.browsing import Browser
from tests.services.pages.people import ANA, CLARA, MARTA
from tests.services.pages.quiet import ask

HOLE = ("2026-11-04T18:00", "2026-11-05T09:00")
ADDRESS = "/console/coverage/backup-primary/20261104T170000Z/20261105T080000Z"


def enter(runtime: Runtime, *entries: standing.Entry) -> None:
    with runtime.database.transaction() as session:
        standing.enter(session, entries, runtime.settings, runtime.now(session))


def removed(person: str, from_: str, to: str, schedule: str = "backup-primary", id_: str = "hole") -> StandingOverride:
    keys: dict[str, Any] = {"id": id_, "schedule": schedule, "kind": "remove", "remove": person}
    return StandingOverride.model_validate(keys | {"from": from_, "to": to})


@pytest.fixture
def hole(runtime: Runtime) -> None:
    """Borja's Wednesday night is taken out, and Carol and Ana are both in reach: she is second then."""
    enter(runtime, removed("borja", *HOLE))


def on_call(runtime: Runtime, at: datetime) -> list[str]:
    with runtime.database.reading() as session:
        world = runtime.configurations.current(session).oncall
    return [one.person for one in rota.shifts(world.schedules["backup-primary"], world, rota.moment(at))]


def test_without_a_finding_the_page_says_so(visit):
    clara = visit(CLARA).open("/console/coverage")
    assert "Todas las horas están cubiertas" in clara.text
    assert "No se miran, porque ninguna política las avisa: backup-complete." in clara.text


def test_a_gap_is_seen_with_whoever_should_take_it(hole, visit):
    clara = visit(CLARA).open("/console/coverage")
    assert "No hay nadie de guardia del mié 04/11 18:00 (+01:00) al jue 05/11 09:00 (+01:00) (15 h)." in clara.text
    assert "Dar este turno a Ana García" in clara.links
    assert "Todas las horas están cubiertas" not in clara.text


def test_the_shift_is_given_after_a_look_and_a_second_click_changes_nothing(hole, visit, runtime, desk):
    clara = visit(CLARA).open("/console/coverage").follow("Dar este turno a Ana García")
    assert on_call(runtime, local("2026-11-05T03:00")) == []
    form = clara.page.forms[-1]
    assert form.fields["person"] == "ana"
    clara.press("Dar el turno")
    assert "Ana García está de guardia en backup-primary del mié 04/11 18:00 (+01:00)" in clara.text
    assert on_call(runtime, local("2026-11-05T03:00")) == ["ana"]
    assert on_call(runtime, local("2026-11-04T17:00")) == ["borja"]
    clara.post(form.action, form.fields)
    assert "Ana García ya tiene ese turno de backup-primary" in clara.text
    desk.run_due()
    assert [(row.person_id, row.channel) for row in attempts(runtime, "shift_yours_sms")] == [("ana", "email")]


def attempts(runtime: Runtime, template: str) -> list[AttemptRow]:
    with runtime.database.reading() as session:
        return list(session.query(AttemptRow).where(AttemptRow.template == template))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        pytest.param(
            StandingOverride.model_validate(
                {"id": "x", "schedule": "backup-primary", "kind": "add", "add": "clara", "from": HOLE[0], "to": HOLE[1]}
            ),
            "ha cambiado entretanto",
            id="covered meanwhile",
        ),
        pytest.param(
            Absence.model_validate({"id": "x", "person": "ana", "from": HOLE[0], "to": HOLE[1]}),
            "ya no está libre",
            id="absent meanwhile",
        ),
    ],
)
def test_what_has_changed_meanwhile_is_not_overwritten(hole, visit, runtime, entry, said):
    clara = visit(CLARA).open("/console/coverage").follow("Dar este turno a Ana García")
    form = clara.page.forms[-1]
    enter(runtime, entry)
    clara.post(form.action, form.fields)
    assert said in clara.text
    assert "ana" not in on_call(runtime, local("2026-11-05T03:00"))


def test_where_nobody_is_free_for_all_of_it_a_part_is_offered(hole, visit, runtime):
    for person, from_ in (("ana", "2026-11-05T00:00"), ("borja", HOLE[0])):
        away = {"id": person, "person": person, "from": from_, "to": "2026-11-05T09:00", "fill": "nobody"}
        enter(runtime, Absence.model_validate(away))
    clara = visit(CLARA).open("/console/coverage")
    assert "del mié 04/11 18:00 (+01:00) al jue 05/11 00:00 (+01:00) ? Ana García" in clara.text
    clara.follow("Dar este turno a Ana García").press("Dar el turno")
    assert on_call(runtime, local("2026-11-04T20:00")) == ["ana"]
    assert "Nadie está libre entonces." in clara.text


def test_nobody_is_given_what_has_passed(hole, visit, clock):
    clock.at = local("2026-11-05T08:00")
    clara = visit(CLARA).open(ADDRESS)
    form = clara.page.forms[-1]
    clock.at = local("2026-11-05T10:00")
    clara.post(form.action, form.fields | {"person": "ana"})
    assert "Ese tiempo ya ha pasado" in clara.text
    assert "Ese tiempo ya ha pasado" in clara.open(ADDRESS).text


def test_what_a_temporary_schedule_keeps_empty_says_what_to_do_first(visit, runtime):
    empty = {"id": "t", "schedule": "backup-primary", "from": HOLE[0], "to": HOLE[1], "gaps": "empty"}
    enter(runtime, StandingTemporary.model_validate(empty))
    clara = visit(CLARA).open("/console/coverage").follow("Dar este turno a Ana García").press("Dar el turno")
    assert "Una guardia temporal deja vacío ese tiempo de backup-primary" in clara.text
    assert on_call(runtime, local("2026-11-05T03:00")) == []


@pytest.mark.parametrize(
    "path",
    [
        "/console/coverage/unknown/20261104T170000Z/20261105T080000Z",
        "/console/coverage/backup-primary/20261105T080000Z/20261104T170000Z",
        "/console/coverage/backup-primary/20261104T170000Z/20271105T080000Z",
        "/console/coverage/backup-primary/20261304T170000Z/20261105T080000Z",
        "/console/coverage/backup-primary/20991104T170000Z/20991105T080000Z",
        "/console/coverage/backup-primary/today/tomorrow",
    ],
)
def test_a_strange_address_is_not_found(visit, path):
    assert visit(CLARA).open(path).status == 404


def test_a_strange_person_is_refused_and_none_is_asked_for(hole, visit, runtime):
    clara = visit(CLARA).open(ADDRESS)
    form = clara.page.forms[-1]
    assert clara.post(form.action, form.fields | {"person": "nobody"}).status == 400
    assert "Elija quién hace el turno." in clara.post(form.action, form.fields).text
    assert on_call(runtime, local("2026-11-05T03:00")) == []


def test_managers_alone_see_and_give(hole, visit):
    token = visit(ANA).open("/desk/handover").page.forms[0].fields["csrf_token"]
    for email in (ANA, MARTA):
        browser = visit(email)
        for path in ("/console/coverage", ADDRESS, "/console/fairness", "/console/fairness.csv"):
            assert browser.open(path).status == 403, path
        assert browser.post(ADDRESS, {"person": "ana", "csrf_token": token}).status in (400, 403)


def test_people_in_two_places_and_people_with_one_way_are_seen(visit, runtime):
    keys: dict[str, Any] = {
        "id": "x",
        "schedule": "backup-primary",
        "kind": "replace",
        "remove": "borja",
        "add": "carol",
    }
    enter(runtime, StandingOverride.model_validate(keys | {"from": HOLE[0], "to": HOLE[1]}))
    with runtime.work() as work:
        take_out(work, "sms", "+34600000003", "method_disabled")
    text = visit(CLARA).open("/console/coverage").text
    assert "Carol Smith mié 04/11 18:00 (+01:00) jue 05/11 09:00 (+01:00) backup-primary, backup-secondary" in text
    assert "Más de un paso de contingency avisa a la misma persona" in text
    assert "Carol Smith lun 02/11 09:00 (+01:00) backup-secondary Funciona un solo medio." in text


def test_a_night_with_pages_is_seen_until_the_rest_is_over(visit, runtime, desk, clock):
    desk.activate()
    clock.at = local("2026-10-27T10:00")
    clara = visit(CLARA).open("/console/coverage")
    assert "Ana García : 1 aviso por la noche, el último el mar 27/10 03:00 (+01:00)" in clara.text
    clock.at = local("2026-10-27T14:00")
    assert "aviso por la noche" not in clara.open("/console/coverage").text


def test_the_load_of_a_month_is_shown_and_downloaded(visit, desk):
    desk.activate()
    clara = visit(CLARA, "en").open("/console/fairness?month=2026-10")
    # From the 1st to Monday 12th at 09:00, and from Monday 19th at 09:00 to the end: first or second all that time.
    assert "Ana García 1 577 24 4 1 1 60" in clara.text
    rows = list(csv.reader(io.StringIO(clara.open("/console/fairness.csv?month=2026-10&months=2").source[1:])))
    assert rows[0][:4] == ["Month", "Person", "Shifts", "Hours"]
    assert {row[0] for row in rows[1:]} == {"2026-09", "2026-10"}
    assert clara.headers["Content-Disposition"] == 'attachment; filename="guardia-2026-09-2026-10.csv"'
    assert "Borja Ruiz" in {row[1] for row in rows}
    spanish = visit(CLARA).open("/console/fairness.csv?month=2026-10").source
    assert spanish.startswith(
        "\ufeffMes;Persona;Turnos;Horas;Noches;Fines de semana;Festivos;Avisos nocturnos;Peso\r\n"
    )


@pytest.mark.parametrize(
    "query", ["", "?month=2026-13", "?month=x&months=x", "?months=-1&calendar=none", "?month=2099-12"]
)
def test_a_strange_month_is_this_one_and_the_far_future_has_one_too(visit, query):
    clara = visit(CLARA)
    assert clara.open(f"/console/fairness{query}").status == 200
    assert clara.open(f"/console/fairness.csv{query}").status == 200


def test_past_months_are_what_they_were_whatever_is_edited(visit, runtime, clock):
    clara = visit(CLARA)
    before = clara.open("/console/fairness.csv?month=2026-09").source
    enter(runtime, removed("ana", "2026-09-01T00:00", "2026-09-30T00:00"))
    assert clara.open("/console/fairness.csv?month=2026-09").source == before


def test_drills_do_not_count_as_pages_at_night(visit, runtime, desk):
    desk.activate(mode="drill")
    text = visit(CLARA, "en").open("/console/fairness.csv?month=2026-10").source
    assert all(row[7] == "0" for row in list(csv.reader(io.StringIO(text)))[1:])


def test_asking_is_not_being_paged(visit, runtime):
    """A page that was never handed over has woken nobody."""
    ask(runtime)
    text = visit(CLARA, "en").open("/console/fairness.csv?month=2026-10").source
    assert all(row[7] == "0" for row in list(csv.reader(io.StringIO(text)))[1:])


FAIRLY = "/console/assignment?schedule=backup-primary&first=2026-11-16&last=2026-11-22&days=2"


@pytest.fixture
def open_week(runtime: Runtime) -> None:
    """Ana's week from the 16th is nobody's, and Carol is away on the 18th."""
    enter(
        runtime,
        removed("ana", "2026-11-16T09:00", "2026-11-23T09:00", id_="week"),
        Absence.model_validate({"id": "x", "person": "carol", "from": "2026-11-18T00:00", "to": "2026-11-19T00:00"}),
    )


def give_all(browser: Browser) -> str:
    """The button of the proposal, with every shift that its page holds; what is said then."""
    form = browser.page.forms[-1]
    assert form.buttons == ["Dar todos estos turnos"]
    written = re.findall(r'name="shift" value="([^"]+)"', browser.source)
    sent = browser.client.post(form.action, data={**form.fields, "shift": written}, follow_redirects=True)
    return sent.get_data(as_text=True)


def test_open_shifts_are_shared_out_after_a_look(open_week, visit, runtime):
    clara, again = visit(CLARA).open(FAIRLY), visit(CLARA).open(FAIRLY)
    assert on_call(runtime, local("2026-11-17T03:00")) == []
    assert "Todos estos turnos están dados" in give_all(clara)
    with runtime.database.reading() as session:
        world = runtime.configurations.current(session).oncall
    span = Span(local("2026-11-16T09:00"), local("2026-11-23T00:00"))
    shifts = rota.shifts(world.schedules["backup-primary"], world, span)
    assert rota.gaps(world.schedules["backup-primary"], world, span) == ()
    assert {one.person for one in shifts} == {"ana", "carol"}, "Borja is second on call all that week"
    assert on_call(runtime, local("2026-11-18T12:00")) == ["ana"]
    assert "ya estaban dados" in give_all(again)


def test_of_a_proposal_that_has_been_overtaken_nothing_is_given(open_week, visit, runtime):
    clara = visit(CLARA).open(FAIRLY)
    keys: dict[str, Any] = {"id": "y", "schedule": "backup-primary", "kind": "add", "add": "clara"}
    enter(runtime, StandingOverride.model_validate(keys | {"from": "2026-11-22T00:00", "to": "2026-11-22T12:00"}))
    assert "no se ha cambiado nada" in give_all(clara)
    assert on_call(runtime, local("2026-11-17T03:00")) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("first=x&last=2026-11-22", "Escriba los dos días como fechas"),
        ("first=2026-11-22&last=2026-11-21", "El último día es anterior al primero."),
        ("first=2026-11-22&last=2027-11-21", "Son más de 92 días"),
        ("first=2026-01-01&last=2026-01-02", "Esos días ya han pasado."),
        ("first=2099-12-01&last=2099-12-31", "Falta más de un año"),
        ("first=2026-11-02&last=2026-11-04", "no hay nada que dar"),
        ("", "Ver la propuesta"),
    ],
)
def test_what_the_form_says_wrong_is_answered_in_words(visit, query, said):
    assert said in visit(CLARA).open(f"/console/assignment?{query}").text


@pytest.mark.parametrize(
    "fields",
    [
        {"schedule": "unknown"},
        {"schedule": "backup-primary", "shift": "x"},
        {"schedule": "backup-primary", "shift": "20261104T170000Z/20261105T080000Z/nobody"},
        {"schedule": "backup-primary", "shift": "today/tomorrow/ana"},
    ],
)
def test_a_strange_proposal_is_refused(visit, fields):
    clara = visit(CLARA).open("/console/assignment")
    token = clara.page.forms[0].fields["csrf_token"]
    assert clara.post("/console/assignment", fields | {"csrf_token": token}).status in (400, 404)


def test_engineers_share_nothing_out(open_week, visit):
    assert visit(ANA).open("/console/assignment").status == 403

"""A manager sees the rota as a calendar and changes it after having seen what the change does."""

from datetime import UTC, datetime, timedelta

import pytest

from alerting.pagerduty import rotas
from alerting.pagerduty.models import PagerDutyRotaRow
from alerting.rota import standing
from core.documents import store
from oncall import rota
from oncall.schema import Absence, StandingChange, StandingOverride
from tests.services.pages.people import ANA, CLARA, MARTA

ROTA = "/console/schedules/backup-primary"
NEW = f"{ROTA}/overrides/new"
SWAP = {"kind": "replace", "remove": "ana", "add": "borja", "from": "2026-10-28T09:00", "to": "2026-10-29T09:00"}
AWAY = {"person": "ana", "reason": "vacation", "fill": "nobody", "from": "2026-10-28T09:00", "to": "2026-10-29T09:00"}


@pytest.fixture
def clara(visit):
    return visit(CLARA)


def entries(runtime, kind):
    with runtime.database.reading() as session:
        return [one.body for one in standing.of_console(session, kind)]


def send(browser, path, do, **fields):
    """The form of the page with that address, by the button `do`."""
    form = next(form for form in browser.page.forms if form.action == path)
    return browser.post(path, form.fields | fields | {"do": do})


def preview(browser, path, **fields):
    browser.open(path)
    return send(browser, path, "preview", **fields)


@pytest.mark.parametrize("view", ["month", "week", "list"])
def test_the_calendar_shows_shifts_hand_offs_and_today(clara, view):
    page = clara.open(f"{ROTA}?view={view}&on=2026-10-27").text
    assert "Ana García" in page
    assert "Borja Ruiz" in page or view == "week"
    assert ("hoy" in page) == (view != "list")
    assert "(+01:00)" in page


def test_a_gap_is_said_in_words_and_leads_to_somebody_who_could_take_it(clara, runtime):
    enter(runtime, StandingOverride.model_validate(
        {"id": "off", "schedule": "backup-primary", "kind": "remove", "remove": "ana",
         "from": "2026-10-28T09:00+01:00", "to": "2026-10-28T12:00+01:00"}
    ))  # fmt: skip
    page = clara.open(f"{ROTA}?on=2026-10-28").text
    assert "Desde mié 28/10 09:00 (+01:00) hasta mié 28/10 12:00 (+01:00) no hay nadie de guardia." in page
    assert "Que la haga alguien" in clara.open(f"{ROTA}/shift?at=2026-10-28T10:00:00%2B01:00").text


def test_a_shift_tells_who_why_and_by_whom_it_was_entered(clara, runtime):
    enter(runtime, StandingOverride.model_validate(
        {"id": "swap", "schedule": "backup-primary", "by": "clara", "note": "boda", **SWAP}
    ))  # fmt: skip
    page = clara.open(f"{ROTA}/shift?at=2026-10-28T10:00:00%2B01:00").text
    for shown in ("Borja Ruiz", "sustitución swap", "En lugar de Ana García", "La apuntó Clara Vidal", "boda"):
        assert shown in page


def test_an_override_is_saved_as_it_was_previewed(clara, runtime):
    page = preview(clara, NEW, **SWAP)
    assert "Qué haría" in page.text
    assert "Borja Ruiz estaría de guardia en backup-primary y en backup-secondary" in page.text
    assert entries(runtime, StandingOverride) == []
    form = next(form for form in clara.page.forms if form.action == NEW)
    for _ in ("a click", "a second one"):
        clara.post(NEW, form.fields | {"do": "save"})
    (saved,) = entries(runtime, StandingOverride)
    assert (saved["remove"], saved["add"], saved["by"]) == ("ana", "borja", "clara")
    assert "sustitución" in clara.open(f"{ROTA}?on=2026-10-28").text


def test_nothing_is_saved_and_nothing_lost_when_the_rota_changed_in_between(clara, runtime):
    preview(clara, NEW, **SWAP, note="boda de mi prima")
    enter(runtime, Absence.model_validate({"id": "ill", **AWAY_BODY}))
    page = send(clara, NEW, "save")
    assert "No se ha guardado nada: la guardia ha cambiado" in page.text
    assert "boda de mi prima" in page.source
    assert entries(runtime, StandingOverride) == []


AWAY_BODY = {"person": "ana", "fill": "nobody", "from": "2026-10-28T00:00+01:00", "to": "2026-10-28T12:00+01:00"}


def test_an_absence_that_opens_a_gap_says_so_before_it_is_saved(clara, runtime):
    page = preview(clara, "/console/absences", **AWAY)
    assert "Hueco nuevo Desde mié 28/10 09:00 (+01:00) hasta jue 29/10 09:00 (+01:00) no habría nadie" in page.text
    send(clara, "/console/absences", "save")
    assert [one["person"] for one in entries(runtime, Absence)] == ["ana"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": "2026-10-27T09:00"}, "El final debe venir después del principio."),
        ({"from": ""}, "Diga el día y la hora."),
        ({"from": "2026-10-20T09:00", "to": "2026-10-21T09:00"}, "el pasado se queda como fue"),
        ({"to": "2199-01-01T00:00"}, "apúntela por partes"),
        ({"to": "99999-01-01T00:00"}, "Eso no es un día y una hora"),
        ({"add": "nadie"}, "No existe esa persona."),
        ({"add": "ana"}, "nadie puede sustituirse a sí mismo"),
        ({"kind": "gift"}, "Elija qué ha de ocurrir."),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field_and_kept_in_the_form(clara, runtime, wrong, said):
    page = preview(clara, NEW, **SWAP | wrong, note="boda")
    assert said in page.text
    assert 'value="boda"' in page.source
    assert entries(runtime, StandingOverride) == []


def test_a_replacement_of_somebody_who_is_not_on_is_told_to_change_nothing(clara):
    assert "No cambia nada" in preview(clara, NEW, **SWAP | {"remove": "carol", "add": "clara"}).text


def test_an_entry_is_ended_after_a_look_and_one_of_the_file_is_not(clara, runtime):
    enter(runtime, StandingOverride.model_validate({"id": "swap", "schedule": "backup-primary", **SWAP}))
    page = clara.open("/console/overrides/swap/end")
    assert "Borja Ruiz en lugar de Ana García" in page.text
    clara.press("Terminarla ahora")
    assert entries(runtime, StandingOverride) == []
    assert clara.open("/console/overrides/swap/end").status == 404


def test_an_absence_of_the_file_is_refused_with_what_to_do(clara, runtime):
    with runtime.database.transaction() as session:
        body = {"id": "filed", "person": "borja", "from": "2026-12-01T00:00", "to": "2026-12-05T00:00"}
        change = standing.Change("create", "absences", "filed", body, 9, "file")
        standing.configuration.change(session, [change], runtime.settings, runtime.now(session))
    assert "en el archivo de configuración" in clara.open("/console/absences").text
    assert "Cámbiela allí y ejecute guardia apply" in clara.open("/console/absences/filed/end").text
    clara.post(
        "/console/absences/filed/end",
        {"csrf_token": clara.open("/console/absences").page.forms[0].fields["csrf_token"]},
    )
    assert "filed" in [one.id for one in runtime_absences(runtime)]


def test_an_engineer_enters_and_ends_their_own_absence_alone(visit, runtime):
    enter(runtime, Absence.model_validate({"id": "other", **AWAY_BODY, "person": "borja"}))
    ana = visit(ANA)
    preview(ana, "/console/absences", **AWAY | {"person": "borja"})
    send(ana, "/console/absences", "save", person="borja")
    assert [one["person"] for one in entries(runtime, Absence)] == ["borja", "ana"]
    assert "La terminan los responsables" in ana.open("/console/absences/other/end").text
    ana.post(
        "/console/absences/other/end", {"csrf_token": ana.open("/console/absences").page.forms[0].fields["csrf_token"]}
    )
    assert "other" in [one.id for one in runtime_absences(runtime)]
    assert ana.open(NEW).status == 403


def test_a_customer_sees_none_of_it(visit):
    marta = visit(MARTA)
    for path in (ROTA, NEW, "/console/absences", "/console/absences/x/end", f"{ROTA}/shift"):
        assert marta.open(path).status == 403


@pytest.mark.parametrize("address", ["?on=nonsense", "?on=2199-12-31", "?on=0001-01-01", "?view=x", "/shift?at=x"])
def test_an_address_that_means_nothing_shows_something(clara, address):
    assert clara.open(f"{ROTA}{address}").status == 200
    assert clara.open("/console/schedules/nothing").status == 404


def enter(runtime, *found):
    with runtime.database.transaction() as session:
        standing.enter(session, found, runtime.settings, runtime.now(session))


def runtime_absences(runtime):
    with runtime.database.reading() as session:
        return runtime.configurations.current(session).oncall.absences


CHANGE = "/console/rotations/backup-weekly/change"
SWAPPED = {"from": "2026-11-02T09:00", "turn_1": "carol", "turn_2": "ana", "turn_3": "", "first": ""}


def test_a_rotation_changes_from_a_date_on_and_the_change_is_taken_back_before_it_begins(clara, runtime):
    page = preview(clara, CHANGE, **SWAPPED)
    assert "backup-primary" in page.text
    assert "Carol Smith" in page.text
    send(clara, CHANGE, "save")
    (saved,) = entries(runtime, StandingChange)
    assert (saved["rotation"], saved["participants"], saved["by"]) == ("backup-weekly", ["carol", "ana"], "clara")
    assert people_from(runtime, "2026-11-02T12:00+01:00", "2026-11-09T12:00+01:00") == ["carol", "ana"]
    assert "Cambios por venir" in clara.open(CHANGE).text
    clara.press("Retirarlo")
    assert entries(runtime, StandingChange) == []
    assert people_from(runtime, "2026-11-02T12:00+01:00") == ["borja"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"from": "2026-10-01T09:00"}, "el pasado se queda como fue"),
        ({"turn_1": "nobody-known"}, "No existe esa persona."),
        ({"turn_1": "", "turn_2": ""}, "Elija al menos a una persona."),
        ({"first": "borja"}, "Elija a alguien que tenga turno."),
    ],
)
def test_a_change_of_a_rotation_that_cannot_be_meant_is_refused_at_its_field(clara, runtime, wrong, said):
    assert said in preview(clara, CHANGE, **SWAPPED | wrong).text
    assert entries(runtime, StandingChange) == []


def test_a_rotation_by_weekday_is_changed_in_the_file_alone(clara):
    assert clara.open("/console/rotations/by-weekday/change").status == 404


def people_from(runtime, *instants):
    with runtime.database.reading() as session:
        config = runtime.configurations.current(session)
    schedule = config.oncall.schedules["backup-primary"]
    moments = [rota.moment(datetime.fromisoformat(one).astimezone(UTC)) for one in instants]
    return [piece.person for one in moments for piece in rota.pieces(schedule, config.oncall, one)]


def test_the_past_of_an_archived_schedule_is_shown_and_cannot_be_changed(clara, runtime):
    with runtime.database.transaction() as session:
        found = standing.store.find(session, "schedules", "backup-primary")
        change = standing.Change("archive", "schedules", found.id, found.body, found.position)
        standing.configuration.change(session, [change], runtime.settings, runtime.now(session))
    page = clara.open(f"{ROTA}?on=2026-10-20").text
    assert "Esta guardia está archivada" in page
    assert "Carol Smith" in page
    assert "Que la haga otra persona" not in clara.open(f"{ROTA}/shift?at=2026-10-20T10:00:00%2B02:00").text
    assert clara.open(NEW).status == 404


def follow_pagerduty(runtime, *, read_before):
    """The primary schedule is kept in PagerDuty: Ana until noon of the next day, then somebody unknown."""
    now = runtime.now(None)
    shifts = [("PABC123", "Ana", now - timedelta(hours=9), now + timedelta(hours=33)),
              ("PEXT999", "Retén externo", now + timedelta(hours=33), now + timedelta(hours=60))]  # fmt: skip
    kept = rotas.Kept(of="us schedule PSCH001", entries=[rotas.Entry(a, b, user, name) for user, name, a, b in shifts])
    rotation = {"id": "pd", "kind": "pagerduty", "timezone": "Europe/Madrid", "pagerduty": {"schedule": "PSCH001"}}
    with runtime.database.transaction() as session:
        body = store.find(session, "schedules", "backup-primary").body | {"layers": [{"rotation": "pd"}]}
        store.save(session, [
            store.Change("create", "rotations", "pd", rotation, 9, "console"),
            store.Change("create", rotas.SECTION, "pd", kept.model_dump(mode="json"), 0, "console"),
            store.Change("update", "schedules", "backup-primary", body, 0, "console"),
        ], now)  # fmt: skip
        session.add(PagerDutyRotaRow(rotation_id="pd", of=kept.of, since_at=now - timedelta(days=1), doubted=False,
                                     read_at=now - read_before, told_users=[]))  # fmt: skip


def test_a_rota_that_is_kept_in_pagerduty_says_so_and_who_is_unknown_here(clara, runtime):
    follow_pagerduty(runtime, read_before=timedelta(minutes=3))
    page = clara.open(f"{ROTA}?view=list&on=2026-10-27").text
    assert "La rotación pd se lleva en PagerDuty; leída por última vez" in page
    assert "PagerDuty, rotación pd" in page
    assert "Retén externo (PEXT999) está de guardia en PagerDuty desde" in page


def test_a_stale_rota_is_shown_with_its_age(clara, runtime):
    follow_pagerduty(runtime, read_before=timedelta(hours=3, minutes=5))
    page = clara.open(f"{ROTA}?view=week&on=2026-10-27").text
    assert "sin actualizar" in page
    assert "(hace 3 h)" in page

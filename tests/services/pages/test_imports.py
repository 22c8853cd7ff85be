"""Absences and shifts from a calendar file."""

from __future__ import annotations

import re
from io import BytesIO

import pytest

from alerting.rota import standing
from oncall.schema import Absence, StandingOverride
from tests.services.pages.people import ADMIN, ANA, BORJA, CLARA

FROM, TO = "20261110T090000", "20261112T090000"


def event(uid, from_at=FROM, to_at=TO, title="Vacaciones"):
    return f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:{from_at}\r\nDTEND:{to_at}\r\nSUMMARY:{title}\r\nEND:VEVENT\r\n"


def file(*events):
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n"
    return (head + "".join(events) + "END:VCALENDAR\r\n").encode()


def upload(browser, path, body, **fields):
    """The form with the file chosen; then the preview stands on the page."""
    browser.open(path)
    form = next(form for form in browser.page.forms if "Leer el archivo" in form.buttons)
    return browser.post(form.action, form.fields | fields | {"file": (BytesIO(body), "calendar.ics")})


def save(browser, **changed):
    form = next(form for form in browser.page.forms if "events" in form.fields)
    ticked = re.findall(r'name="take" value="([^"]+)" checked', browser.source)
    return browser.post(form.action, form.fields | {"take": ticked} | changed)


def kept(runtime, kind=Absence):
    with runtime.database.reading() as session:
        return [kind.model_validate(one.body) for one in standing.of_console(session, kind)]


def spans(runtime, kind=Absence):
    return [(f"{one.from_:%d %H}", f"{one.to:%d %H}") for one in kept(runtime, kind)]


MINE = "/desk/absences/import"


def test_nothing_is_kept_before_it_was_seen_and_saved(visit, runtime):
    ana = upload(visit(ANA), MINE, file(event("a")))
    assert "mar 10/11 09:00 (+01:00) – jue 12/11 09:00 (+01:00) · Vacaciones nuevo" in ana.text
    assert kept(runtime) == []
    save(ana)
    assert "Guardado" in ana.text or "Guardada" in ana.text
    [one] = kept(runtime)
    assert (one.person, one.kind, one.note, one.by) == ("ana", "vacation", None, "ana")


def test_the_same_file_again_and_a_second_click_change_nothing(visit, runtime):
    ana = save(upload(visit(ANA), MINE, file(event("a"))))
    before = kept(runtime)
    upload(ana, MINE, file(event("a")))
    assert "ya está" in ana.text
    save(ana)
    assert "Ya estaba todo" in ana.text
    assert kept(runtime) == before


def test_what_has_moved_moves_and_what_is_gone_goes_after_the_page_has_said_so(visit, runtime):
    ana = save(upload(visit(ANA), MINE, file(event("a"), event("b", "20261201T090000", "20261202T090000"))))
    upload(ana, MINE, file(event("a", "20261111T090000", "20261113T090000")))
    assert "cambia" in ana.text
    assert "Ya no están en el archivo mar 01/12 09:00" in ana.text
    save(ana)
    assert spans(runtime) == [("11 08", "13 08")]
    save(upload(ana, MINE, file(event("b", "20261201T090000", "20261202T090000"))), remove="1")
    assert spans(runtime) == [("01 08", "02 08")]  # it has come back


def test_what_is_no_absence_is_taken_out(visit, runtime):
    ana = upload(visit(ANA), MINE, file(event("a"), event("b", "20261201T090000", "20261202T090000")))
    save(ana, take=re.findall(r'name="take" value="([^"]+)" checked', ana.source)[:1])
    assert spans(runtime) == [("10 08", "12 08")]


def test_what_is_gone_stays_for_whoever_says_so(visit, runtime):
    ana = save(upload(visit(ANA), MINE, file(event("a"))))
    upload(ana, MINE, file(event("b", "20261201T090000", "20261202T090000")))
    form = next(form for form in ana.page.forms if "events" in form.fields)
    ana.post(form.action, {name: value for name, value in form.fields.items() if name != "remove"})
    assert len(kept(runtime)) == 2


def test_an_absence_that_has_begun_ends_now_and_its_past_stays(visit, runtime, clock):
    save(upload(visit(ANA), MINE, file(event("a"))))
    clock.at = kept(runtime)[0].from_.replace(hour=12)
    save(upload(visit(ANA), MINE, file(event("b", "20261201T090000", "20261202T090000"))))
    assert kept(runtime)[0].to == clock.at


def test_nobodys_absences_but_ones_own_are_touched(visit, runtime):
    save(upload(visit(ANA), MINE, file(event("a"))))
    save(upload(visit(BORJA), MINE, file(event("a"))))
    assert [one.person for one in kept(runtime)] == ["ana", "borja"]


def test_what_changed_since_the_look_is_looked_at_again(visit, runtime):
    ana, again = visit(ANA), visit(ANA)
    upload(ana, MINE, file(event("a")))
    save(upload(again, MINE, file(event("b", "20261201T090000", "20261202T090000"))))
    save(ana)
    assert "algo ha cambiado desde que miró" in ana.text
    assert len(kept(runtime)) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Elija antes un archivo."),
        (b"hola", "no es un archivo de calendario"),
        (file(event("a", "20200101T090000", "20200102T090000")), "no tiene ningún evento por venir"),
    ],
    ids=["nothing", "no calendar", "the past"],
)
def test_a_file_that_cannot_be_read_says_why(visit, body, said):
    assert said in upload(visit(ANA), MINE, body).text


def test_a_body_beyond_all_measure_is_not_read(visit):
    answer = visit(ANA).client.post(MINE, data=b"x" * 2_000_001, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


def test_a_forged_list_of_events_is_a_bad_request(visit):
    ana = upload(visit(ANA), MINE, file(event("a")))
    assert save(ana, events="x").status == 400


def test_a_schedules_shifts_go_to_whom_the_titles_name(visit, runtime):
    events = file(event("1", title="Guardia Ana García"), event("2", "20261112T090000", "20261113T090000", "Refuerzo"))
    clara = upload(visit(CLARA), "/console/imports", events, schedule="backup-primary")
    assert "Ana García Guardia Ana García nuevo" in clara.text
    save(clara, **{"who-1": "borja"})
    assert kept(runtime, StandingOverride) == []  # shown anew, with Borja
    assert "Borja Ruiz Refuerzo nuevo" in clara.text
    save(clara)
    found = kept(runtime, StandingOverride)
    assert [(one.kind, one.add, one.note, one.by) for one in found] == [
        ("add", "ana", "Guardia Ana García", "clara"),
        ("add", "borja", "Refuerzo", "clara"),
    ]


def test_a_schedules_file_replaces_what_its_earlier_one_brought_and_no_other(visit, runtime):
    clara = visit(CLARA)
    for schedule in ("backup-primary", "backup-secondary"):
        save(upload(clara, "/console/imports", file(event("1", title="ana")), schedule=schedule))
    save(upload(clara, "/console/imports", file(event("2", title="borja")), schedule="backup-primary"))
    found = {(one.schedule, one.add) for one in kept(runtime, StandingOverride)}
    assert found == {("backup-primary", "borja"), ("backup-secondary", "ana")}


def test_only_managers_import_shifts_and_only_people_their_absences(visit):
    assert visit(ANA).open("/console/imports").status == 403
    assert visit(ADMIN).open(MINE).status == 403

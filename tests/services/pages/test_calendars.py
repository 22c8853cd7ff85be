"""Shifts in one's own calendar program, under a secret address."""

import re

import pytest
from icalendar import Calendar
from sqlalchemy import select

from oncall.models import CalendarFeedRow
from tests.services.pages.people import ANA, CLARA, MARTA


@pytest.fixture
def ana(visit):
    return visit(ANA).open("/desk/calendars")


def made(browser):
    """The path of the address that the page shows."""
    found = re.search(r'value="http://localhost(/feeds/[^"]+\.ics)"', browser.source)
    assert found is not None
    return found[1]


def events(browser, path):
    answer = browser.client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return Calendar.from_ical(answer.data).walk("VEVENT")


def test_ana_sees_her_own_shifts_of_all_schedules_without_signing_in(ana, visit):
    address = made(ana.press("Crear una dirección"))
    found = events(visit(), address)
    titles = {str(event["summary"]) for event in found}
    assert {"Guardia: backup-primary", "Guardia: backup-secondary"} <= titles
    begins = {event["dtstart"].dt.isoformat() for event in found if event["summary"] == "Guardia: backup-primary"}
    assert {"2026-10-05T07:00:00+00:00", "2026-10-26T08:00:00+00:00", "2026-11-16T08:00:00+00:00"} <= begins


def test_a_schedules_feed_names_everybody_and_follows_the_override(ana, visit):
    address = made(ana.press("Crear una dirección", feed="backup-primary"))
    christmas = [e for e in events(visit(), address) if e["dtstart"].dt.isoformat() == "2026-12-24T14:00:00+00:00"]
    assert [str(event["summary"]) for event in christmas] == ["Borja Ruiz · backup-primary"]


def test_what_has_not_changed_is_not_sent_again(ana, visit):
    address = made(ana.press("Crear una dirección"))
    stranger = visit().client
    etag = stranger.get(address).headers["ETag"]
    again = stranger.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


def test_the_secret_is_long_is_shown_once_and_is_kept_as_a_digest(ana, runtime):
    address = made(ana.press("Crear una dirección"))
    secret = address.removeprefix("/feeds/").removesuffix(".ics")
    assert len(secret) >= 43
    assert secret not in ana.open("/desk/calendars").source
    with runtime.database.reading() as session:
        assert secret not in str([vars(row) for row in session.scalars(select(CalendarFeedRow))])


def test_an_ended_or_renewed_address_works_no_more(ana, visit):
    first = made(ana.press("Crear una dirección"))
    second = made(ana.press("Renovar"))
    ana.press("Anular")
    for address in (first, second, "/feeds/" + "x" * 43 + ".ics"):
        assert visit().client.get(address).status_code == 404
    assert "Direcciones en uso" not in ana.open("/desk/calendars").text


def test_nobody_ends_the_address_of_somebody_else(ana, visit, runtime):
    address = made(ana.press("Crear una dirección"))
    with runtime.database.reading() as session:
        (row,) = session.scalars(select(CalendarFeedRow)).all()
    clara = visit(CLARA).open("/desk/calendars")
    token = clara.page.forms[-1].fields["csrf_token"]
    clara.post(f"/desk/calendars/{row.id}/end", {"csrf_token": token})
    assert visit().client.get(address).status_code == 200


def test_customers_have_no_calendar_of_shifts(visit):
    assert visit(MARTA).open("/desk/calendars").status == 403

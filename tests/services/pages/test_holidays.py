"""Managers confirm next year's public holidays (S-2.5)."""

import pytest
from sqlalchemy import select

from alerting.configuration import change
from alerting.holidays import service
from alerting.holidays.models import HolidayConfirmationRow
from alerting.notifications.models import AttemptRow
from core.documents import store
from tests.domain.oncall.builders import local
from tests.services.pages.people import ANA, CLARA

PAGE = "/console/holidays"
BUTTON = "Confirmar la lista de 2027"


@pytest.fixture
def clara(visit, clock):
    clock.at = local("2026-11-02T09:00")
    return visit(CLARA).open(PAGE)


def close_as_well(runtime, clock, day):
    """The calendar has one closed date more."""
    with runtime.database.transaction() as session:
        found = store.find(session, "calendars", "madrid")
        body = found.body | {"closed_dates": [*found.body["closed_dates"], day]}
        change(
            session, [store.Change("update", "calendars", "madrid", body, found.position)], runtime.settings, clock.at
        )


def mails(runtime):
    with runtime.database.reading() as session:
        rows = session.scalars(select(AttemptRow).where(AttemptRow.template == "holidays_sms").order_by(AttemptRow.id))
        return [(row.person_id, row.channel, row.facts["lines"]) for row in rows]


def remind(runtime):
    with runtime.work() as work:
        return service.remind(work)


def test_one_button_confirms_the_list_and_who_and_when_is_kept(clara, runtime, clock):
    assert "sin confirmar" in clara.text
    page = clara.press(BUTTON)
    assert "Confirmada por Clara Vidal" in page.text
    assert BUTTON not in page.buttons
    with runtime.database.reading() as session:
        row = session.scalars(select(HolidayConfirmationRow)).one()
    assert (row.calendar_id, row.year, row.confirmed_by, row.confirmed_at) == ("madrid", 2027, "clara", clock.at)
    assert "2027-01-01" in row.days


def test_a_second_click_confirms_nothing_twice(clara, runtime):
    form = next(form for form in clara.page.forms if BUTTON in form.buttons)
    for _ in range(2):
        page = clara.post(form.action, form.fields)
    assert "Ya estaba confirmada." in page.text
    with runtime.database.reading() as session:
        assert len(session.scalars(select(HolidayConfirmationRow)).all()) == 1


def test_only_the_list_that_was_seen_is_confirmed(clara, runtime, clock):
    form = next(form for form in clara.page.forms if BUTTON in form.buttons)
    close_as_well(runtime, clock, "2027-05-17")
    page = clara.post(form.action, form.fields)
    assert "La lista ha cambiado entretanto" in page.text
    assert BUTTON in page.buttons


def test_a_confirmed_list_that_changes_is_asked_for_again(clara, runtime, clock):
    clara.press(BUTTON)
    close_as_well(runtime, clock, "2027-05-17")
    page = clara.open(PAGE)
    assert "cambió tras confirmarse" in page.text
    assert "Nuevos: lun 17/05/2027" in page.text
    assert "madrid 2027" in clara.open("/console/coverage").text


def test_managers_are_reminded_by_one_mail_until_it_is_confirmed(clara, runtime, clock):
    assert remind(runtime) == 1
    assert remind(runtime) == 0
    assert mails(runtime) == [("clara", "email", ["madrid 2027"])]
    clara.press(BUTTON)
    clock.advance(days=7)
    assert remind(runtime) == 0


def test_engineers_confirm_nothing(visit, clara):
    assert visit(ANA).open(PAGE).status == 403
    assert clara.post("/console/holidays/madrid/2031", clara.page.forms[0].fields).status == 404

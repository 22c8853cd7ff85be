"""What is promised and when the office is open, for everybody to read."""

from icalendar import Calendar

from tests.services.pages.people import MARTA


def test_everybody_reads_the_agreed_times_without_signing_in(visit):
    """S-4.1"""
    page = visit().open("/sla")
    assert page.status == 200
    for shown in ("backup P1 15 min 30 min 240 min", "madrid", "09:00–18:00", "08:00–15:00"):
        assert shown in page.text


def test_a_customer_reads_the_times_of_its_own_contract(visit):
    """S-4.6"""
    assert "backup P1 10 min 30 min 240 min" in visit(MARTA).open("/sla").text


def test_the_closed_days_are_listed_and_come_as_a_calendar(visit):
    """S-2.5"""
    page = visit().open("/sla")
    assert "2026-12-07 · " in page.text
    assert "2026-11-09" in page.text
    answer = visit().open("/calendars/madrid.ics").response
    days = {str(event["dtstart"].dt) for event in Calendar.from_ical(answer.data).walk("VEVENT")}
    assert {"2026-12-25", "2026-11-09", "2027-01-01"} <= days
    assert visit().open("/calendars/atlantis.ics").status == 404

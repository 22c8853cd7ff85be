"""A ticket keeps the support terms under which it was opened."""

import pytest

from alerting.configuration import change
from core.documents import store
from tests.services.pages.people import ANA, MARTA
from tests.services.pages.quiet import ask

FIRST = {"id": "2026-01", "from": "2026-01-01", "url": "https://itsafer.example/terms-2026-01.pdf"}
SECOND = {"id": "2026-11", "from": "2026-11-01"}


@pytest.fixture
def two_versions(runtime, clock):
    """The second begins five days after the tests' clock."""
    with runtime.database.transaction() as session:
        changes = [store.Change("create", "terms", one["id"], one, n) for n, one in enumerate((FIRST, SECOND))]
        change(session, changes, runtime.settings, clock.at)


@pytest.mark.usefixtures("two_versions")
def test_old_tickets_keep_the_terms_that_they_were_opened_under(visit, runtime, clock):
    """S-7.1"""
    old = ask(runtime)
    clock.advance(days=10)
    new = ask(runtime, "files-restore")
    for email, room in ((MARTA, "portal"), (ANA, "desk")):
        page = visit(email).open(f"/{room}/tickets/{old}")
        assert "versión 2026-01" in page.text
        assert FIRST["url"] in page.source
        assert "versión 2026-11" in visit(email).open(f"/{room}/tickets/{new}").text


@pytest.mark.usefixtures("two_versions")
def test_what_is_in_force_and_what_is_announced_is_for_everybody_to_read(visit):
    """S-7.1"""
    page = visit().open("/sla").text
    assert "En vigor: versión 2026-01 , desde el 2026-01-01" in page
    assert "Anunciados: versión 2026-11, desde el 2026-11-01" in page

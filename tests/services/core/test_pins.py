"""A PIN opens for its owner alone, is kept so that nobody reads it, and is guessed slowly."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from core.accounts import pins
from core.accounts.models import TelephonePin
from core.accounts.pins import PinGuess
from core.accounts.service import ConfiguredUser, Throttled, add_user, find_user
from core.db import Database
from tests.support.time import TUESDAY_AT_THREE as NOW

KEY = b"a key that is not in the database"
PIN = "481590"
ANA = "+34600000001"


@pytest.fixture
def ana(sqlite_database: Database) -> str:
    with sqlite_database.transaction() as session:
        add_user(session, ConfiguredUser("ana@itsafer.example", ("engineer",), "ana"), NOW)
        user = find_user(session, "ana@itsafer.example")
        assert user is not None
        pins.set_pin(session, KEY, user, PIN, NOW)
        return user.id


def guess(database: Database, user: str, pin: str, *, number: str = ANA, at: timedelta = timedelta()) -> str | None:
    """The user that the PIN opens for; AssertionError when it was not even looked at."""
    with database.transaction() as session:
        admitted = pins.admit(session, [user], number, "staff", NOW + at)
        assert isinstance(admitted, PinGuess)
        found = admitted.verify(KEY, pin)
        pins.conclude(session, admitted, found)
    return found


def test_the_right_digits_open_and_no_others(sqlite_database: Database, ana: str) -> None:
    assert guess(sqlite_database, ana, PIN) == ana
    assert guess(sqlite_database, ana, "481591") is None


def test_the_digits_stand_nowhere_in_the_database(sqlite_database: Database, ana: str) -> None:
    with sqlite_database.reading() as session:
        kept = session.execute(select(TelephonePin.pin_hash)).scalar_one()
        log = str(session.execute(text("SELECT * FROM log_entries")).all())
    assert kept.startswith("$argon2id$")
    assert PIN not in kept + log
    assert "account.pin_set" in log


def test_wrong_pins_from_one_number_are_looked_at_slower_and_slower(sqlite_database: Database, ana: str) -> None:
    for _ in range(pins.NUMBER.free):
        guess(sqlite_database, ana, "481591")
    with sqlite_database.transaction() as session:
        assert isinstance(pins.admit(session, [ana], ANA, "staff", NOW), Throttled)
    assert guess(sqlite_database, ana, PIN, at=pins.NUMBER.longest) == ana


def test_many_numbers_that_try_one_customers_pins_are_slowed_down_together(sqlite_database: Database, ana: str) -> None:
    for place in range(pins.GROUP.free):
        guess(sqlite_database, ana, "481591", number=f"+3469900{place:04}")
    with sqlite_database.transaction() as session:
        assert isinstance(pins.admit(session, [ana], ANA, "staff", NOW), Throttled)

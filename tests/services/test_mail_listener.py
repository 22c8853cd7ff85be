"""The SMTP listener in conversation with a real client."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from alerting.configuration import Configurations
from alerting.mailbox.models import InboxRow
from alerting.runtime import Runtime
from core.db import Database
from service import mailserver, wiring
from service.supervisor import free_port
from tests.support import databases

OURS = "soporte@itsafer.example"
MAIL = b"From: marta@hotelsol.example\r\nMessage-ID: <1@hotelsol.example>\r\n\r\nNo arranca\r\n"


@contextmanager
def listening(database: Database, folder: Path, network: str, port: int | None = None) -> Iterator[int]:
    """A listener on a thread of its own; its port."""
    settings = databases.settings_for(
        database, folder, twilio_api_url=network, mail_in_address=OURS, mail_max_megabytes=1
    )
    runtime = Runtime(settings, database, Configurations(settings), wiring.carrier(settings))
    chosen, ready, stop = port or free_port(), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    def serve() -> None:
        loop.run_until_complete(mailserver.listen(runtime, "127.0.0.1", chosen, stop, ready.set))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert port is not None or ready.wait(5)
        yield chosen
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)
        loop.close()


@pytest.fixture
def listener(sqlite_database: Database, tmp_path: Path, network: str) -> Iterator[smtplib.SMTP]:
    with listening(sqlite_database, tmp_path, network) as port, smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        yield client


def kept(database: Database) -> list[InboxRow]:
    with database.reading() as session:
        return list(session.scalars(select(InboxRow)))


def test_a_mail_is_on_disk_when_the_sender_hears_250(listener: smtplib.SMTP, sqlite_database: Database) -> None:
    assert listener.sendmail("marta@hotelsol.example", ["Soporte+abc@itsafer.example"], MAIL) == {}
    (row,) = kept(sqlite_database)
    assert (row.raw, row.source, row.state) == (MAIL, "smtp", "new")
    assert (row.envelope_from, row.envelope_to) == ("marta@hotelsol.example", ["Soporte+abc@itsafer.example"])


def test_a_report_of_non_delivery_has_no_sender_and_is_taken(listener: smtplib.SMTP, sqlite_database: Database) -> None:
    listener.sendmail("", [OURS], MAIL)
    assert kept(sqlite_database)[0].envelope_from == ""


@pytest.mark.parametrize("address", ["victim@elsewhere.example", "root@itsafer.example", "soporte@elsewhere.example"])
def test_nothing_is_relayed_and_no_other_mailbox_is_known(
    listener: smtplib.SMTP, sqlite_database: Database, address: str
) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        listener.sendmail("marta@hotelsol.example", [address], MAIL)
    assert refused.value.recipients[address][0] == 550
    assert kept(sqlite_database) == []


def test_a_mail_that_is_too_large_is_refused(listener: smtplib.SMTP, sqlite_database: Database) -> None:
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        listener.sendmail("marta@hotelsol.example", [OURS], MAIL + b"x\r\n" * 400_000)
    assert refused.value.smtp_code == 552
    assert kept(sqlite_database) == []


def test_while_the_database_is_away_the_sender_hears_to_come_again(tmp_path: Path, network: str) -> None:
    away = Database(f"sqlite:///{tmp_path / 'empty.db'}")  # no table is there
    with listening(away, tmp_path, network) as port, smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("marta@hotelsol.example", [OURS], MAIL)
        assert refused.value.smtp_code == 451
    away.dispose()


def test_a_port_that_is_taken_is_waited_for_until_told_to_stop(
    sqlite_database: Database, tmp_path: Path, network: str, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with listening(sqlite_database, tmp_path, network, port):
            until = time.monotonic() + 5
            while "GUARDIA_MAIL_PORT" not in caplog.text and time.monotonic() < until:
                time.sleep(0.01)
    assert "GUARDIA_MAIL_PORT" in caplog.text

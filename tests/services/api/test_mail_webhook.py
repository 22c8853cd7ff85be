"""`POST /webhooks/mail`: what a mail gateway may show and send."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from alerting.configuration import Configurations
from alerting.mailbox.models import InboxRow
from alerting.runtime import Runtime
from core.db import Database
from service import wiring
from service.app import create_app
from tests.support import databases

SECRET = "a-shared-secret-of-the-gateway"
RIGHT = {"Authorization": f"Bearer {SECRET}"}
MAIL = (
    "From: marta@hotelsol.example\r\nMessage-ID: <1@hotelsol.example>\r\nSubject: Avería\r\n\r\nNo arranca, señor\r\n"
)
RAW = MAIL.encode()


def runtime_of(database: Database, folder: Path, network: str, **given: Any) -> Runtime:
    settings = databases.settings_for(database, folder, twilio_api_url=network, **given)
    return Runtime(settings, database, Configurations(settings), wiring.carrier(settings))


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path, network: str) -> Flask:
    secrets = f"{SECRET}, the-one-before"
    return create_app(runtime_of(sqlite_database, tmp_path, network, mail_webhook_secret=secrets, mail_max_megabytes=1))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def raw(client: FlaskClient, body: bytes = RAW, **more: Any) -> TestResponse:
    return client.post("/webhooks/mail", data=body, content_type="message/rfc822", **{"headers": RIGHT} | more)


def kept(database: Database) -> list[InboxRow]:
    with database.reading() as session:
        return list(session.scalars(select(InboxRow).order_by(InboxRow.id)))


def test_a_raw_mail_is_kept_whole_and_only_once(client: FlaskClient, sqlite_database: Database) -> None:
    first, again = raw(client), raw(client)
    assert (first.status_code, first.json) == (202, {"accepted": True, "duplicate": False})
    assert (again.status_code, again.json) == (202, {"accepted": True, "duplicate": True})
    (row,) = kept(sqlite_database)
    assert (row.raw, row.state, row.source, row.envelope_from) == (RAW, "new", "webhook", None)


@pytest.mark.parametrize(
    "body",
    [{"raw": MAIL}, {"raw": b64encode(RAW).decode(), "encoding": "base64"}],
    ids=["text", "base64"],
)
def test_a_mail_in_json_is_kept_with_its_envelope(
    client: FlaskClient, sqlite_database: Database, body: dict[str, str]
) -> None:
    sent = body | {"from": "", "to": ["soporte+x@itsafer.example"]}
    assert client.post("/webhooks/mail", json=sent, headers=RIGHT).status_code == 202
    (row,) = kept(sqlite_database)
    assert (row.raw, row.envelope_from, row.envelope_to) == (RAW, "", ["soporte+x@itsafer.example"])


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}, {"Authorization": "Basic !"},
     {"Authorization": "Bearer ñ"}],
)  # fmt: skip
def test_without_the_secret_nothing_is_taken(
    client: FlaskClient, sqlite_database: Database, headers: dict[str, str]
) -> None:
    answer = raw(client, headers=headers)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert kept(sqlite_database) == []


def test_the_secret_before_counts_while_it_is_named_and_so_does_a_basic_password(client: FlaskClient) -> None:
    assert raw(client, headers={"Authorization": "Bearer the-one-before"}).status_code == 202
    basic = b64encode(f"gateway:{SECRET}".encode()).decode()
    assert raw(client, headers={"Authorization": f"Basic {basic}"}).status_code == 202


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"", "message/rfc822", "there is no mail"),
        (b"  \r\n", "message/rfc822", "there is no mail"),
        (b"{", "application/json", "no JSON"),
        (b"[]", "application/json", "`raw` must be"),
        (b'{"raw": 7}', "application/json", "`raw` must be"),
        (b'{"raw": "x", "encoding": "base64"}', "application/json", "no base64"),
    ],
)
def test_what_is_no_mail_is_told_what_is_wrong(client: FlaskClient, body: bytes, kind: str, says: str) -> None:
    answer = client.post("/webhooks/mail", data=body, content_type=kind, headers=RIGHT)
    assert answer.status_code == 400
    assert says in answer.json["detail"]  # type: ignore[index]  # it is a problem


def test_a_mail_that_is_too_large_is_refused_with_the_limit(client: FlaskClient) -> None:
    for size in (1_000_001, 2_100_000):
        answer = raw(client, RAW + b"x" * size)
        assert answer.status_code == 413
        assert "GUARDIA_MAIL_MAX_MEGABYTES" in answer.json["detail"]  # type: ignore[index]  # it is a problem


def test_without_a_secret_of_ours_the_gateway_keeps_the_mail(
    sqlite_database: Database, tmp_path: Path, network: str
) -> None:
    client = create_app(runtime_of(sqlite_database, tmp_path, network)).test_client()
    answer = client.post("/webhooks/mail", data=RAW, headers={"Authorization": "Bearer "})
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


def test_while_the_database_is_away_the_gateway_keeps_the_mail(tmp_path: Path, network: str) -> None:
    away = Database(f"sqlite:///{tmp_path / 'empty.db'}")  # no table is there
    client = create_app(runtime_of(away, tmp_path, network, mail_webhook_secret=SECRET)).test_client()
    assert raw(client).status_code == 503
    away.dispose()

"""Who may speak to us as the carrier: only the carrier, about our own account."""

from __future__ import annotations

import hashlib

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from core.db import Database
from core.settings import Settings
from service import tables
from service.app import create_app
from tests.support.desk import Desk
from tests.webhooks.carrier import Carrier


def contents(database: Database) -> str:
    """A digest of every row of every table."""
    digest = hashlib.sha256()
    with database.reading() as session:
        for table in tables.metadata.sorted_tables:
            rows = session.execute(select(table).order_by(*table.primary_key.columns)).all()
            digest.update(f"{table.name}{rows!r}".encode())
    return digest.hexdigest()


@pytest.fixture
def paths(desk: Desk, reference: str) -> list[str]:
    """Every entrance, with a token that exists."""
    attempt = desk.attempts(reference, channel="voice", person_id="ana")[0]
    below = (
        *(f"{verb}/{attempt.token}" for verb in ("voice", "bridge", "whisper", "bridge-status", "status")),
        f"keys/{attempt.token}/m00",
        f"whisper/{attempt.token}/key",
        "sms",
        "voice",
    )
    return [f"/webhooks/twilio/{path}" for path in below]


FORM = {
    "CallSid": "CA1", "CallStatus": "completed", "Digits": "4", "From": "+34600000001", "To": "+34600000001",
    "MessageSid": "SM1", "MessageStatus": "failed", "Body": "vale", "DialCallStatus": "busy", "SequenceNumber": "9",
}  # fmt: skip


def test_a_forged_request_is_refused_without_a_word_and_changes_nothing(
    desk: Desk, carrier: Carrier, paths: list[str]
) -> None:
    before = contents(desk.runtime.database)
    for path in paths:
        for refused in (
            carrier.post(path, token="somebody-elses-token", **FORM),
            carrier.post(path, signature="", **FORM),
            carrier.post(path, signature="Zm9yZ2Vk", **FORM),
            carrier.post(path, AccountSid="AC" + "9" * 32, **FORM),
        ):
            assert (refused.status_code, refused.data) == (403, b""), path
    assert contents(desk.runtime.database) == before


def test_each_account_signs_its_own_requests(desk: Desk, carrier: Carrier, settings: Settings, reference: str) -> None:
    second = {"sid": "AC" + "2" * 32, "token": "token-of-the-second"}
    more = {
        "second_twilio_account_sid": second["sid"],
        "second_twilio_auth_token": SecretStr(second["token"]),
        "second_sms_from": "+34600900901",
        "second_voice_from": "+34910000002",
    }
    object.__setattr__(desk.runtime, "settings", settings.model_copy(update=more))
    attempt = desk.attempts(reference, channel="voice", person_id="ana")[0]
    path, first = f"/webhooks/twilio/status/{attempt.token}", settings.twilio_account_sid
    answers = {
        (account, token): carrier.post(path, token=token, **FORM | {"AccountSid": account}).status_code
        for account in (first, second["sid"])
        for token in (settings.twilio_auth_tokens[0], second["token"])
    }
    assert list(answers.values()) == [204, 403, 403, 204]


def test_a_right_signature_for_another_address_is_no_signature_of_this_one(
    desk: Desk, carrier: Carrier, paths: list[str]
) -> None:
    sent = carrier.client.post(paths[0], data=FORM, headers={"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="})
    assert sent.status_code == 403


def test_an_unknown_token_is_not_found(carrier: Carrier) -> None:
    for path in ("voice/x", "keys/x/m00", "bridge/x", "whisper/x", "bridge-status/x", "status/x"):
        assert carrier.post(f"/webhooks/twilio/{path}", **FORM).status_code == 404, path
    assert carrier.post("/webhooks/twilio/whisper/x/key", **FORM | {"Digits": "1"}).status_code == 404


def test_the_whole_application_lets_the_carrier_in_and_nobody_else(desk: Desk, carrier: Carrier) -> None:
    """Neither a form's token nor a session is asked of a telephone network or of a link."""
    outside = Carrier(create_app(desk.runtime).test_client(), carrier.settings)
    assert outside.text("+34600000001", "?") is not None
    assert outside.post("/webhooks/twilio/sms", signature="Zm9yZ2Vk", **FORM).status_code == 403
    headers = {"Origin": "null"}  # of a form on a page with Referrer-Policy: no-referrer
    assert outside.client.post("/a/k7Qx2mB4tZ9w", data={"code": "47"}, headers=headers).status_code == 404


def test_nothing_is_to_be_had_by_looking(carrier: Carrier, paths: list[str]) -> None:
    assert all(carrier.client.get(path).status_code in (403, 405) for path in paths)

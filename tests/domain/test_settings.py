"""The environment: defaults that run on a laptop, and what production refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import DEMO_AUTH_TOKEN, Settings

SAFE = {
    "environment": "production",
    "public_url": "https://guardia.itsafer.example",
    "secret_key": "k" * 32,
    "twilio_account_sid": "AC" + "5" * 32,
    "twilio_auth_token": "t" * 32,
}


def settings(**given: object) -> Settings:
    return Settings(**given)  # type: ignore[arg-type]


def test_the_environment_is_read_by_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDIA_PORT", "8080")
    monkeypatch.setenv("PORT", "9090")

    assert settings().port == 8080


def test_without_any_setting_everything_stays_on_this_machine() -> None:
    plain = settings(data_dir="var")

    assert plain.environment == "development"
    assert plain.public_origin == "http://127.0.0.1:8000"
    assert plain.database.startswith("sqlite:///")
    assert plain.redis.startswith("unix://")
    assert plain.production_problems() != ()


def test_production_starts_with_safe_settings() -> None:
    assert settings(**SAFE).production_problems() == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", ""),
        ("public_url", "http://guardia.itsafer.example"),
        ("secret_key", ""),
        ("secret_key", "k" * 31),
        ("twilio_api_url", "http://127.0.0.1:8001"),
        ("twilio_api_url", "https://telephones.example"),
        ("twilio_auth_token", ""),
        ("twilio_auth_token", f"{'t' * 32},{DEMO_AUTH_TOKEN}"),
    ],
)
def test_production_refuses_each_unsafe_setting_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=f"GUARDIA_{name.upper()}"):
        settings(**SAFE | {name: value})


def test_production_refuses_the_demo_account() -> None:
    given = {name: value for name, value in SAFE.items() if name != "twilio_account_sid"}

    with pytest.raises(ValidationError, match="GUARDIA_TWILIO_ACCOUNT_SID"):
        settings(**given)


def test_an_error_about_one_setting_shows_no_secret_of_another() -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**SAFE | {"public_url": "", "smtp_url": "smtp://guardia:hunter2@mail.example"})

    assert "hunter2" not in str(refused.value)


def test_secrets_are_not_shown_by_the_settings_themselves() -> None:
    shown = repr(settings(**SAFE))

    assert "k" * 32 not in shown
    assert "t" * 32 not in shown


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_address_of_any_platform_is_taken_by_psycopg(scheme: str) -> None:
    made = settings(database_url=f"{scheme}://guardia@db.example/guardia")

    assert made.database == "postgresql+psycopg://guardia@db.example/guardia"


def test_several_auth_tokens_count_while_one_is_being_rotated() -> None:
    assert settings(twilio_auth_token=" new , old,").twilio_auth_tokens == ("new", "old")


@pytest.mark.parametrize(
    ("url", "simulated", "loopback"),
    [
        ("", False, False),
        ("https://api.twilio.com", False, False),
        ("http://127.0.0.1:8001", True, True),
        ("http://[::1]:8001", True, True),
        ("http://192.0.2.7:8001", True, False),
        ("http://127.0.0.1.telephones.example", True, False),
    ],
)
def test_telephony_is_simulated_anywhere_but_at_twilio(url: str, simulated: bool, loopback: bool) -> None:
    made = settings(twilio_api_url=url)

    assert (made.uses_simulated_telephony, made.telephony_is_loopback) == (simulated, loopback)


SECOND = {
    "second_twilio_account_sid": "AC2",
    "second_twilio_auth_token": "new, old",
    "second_sms_from": "+34600900901",
    "second_voice_from": "+34910000002",
}


def test_a_second_account_signs_in_with_its_newest_token_and_is_found_by_its_numbers() -> None:
    made = settings(**SECOND)
    usual, second = made.carrier_accounts

    assert (second.user, second.password, second.tokens) == ("AC2", "new", ("new", "old"))
    assert made.carrier_account_at("+34910000002") == made.carrier_account(second.name) == second
    assert made.carrier_account_at("+34600000001") == made.carrier_account("gone") == usual
    assert "new" not in repr(second)


@pytest.mark.parametrize("missing", SECOND)
def test_half_a_second_account_is_refused_and_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(ValidationError, match=f"lacks GUARDIA_{missing.upper()}"):
        settings(**{name: value for name, value in SECOND.items() if name != missing})


def test_a_region_of_twilio_is_no_simulation_and_a_second_account_elsewhere_is() -> None:
    assert not settings(**SECOND, second_twilio_api_url="https://api.dublin.ie1.twilio.com").uses_simulated_telephony
    assert settings(**SECOND, second_twilio_api_url="https://twilio.com.example").uses_simulated_telephony


def test_a_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = settings(data_dir=tmp_path).signing_key()

    assert settings(data_dir=tmp_path).signing_key() == first
    assert len(first) >= 32
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_a_given_secret_key_is_used_and_none_is_made(tmp_path: Path) -> None:
    assert settings(data_dir=tmp_path, secret_key="k" * 32).signing_key() == b"k" * 32
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"), [("port", 70000), ("workers", 0), ("language", "fr"), ("sms_per_second", -1)]
)
def test_impossible_values_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        settings(**{name: value})

"""Secrets that people type into tickets are taken out before anything is stored (S-3.D2)."""

from __future__ import annotations

import pytest

from alerting.intake.secrets import REDACTED, redacted, without_secrets


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("password=hunter22", f"password={REDACTED}"),
        ("Password: hunter22, please", f"Password: {REDACTED}, please"),
        ("la contraseña es hunter22", f"la contraseña es {REDACTED}"),
        ("clave: 'hunter22'", f"clave: '{REDACTED}'"),
        ('{"api_key": "abc123"}', f'{{"api_key": "{REDACTED}"}}'),
        ("DB_PASSWORD=x1y2z3", f"DB_PASSWORD={REDACTED}"),
        ("key AKIAIOSFODNN7EXAMPLE here", f"key {REDACTED} here"),
        ("postgres://app:s3cret@db/x", f"postgres://{REDACTED}@db/x"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nend", f"{REDACTED}\nend"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", REDACTED),
        ("gdt_" + "a" * 43, REDACTED),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, left: str) -> None:
    """S-3.D2"""
    assert redacted(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "No arranca el ERP desde las 02:50.",
        "ERROR 0x80070005: access denied for user 'backup'",
        "He olvidado mi contraseña.",
        "https://portal.example/tickets?id=4",
        "El usuario de la plataforma es hotel-sol-01",
        "",
    ],
)
def test_what_is_none_stays_as_it_is(text: str) -> None:
    """S-3.D2"""
    assert redacted(text) == text


def test_fields_are_named_that_had_something_to_take_out_however_deep() -> None:
    told = {"symptoms": "no va", "affected": [{"name": "srv", "login": "pwd=abcdef"}], "affected_users": 3}
    cleaned, names = without_secrets(told)
    assert names == ("affected",)
    assert cleaned == {
        "symptoms": "no va",
        "affected": [{"name": "srv", "login": f"pwd={REDACTED}"}],
        "affected_users": 3,
    }

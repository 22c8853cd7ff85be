"""The signature of PagerDuty's webhooks: over the raw body, several at a time while a secret is rotated."""

from __future__ import annotations

import hmac
from hashlib import sha256

import pytest

from webhooks.signatures import pagerduty_valid

BODY = '{"event": {"id": "01", "agent": {"summary": "Peña"}}}'.encode()


def made(secret: str, body: bytes = BODY) -> str:
    return "v1=" + hmac.new(secret.encode(), body, sha256).hexdigest()


# RFC 4231, test case 2: the published vector of HMAC-SHA-256.
VECTOR = "v1=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_the_published_vector_is_valid() -> None:
    assert pagerduty_valid(["Jefe"], b"what do ya want for nothing?", VECTOR)


@pytest.mark.parametrize(
    ("secrets", "header", "valid"),
    [
        (["new"], made("new"), True),
        (["new", "old"], made("old"), True),
        (["new"], f"{made('old')},{made('new')}", True),
        (["new"], f"{made('old')} , {made('new')}", True),
        (["new"], f"v2={made('new')[3:]},{made('new')}", True),
        (["new"], made("old"), False),
        (["new"], made("new", BODY + b" "), False),
        (["new"], made("new").upper(), False),
        (["new"], made("new")[3:], False),
        (["new"], f"v2={made('new')[3:]}", False),
        (["new"], "", False),
        (["new"], None, False),
        (["new"], "v1=ñ", False),
        ([], made(""), False),
        ([""], made(""), False),
    ],
)
def test_any_secret_in_force_and_nothing_else_opens(secrets: list[str], header: str | None, valid: bool) -> None:
    assert pagerduty_valid(secrets, BODY, header) is valid

"""Twilio's signature: its own published vectors, and everything that must not pass."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha1

import pytest

from webhooks.signatures import twilio_valid

TOKEN = "12345"
URI = "/myapp.php?foo=1&bar=2"
PARAMS = {
    "CallSid": ["CA1234567890ABCDE"],
    "Digits": ["1234"],
    "From": ["+14158675309"],
    "To": ["+18005551212"],
    "Caller": ["+14158675309"],
}
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
BODY = '{"property": "value", "boolean": true}'
BODY_SHA256 = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
REPEATED = {"Sid": ["CA123"], "SidAccount": ["AC123"], "Digits": ["5678", "1234"]}
SHA256 = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"


@pytest.mark.parametrize(
    ("public_url", "uri", "params", "signature", "settings"),
    [
        ("https://mycompany.com", URI, PARAMS, SIGNATURE, None),
        ("https://mycompany.com:1234", URI, PARAMS, SIGNATURE, None),
        ("http://mycompany.com:1234", URI, PARAMS, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=", None),
        ("https://mycompany.com", URI, PARAMS, "kvajT1Ptam85bY51eRf/AJRuM3w=", None),
        ("http://mycompany.com", URI, PARAMS, "0ZXoZLH/DfblKGATFgpif+LLRf4=", None),
        ("https://mycompany.com", f"{URI}&bodySHA256={BODY_SHA256}", BODY, "a9nBmqA0ju/hNViExpshrM61xv4=", None),
        ("https://mycompany.com", URI, REPEATED, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", None),
        ("https://mycompany.com", URI, PARAMS, "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=", SHA256),
        ("https://mycompany.com/", URI, PARAMS, SIGNATURE, "algorithm=HMAC_SHA1"),
    ],
)
def test_twilios_published_vectors_are_accepted(
    public_url: str, uri: str, params: Mapping[str, Sequence[str]] | str, signature: str, settings: str | None
) -> None:
    assert twilio_valid([TOKEN], public_url, uri, params, signature, settings)


@pytest.mark.parametrize(
    "query",
    ["?y=Se%C3%B1al", "?y=%7E", "?y=%22", "?u=https%3A%2F%2Fx.es%2F..", "?a=%20b", "?a=b+c", "?", "?a=1&a=2", ""],
)
def test_the_address_is_taken_as_it_came_undecoded(query: str) -> None:
    uri = "/webhooks/twilio/sms" + query
    assert twilio_valid([TOKEN], "https://g.example", uri, {"Body": ["ñ"]}, signed("https://g.example" + uri))


def signed(url: str, token: str = TOKEN) -> str:
    """As Twilio signs a form with the one field Body=ñ."""
    return base64.b64encode(hmac.new(token.encode(), f"{url}Bodyñ".encode(), sha1).digest()).decode()


def test_during_a_rotation_the_old_and_the_new_token_both_pass() -> None:
    assert twilio_valid(["new", TOKEN], "https://mycompany.com", URI, PARAMS, SIGNATURE)
    assert twilio_valid([TOKEN, "new"], "https://mycompany.com", URI, PARAMS, SIGNATURE)


@pytest.mark.parametrize("tokens", [[], [""], ["another"]])
def test_without_the_right_token_nothing_passes(tokens: list[str]) -> None:
    assert not twilio_valid(tokens, "https://mycompany.com", URI, PARAMS, SIGNATURE)


@pytest.mark.parametrize("signature", [None, "", "x", SIGNATURE.lower(), SIGNATURE + "A", "ñ", "\udcff"])
def test_a_missing_or_wrong_signature_does_not_pass(signature: str | None) -> None:
    assert not twilio_valid([TOKEN], "https://mycompany.com", URI, PARAMS, signature)


@pytest.mark.parametrize(
    ("public_url", "uri", "params"),
    [
        ("https://other.com", URI, PARAMS),
        ("http://mycompany.com", URI, PARAMS),
        ("https://mycompany.com", "/myapp.php?foo=1", PARAMS),
        ("https://mycompany.com", "https://mycompany.com" + URI, PARAMS),
        ("https://mycompany.com", "", PARAMS),
        ("https://mycompany.com", URI, PARAMS | {"Digits": ["4"]}),
        ("https://mycompany.com", URI, PARAMS | {"Extra": ["1"]}),
        ("https://mycompany.com", URI, BODY),
    ],
)
def test_anything_changed_on_the_way_does_not_pass(
    public_url: str, uri: str, params: Mapping[str, Sequence[str]] | str
) -> None:
    assert not twilio_valid([TOKEN], public_url, uri, params, SIGNATURE)


def test_a_body_that_is_not_the_one_signed_does_not_pass() -> None:
    uri = f"{URI}&bodySHA256={BODY_SHA256}"
    assert not twilio_valid([TOKEN], "https://mycompany.com", uri, BODY + " ", "a9nBmqA0ju/hNViExpshrM61xv4=")


@pytest.mark.parametrize("settings", ["algorithm=HMAC_MD5", "algorithm=none", "algorithm=HMAC_SHA256"])
def test_the_algorithm_named_is_the_one_checked(settings: str) -> None:
    assert not twilio_valid([TOKEN], "https://mycompany.com", URI, PARAMS, SIGNATURE, settings)

import pytest
from twilio.request_validator import RequestValidator

from simulator.conversation import Gathered, gathered
from simulator.gsm7 import segments
from simulator.overrides import Overrides, split_overrides
from simulator.profiles import reply_to
from simulator.signing import signature

PUBLISHED = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"}
PUBLISHED["Caller"] = "+14158675309"
ADDRESS = "mycompany.com"
QUERY = "/myapp.php?foo=1&bar=2"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"https://{ADDRESS}{QUERY}", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (f"https://{ADDRESS}:1234{QUERY}", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (f"http://{ADDRESS}:1234{QUERY}", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (f"http://{ADDRESS}:80{QUERY}", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ],
)
def test_signatures_are_those_that_twilio_published(url: str, expected: str) -> None:
    assert signature("12345", url, PUBLISHED) == expected


@pytest.mark.parametrize(
    "url",
    ["https://a.example/x", "https://a.example:8443/x?y=%7E&z=Se%C3%B1al", "http://127.0.0.1:8000/w?u=https%3A%2F%2Fx"],
)
def test_the_sdk_accepts_every_signature(url: str) -> None:
    form = {"Body": "Sí, 47A", "Empty": "", "From": "+34600000001"}
    assert RequestValidator("secret").validate(url, form, signature("secret", url + "#rc=3", form))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("é" * 160, 1),
        ("ó" * 70, 1),
        ("ó" * 71, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 10, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_parts_of_an_sms_are_counted_as_carriers_bill_them(text: str, parts: int) -> None:
    assert segments(text) == parts


def test_connection_overrides_are_read_from_the_fragment_and_taken_off_the_url() -> None:
    url, overrides = split_overrides("https://a.example/x?y=1#rc=3&rp=ct,rt,5xx&ct=2000&rt=4000&tt=14000")
    assert url == "https://a.example/x?y=1"
    assert overrides == Overrides(2.0, 4.0, 14.0, 3, frozenset({"ct", "rt", "5xx"}))


def test_without_overrides_only_a_failed_connection_is_tried_again_once() -> None:
    _, overrides = split_overrides("https://a.example/x")
    assert overrides.retries == 1
    assert overrides.retries_after("ct")
    assert not overrides.retries_after("5xx")


def test_overrides_out_of_range_are_brought_into_range() -> None:
    _, overrides = split_overrides("https://a.example/x#rc=99&ct=1&rt=99999&tt=nonsense")
    assert overrides == Overrides(0.1, 15.0, 15.0, 5, frozenset({"ct"}))


@pytest.mark.parametrize(
    ("keys", "num_digits", "finish_on_key", "expected"),
    [
        ("", 1, "", None),
        ("4", 1, "", Gathered("4")),
        ("#", 1, "", Gathered("#")),
        ("#", 1, "#", Gathered("", "#")),
        ("4", 2, "#", None),
        ("47", 2, "#", Gathered("47")),
        ("478", 2, "#", Gathered("47")),
        ("47#", None, "#", Gathered("47", "#")),
        ("47", None, "#", None),
        ("4*", None, "*#", Gathered("4", "*")),
    ],
)
def test_a_gather_ends_with_enough_digits_or_its_finishing_key(
    keys: str, num_digits: int | None, finish_on_key: str, expected: Gathered | None
) -> None:
    assert gathered(keys, num_digits, finish_on_key) == expected


@pytest.mark.parametrize(
    ("template", "text", "reply"),
    [
        ("{code}A", "ITSAFER 0048213 P1. Responda 47A=acepto 47E=escalar.", "47A"),
        ("{code}A", "ITSAFER: aviso cerrado.", None),
        ("voy", "lo que sea", "voy"),
    ],
)
def test_a_scripted_reply_uses_the_code_of_the_message(template: str, text: str, reply: str | None) -> None:
    assert reply_to(template, text) == reply

"""Is this request Twilio's, by the signature over the address that we published and the parameters? Is it PagerDuty's,
by that over its raw body?"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator, get_signature_algorithm

SIGNATURE_HEADER = "X-Twilio-Signature"
PAGERDUTY_HEADER = "X-PagerDuty-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
_DEFAULT_PORTS = {"https": 443, "http": 80}


def twilio_valid(
    tokens: Sequence[str],
    public_url: str,
    raw_uri: str,
    params: Mapping[str, Sequence[str]] | str,
    signature: str | None,
    settings: str | None = None,
) -> bool:
    """Whether any of `tokens` signed this request; several are in force while a token is rotated.

    The address is `public_url`'s origin plus `raw_uri` (REQUEST_URI: undecoded path and query, beginning
    with "/"), never the request's own idea of its URL: a framework decodes it, a proxy changes scheme and
    host, and a forged Host header would be believed. `params` are all the form's values by name, or the body's text
    when it is JSON, which the query must then vouch for with bodySHA256. `settings` names the algorithm of
    requests signed with a shared key. No token, no signature, an unknown algorithm: False.
    Source: https://www.twilio.com/docs/usage/security
    """
    algorithm = get_signature_algorithm(settings).upper()
    if not signature or not raw_uri.startswith("/") or algorithm not in (HMAC_SHA1, HMAC_SHA256):
        return False
    if isinstance(params, str):
        if not _body_is_vouched_for(params, raw_uri):
            return False
        params = {}
    form = _Form(params)
    valid = False
    for token in filter(None, tokens):
        validator = RequestValidator(token)
        for origin in _origins(public_url):
            expected = validator.compute_signature(origin + raw_uri, form, algorithm)
            valid |= hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))
    return valid


def pagerduty_valid(secrets: Sequence[str], raw: bytes, header: str | None) -> bool:
    """Whether any of `secrets` made any of the header's signatures (`v1=<hex>`, comma-separated: several while a secret
    is rotated) over the body as it came. No secret, no signature, another version: False.
    Source: https://developer.pagerduty.com/docs/verifying-webhook-signatures
    """
    given = [part.strip() for part in (header or "").split(",")]
    valid = False
    for secret in filter(None, secrets):
        expected = "v1=" + hmac.new(secret.encode(), raw, sha256).hexdigest()
        for one in given:
            valid |= hmac.compare_digest(expected.encode(), one.encode(errors="replace"))
    return valid


class _Form(dict[str, Sequence[str]]):
    """The multi-valued mapping that the SDK knows how to read."""

    def getlist(self, name: str) -> list[str]:
        return list(self[name])


def _origins(public_url: str) -> Iterator[str]:
    """As published, with the port, and without: Twilio signs one or the other."""
    url = urlsplit(public_url)
    host = url.netloc.rpartition("@")[2]
    if url.port:
        host = host.removesuffix(f":{url.port}")
    yield f"{url.scheme}://{host}"
    yield f"{url.scheme}://{host}:{url.port or _DEFAULT_PORTS.get(url.scheme, 443)}"


def _body_is_vouched_for(body: str, raw_uri: str) -> bool:
    claimed = parse_qs(urlsplit("//host" + raw_uri).query).get("bodySHA256", [""])[0]
    return hmac.compare_digest(
        sha256(body.encode(errors="replace")).hexdigest().encode(), claimed.encode(errors="replace")
    )

"""The signature that Twilio puts on every request it makes to us: written from Twilio's page "Validating requests",
apart from the product and from the SDK, so that an error in either shows."""

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha1
from urllib.parse import urlsplit, urlunsplit


def signature(auth_token: str, url: str, params: Mapping[str, str]) -> str:
    """Base64 of HMAC-SHA1(auth_token, url + every key and value, sorted by key).

    `url` as it goes over the wire, query included; its fragment is never signed. `params` are the fields of a form
    post; for GET they are part of the url already, so pass none.
    """
    signed = signed_url(url) + "".join(key + params[key] for key in sorted(params))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), sha1).digest()).decode()


def signed_url(url: str) -> str:
    """The url as Twilio signs it: https loses its port, http keeps it (the vectors of the SDKs show both)."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if parts.scheme == "https" and parts.port is not None:
        netloc = netloc.rpartition(":")[0]
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))

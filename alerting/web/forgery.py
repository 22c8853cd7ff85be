"""Requests that another site makes in our user's browser: refused by where they come from, and by the form's token."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, request
from flask_wtf import CSRFProtect  # type: ignore[import-untyped]

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

# They bring a proof of their own with every request and never look at a cookie: a bearer token, a carrier's signature,
# an integration's key, the two digits of a page.
OWN_PROOF = ("/api/", "/webhooks/", "/integrations/", "/heartbeats/", "/a/")


def install(app: Flask, public_origin: str) -> None:
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # the page with the button may have been open since yesterday
        WTF_CSRF_SSL_STRICT=False,  # looks at the Referer, which privacy settings remove; Origin is checked instead
    )
    csrf = CSRFProtect(app)

    @app.before_request
    def refuse_forgeries() -> None:
        if request.method in SAFE or request.path.startswith(OWN_PROOF):
            return
        ours = {public_origin, request.host_url.rstrip("/")}
        if not same_origin(request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site"), ours):
            abort(403)
        csrf.protect()


def same_origin(origin: str | None, fetch_site: str | None, ours: set[str]) -> bool:
    """False for a request that says it comes from elsewhere. Browsers send Origin with every form; a client that sends
    neither header is no browser, and cannot be made to send our user's cookie."""
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        return False
    if origin == "null":  # a page with Referrer-Policy: no-referrer, or a sandbox
        return fetch_site == "same-origin"
    return origin is None or _plain(origin) in {_plain(one) for one in ours}


def _plain(origin: str) -> tuple[str, str]:
    parts = urlsplit(origin)
    return parts.scheme, parts.netloc.lower()

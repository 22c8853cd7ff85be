"""One look at the service: `/readyz` over HTTP, the only thing of it that the watchdog touches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from deadman.decision import Sight

CONNECT_SECONDS = 3.0
READ_SECONDS = 6.0
PAGES = ("ready", "degraded")
LONGEST_DETAIL = 200


def look(session: requests.Session, url: str) -> Sight:
    """Whether the service says by itself that it can page. What else may answer in its place is no good sign:
    a proxy's error page, a page to sign in at."""
    try:
        answer = session.get(f"{url}/readyz", timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False)
    except requests.RequestException as error:
        return Sight(False, "silent", type(error).__name__)
    said = _said(answer)
    if said is None:
        return Sight(False, "strange", f"HTTP {answer.status_code}")
    if answer.status_code == requests.codes.ok and said.get("status") in PAGES:
        return Sight(True)
    return _of_checks(said)


def _said(answer: requests.Response) -> Mapping[str, Any] | None:
    """The body of `/readyz`; None when it is something else's."""
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) and isinstance(body.get("checks"), dict) else None


def _of_checks(said: Mapping[str, Any]) -> Sight:
    failed = {
        str(name): str(check.get("detail", ""))
        for name, check in said["checks"].items()
        if isinstance(check, dict) and check.get("ok") is not True
    }
    detail = "; ".join(f"{name}: {detail}" for name, detail in failed.items())[:LONGEST_DETAIL]
    return Sight(False, "clock" if "clock" in failed else "checks", detail)

"""What our own mail server found out about who sent a mail (Authentication-Results, RFC 8601). Anybody can write that
header; only the topmost counts, and only under the name of the server that we trust to have written it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alerting.mailbox.received import Verdict

_COMMENT = re.compile(r"\([^()]*\)")
_METHOD = re.compile(r"^\s*(dmarc|dkim|spf)(?:/\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
_SIGNER = re.compile(r"\bheader\.(?:d|i)\s*=\s*\"?(?:[^\s\";@]*@)?([^\s\";]+)", re.IGNORECASE)
_ENVELOPE = re.compile(r"\bsmtp\.mailfrom\s*=\s*\"?(?:[^\s\";@]*@)?([^\s\";]+)", re.IGNORECASE)


def verdict_of(headers: Sequence[str], trusted_host: str, sender: str) -> Verdict | None:
    """`headers` are the mail's Authentication-Results, topmost first. None where nothing can be said: no trusted server
    is named, it was not the last to write, or neither signature nor sending machine speaks for the sender's domain."""
    if not trusted_host or not headers:
        return None
    plain = _COMMENT.sub(" ", " ".join(headers[0].split()))
    host, *results = plain.split(";")
    if host.strip().partition(" ")[0].lower() != trusted_host.lower():
        return None
    domain = sender.rpartition("@")[2]
    aligned = False
    for result in results:
        if not (method := _METHOD.match(result)):
            continue
        name, outcome = method[1].lower(), method[2].lower()
        if name == "dmarc" and outcome in ("pass", "fail"):
            return "pass" if outcome == "pass" else "fail"
        if outcome == "pass":
            signer = (_SIGNER if name == "dkim" else _ENVELOPE).search(result)
            aligned |= name != "dmarc" and signer is not None and _speaks_for(signer[1].lower(), domain)
    return "pass" if aligned else None


def _speaks_for(signer: str, domain: str) -> bool:
    """Its own domain, or one above: `hotelsol.example` for `mail.hotelsol.example`."""
    return "." in signer and (domain == signer or domain.endswith("." + signer))

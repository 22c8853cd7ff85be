"""Whether a machine wrote a mail (RFC 3834, RFC 2369, and what mail programs do besides): then it is never answered and
reopens nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

from alerting.mailbox.received import Automatic

Header = Callable[[str], str]

_REPLIES = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mail-autoreply")
_BULK = frozenset({"bulk", "junk"})
_NO_REPLY = re.compile(
    r"(?:no-?_?\.?reply|do-?_?not-?_?reply|no-?responder|mailer-daemon|postmaster|bounces?|notifications?|listserv|"
    r"majordomo)(?:[+._-].*)?",
    re.IGNORECASE,
)
# Whole phrases only: "Ausencia de copias" is a customer in trouble, and not an absence notice.
_VACATION = re.compile(
    r"^(?:auto(?:matic|mated)?[ -]?(?:reply|response)\b|auto:|respuesta autom[aá]tica|resposta autom[aà]tica|"
    r"out of (?:the )?office|fuera de (?:la )?oficina|fora de l'oficina|"
    r"(?:ausente|ausencia) (?:de (?:la|mi) oficina|por vacaciones|temporal|hasta)|abwesend|abwesenheit|"
    r"automatische antwort|r[eé]ponse automatique|(?:estoy )?de vacaciones\b|on vacation)",
    re.IGNORECASE,
)
_RE = re.compile(r"^(?:\s*(?:re|rv|fwd?|aw|tr|wg)\s*:)+\s*", re.IGNORECASE)


def why_automatic(header: Header, sender: str, return_path: str | None, subject: str, kind: str) -> Automatic | None:
    """None when a person seems to have written it. `header` gives a header's value in lower case, "" when there is
    none; `kind` is the Content-Type with its parameters."""
    submitted = header("auto-submitted").partition(";")[0].strip()
    if submitted.startswith("auto-replied") or any(header(name) for name in _REPLIES):
        return "auto_replied"
    if _VACATION.match(plain_subject(subject)):
        return "vacation"
    if "disposition-notification" in kind:
        return "receipt"
    if submitted and submitted != "no":
        return "auto_generated"
    precedence = header("precedence").strip()
    if precedence == "auto_reply":
        return "auto_replied"
    if header("list-id") or header("list-unsubscribe") or precedence == "list":
        return "list"
    if precedence in _BULK:
        return "bulk"
    if return_path == "":
        return "null_sender"
    return "no_reply" if _NO_REPLY.fullmatch(sender.partition("@")[0]) else None


def plain_subject(subject: str) -> str:
    """Without Re:, RV:, Fwd: and their like."""
    return _RE.sub("", subject).strip()

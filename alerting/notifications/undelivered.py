"""Why a mail did not arrive, from the code that a mail server gave: in few kinds, and in words that a customer can do
something with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from alerting.notifications.wording import Language

Reason = Literal["mailbox_full", "no_such_mailbox", "disabled", "too_large", "refused", "no_answer", "unknown"]

# RFC 3463: class.subject.detail. The subject and detail say why; the class, whether for ever.
_EXACT: Mapping[str, Reason] = {
    "2.1": "disabled",
    "2.2": "mailbox_full",
    "2.3": "too_large",
    "3.4": "too_large",
    "4.7": "no_answer",
}
_BY_SUBJECT: Mapping[str, Reason] = {"1": "no_such_mailbox", "4": "no_answer", "7": "refused"}
# RFC 5321 4.2.3, for servers that give no other.
_BASIC: Mapping[str, Reason] = {
    "550": "no_such_mailbox",
    "551": "no_such_mailbox",
    "552": "mailbox_full",
    "553": "no_such_mailbox",
    "554": "refused",
    "unavailable": "no_answer",
}
_STATUS = re.compile(r"[245]\.(\d{1,3})\.(\d{1,3})")

WORDS: Mapping[Reason, Mapping[Language, str]] = {
    "mailbox_full": {"es": "buzón lleno", "en": "mailbox full"},
    "no_such_mailbox": {"es": "la dirección no existe", "en": "there is no such address"},
    "disabled": {"es": "el buzón no acepta correo", "en": "the mailbox takes no mail"},
    "too_large": {"es": "el mensaje es demasiado grande", "en": "the message is too large"},
    "refused": {"es": "su servidor lo rechaza", "en": "its server refuses it"},
    "no_answer": {"es": "su servidor no responde", "en": "its server does not answer"},
    "unknown": {"es": "su servidor lo ha devuelto", "en": "its server sent it back"},
}


def reason_of(code: str | None) -> Reason:
    """`5.2.2` (RFC 3463), `552` (RFC 5321), or our own word when nobody answered."""
    if code is None:
        return "unknown"
    if status := _STATUS.fullmatch(code):
        subject, detail = status[1], status[2]
        return _EXACT.get(f"{subject}.{detail}") or _BY_SUBJECT.get(subject, "unknown")
    return _BASIC.get(code, "unknown")


def in_words(reason: str, language: Language) -> str:
    return next((words for known, words in WORDS.items() if known == reason), WORDS["unknown"])[language]

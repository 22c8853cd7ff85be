"""What a mail becomes as the words of a ticket: a title, and its text with what was attached and could not be kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from alerting.mailbox.automatic import plain_subject
from alerting.mailbox.received import Received
from alerting.notifications.wording import Language
from core.ids import parse_reference

LONGEST = 20_000
MOST_NAMED = 20
_CODE = re.compile(r"\[?[A-Za-z]{2,10}-\d{7,12}\]?")

_NOT_KEPT: Mapping[Language, str] = {
    "es": "[Adjunto no guardado: {name}: {why}]",
    "en": "[Attachment not kept: {name}: {why}]",
}
_MORE: Mapping[Language, str] = {"es": "[y {count} adjuntos más]", "en": "[and {count} more attachments]"}
_CUT: Mapping[Language, str] = {
    "es": "[… el correo es más largo; el texto completo está en el buzón]",
    "en": "[… the mail is longer; the whole text is in the mailbox]",
}
_NO_TEXT: Mapping[Language, str] = {"es": "(correo sin texto)", "en": "(a mail without text)"}


def reference_in(subject: str, prefix: str) -> str | None:
    """The first reference with a right check digit; digits alone are no reference in a subject."""
    for match in _CODE.finditer(subject):
        if match[0].strip("[]").upper().startswith(prefix.upper()) and (found := parse_reference(match[0], prefix)):
            return found
    return None


def title(mail: Received) -> str | None:
    """The subject without Re: and without references; None when nothing is left."""
    return " ".join(_CODE.sub(" ", plain_subject(mail.subject)).split()).strip(" -:·") or None


def body(mail: Received, language: Language, not_kept: Sequence[tuple[str, str]] = ()) -> str:
    """What is new in the mail, never empty. `not_kept`: names of files that are no attachments of the ticket, each
    with the reason; the others are."""
    notes = [_NOT_KEPT[language].format(name=name, why=why) for name, why in not_kept[:MOST_NAMED]]
    if more := len(not_kept) - MOST_NAMED:
        notes += [_MORE[language].format(count=more)] if more > 0 else []
    text = mail.text or title(mail) or _NO_TEXT[language]
    room = LONGEST - sum(len(note) + 1 for note in notes) - 200
    if len(text) > room:
        text = f"{text[:room].rstrip()}\n{_CUT[language]}"
    return "\n\n".join([text, *(["\n".join(notes)] if notes else [])])

"""Our sender numbers as a contact: whoever saves it sees who rings, and may let it ring at night. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from alerting.notifications.wording import one_line

NAME_LENGTH = 100


def card(provider: str, numbers: Iterable[str], mail_from: str) -> str:
    """vCard 3.0 (RFC 2426), which every telephone imports."""
    name = one_line(f"{provider} Guardia", NAME_LENGTH)
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{_escaped(name)};;;;",
        f"FN:{_escaped(name)}",
        f"ORG:{_escaped(one_line(provider, NAME_LENGTH))}",
        *(f"TEL;TYPE=WORK,VOICE:{number}" for number in dict.fromkeys(numbers) if number),
        f"EMAIL;TYPE=INTERNET:{_escaped(one_line(mail_from, NAME_LENGTH))}",
        "END:VCARD",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _escaped(text: str) -> str:
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return text

"""Names of files as they can be shown and saved anywhere."""

from __future__ import annotations

import unicodedata

from alerting.attachments.kinds import FileKind

LONGEST = 120
NAMELESS = "file"
# Of Windows: forbidden in names, and names of devices.
_FORBIDDEN = frozenset('<>:"|?*')
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
)  # fmt: skip


def cleaned(name: str, kind: FileKind) -> str:
    """The last part of a path, without what turns or hides text (control and direction marks), at most LONGEST
    characters, and with an ending of the kind: `backup.ps1` is read as text, so it is called `backup.ps1.txt`, and
    nothing runs when somebody clicks on it."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(_shown(c) for c in unicodedata.normalize("NFC", last))
    shown = " ".join(shown.split()).strip(". ") or NAMELESS
    if shown.partition(".")[0].upper().rstrip() in _DEVICES:
        shown = f"_{shown}"
    ending = shown.rpartition(".")[2].lower() if "." in shown else ""
    fits = ending if ending in kind.endings else kind.endings[0]
    stem = shown[: -len(ending) - 1] if ending in kind.endings else shown
    return f"{stem[: LONGEST - len(fits) - 1].rstrip('. ') or NAMELESS}.{fits}"


def plain(name: str) -> str:
    """For a file that is not kept: what it was called, as it can be shown."""
    shown = "".join(_shown(c) for c in name.replace("\\", "/").rsplit("/", 1)[-1])
    return " ".join(shown.split())[:LONGEST] or NAMELESS


def _shown(character: str) -> str:
    if character in _FORBIDDEN:
        return "_"
    category = unicodedata.category(character)
    if category.startswith("Z"):
        return " "
    return "" if category.startswith("C") else character

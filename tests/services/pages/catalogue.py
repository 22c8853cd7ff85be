"""The texts of all pages, found in the source as the catalogues must hold them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_file

ALERTING = Path(__file__).parents[3] / "alerting"
ROOMS = ("web", "portal", "desk", "console")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}
Message = str | tuple[str, ...]


def templates() -> list[Path]:
    """Of the pages; the page behind the link of an SMS has its words beside it."""
    found = (path for room in ROOMS for path in (ALERTING / room).rglob("*.html"))
    return sorted(path for path in found if path.parent.name != "link")


def messages() -> set[Message]:
    return {message for path in templates() for message in _of(path, "jinja2.ext:babel_extract")} | {
        message for room in ROOMS for path in (ALERTING / room).rglob("*.py") for message in _of(path, "python")
    }


def _of(path: Path, method: str) -> Iterator[Message]:
    for _, message, _, _ in extract_from_file(method, path, keywords=KEYWORDS, options={"silent": "false"}):
        yield message


if __name__ == "__main__":
    for found in sorted(messages(), key=str):
        print(repr(found))

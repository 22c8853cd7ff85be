"""What a file is, by its content: the few kinds that are kept. A name and the sender's word count for nothing."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass

HEAD = 16
"""How many bytes tell a kind, unless it is text."""


@dataclass(frozen=True)
class FileKind:
    """`endings` of names that fit, the usual one first. `picture`: its format for Pillow, None for what is only ever
    downloaded."""

    media_type: str
    endings: tuple[str, ...]
    picture: str | None = None


PNG = FileKind("image/png", ("png",), "PNG")
JPEG = FileKind("image/jpeg", ("jpg", "jpeg"), "JPEG")
GIF = FileKind("image/gif", ("gif",), "GIF")
WEBP = FileKind("image/webp", ("webp",), "WEBP")
PDF = FileKind("application/pdf", ("pdf",))
ZIP = FileKind("application/octet-stream", ("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp"))
GZIP = FileKind("application/octet-stream", ("gz", "tgz"))
SEVEN_ZIP = FileKind("application/octet-stream", ("7z",))
# HTML and SVG are text like any other: never given out as what a browser would run.
TEXT = FileKind(
    "text/plain",
    (
        *("txt", "log", "csv", "tsv", "json", "xml", "yaml", "yml", "ini", "conf", "cfg", "out", "err", "md", "sql"),
        *("eml", "ics", "html", "htm", "svg"),
    ),
)

_MAGIC: tuple[tuple[bytes, FileKind], ...] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
    (b"\x1f\x8b\x08", GZIP),
    (b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Bytes that no text has: all controls but those of lines, tabs, pages and a terminal's colours.
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\b\x1b")) + b"\x7f"


def of_head(head: bytes) -> FileKind | None:
    """By the first HEAD bytes; None when they are no known mark, which text never has."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


def is_text(chunks: Iterable[bytes]) -> bool:
    """Whether it can be read as lines: in any 8-bit encoding, or in UTF-16 with its mark, as Windows writes logs."""
    decoder = None
    try:
        for number, chunk in enumerate(chunks):
            if number == 0 and chunk[:2] in _UTF16:
                decoder = codecs.getincrementaldecoder("utf-16")()
            if decoder is not None:
                if "\0" in decoder.decode(chunk):
                    return False
            elif len(chunk.translate(None, _CONTROLS)) != len(chunk):
                return False
        return decoder is None or "\0" not in decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False

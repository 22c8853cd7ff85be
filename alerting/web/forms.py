"""What people type into forms. Pure."""

from __future__ import annotations

import unicodedata

KEPT = frozenset("\n\t")


def text(typed: str, longest: int) -> str:
    """`typed` as it can be stored: one kind of line end, no other control characters (PostgreSQL takes no NUL, UTF-8 no
    half of a surrogate pair), no space around it, cut at `longest` characters."""
    lines = typed.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in KEPT or unicodedata.category(c) not in ("Cc", "Cs")).strip()[:longest]

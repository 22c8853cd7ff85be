"""Passwords and keys that people type into tickets are taken out before anything is stored (S-3.D2): a ticket is read
by many and kept for years."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REDACTED = "[···]"

_WORD = (
    r"(?:pass(?:word|wd|phrase)?|pwd|contraseñ?a|contrasenya|clave|secret|token|api[_-]?key|secret[_-]?access[_-]?key)"
)
_PATTERNS = (
    # A whole private key, also one whose end was not pasted.
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}\b"),
    re.compile(r"\bgdt_[A-Za-z0-9]{20,}\b"),
    re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    # The first part has an end and the last may be missing: what can only fail late makes a long text take minutes.
    re.compile(r"\beyJ[A-Za-z0-9_-]{10,500}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]+)?"),
    re.compile(r"(?<=://)[^\s/:@]{1,100}:[^\s/@]{1,100}(?=@)"),
)
# A value behind a word like "password" and a sign; the word stays, so that everybody sees what was taken out.
_NAMED = re.compile(rf"(?i)(\b\w*{_WORD}\b[\"']?\s*(?:=|:|\bes\b|\bis\b)\s*[\"']?)([^\s\"',;]{{3,200}})")


def redacted(text: str) -> str:
    """The text without what looks like a secret."""
    for pattern in _PATTERNS:
        text = pattern.sub(REDACTED, text)
    return _NAMED.sub(rf"\1{REDACTED}", text)


def without_secrets(told: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The same values with every text redacted, however deep; and the names of the outer fields that had something to
    take out, in their order."""
    cleaned = {name: _cleaned(value) for name, value in told.items()}
    return cleaned, tuple(name for name, value in told.items() if cleaned[name] != value)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {name: _cleaned(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value

"""What is new in an answer: without the mail it quotes. Only what is surely a quotation at the end is cut; whoever
writes between the quoted lines keeps all of it, and the whole mail is stored beside."""

from __future__ import annotations

import re

# "El lun, 2 nov 2026 a las 10:11, Guardia (<…>) escribió:", "On Mon, Nov 2, 2026 at 10:11 AM Guardia <…> wrote:"
_ATTRIBUTION = re.compile(
    r"^\s*(?:el|on|le|am|em|a data)\b.{4,300}?"
    r"\b(?:escribió|va escriure|wrote|a écrit|schrieb|escreveu|escribiu)\s*:\s*$",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"^\s*-{2,}\s*(?:original message|mensaje original|missatge original|mensaxe orixinal|forwarded message|"
    r"mensaje reenviado|message d'origine)\s*-{2,}\s*$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\s*\*?(?:from|de|von)\s*:\*?\s+\S", re.IGNORECASE)
_HEADER = re.compile(
    r"^\s*\*?(?:sent|enviado(?: el)?|enviat(?: el)?|date|fecha|data|to|para|per a|cc|subject|asunto|assumpte|assunto)"
    r"\s*:\*?",
    re.IGNORECASE,
)
_UNDERSCORES = re.compile(r"^\s*_{10,}\s*$")
_SIGNATURE = "-- "
ATTRIBUTION_LINES = 3  # mail programs break it when it is long


def new_text(whole: str) -> str:
    """Everything when nothing would be left, or when the answer stands between or below what it quotes."""
    lines = whole.splitlines()
    kept = _without_signature(_without_quotation(lines))
    text = "\n".join(kept).strip()
    return text or whole.strip()


def _without_quotation(lines: list[str]) -> list[str]:
    for n in range(len(lines)):
        if _RULE.match(lines[n]) or _begins_headers(lines, n):
            return _without_rule(lines[:n])
        length = _attribution(lines, n)
        if length and _is_quotation(lines[n + length :]):
            return lines[:n]
    return _without_trailing_quotes(lines)


def _begins_headers(lines: list[str], n: int) -> bool:
    """Outlook: From, and two more headers among the lines that follow."""
    if not _FROM.match(lines[n]):
        return False
    return sum(1 for line in lines[n + 1 : n + 6] if _HEADER.match(line)) >= 2


def _attribution(lines: list[str], n: int) -> int:
    """How many lines from `n` on it has; 0 when there is none."""
    for length in range(1, ATTRIBUTION_LINES + 1):
        joined = " ".join(lines[n : n + length])
        if len(joined) <= 400 and _ATTRIBUTION.match(joined):
            return length
    return 0


def _is_quotation(lines: list[str]) -> bool:
    """All of it is marked, or none: programs that mark nothing quote everything that follows. Marked and unmarked lines
    together are an answer between the lines."""
    words = [line for line in lines if line.strip()]
    marked = sum(1 for line in words if line.lstrip().startswith(">"))
    return marked in (0, len(words))


def _without_trailing_quotes(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    quoted = any(line.strip() for line in lines[end:])
    above = any(line.lstrip().startswith(">") for line in lines[:end])
    return lines[:end] if quoted and not above else lines


def _without_rule(lines: list[str]) -> list[str]:
    while lines and (not lines[-1].strip() or _UNDERSCORES.match(lines[-1])):
        lines = lines[:-1]
    return lines


def _without_signature(lines: list[str]) -> list[str]:
    """RFC 3676 4.3: a line of two hyphens and a space; mail programs that trim lines leave the hyphens alone."""
    for n, line in enumerate(lines):
        if line == _SIGNATURE or line == _SIGNATURE.rstrip():
            return lines[:n]
    return lines

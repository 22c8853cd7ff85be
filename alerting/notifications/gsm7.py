"""The alphabet of a text message: folding to GSM-7, counting segments, fitting one segment.

Source: 3GPP TS 23.038, default alphabet and extension table.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

SEGMENT = 160
LEAST = 6  # septets a shortened name keeps before optional words are left out instead

_DEFAULT = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€")
_ALPHABET = _DEFAULT | _EXTENSION
_KEPT = frozenset("ñÑüÜ¿¡")
_LOOKS_LIKE = {
    **dict.fromkeys("‘’‚‛′`´ʹʼ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "‹": "<",
    "›": ">",
    "⁄": "/",
    "×": "x",
    "•": "-",
    "·": ".",
    "°": "o",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "œ": "oe",
    "Œ": "OE",
    "ı": "i",
    "þ": "th",
    "Þ": "Th",
    "ð": "d",
    "Ð": "D",
}
_INVISIBLE = frozenset({"Cc", "Cf", "Mn", "Mc", "Me"})  # control, bidi and zero-width, combining marks
_BLANK = frozenset({"Zs", "Zl", "Zp"})


@dataclass(frozen=True)
class Part:
    """A piece of a message. `shorten`: may lose its end. `rank` 0 always stays; the highest rank is
    left out first, whole. Codes, references, telephone numbers and links are rank 0 and never shortened."""

    text: str
    shorten: bool = False
    rank: int = 0


def fold(text: str) -> str:
    """`text` in GSM-7: accents go uniformly ("é" too, though the alphabet has it: "accion, exito" reads
    better than "accion, éxito"), ñ ü ¿ ¡ stay, what cannot be written becomes "?". Idempotent."""
    return "".join(_fold_character(c) for c in unicodedata.normalize("NFC", text))


def _fold_character(character: str) -> str:
    if character in "\n\r\t\v\f":
        return " "
    if character in _KEPT:
        return character
    known = _LOOKS_LIKE.get(character)
    if known is not None:
        return known
    base = unicodedata.normalize("NFKD", character)
    if base != character:
        return "".join(_fold_character(c) for c in base)
    category = unicodedata.category(character)
    if category in _BLANK:
        return " "
    if category in _INVISIBLE:
        return ""
    return character if character in _ALPHABET else "?"


def septets(text: str) -> int:
    """Length of a GSM-7 text as carriers count it: ^ { } \\ [ ~ ] | € take two."""
    return sum(2 if c in _EXTENSION else 1 for c in text)


def segments(text: str) -> int:
    """How many SMS parts carriers will bill for `text`: 160/153 GSM-7 or 70/67 UCS-2 units (3GPP TS 23.038).
    One character outside GSM-7 anywhere ("ó", though not "é" or "ñ") switches the whole message to UCS-2."""
    if all(c in _ALPHABET for c in text):
        return _parts([2 if c in _EXTENSION else 1 for c in text], alone=SEGMENT, joined=153)
    return _parts([2 if ord(c) > 0xFFFF else 1 for c in text], alone=70, joined=67)


def fit(parts: Sequence[Part], limit: int = SEGMENT) -> str:
    """The parts folded and joined in one segment: names are shortened to `LEAST` septets before optional
    words are left out, and share the room that is left.

    When even rank 0 does not fit, its fixed parts stay whole all the same: a second segment costs
    cents, a broken code or link costs a page.
    """
    folded = [replace(part, text=fold(part.text)) for part in parts]
    for highest in sorted({part.rank for part in folded} | {0}, reverse=True):
        kept = [part for part in folded if part.rank <= highest]
        room = limit - sum(septets(part.text) for part in kept if not part.shorten)
        if highest == 0 or room >= sum(min(septets(p.text), LEAST) for p in kept if p.shorten):
            break
    share = _fair_share([septets(part.text) for part in kept if part.shorten], room)
    return "".join(cut(part.text, share) if part.shorten else part.text for part in kept)


def cut(text: str, room: int) -> str:
    """`text` in at most `room` septets, a full stop marking what was taken away ("Restauracion d.")."""
    if septets(text) <= room:
        return text
    kept = text
    while kept and septets(kept) + 1 > room:
        kept = kept[:-1]
    return kept.rstrip(" .,-") + "." if kept else ""


def _fair_share(lengths: Sequence[int], room: int) -> int:
    """The greatest length that all names may have and still fit in `room` together: the short ones
    stay whole and the long ones share what is left."""
    share = max(lengths, default=0)
    while share > 0 and sum(min(length, share) for length in lengths) > room:
        share -= 1
    return share


def _parts(units: Sequence[int], alone: int, joined: int) -> int:
    """A two-unit character is never split between two parts, so this packs instead of dividing."""
    if sum(units) <= alone:
        return 1 if units else 0
    count, used = 1, 0
    for unit in units:
        if used + unit > joined:
            count, used = count + 1, 0
        used += unit
    return count

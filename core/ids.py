"""Names for things: ULIDs for rows, references that people read over the telephone, and tokens that nobody guesses."""

from __future__ import annotations

import os
import secrets
import string
import threading
import time
import unicodedata

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
FAIR = 256 - 256 % len(BASE62)
RANDOM_BITS = 80

REFERENCE_DIGITS = 6
MAX_REFERENCE_DIGITS = 18
LINK_TOKEN_LENGTH = 12

# Damm's quasigroup of order 10 (H. M. Damm, 2004): weakly totally anti-symmetric with a zero diagonal.
DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


class _UlidSource:
    """Counts within a millisecond, so that ids made by one process sort in the order they were made."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._lock = threading.Lock()
        self._ms = -1
        self._random = 0

    def next(self, now_ms: int | None) -> str:
        with self._lock:
            ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
            if ms > self._ms:
                self._ms, self._random = ms, secrets.randbits(RANDOM_BITS - 1)
            else:
                self._random += 1
            return _crockford((self._ms << RANDOM_BITS) | self._random, 26)


_ulids = _UlidSource()
# A forked child would continue its parent's count and make the same ids as its siblings.
os.register_at_fork(after_in_child=_ulids.restart)


def ulid(now_ms: int | None = None) -> str:
    """26 characters that sort by time (github.com/ulid/spec), increasing within a process even when the wall clock
    steps back. `now_ms` is Unix time in milliseconds."""
    return _ulids.next(now_ms)


def damm_digit(digits: str) -> str:
    """The digit that makes `digits` check; it catches every single wrong digit and every swap of neighbours."""
    interim = 0
    for digit in digits:
        interim = DAMM[interim][int(digit)]
    return str(interim)


def damm_checks(digits: str) -> bool:
    return damm_digit(digits) == "0"


def format_reference(prefix: str, number: int) -> str:
    """`ITS-0048213`: at least six digits and the check digit. Larger numbers simply grow."""
    if number < 1:
        raise ValueError(f"a reference counts from 1, not {number}")
    digits = f"{number:0{REFERENCE_DIGITS}d}"
    return f"{prefix}-{digits}{damm_digit(digits)}"


def parse_reference(text: str, prefix: str) -> str | None:
    """The canonical reference in what somebody typed or a mail quoted: any case, with or without prefix, hyphen,
    brackets and spaces. None when it is not one, or when the check digit says that a digit is wrong."""
    compact = "".join(c for c in unicodedata.normalize("NFKC", text[:80]) if c.isalnum()).upper()
    digits = compact.removeprefix("".join(c for c in prefix.upper() if c.isalnum()))
    plausible = digits.isascii() and digits.isdigit() and REFERENCE_DIGITS < len(digits) <= MAX_REFERENCE_DIGITS
    if not plausible or not damm_checks(digits) or not int(digits[:-1]):
        return None
    return format_reference(prefix, int(digits[:-1]))


def short(reference: str) -> str:
    """`0048213`: the part for an SMS and for the telephone."""
    return reference.rpartition("-")[2]


def spoken_digits(reference: str) -> str:
    """`0 0 4 8 2 1 3`: read digit by digit; without the spaces a voice says forty-eight thousand."""
    return " ".join(short(reference))


def opaque_token(length: int = 24) -> str:
    """Base62 from the system's random source; 24 characters are 142 bits."""
    found = ""
    while len(found) < length:  # a byte that would favour the first characters is not used
        found += "".join(BASE62[byte % len(BASE62)] for byte in secrets.token_bytes(length) if byte < FAIR)
    return found[:length]


def link_token() -> str:
    """Twelve characters (71 bits), short enough for one SMS; worth nothing without the page's two digits."""
    return opaque_token(LINK_TOKEN_LENGTH)


def _crockford(value: int, length: int) -> str:
    return "".join(CROCKFORD[(value >> shift) & 31] for shift in range(5 * (length - 1), -1, -5))

"""The hash chain of the log: how an entry is sealed, and what a reader can tell from the entries alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal

import rfc8785

GENESIS = "0" * 64
PERSONAL = "personal"
MAX_EXACT_NUMBER = 2**53 - 1  # beyond it JSON numbers are not the same in every reader (RFC 8785 3.2.2.3)

Problem = Literal[
    "changed",
    "broken_link",
    "missing",
    "truncated",
    "unaccounted",
    "head_changed",
    "head_missing",
    "personal_changed",
    "personal_missing",
    "personal_unexpected",
]


@dataclass(frozen=True, slots=True)
class LogActor:
    """Who did it: `type` is person, user, customer, contact, carrier, integration or system; never a name."""

    type: str
    id: str | None = None

    def as_json(self) -> dict[str, str | None]:
        return {"type": self.type, "id": self.id}


SYSTEM = LogActor("system", "guardia")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to be logged. `data` holds ids and figures; what identifies somebody goes into `personal`, and `about`
    is the id of whom it speaks of, so that it can be erased for that person."""

    kind: str
    actor: LogActor = SYSTEM
    data: Mapping[str, Any] | None = None
    personal: Mapping[str, Any] | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A sealed entry, as stored and as anybody may verify it."""

    seq: int
    at: datetime
    kind: str
    actor: Mapping[str, Any]
    data: Mapping[str, Any]
    prev_hash: str
    hash: str

    def as_json(self) -> dict[str, Any]:
        """As `GET …/log` answers and as the verifier reads it."""
        return _sealed(self.seq, self.at, self.kind, self.actor, self.data) | {
            "prev_hash": self.prev_hash,
            "hash": self.hash,
        }


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain, kept apart from it so that a shortened chain shows."""

    subject: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Personal:
    """Values beside the chain. Erased: neither salt nor values, so the digest in the chain can no longer be guessed."""

    salt: str | None
    values: Mapping[str, Any] | None
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a chain; `seq` is the entry where it shows."""

    subject: str
    seq: int
    problem: Problem
    detail: str


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with six decimals and Z: the only spelling that is hashed."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def entry_hash(
    prev_hash: str, seq: int, at: datetime, kind: str, actor: Mapping[str, Any], data: Mapping[str, Any]
) -> str:
    """SHA-256 (hex) of the previous hash followed by the canonical JSON (RFC 8785) of the entry."""
    canonical_json = canonical(_sealed(seq, at, kind, actor, data))
    return hashlib.sha256(prev_hash.encode("ascii") + canonical_json).hexdigest()


def canonical(value: Any) -> bytes:
    """RFC 8785. What it asks beyond sorted keys and no spaces is the spelling of fractions, and the order of keys with
    characters outside the Basic Multilingual Plane; without those the standard library writes the same bytes in a
    fraction of the time, and nine entries are sealed on the way to a first page."""
    if _is_plain(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return rfc8785.dumps(value)


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(item) for key, item in value.items())
    if kind is list:
        return all(map(_is_plain, value))
    if kind is int:
        return bool(-MAX_EXACT_NUMBER <= value <= MAX_EXACT_NUMBER)
    return kind is str or kind is bool or value is None


def personal_digest(salt: str, values: Mapping[str, Any]) -> str:
    """What the chain holds in place of personal values. Without the salt a telephone number could be found by trying
    all of them."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(dict(values))).hexdigest()


def sealed(
    entries: Sequence[tuple[str, LogActor, Mapping[str, Any]]], at: datetime, *, after: int, prev_hash: str
) -> list[Link]:
    """`entries` (kind, actor, data) in order, chained to the entry number `after` whose hash is `prev_hash`."""
    links: list[Link] = []
    for seq, (kind, actor, data) in enumerate(entries, start=after + 1):
        who = actor.as_json()
        digest = entry_hash(prev_hash, seq, at, kind, who, data)
        links.append(Link(seq, at, kind, who, data, prev_hash, digest))
        prev_hash = digest
    return links


def check(subject: str, entries: Iterable[tuple[Link, Personal | None]], head: Head | None) -> Iterator[Finding]:
    """What is wrong with one chain, entries given in order of `seq`; nothing when it is as it was written."""
    seq, prev_hash = 0, GENESIS
    for link, personal in entries:
        if link.seq != seq + 1:
            span = f"{seq + 1} to {link.seq - 1}" if link.seq > seq + 2 else f"{seq + 1}"
            yield Finding(subject, seq + 1, "missing", f"entry {span} is not there")
        elif link.prev_hash != prev_hash:
            yield Finding(subject, link.seq, "broken_link", f"does not continue entry {seq}")
        if not _hash_holds(link):
            yield Finding(subject, link.seq, "changed", "its content is not what its hash was made of")
        if problem := _personal_problem(link, personal):
            yield Finding(subject, link.seq, problem, "the values beside the chain are not what it vouches for")
        seq, prev_hash = link.seq, link.hash
    yield from _check_head(Head(subject, seq, prev_hash), head)


def _check_head(found: Head, head: Head | None) -> Iterator[Finding]:
    if head is None:
        if found.seq:
            yield Finding(found.subject, found.seq, "head_missing", "the chain has entries but no head")
    elif head.seq > found.seq:
        yield Finding(found.subject, found.seq + 1, "truncated", f"ends at {found.seq}, {head.seq} were written")
    elif head.seq < found.seq:
        yield Finding(found.subject, head.seq + 1, "unaccounted", f"goes on to {found.seq}, {head.seq} were written")
    elif head.hash != found.hash:
        yield Finding(found.subject, found.seq, "head_changed", "the last entry is not the one that was written")


def storable(value: Any) -> Any:
    """`value` as JSON that every database here keeps unchanged: instants become RFC 3339, enumerations their value,
    tuples lists; characters that PostgreSQL or UTF-8 cannot hold become U+FFFD. TypeError for anything else."""
    if isinstance(value, Enum):
        return storable(value.value)
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not -MAX_EXACT_NUMBER <= value <= MAX_EXACT_NUMBER:  # also refuses NaN
            raise TypeError(f"cannot log the number {value}: write it as text")
        return value
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [storable(item) for item in items]
    raise TypeError(f"cannot log {value!r} ({type(value).__name__}): give ids, numbers, instants or text")


def _hash_holds(link: Link) -> bool:
    try:
        expected = entry_hash(link.prev_hash, link.seq, link.at, link.kind, link.actor, link.data)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        return False
    return expected == link.hash


def _personal_problem(link: Link, personal: Personal | None) -> Problem | None:
    digest = link.data.get(PERSONAL)
    if digest is None:
        return None if personal is None else "personal_unexpected"
    if personal is None:
        return "personal_missing"
    if personal.erased:
        return None
    if personal.salt is None or personal.values is None:
        return "personal_changed"
    return None if personal_digest(personal.salt, personal.values) == digest else "personal_changed"


def _sealed(seq: int, at: datetime, kind: str, actor: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    return {"seq": seq, "at": instant(at), "kind": kind, "actor": dict(actor), "data": dict(data)}

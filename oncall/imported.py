"""What a calendar file becomes: absences of a person or shifts of a schedule, and how they differ from what an earlier
file became. Pure."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Generic, NamedTuple, TypeVar

from oncall.ical_import import MOST, Found
from oncall.schema import Absence, Person, StandingOverride

PREFIX = "ical-"  # of the ids of what was imported: the next file of the same subject replaces them
MOST_CHARACTERS = 400_000
TITLE_LENGTH = 80

Entry = TypeVar("Entry", Absence, StandingOverride)


class Item(NamedTuple):
    """An event of the file under the id that it has here."""

    id: str
    title: str
    from_at: datetime
    to_at: datetime


class Difference(NamedTuple, Generic[Entry]):
    """`gone` are no longer in the file. In the order of time."""

    added: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    same: tuple[Entry, ...]
    gone: tuple[Entry, ...]


def items(found: Sequence[Found], subject: str) -> list[Item]:
    """The id comes from the event's UID, so that an event that has moved is known again; occurrences of a series share
    one, and go by their start. `subject` keeps the files of two people or schedules apart."""
    often = Counter(one.uid for one in found)
    named: dict[str, Item] = {}
    for one in found:
        alone = one.uid and often[one.uid] == 1
        key = one.uid if alone else f"{one.uid} {one.from_at.isoformat()} {one.to_at.isoformat()}"
        id_ = PREFIX + sha256(f"{subject}\0{key}".encode()).hexdigest()[:32]
        named.setdefault(id_, Item(id_, one.title[:TITLE_LENGTH], one.from_at, one.to_at))
    return list(named.values())


def difference(wanted: Iterable[Entry], there: Iterable[Entry]) -> Difference[Entry]:
    """`there`: what earlier files became and is not over."""
    before = {str(one.id): one for one in there}
    after = {str(one.id): one for one in wanted}
    return Difference(
        added=_in_time(one for id_, one in after.items() if id_ not in before),
        changed=_in_time(one for id_, one in after.items() if id_ in before and not _alike(one, before[id_])),
        same=_in_time(one for id_, one in after.items() if id_ in before and _alike(one, before[id_])),
        gone=_in_time(one for id_, one in before.items() if id_ not in after),
    )


def fingerprint(there: Iterable[Absence | StandingOverride]) -> str:
    """The same while nobody else has changed what a file would be compared with."""
    seen = sorted(one.model_dump_json() for one in there)
    return sha256("\n".join(seen).encode()).hexdigest()[:32]


def person_of(title: str, people: Mapping[str, Person]) -> str | None:
    """Whom a title names, by full name, mail address or id; None when it names nobody or several."""
    words = _plain(title)
    found = {
        id_
        for id_, person in people.items()
        if any(_has(words, _plain(said)) for said in (person.name, person.email or "", id_) if said)
    }
    return found.pop() if len(found) == 1 else None


def packed(found: Sequence[Item]) -> str:
    """For a form that is sent back: short, and of letters that no form changes."""
    rows = [(one.id, one.title, one.from_at.isoformat(), one.to_at.isoformat()) for one in found]
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(rows).encode(), 9)).decode()


def unpacked(text: str) -> list[Item]:
    """What `packed` gave; ValueError for anything else, and for what grows beyond all measure."""
    try:
        opened = zlib.decompressobj()
        data = opened.decompress(base64.urlsafe_b64decode(text.encode()), MOST_CHARACTERS)
        if opened.unconsumed_tail:
            raise ValueError("too long")
        return [_item(*row) for row in json.loads(data)[:MOST]]
    except (binascii.Error, zlib.error, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("no list of events") from error


def _item(id_: str, title: str, from_: str, to: str) -> Item:
    from_at, to_at = datetime.fromisoformat(from_), datetime.fromisoformat(to)
    if not re.fullmatch(rf"{PREFIX}[0-9a-f]{{32}}", id_) or from_at.tzinfo is None or to_at.tzinfo is None:
        raise ValueError("no event")
    return Item(id_, str(title)[:TITLE_LENGTH], from_at, to_at)


def _alike(one: Entry, other: Entry) -> bool:
    """Whoever imported it last."""
    return one.model_dump(exclude={"by"}) == other.model_dump(exclude={"by"})


def _in_time(found: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(found, key=lambda one: (one.from_.isoformat(), str(one.id))))


def _plain(text: str) -> str:
    """Without accents and capitals."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def _has(words: str, said: str) -> bool:
    """As whole words: `ana` is not in `Susana`."""
    return re.search(rf"(?<![\w.@-]){re.escape(said)}(?![\w@-])", words) is not None

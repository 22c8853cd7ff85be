"""Which build somebody means, and whether it is older than the current one (support terms, 5). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)+")
_EDGE = r"[0-9a-z.]"


@dataclass(frozen=True)
class Build:
    """`initial`: the first of a release, which nobody is asked to install and whose users are asked nothing. `notes`
    and `url`: what is new."""

    id: str
    product: str
    number: str
    released_on: date
    notes: str | None = None
    url: str | None = None
    initial: bool = False

    @property
    def age(self) -> tuple[date, str]:
        """The later one is greater; ids are in the order of entry."""
        return self.released_on, self.id


def current(builds: Iterable[Build], product: str, today: date) -> Build | None:
    """The latest that has been released and that one should have; None where there is none but initial releases."""
    wanted = product.casefold()
    released = (
        one for one in builds if one.product.casefold() == wanted and one.released_on <= today and not one.initial
    )
    return max(released, key=lambda one: one.age, default=None)


def newer(written: str | None, builds: Sequence[Build], today: date) -> Build | None:
    """The build that should be installed instead of the one that somebody has written down; None when that is current,
    an initial release, or nobody can tell: then nothing is said rather than something wrong.

    A number that is on no list is compared only where the product is named too."""
    if not written:
        return None
    text = " ".join(written.casefold().split())
    named = {one.product.casefold() for one in builds if _stands_in(" ".join(one.product.casefold().split()), text)}
    listed = [one for one in builds if _stands_in(one.number.casefold(), text)]
    if named:
        listed = [one for one in listed if one.product.casefold() in named]
    products = {one.product.casefold() for one in listed} or named
    if len(products) != 1:
        return None
    should = current(builds, products.pop(), today)
    if should is None:
        return None
    if listed:
        theirs = max(listed, key=lambda one: len(one.number))  # "12.1" also stands in "12.1 P20230314"
        return None if theirs.initial or theirs.age >= should.age else should
    numbers = [_parts(one) for one in _NUMBER.findall(text)]
    wanted = _NUMBER.search(should.number)
    older = len(numbers) == 1 and wanted is not None and numbers[0] < _parts(wanted[0])
    return should if older else None


def _stands_in(word: str, text: str) -> bool:
    """As a word of its own: 12.1 stands in "v 12.1", not in "12.1.3" nor in "112.1"."""
    return re.search(rf"(?<!{_EDGE}){re.escape(word)}(?![0-9a-z]|\.[0-9a-z])", text) is not None


def _parts(number: str) -> tuple[int, ...]:
    """Trailing zeros say nothing: 12.1.0 is 12.1."""
    parts = [int(part) for part in number.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)

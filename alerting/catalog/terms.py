"""The support terms in their versions: which is in force, and which is announced (support terms, clause 7). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from oncall.schema import Value
from oncall.schema.fields import Id

Address = Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=500)]


Notice = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class SupportTerms(Value):
    """A version, in force from the beginning of the day `from`, in the provider's zone, until the next one begins.
    `url`: where customers read it. `notice`: what changes, in a few words, by language."""

    id: Id
    from_: date = Field(alias="from")
    url: Address | None = None
    notice: Mapping[Literal["es", "en"], Notice] = Field(default_factory=dict)

    def notice_in(self, language: str) -> str | None:
        """In another language rather than not at all; None where nothing is said."""
        said = {str(one): words for one, words in self.notice.items()}
        return said.get(language) or next(iter(said.values()), None)


def in_force(versions: Iterable[SupportTerms], day: date) -> SupportTerms | None:
    """None before the first one."""
    return max((one for one in versions if one.from_ <= day), key=lambda one: one.from_, default=None)


def announced(versions: Iterable[SupportTerms], day: date) -> list[SupportTerms]:
    """Those that begin later, the next one first."""
    return sorted((one for one in versions if one.from_ > day), key=lambda one: one.from_)


def to_accept(versions: Iterable[SupportTerms], accepted: Collection[str], day: date) -> list[SupportTerms]:
    """What still waits for a customer's click: the version in force, then those that are announced. What is past needs
    no word any more."""
    known = tuple(versions)
    now = in_force(known, day)
    return [one for one in ([now] if now else []) + announced(known, day) if one.id not in accepted]

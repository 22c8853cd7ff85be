"""The support terms in their versions: which is in force, and which is announced (support terms, clause 7). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from oncall.schema import Value
from oncall.schema.fields import Id

Address = Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=500)]


class SupportTerms(Value):
    """A version, in force from the beginning of the day `from`, in the provider's zone, until the next one begins.
    `url`: where customers read it."""

    id: Id
    from_: date = Field(alias="from")
    url: Address | None = None


def in_force(versions: Iterable[SupportTerms], day: date) -> SupportTerms | None:
    """None before the first one."""
    return max((one for one in versions if one.from_ <= day), key=lambda one: one.from_, default=None)


def announced(versions: Iterable[SupportTerms], day: date) -> list[SupportTerms]:
    """Those that begin later, the next one first."""
    return sorted((one for one in versions if one.from_ > day), key=lambda one: one.from_)

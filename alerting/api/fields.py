"""The smallest words of requests: texts, references in paths, instants in query strings, pages of lists."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from alerting.catalog.phone import callable_number
from core.audit.chain import storable
from oncall.schema.fields import Instant

_SPACE_FOR_PLUS = re.compile(r" (?=\d\d:?\d\d$)")


def _plus_restored(value: object) -> object:
    """An unescaped `+` of an offset arrives as a space."""
    return _SPACE_FOR_PLUS.sub("+", value) if isinstance(value, str) else value


# Somebody's words, without what a database cannot hold.
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(storable)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(storable)]
CallbackPhone = Annotated[str, StringConstraints(max_length=40), AfterValidator(callable_number)]
QueryInstant = Annotated[Instant, BeforeValidator(_plus_restored)]
"""Naive means local to the zone of what is asked about."""


class Body(BaseModel):
    """A JSON object. A field that is not asked for is refused: nobody may believe that it had an effect. An empty
    body is an empty object."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_an_empty_object(cls, value: object) -> object:
        return {} if value is None else value


class Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TicketPath(BaseModel):
    """In any spelling: lower case, without its prefix."""

    ref: str


class IdPath(BaseModel):
    id: str


class PageQuery(Query):
    """`cursor` is the `next_cursor` of the page before."""

    cursor: Annotated[str, StringConstraints(max_length=200)] | None = None
    limit: int = Field(default=50, ge=1, le=200)


class AtQuery(Query):
    """`at` is now when it is not given."""

    at: QueryInstant | None = None


class ShiftsQuery(Query):
    """[from, to); two weeks from now when not given."""

    from_: QueryInstant | None = Field(default=None, alias="from")
    to: QueryInstant | None = None

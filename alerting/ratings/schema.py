"""What may be configured about ratings, and what is refused: satisfaction never weighs as much as the time to
resolution (support terms, clause 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from oncall.schema import Value
from oncall.spans import Span

Weight = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


class Weights(Value):
    """How much each figure counts in the composite score; only their proportions matter. The first three are shares of
    SLA verdicts that were met."""

    resolution: Weight = 5
    response: Weight = 2
    contact: Weight = 2
    satisfaction: Weight = 1

    @model_validator(mode="after")
    def _satisfaction_weighs_less_than_resolution(self) -> Self:
        if self.satisfaction >= self.resolution:
            raise ValueError(
                f"satisfaction weighs {self.satisfaction:g} and resolution {self.resolution:g}, but satisfaction must "
                "count for less than the time to resolution (support terms, clause 4); give it a smaller weight"
            )
        return self

    def by_name(self) -> Mapping[str, float]:
        return {
            "response": self.response,
            "contact": self.contact,
            "resolution": self.resolution,
            "satisfaction": self.satisfaction,
        }


class Ratings(Value):
    """A closed ticket can be rated for `open_for`; who was asked by mail and has not answered is reminded once after
    `remind_after`, never if it is 0s."""

    open_for: Span = timedelta(days=30)
    remind_after: Span = timedelta(days=3)
    weights: Weights = Weights()

    @model_validator(mode="after")
    def _reminds_while_it_can_be_rated(self) -> Self:
        if not self.open_for:
            raise ValueError("open_for 0s would offer no rating at all; write a span such as 30d")
        if self.remind_after >= self.open_for:
            raise ValueError("remind_after must be shorter than open_for: a reminder of what is over helps nobody")
        return self

"""The sections `integrations` and `heartbeats` of the configuration file."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from alerting.catalog.schema import Name, Priority
from alerting.intake.schema import IncidentType
from alerting.monitoring.cron import checked
from oncall.schema.fields import Id, Timezone, Value
from oncall.spans import Span

IntegrationFormat = Literal["generic", "alertmanager", "grafana"]
Cron = Annotated[str, AfterValidator(checked)]


class OnEvent(Value):
    """What an event or a missed heartbeat opens: an incident ticket. `escalation_policy` None = nobody is paged;
    `suggest_plan` is offered to the customer, never activated by itself."""

    kind: IncidentType
    priority: Priority
    escalation_policy: Id | None = None
    suggest_plan: Id | None = None


class Integration(Value):
    id: Id
    customer: Id
    component: Id
    format: IntegrationFormat = "generic"
    on_event: OnEvent


class Heartbeat(Value):
    """Expected `every` span, or at the times of `cron` in `timezone`; late after `grace` more. `max_runtime`: how long
    a run may take that has said when it starts."""

    id: Id
    customer: Id
    component: Id
    job: Name
    machine: Name | None = None
    every: Span | None = None
    cron: Cron | None = None
    timezone: Timezone | None = None
    grace: Span
    max_runtime: Span | None = None
    on_late: OnEvent

    @model_validator(mode="after")
    def _has_one_rhythm(self) -> Self:
        if (self.every is None) == (self.cron is None):
            raise ValueError("a heartbeat is expected either every span or by cron; write exactly one of the two")
        if self.cron is not None and self.timezone is None:
            raise ValueError("cron is read on a local clock; add timezone, such as Europe/Madrid")
        if self.every is not None and not self.every:
            raise ValueError("every 0s is no rhythm; write a span such as 1h")
        return self

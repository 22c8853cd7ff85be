"""What monitoring systems send, read into events of one shape: generic JSON, Prometheus Alertmanager's webhook (version
4) and Grafana's. Pure. A field that cannot be read raises pydantic's ValidationError, which names it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from alerting.monitoring.schema import IntegrationFormat
from core.audit.chain import storable

Action = Literal["trigger", "resolve"]

KEY = 500
SUMMARY = 500
NAME = 200
DETAILS = 10_000
INSTANCE = 100
NO_NAME = "alert"


@dataclass(frozen=True)
class Event:
    """`instance` tells a repeated message about one occurrence from a new one; None where the sender does not say.
    `details` is text for people."""

    dedup_key: str
    action: Action
    summary: str
    component: str | None = None
    job: str | None = None
    machine: str | None = None
    details: str | None = None
    instance: str | None = None


def read(format_: IntegrationFormat, body: object) -> list[Event]:
    """The events of one delivery, in its order. ValidationError."""
    if format_ == "generic":
        return [_Generic.model_validate(body).event()]
    return _Group.model_validate(body).events()


def _text(value: object) -> object:
    """Numbers are names and keys too; what no database here keeps is replaced."""
    if isinstance(value, bool):
        return value
    return storable(str(value)) if isinstance(value, str | int | float) else value


def _name(value: str) -> str | None:
    return value[:NAME] or None


Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=KEY), BeforeValidator(_text)]
Words = Annotated[str, StringConstraints(strip_whitespace=True), BeforeValidator(_text)]
Name = Annotated[Words, AfterValidator(_name)]
Labels = dict[str, Annotated[str, BeforeValidator(_text)]]


class _Read(BaseModel):
    """Keys that are not known are left alone: senders add some."""

    model_config = ConfigDict(extra="ignore")


class _Generic(_Read):
    dedup_key: Key
    action: Action
    summary: Words = ""
    component: Name | None = None
    job: Name | None = None
    machine: Name | None = None
    details: Any = None

    @model_validator(mode="after")
    def _says_what_is_wrong(self) -> _Generic:
        if self.action == "trigger" and not self.summary:
            raise ValueError("summary is missing; say in one line what is wrong")
        return self

    def event(self) -> Event:
        return Event(
            self.dedup_key,
            self.action,
            self.summary[:SUMMARY],
            self.component,
            self.job,
            self.machine,
            _details(self.details),
        )


class _Alert(_Read):
    status: Literal["firing", "resolved"]
    labels: Labels = Field(default_factory=dict)
    annotations: Labels = Field(default_factory=dict)
    startsAt: Words = ""
    fingerprint: Words = ""
    generatorURL: Words = ""
    valueString: Words = ""

    def event(self) -> Event:
        said = self.annotations
        name = self.labels.get("alertname", NO_NAME)
        summary = said.get("summary") or said.get("description") or said.get("message") or name
        return Event(
            self.fingerprint[:KEY] or _fingerprint(self.labels),
            "trigger" if self.status == "firing" else "resolve",
            " ".join(summary.split())[:SUMMARY] or NO_NAME,
            job=self.labels.get("job", "")[:NAME] or None,
            machine=(self.labels.get("instance") or self.labels.get("host") or "")[:NAME] or None,
            details=_details(self._told(name)),
            instance=self.startsAt[:INSTANCE] or None,
        )

    def _told(self, name: str) -> Mapping[str, str]:
        told = {"alertname": name} | self.labels | self.annotations
        more = {"values": self.valueString, "source": self.generatorURL}
        return told | {key: value for key, value in more.items() if value}


class _Group(_Read):
    alerts: list[_Alert]
    groupKey: Words = ""
    truncatedAlerts: int = 0

    def events(self) -> list[Event]:
        """What the sender has left out is an event of its own: nothing is lost in silence."""
        found = [alert.event() for alert in self.alerts]
        if self.truncatedAlerts > 0:
            key = hashlib.sha256(self.groupKey.encode()).hexdigest()
            found.append(Event(f"truncated/{key}", "trigger", f"{self.truncatedAlerts} more alerts were not sent"))
        return found


def _fingerprint(labels: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(labels, sort_keys=True).encode()).hexdigest()


def _details(value: Any) -> str | None:
    """Readable: a text as it is, a map of plain values line by line, anything else as JSON."""
    if value is None or value == "" or value == {}:
        return None
    if isinstance(value, str):
        text = value
    elif isinstance(value, Mapping) and all(isinstance(one, str | int | float | bool) for one in value.values()):
        text = "\n".join(f"{key}: {one}" for key, one in value.items())
    else:
        text = json.dumps(value, ensure_ascii=False, indent=1)
    return str(storable(text))[:DETAILS].strip() or None

"""PagerDuty's incidents: opened and changed by events, by its users, and told to whoever subscribed."""

import itertools
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from simulator.config import SimulatorConfig
from simulator.events import EventLog
from simulator.hooks import Hook, Subscription

Json = dict[str, Any]
HOST = "https://simulated.pagerduty.example"
API_CLIENT = {"name": "Events API", "type": "events_api"}


@dataclass(frozen=True)
class User:
    id: str
    name: str
    email: str

    def reference(self) -> Json:
        return _reference("user", self.id, self.name, "users")

    def as_json(self) -> Json:
        own = {"name": self.name, "email": self.email, "time_zone": "Europe/Madrid", "color": "green", "role": "user"}
        return self.reference() | own | {"type": "user", "job_title": "", "invitation_sent": False}


# Those of the example world; the last is nobody's there.
USERS = (
    User("PABC123", "Ana García", "ana@itsafer.example"),
    User("PBOR456", "Borja Ruiz", "borja@itsafer.example"),
    User("PEXT999", "Retén externo", "reten@otra-empresa.example"),
)


@dataclass(frozen=True)
class Turn:
    """Somebody on call on one level of an escalation policy; `schedule` None: the policy names the user. None for a
    begin or an end that there is not."""

    user: str
    schedule: str | None
    escalation_policy: str
    level: int
    start: datetime | None
    end: datetime | None

    def overlaps(self, since: datetime, until: datetime) -> bool:
        return (self.start is None or self.start < until) and (self.end is None or since < self.end)

    def as_json(self, user: Json) -> Json:
        schedule = self.schedule and _reference("schedule", self.schedule, "Guardia", "schedules")
        policy = _reference("escalation_policy", self.escalation_policy, "Guardia", "escalation_policies")
        return {
            "user": user,
            "escalation_policy": policy,
            "escalation_level": self.level,
            "start": rfc3339(self.start) if self.start else None,
            "end": rfc3339(self.end) if self.end else None,
        } | ({"schedule": schedule} if schedule else {})


@dataclass
class Incident:
    id: str
    number: int
    routing_key: str
    dedup_key: str
    payload: Json
    links: list[Json]
    client_url: str | None
    created_at: datetime
    status: str = "triggered"
    changed_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    assignee: User | None = None
    acknowledged_by: User | None = None
    alerts: int = 1
    history: list[str] = field(default_factory=list)
    changed_by: User | None = None

    @property
    def title(self) -> str:
        return str(self.payload.get("summary", ""))

    def reference(self) -> Json:
        return _reference("incident", self.id, f"[#{self.number}] {self.title}", "incidents")

    def as_json(self) -> Json:
        """As REST answers it. An incident that has alerts has no incident key."""
        assigned = [{"at": rfc3339(self.created_at), "assignee": self.assignee.reference()}] if self.assignee else []
        acked = (
            [{"at": rfc3339(self.changed_at), "acknowledger": self.acknowledged_by.reference()}]
            if self.acknowledged_by
            else []
        )
        return self.reference() | {
            "type": "incident",
            "incident_number": self.number,
            "title": self.title,
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.changed_at),
            "status": self.status,
            "service": self.service(),
            "assignments": assigned,
            "acknowledgements": acked,
            "last_status_change_at": rfc3339(self.changed_at),
            "last_status_change_by": self.changed_by.reference() if self.changed_by else self.service(),
            "urgency": "high",
        }

    def alert(self) -> Json:
        return _reference("alert", "Q" + self.id[1:], self.title, "alerts") | {
            "type": "alert",
            "created_at": rfc3339(self.created_at),
            "status": "resolved" if self.status == "resolved" else "triggered",
            "alert_key": self.dedup_key,
            "service": self.service(),
            "severity": self.payload.get("severity", "critical"),
            "suppressed": False,
            "incident": {"id": self.id, "type": "incident_reference"},
            "body": {"type": "alert_body", "details": self.payload.get("custom_details", {}), "contexts": self.links},
        }

    def service(self) -> Json:
        return _reference("service", "PS" + self.routing_key[-5:].upper(), "Guardia", "service-directory")

    def as_hook(self) -> Json:
        """`data` of a webhook."""
        whole = self.as_json()
        kept = ("id", "type", "self", "html_url", "status", "created_at", "title", "service", "urgency")
        return {name: whole[name] for name in kept} | {
            "incident_key": None,
            "number": self.number,
            "assignees": [self.assignee.reference()] if self.assignee else [],
        }


class Incidents:
    """`lock` guards everything; nothing waits for the network while holding it."""

    def __init__(self, config: SimulatorConfig, events: EventLog, lock: threading.RLock) -> None:
        self.config, self.events, self.lock = config, events, lock
        self.users: dict[str, User] = {user.id: user for user in USERS}
        self.turns: list[Turn] = []
        self.by_id: dict[str, Incident] = {}
        self.subscription = Subscription(config, events, lock)
        self._numbers = itertools.count(1)

    # --- by the Events API

    def take(self, event: Json) -> str:
        """One event, already checked; its dedup key. A trigger joins the open incident of its key or opens one;
        whatever else finds no open incident is dropped without a word, as PagerDuty does."""
        key, action = event.get("dedup_key") or uuid4().hex, event["event_action"]
        with self.lock:
            found = self.open_of(event["routing_key"], key)
            if action == "trigger":
                self._trigger(found, key, event)
            elif found is not None and action == "acknowledge":
                if found.status == "triggered":
                    self._change(found, "acknowledged", "acknowledged", None)
            elif found is not None:
                self._change(found, "resolved", "resolved", None)
            else:
                self.events.add("pagerduty_dropped", {"action": action, "dedup_key": key})
        return key

    def open_of(self, routing_key: str, dedup_key: str) -> Incident | None:
        for incident in self.by_id.values():
            same = (incident.routing_key, incident.dedup_key) == (routing_key, dedup_key)
            if same and incident.status != "resolved":
                return incident
        return None

    def _trigger(self, found: Incident | None, key: str, event: Json) -> None:
        if found is not None:
            found.alerts += 1
            found.history.append("trigger joined")
            return
        number = next(self._numbers)
        incident = Incident(
            id=f"Q{number:06d}{uuid4().hex[:7].upper()}",
            number=number,
            routing_key=event["routing_key"],
            dedup_key=key,
            payload=event["payload"],
            links=event.get("links", []),
            client_url=event.get("client_url"),
            created_at=datetime.now(UTC),
            assignee=next(iter(self.users.values()), None),
        )
        self.by_id[incident.id] = incident
        self._change(incident, "triggered", "triggered", None)

    # --- by its users

    def act(self, incident_id: str, action: str, user_id: str | None) -> Incident:
        """Raises KeyError for an unknown incident, user or action."""
        with self.lock:
            incident = self.by_id[incident_id]
            user = self.users[user_id] if user_id else None
            match action:
                case "acknowledge":
                    incident.acknowledged_by = user
                    self._change(incident, "acknowledged", "acknowledged", user)
                case "resolve":
                    self._change(incident, "resolved", "resolved", user)
                case "unacknowledge":
                    incident.acknowledged_by = None
                    self._change(incident, "triggered", "unacknowledged", None)
                case "reassign" | "escalate" | "delegate" | "reopen":
                    word = {"reassign": "reassigned", "escalate": "escalated", "delegate": "delegated"}
                    status = "triggered" if action == "reopen" else incident.status
                    self._change(incident, status, word.get(action, "reopened"), user)
                case "annotate":
                    self._tell(incident, "annotated", user)
                case _:
                    raise KeyError(action)
            return incident

    # --- what is told

    def _change(self, incident: Incident, status: str, word: str, user: User | None) -> None:
        incident.status, incident.changed_at, incident.changed_by = status, datetime.now(UTC), user
        incident.history.append(f"{word} ({user.name if user else 'events'})")
        self._tell(incident, word, user)

    def _tell(self, incident: Incident, word: str, user: User | None) -> None:
        self.events.add("pagerduty_incident", {"incident": incident.id, "event": word, "status": incident.status})
        event = {
            "id": "01" + uuid4().hex[:24].upper(),
            "event_type": f"incident.{word}",
            "resource_type": "incident",
            "occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "agent": user.reference() if user else None,
            "client": None if user else API_CLIENT,
            "data": incident.as_hook(),
        }
        self.subscription.post(Hook(incident.id, event))

    def forget(self) -> None:
        with self.lock:
            self.subscription.clear()
            self.by_id.clear()
            self.turns = []
            self.users = {user.id: user for user in USERS}


def rfc3339(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _reference(kind: str, id_: str, summary: str, page: str) -> Json:
    return {
        "id": id_,
        "type": f"{kind}_reference",
        "summary": summary,
        "self": f"https://api.pagerduty.com/{kind}s/{id_}",
        "html_url": f"{HOST}/{page}/{id_}",
    }

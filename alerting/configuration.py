"""The configuration in force as typed values, reread when it has changed; and the one way to change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from alerting.catalog import plan_versions, terms
from alerting.catalog.schema import Customer, SlaTarget
from alerting.catalog.terms import SupportTerms
from alerting.escalation.schema import EscalationPolicy
from alerting.monitoring.schema import Heartbeat, Integration
from alerting.notifications.wording import Provider
from alerting.pagerduty import methods as pagerduty_methods
from alerting.pagerduty import rotas
from alerting.pagerduty.decisions import external_name
from alerting.pagerduty.schema import DEFAULT, DEFAULT_KEY, PagerDutyService, Service
from alerting.ratings.schema import Ratings
from core.documents import store
from core.settings import Settings
from oncall import history
from oncall.methods.own import NOTHING, SECTION, Own, with_own
from oncall.schema import (
    Absence,
    Calendar,
    Defaults,
    Person,
    Rotation,
    Schedule,
    StandingChange,
    StandingOverride,
    StandingTemporary,
    Team,
    with_changes,
    with_standing,
)
from oncall.world import OnCallWorld

Model = TypeVar("Model", bound=BaseModel)


ON_CALL_SECTIONS = frozenset(
    {
        "provider",
        "calendars",
        "people",
        "rotations",
        "rotation_changes",
        rotas.SECTION,
        "schedules",
        "overrides",
        "temporary_schedules",
        "absences",
    }
)
"""What shifts are computed from; the provider and people for the zone of their absences."""
UNNAMED = Provider(name="Guardia", sms_name="GUARDIA")


@dataclass(frozen=True)
class Configuration:
    """Live objects by id; archived people, customers and schedules are kept apart, to name them in what is past. `sla`:
    the base targets by component and priority. `pagerduty`: its services, `default` always among them."""

    version: int = 0
    provider: Provider = UNNAMED
    oncall: OnCallWorld = field(default_factory=OnCallWorld)
    customers: Mapping[str, Customer] = field(default_factory=dict)
    policies: Mapping[str, EscalationPolicy] = field(default_factory=dict)
    sla: Mapping[tuple[str, str], SlaTarget] = field(default_factory=dict)
    pagerduty: Mapping[str, Service] = field(default_factory=dict)
    heartbeats: Mapping[str, Heartbeat] = field(default_factory=dict)
    integrations: Mapping[str, Integration] = field(default_factory=dict)
    own: Mapping[str, Own] = field(default_factory=dict)
    terms: Mapping[str, SupportTerms] = field(default_factory=dict)
    ratings: Ratings = field(default_factory=Ratings)
    archived_people: Mapping[str, Person] = field(default_factory=dict)
    archived_customers: Mapping[str, Customer] = field(default_factory=dict)
    archived_schedules: Mapping[str, Schedule] = field(default_factory=dict)

    def schedule(self, schedule_id: str) -> Schedule | None:
        """Also an archived one: its past can still be asked for."""
        return self.oncall.schedules.get(schedule_id) or self.archived_schedules.get(schedule_id)

    def person_name(self, person_id: str | None) -> str:
        """The name to show; the id when nobody of that id was ever configured, "" for None. A user of PagerDuty who is
        nobody of ours is the provider's, for customers read it too."""
        if person_id is None:
            return ""
        person = self.oncall.people.get(person_id) or self.archived_people.get(person_id)
        return person.name if person else external_name(person_id, self.provider.name)

    def person_names(self) -> dict[str, str]:
        """By id, archived people too."""
        people = (*self.archived_people.values(), *self.oncall.people.values())
        return {person.id: person.name for person in people}

    def terms_at(self, at: datetime) -> SupportTerms | None:
        """The version in force; None where none is configured, or before the first one."""
        return terms.in_force(self.terms.values(), at.astimezone(self.provider.zone).date())

    def terms_announced(self, at: datetime) -> list[SupportTerms]:
        """The versions that begin later, the next one first."""
        return terms.announced(self.terms.values(), at.astimezone(self.provider.zone).date())

    def customer(self, customer_id: str) -> Customer | None:
        """Also an archived one: its open tickets are still worked."""
        return self.customers.get(customer_id) or self.archived_customers.get(customer_id)


class Configurations:
    """Keeps the parsed configuration of one process; `current` costs one small query while nothing changes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: Configuration | None = None

    def current(self, session: Session) -> Configuration:
        version = store.current_version(session)
        kept = self._kept
        if kept is None or kept.version != version:
            kept = parse(version, store.load(session), self._settings)
            self._kept = kept
        return kept

    def forget(self) -> None:
        """To be called when another database has been put in the place of the one read: its versions are others."""
        self._kept = None


def parse(version: int, documents: Iterable[store.Document], settings: Settings) -> Configuration:
    """Typed values of the documents; where the environment says something too, the environment wins."""
    live: dict[str, dict[str, dict[str, Any]]] = {}
    archived: dict[str, dict[str, dict[str, Any]]] = {}
    for document in documents:
        (archived if document.archived else live).setdefault(document.section, {})[document.id] = document.body
    provider = _provider(live.get("provider", {}).get(store.SINGLE, {}), settings)
    own = _all(live, SECTION, Own)
    return Configuration(
        version=version,
        provider=provider,
        oncall=_oncall(live, provider.timezone, own),
        customers=_all(live, "customers", Customer),
        policies=_all(live, "escalation_policies", EscalationPolicy),
        pagerduty=_services(live, settings),
        sla={target.cell: target for target in _all(live, "sla", SlaTarget).values()},
        heartbeats=_all(live, "heartbeats", Heartbeat),
        integrations=_all(live, "integrations", Integration),
        own=own,
        terms=_all(live, "terms", SupportTerms),
        ratings=Ratings.model_validate(live.get("ratings", {}).get(store.SINGLE, {})),
        archived_people=_all(archived, "people", Person),
        archived_customers=_all(archived, "customers", Customer),
        archived_schedules=_all(archived, "schedules", Schedule),
    )


def change(session: Session, changes: Sequence[store.Change], settings: Settings, now: datetime) -> None:
    """Make the changes, all in the caller's transaction; who was on call until now is recorded first, under the
    configuration that was in force, and plans that have changed get a version."""
    if any(one.section in ON_CALL_SECTIONS for one in changes):
        record_history(session, settings, now)
    store.save(session, changes, now)
    if any(one.section == "customers" for one in changes):
        live = (Customer.model_validate(one.body) for one in store.of_section(session, "customers"))
        plan_versions.keep(session, live, now)


def change_own(session: Session, person_id: str, become: Callable[[Own], Own], now: datetime) -> None:
    """Change what a person has set up for themselves. `become` is given what is there now, which nobody else changes
    meanwhile; it may raise, and then nothing has changed. Nobody's shifts depend on it."""
    store.hold(session)
    document = store.find(session, SECTION, person_id)
    before = NOTHING if document is None else Own.model_validate(document.body)
    after = become(before)
    if after != before:
        body = after.model_dump(mode="json", exclude_defaults=True)
        kind: store.ChangeKind = "create" if document is None else "update"
        store.save(session, [store.Change(kind, SECTION, person_id, body, 0, "console")], now)


def record_history(session: Session, settings: Settings, now: datetime) -> None:
    """Keep the shifts that have passed as they were. Idempotent."""
    version = store.hold(session)
    history.record(session, parse(version, store.load(session), settings).oncall, now)


def _provider(body: Mapping[str, Any], settings: Settings) -> Provider:
    said = {
        "name": settings.provider_name,
        "emergency_phone": settings.emergency_phone,
        "timezone": settings.timezone,
        "language": settings.language,
    }
    known = {key: value for key, value in body.items() if key in Provider.__dataclass_fields__ and value is not None}
    return replace(UNNAMED, **(known | {key: value for key, value in said.items() if value}))


def _services(live: Mapping[str, Mapping[str, Any]], settings: Settings) -> dict[str, Service]:
    """`default` always exists. A service without a key of its own has the environment's."""
    given = {DEFAULT: PagerDutyService(id=DEFAULT)} | _all(live, "pagerduty", PagerDutyService)
    return {
        id_: Service(
            id_, key := one.routing_key or DEFAULT_KEY, one.region, one.mirror, bool(settings.named_secret(key))
        )
        for id_, one in given.items()
    }


def _oncall(live: Mapping[str, Mapping[str, Any]], timezone: str, own: Mapping[str, Own]) -> OnCallWorld:
    of_file = _all(live, "people", Person)
    people = {
        id_: with_own(pagerduty_methods.in_force(person), own.get(id_, NOTHING)) for id_, person in of_file.items()
    }
    return OnCallWorld(
        people=people,
        teams=_all(live, "teams", Team),
        rotations=_rotations(live, people.values()),
        schedules=_schedules(live),
        absences=tuple(_all(live, "absences", Absence).values()),
        calendars=_all(live, "calendars", Calendar),
        defaults=Defaults.model_validate(live.get("defaults", {}).get(store.SINGLE, {})),
        timezone=timezone,
    )


def _rotations(live: Mapping[str, Mapping[str, Any]], people: Iterable[Person]) -> dict[str, Rotation]:
    changes = _all(live, "rotation_changes", StandingChange).values()
    read = _all(live, rotas.SECTION, rotas.Kept)
    known = tuple(people)
    return {
        id_: rotas.with_rota(with_changes(one, changes), read.get(id_), known)
        for id_, one in _all(live, "rotations", Rotation).items()
    }


def _schedules(live: Mapping[str, Mapping[str, Any]]) -> dict[str, Schedule]:
    overrides = _all(live, "overrides", StandingOverride).values()
    temporaries = _all(live, "temporary_schedules", StandingTemporary).values()
    return {id_: with_standing(one, overrides, temporaries) for id_, one in _all(live, "schedules", Schedule).items()}


def _all(sections: Mapping[str, Mapping[str, Any]], section: str, kind: type[Model]) -> dict[str, Model]:
    return {id_: kind.model_validate(body) for id_, body in sections.get(section, {}).items()}

"""Keys of heartbeats and integrations: they stand in the address that a machine calls, and are shown once. Only their
digest is kept, so that nobody reads them out of a database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.monitoring.models import MachineKeyRow
from core.accounts.digests import digest
from core.ids import opaque_token

Section = Literal["heartbeats", "integrations"]
SECTIONS: tuple[Section, ...] = ("heartbeats", "integrations")
LONGEST = 200


@dataclass(frozen=True)
class MadeKey:
    """To be shown this once. `path` is where the machine calls."""

    section: Section
    object_id: str
    key: str

    @property
    def path(self) -> str:
        return f"/heartbeats/{self.key}" if self.section == "heartbeats" else f"/integrations/{self.key}/events"


def make(session: Session, section: Section, object_id: str, now: datetime) -> MadeKey:
    """A key; the one before is none from this transaction on."""
    made = MadeKey(section, object_id, opaque_token())
    values = {"digest": digest(made.key), "made_at": now}
    changed = session.execute(
        update(MachineKeyRow)
        .where(MachineKeyRow.section == section, MachineKeyRow.object_id == object_id)
        .values(values)
        .returning(MachineKeyRow.object_id)
    )
    if changed.first() is None:
        session.execute(insert(MachineKeyRow).values(section=section, object_id=object_id, **values))
    return made


def make_missing(session: Session, config: Configuration, now: datetime) -> list[MadeKey]:
    """A key for each live heartbeat and integration that has none yet."""
    return [make(session, *one, now) for one in _missing(session, config)]


def missing(session: Session, config: Configuration) -> list[str]:
    """Ids of heartbeats and integrations that nothing can call."""
    return [object_id for _, object_id in _missing(session, config)]


def object_of(session: Session, section: Section, key: str) -> str | None:
    """Whose key it is. None when it is nobody's: one look by its digest, whatever was guessed."""
    return session.execute(
        select(MachineKeyRow.object_id).where(
            MachineKeyRow.section == section, MachineKeyRow.digest == digest(key[:LONGEST])
        )
    ).scalar_one_or_none()


def with_a_key(session: Session, section: Section) -> Sequence[str]:
    return session.scalars(select(MachineKeyRow.object_id).where(MachineKeyRow.section == section)).all()


def _missing(session: Session, config: Configuration) -> list[tuple[Section, str]]:
    there = {(row.section, row.object_id) for row in session.scalars(select(MachineKeyRow))}
    return [one for one in _live(config) if one not in there]


def _live(config: Configuration) -> Iterable[tuple[Section, str]]:
    yield from (("heartbeats", id_) for id_ in config.heartbeats)
    yield from (("integrations", id_) for id_ in config.integrations)

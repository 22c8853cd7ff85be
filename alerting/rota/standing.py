"""What is entered beside the configuration file and no apply takes back: overrides, absences, changes of rotations.
Whoever enters or ends one goes through here; what has passed is recorded first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from alerting import configuration
from core.documents import store
from core.documents.store import Change, Document
from core.ids import ulid
from core.settings import Settings
from oncall.absence import outs
from oncall.pieces import Span
from oncall.schema import Absence, StandingChange, StandingOverride, StandingTemporary
from oncall.walltime import instant
from oncall.world import OnCallWorld

Entry = StandingOverride | StandingTemporary | StandingChange | Absence
Refusal = Literal["unknown", "of_file", "over"]
SECTION: Mapping[type[Entry], str] = {
    StandingOverride: "overrides",
    StandingTemporary: "temporary_schedules",
    StandingChange: "rotation_changes",
    Absence: "absences",
}


class NotEnded(ValueError):
    """`why`: there is no such object in force, a file owns it, or it is over already."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(f"cannot be ended: {why}")
        self.why = why


def fresh_id() -> str:
    """For an entry that nobody gives a name."""
    return ulid().lower()


def enter(session: Session, entries: Sequence[Entry], settings: Settings, now: datetime) -> None:
    """Make them all, each after those that are there: a later override acts on what the earlier ones left. Their ids
    must be new. Whoever decided by what the rota shows holds the configuration (`core.documents.store.hold`) before
    looking."""
    store.hold(session)
    last = {section: last_position(session, section) for section in {SECTION[type(one)] for one in entries}}
    changes = []
    for one in entries:
        section = SECTION[type(one)]
        last[section] += 1
        body = one.model_dump(mode="json", exclude_none=True)
        changes.append(Change("create", section, str(one.id), body, last[section], "console"))
    configuration.change(session, changes, settings, now)


def alter(session: Session, entry: StandingTemporary, timezone: str, settings: Settings, now: datetime) -> None:
    """Have the one of that id be this from now on; what has passed of it stays. Raises NotEnded as `end` does."""
    document = _of_console_and_not_over(session, type(entry), entry.id, timezone, now)
    body = entry.model_dump(mode="json", exclude_none=True)
    configuration.change(session, [_changed(document, "update", body)], settings, now)


def end(session: Session, kind: type[Entry], id_: str, timezone: str, settings: Settings, now: datetime) -> None:
    """From now on it no longer counts: one that has not begun is archived, one that has ends now, and a change of a
    rotation that has begun is over. `timezone` is that of its naive times. Raises NotEnded, and nothing has changed
    then."""
    document = _of_console_and_not_over(session, kind, id_, timezone, now)
    one = kind.model_validate(document.body)
    if instant(one.from_, timezone, "start") >= now:
        change = _changed(document, "archive", document.body)
    else:
        change = _changed(document, "update", {**document.body, "to": now.isoformat()})
    configuration.change(session, [change], settings, now)


def _of_console_and_not_over(session: Session, kind: type[Entry], id_: str, timezone: str, now: datetime) -> Document:
    store.hold(session)
    document = store.find(session, SECTION[kind], id_)
    if document is None or document.archived:
        raise NotEnded("unknown")
    if document.origin != "console":
        raise NotEnded("of_file")
    one = kind.model_validate(document.body)
    if isinstance(one, StandingChange):
        over = instant(one.from_, timezone, "start") <= now
    else:
        over = instant(one.to, timezone, "end") <= now
    if over:
        raise NotEnded("over")
    return document


def of_console(session: Session, kind: type[Entry]) -> tuple[Document, ...]:
    """Those in force that no file owns, in the order in which they count."""
    found = store.of_section(session, SECTION[kind])
    return tuple(one for one in found if one.origin == "console")


def span_of(entry: StandingOverride | StandingTemporary, timezone: str) -> Span:
    """UTC; naive times are local to `timezone`."""
    return Span(instant(entry.from_, timezone, "start"), instant(entry.to, timezone, "end"))


def span_of_absence(absence: Absence, world: OnCallWorld) -> Span:
    """As the rota reads it: on the clock of the absence, else of its person, else of the provider."""
    (out,) = outs([absence], world.timezone, world.people)
    return Span(out.from_at, out.to_at)


def _changed(document: Document, kind: store.ChangeKind, body: Mapping[str, object]) -> Change:
    return Change(kind, document.section, document.id, dict(body), document.position, document.origin)


def last_position(session: Session, section: str) -> int:
    return max((one.position for one in store.of_section(session, section)), default=-1)

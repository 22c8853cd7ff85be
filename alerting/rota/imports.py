"""Absences and shifts from a calendar file, entered beside the configuration file, and replaced by the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from alerting import configuration
from alerting.rota import standing
from core.documents import store
from core.documents.store import Change
from core.settings import Settings
from oncall.imported import PREFIX, Difference, Entry
from oncall.schema import Absence, StandingOverride
from oncall.walltime import instant


def there(
    session: Session, kind: type[Entry], is_theirs: Callable[[Entry], bool], timezone: str, now: datetime
) -> list[Entry]:
    """What earlier files of the same subject became, those that are not over. `timezone` is that of naive times."""
    found = [kind.model_validate(one.body) for one in standing.of_console(session, kind) if one.id.startswith(PREFIX)]
    return [one for one in found if is_theirs(one) and instant(one.to, timezone, "end") > now]


def carry_out(session: Session, change: Difference[Any], remove: bool, settings: Settings, now: datetime) -> int:
    """How many were entered, changed or ended. The caller holds the configuration since it looked. What has begun and
    is gone ends now; its past stays."""
    changes = [_entered(session, one) for one in (*change.added, *change.changed)]
    _put_last(session, changes)
    if remove:
        changes += [_ended(session, one, now) for one in change.gone]
    if changes:
        configuration.change(session, changes, settings, now)
    return len(changes)


def _entered(session: Session, one: Absence | StandingOverride) -> Change:
    section, body = standing.SECTION[type(one)], one.model_dump(mode="json", exclude_none=True)
    document = store.find(session, section, str(one.id))
    if document is None:
        return Change("create", section, str(one.id), body, -1, "console")
    kind: store.ChangeKind = "restore" if document.archived else "update"
    return Change(kind, section, document.id, body, document.position, "console")


def _put_last(session: Session, changes: list[Change]) -> None:
    """New ones come after those that are there, in their order."""
    last: dict[str, int] = {}
    for place, one in enumerate(changes):
        if one.position < 0:
            if one.section not in last:
                last[one.section] = max(
                    (found.position for found in store.of_section(session, one.section)), default=-1
                )
            last[one.section] += 1
            changes[place] = Change(one.kind, one.section, one.id, one.body, last[one.section], one.origin)


def _ended(session: Session, one: Absence | StandingOverride, now: datetime) -> Change:
    section = standing.SECTION[type(one)]
    document = store.find(session, section, str(one.id))
    position = 0 if document is None else document.position
    body = one.model_dump(mode="json", exclude_none=True)
    if one.from_ >= now:
        return Change("archive", section, str(one.id), body, position, "console")
    return Change("update", section, str(one.id), body | {"to": now.isoformat()}, position, "console")

"""Read and change configuration objects; every change bumps one version number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from core.db import run
from core.documents.models import DocumentRow, DocumentsVersion

Origin = Literal["file", "console"]
ChangeKind = Literal["create", "update", "archive", "restore"]
SINGLE = "-"  # id of the one object of a section that is not a list
VERSION_ROW = 1
_VERSION = select(DocumentsVersion.version).where(DocumentsVersion.id == VERSION_ROW)
_HOLD = _VERSION.with_for_update()


@dataclass(frozen=True)
class Document:
    section: str
    id: str
    body: dict[str, Any]
    position: int
    origin: Origin
    archived: bool


@dataclass(frozen=True)
class Change:
    """`body` and `position` are what the object becomes; for an archived one, what it was."""

    kind: ChangeKind
    section: str
    id: str
    body: dict[str, Any]
    position: int
    origin: Origin = "file"


def current_version(session: Session) -> int:
    """0 before anything was ever configured."""
    return run(session, _VERSION).scalar_one_or_none() or 0


def hold(session: Session) -> int:
    """The version, which nobody else changes before this transaction ends; 0 before anything was ever configured."""
    return session.execute(_HOLD).scalar_one_or_none() or 0


def load(session: Session) -> tuple[Document, ...]:
    """All objects, archived ones too, in the order of the file within each section."""
    rows = session.execute(
        select(DocumentRow).order_by(DocumentRow.section, DocumentRow.position, DocumentRow.id)
    ).scalars()
    return tuple(_document(row) for row in rows)


def of_section(session: Session, section: str) -> tuple[Document, ...]:
    """The live objects of one section, in the order of the file."""
    rows = session.execute(
        select(DocumentRow)
        .where(DocumentRow.section == section, DocumentRow.archived_at.is_(None))
        .order_by(DocumentRow.position, DocumentRow.id)
        .execution_options(populate_existing=True)
    ).scalars()
    return tuple(_document(row) for row in rows)


def find(session: Session, section: str, id_: str) -> Document | None:
    """One object, also an archived one; None when there never was one."""
    row = session.execute(
        select(DocumentRow)
        .where(DocumentRow.section == section, DocumentRow.id == id_)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    return None if row is None else _document(row)


def save(session: Session, changes: Sequence[Change], now: datetime) -> None:
    """Make the changes, all in the caller's transaction. Without changes the version stays. Whoever changes what is on
    call goes through `alerting.configuration.change`, which keeps the past as it was."""
    if not changes:
        return
    version = _bump(session)
    for change in changes:
        _save_one(session, change, version, now)


def _save_one(session: Session, change: Change, version: int, now: datetime) -> None:
    values = {
        "body": change.body,
        "position": change.position,
        "origin": change.origin,
        "version": version,
        "archived_at": now if change.kind == "archive" else None,
    }
    if change.kind == "create":
        session.execute(insert(DocumentRow).values(section=change.section, id=change.id, **values))
        return
    session.execute(
        update(DocumentRow).where(DocumentRow.section == change.section, DocumentRow.id == change.id).values(**values)
    )


def _bump(session: Session) -> int:
    bumped = session.execute(
        update(DocumentsVersion)
        .where(DocumentsVersion.id == VERSION_ROW)
        .values(version=DocumentsVersion.version + 1)
        .returning(DocumentsVersion.version)
    ).scalar_one_or_none()
    if bumped is None:
        session.execute(insert(DocumentsVersion).values(id=VERSION_ROW, version=1))
        return 1
    return bumped


def _document(row: DocumentRow) -> Document:
    origin: Origin = "console" if row.origin == "console" else "file"
    return Document(row.section, row.id, row.body, row.position, origin, archived=row.archived_at is not None)

"""Writing, reading and verifying the log. Entries are written in the transaction of what they tell about."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Select, Table, bindparam, insert, null, select, update
from sqlalchemy.orm import Session

from core.audit.chain import (
    GENESIS,
    PERSONAL,
    Entry,
    Finding,
    Head,
    Link,
    LogActor,
    Personal,
    check,
    personal_digest,
    sealed,
    storable,
)
from core.audit.kinds import checked
from core.audit.models import LogEntry, LogHead, LogPersonal
from core.db import run
from core.upsert import Upsert

SALT_BYTES = 16
ROWS_AT_A_TIME = 1_000

_entries = cast(Table, LogEntry.__table__)
_heads = cast(Table, LogHead.__table__)
_personal = cast(Table, LogPersonal.__table__)

_insert_entries = insert(_entries)
_insert_personal = insert(_personal)
# Gives the number of the last new entry, and the hash to continue from: that of the last old entry, or in a new chain
# the inserted one, which makes its head complete.
_lengthen = Upsert(
    _heads,
    lambda first: first.on_conflict_do_update(
        index_elements=[_heads.c.subject], set_={"seq": _heads.c.seq + first.excluded.seq}
    ).returning(_heads.c.seq, _heads.c.hash),
)
_move_head = update(_heads).where(_heads.c.subject == bindparam("of")).values(hash=bindparam("to"))


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry as staff may read it: the sealed link and the personal values that are neither blocked nor erased."""

    link: Link
    personal: dict[str, Any] | None


def append(session: Session, subject: str, now: datetime, entries: Sequence[Entry]) -> range:
    """Seals `entries` at the end of the subject's chain, in order, all at `now`; the numbers they got.

    A new chain takes two statements, a longer one three, however many entries. The first one locks the head until the
    transaction ends, so concurrent writers queue and a chain cannot fork.
    """
    if not entries:
        return range(0)
    drafts = [_draft(entry) for entry in entries]
    contents = [(kind, actor, data) for kind, actor, data, _ in drafts]
    count = len(entries)
    fresh = sealed(contents, now, after=0, prev_hash=GENESIS)
    last_seq, prev_hash = _lengthen.run(session, subject=subject, seq=count, hash=fresh[-1].hash)
    after = last_seq - count
    links = fresh if not after else sealed(contents, now, after=after, prev_hash=prev_hash)
    run(session, _insert_entries, [_row(subject, link) for link in links])
    if after:
        run(session, _move_head, {"of": subject, "to": links[-1].hash})
    if kept := [
        {"subject": subject, "seq": link.seq} | beside
        for link, (_, _, _, beside) in zip(links, drafts, strict=True)
        if beside
    ]:
        run(session, _insert_personal, kept)
    return range(after + 1, last_seq + 1)


def read(session: Session, subject: str, *, after: int = 0, limit: int | None = None) -> list[Logged]:
    """Entries of one chain in order, from the one following `after`."""
    rows = session.execute(_rows().where(_entries.c.subject == subject, _entries.c.seq > after).limit(limit))
    return [Logged(_link(row), None if row.blocked_at else row.personal_values) for row in rows]


def heads(session: Session) -> list[Head]:
    """Where every chain ends now: the anchor to keep outside the database."""
    return [Head(*row) for row in session.execute(select(_heads).order_by(_heads.c.subject))]


def verify(session: Session, subject: str | None = None) -> list[Finding]:
    """What is wrong with one chain, or with all of them; empty when every entry is as it was written."""
    stored = select(_heads) if subject is None else select(_heads).where(_heads.c.subject == subject)
    ends = {row.subject: Head(*row) for row in session.execute(stored)}
    rows = _rows() if subject is None else _rows().where(_entries.c.subject == subject)
    findings: list[Finding] = []
    for name, chain in groupby(_stream(session, rows), key=lambda row: str(row.subject)):
        links = ((_link(row), _beside(row)) for row in chain)
        findings += check(name, links, ends.pop(name, None))
    for name, head in sorted(ends.items()):
        findings += check(name, (), head)
    return findings


def missing_anchors(session: Session, anchors: Sequence[Head]) -> list[Finding]:
    """Anchors kept elsewhere that the log no longer bears out: somebody rewrote a chain, its head included."""
    findings: list[Finding] = []
    for anchor in anchors:
        found = session.execute(
            select(_entries.c.hash).where(_entries.c.subject == anchor.subject, _entries.c.seq == anchor.seq)
        ).scalar()
        if found != anchor.hash:
            what = "is not there" if found is None else "is not the one that was anchored"
            findings.append(Finding(anchor.subject, anchor.seq, "changed", f"entry {anchor.seq} {what}"))
    return findings


def block_personal(session: Session, about: str, now: datetime, actor: LogActor) -> int:
    """Hides the personal values about somebody from every reader, and logs that in each chain concerned; how many
    entries were concerned. Repeating it does nothing."""
    open_values = (_personal.c.about == about, _personal.c.blocked_at.is_(None), _personal.c.erased_at.is_(None))
    found = session.execute(
        update(_personal).where(*open_values).values(blocked_at=now).returning(_personal.c.subject, _personal.c.seq)
    ).all()
    return _log_each_chain(session, "personal_data.blocked", [(s, n) for s, n in found], now, actor)


def erase_personal(session: Session, about: str, now: datetime, actor: LogActor) -> int:
    """Removes the personal values about somebody together with their salts; the chains still verify. Logged like
    `block_personal`."""
    found = session.execute(
        update(_personal)
        .where(_personal.c.about == about, _personal.c.erased_at.is_(None))
        .values(personal_values=null(), salt=None, erased_at=now)
        .returning(_personal.c.subject, _personal.c.seq)
    ).all()
    return _log_each_chain(session, "personal_data.erased", [(s, n) for s, n in found], now, actor)


def _log_each_chain(
    session: Session, kind: str, found: Sequence[tuple[str, int]], now: datetime, actor: LogActor
) -> int:
    for subject, group in groupby(sorted(found), key=lambda pair: pair[0]):
        append(session, subject, now, [Entry(kind, actor, {"entries": [seq for _, seq in group]})])
    return len(found)


def _draft(entry: Entry) -> tuple[str, LogActor, dict[str, Any], dict[str, Any] | None]:
    data: dict[str, Any] = storable(entry.data or {})
    if PERSONAL in data:
        raise ValueError(f"data of {entry.kind} has a key {PERSONAL!r}: give those values as Entry.personal")
    if not entry.personal:
        return checked(entry.kind), entry.actor, data, None
    values, salt = storable(entry.personal), secrets.token_hex(SALT_BYTES)
    beside = {"about": entry.about, "salt": salt, "personal_values": values}
    return checked(entry.kind), entry.actor, data | {PERSONAL: personal_digest(salt, values)}, beside


def _row(subject: str, link: Link) -> dict[str, Any]:
    return {
        "subject": subject,
        "seq": link.seq,
        "at": link.at,
        "kind": link.kind,
        "actor": link.actor,
        "data": link.data,
        "prev_hash": link.prev_hash,
        "hash": link.hash,
    }


def _rows() -> Select[Any]:
    beside = (
        _personal.c.seq.label("personal_seq"),
        _personal.c.salt,
        _personal.c.personal_values,
        _personal.c.blocked_at,
        _personal.c.erased_at,
    )
    same = (_personal.c.subject == _entries.c.subject) & (_personal.c.seq == _entries.c.seq)
    return select(_entries, *beside).outerjoin(_personal, same).order_by(_entries.c.subject, _entries.c.seq)


def _stream(session: Session, rows: Select[Any]) -> Iterator[Any]:
    return iter(session.execute(rows.execution_options(yield_per=ROWS_AT_A_TIME)))


def _link(row: Any) -> Link:
    return Link(row.seq, row.at, row.kind, row.actor, row.data, row.prev_hash, row.hash)


def _beside(row: Any) -> Personal | None:
    if row.personal_seq is None:
        return None
    return Personal(row.salt, row.personal_values, erased=row.erased_at is not None)

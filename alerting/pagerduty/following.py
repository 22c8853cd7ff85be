"""Read the rotas that rotations follow, keep what was read, and tell managers of what they cannot see from here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from alerting.configuration import Configuration, change
from alerting.notifications import messages
from alerting.notifications import service as notifications
from alerting.notifications.carriers.base import DeliveryError
from alerting.notifications.out_of_use import managers
from alerting.pagerduty import rotas
from alerting.pagerduty.models import PagerDutyRotaRow
from alerting.pagerduty.rotas import Entry, Kept
from alerting.runtime import Runtime
from alerting.work import Work
from core.documents import store
from oncall.pieces import FOR_EVER, Span
from oncall.schema import FollowedRotation, PagerDutyRota

log = logging.getLogger(__name__)

BY_MAIL_ELSE_SMS = ("email", "sms")
NO_KEY, UNREADABLE, LENGTH = "no_api_key", "unreadable", 40


@dataclass(frozen=True)
class RotaState:
    """How current a rotation of PagerDuty's is. `read_at` None: it never was. `error` of the last try, None when it
    went well. `strangers` are on call there in the next weeks and nobody here."""

    rotation: FollowedRotation
    read_at: datetime | None
    since_at: datetime
    error: str | None
    strangers: Sequence[tuple[str, str, datetime]]

    @property
    def is_empty(self) -> bool:
        return not self.rotation.followed

    def is_stale(self, now: datetime) -> bool:
        return now - (self.read_at or self.since_at) > rotas.STALE


def look(runtime: Runtime) -> None:
    """Read every rota that is followed and was not read lately; one that cannot be read holds up no other."""
    with runtime.database.reading() as session:
        now = runtime.now(session)
        config = runtime.configurations.current(session)
        found = [one for one in followed(config) if not _is_fresh(session, one, now)]
    for rotation in found:
        rota = _rota(rotation)
        answer: Sequence[Entry] | str
        try:
            answer = _ask(runtime, rota, now)
        except DeliveryError as error:
            log.warning("PagerDuty's rota for %s was not read: %s", rotation.id, error)
            answer = str(error.code or "connection")[:LENGTH]
        with runtime.work() as work:
            take(work, runtime, rotation.id, answer)


def followed(config: Configuration) -> list[FollowedRotation]:
    return [one for one in config.oncall.rotations.values() if isinstance(one, FollowedRotation)]


def states(session: Session, config: Configuration, now: datetime, ids: Sequence[str] | None = None) -> list[RotaState]:
    """Of all rotations that follow PagerDuty, or of those among `ids`."""
    found = []
    window = Span(now, now + rotas.WARNED_AHEAD)
    for rotation in followed(config):
        if ids is not None and rotation.id not in ids:
            continue
        row = session.get(PagerDutyRotaRow, rotation.id)
        ours = row is not None and row.of == _rota(rotation).source
        strangers = [
            (one.user, one.name, max(one.from_ or now, now)) for one in rotas.strangers(rotation.followed, window)
        ]
        if row is None or not ours:
            found.append(RotaState(rotation, None, now, None, strangers))
        else:
            found.append(RotaState(rotation, row.read_at, row.since_at, row.error, strangers))
    return found


def take(work: Work, runtime: Runtime, rotation_id: str, answer: Sequence[Entry] | str) -> None:
    """Keep the answer, or why there is none, and tell who must know. Nothing for a rotation that has gone or follows
    another rota meanwhile."""
    store.hold(work.session)
    config = runtime.configurations.current(work.session)
    rotation = config.oncall.rotations.get(rotation_id)
    if not isinstance(rotation, FollowedRotation):
        return
    row = _row(work, rotation)
    if isinstance(answer, str):
        row.error = answer
    else:
        rotation = _keep(work, runtime, rotation, row, answer)
    _tell(work, rotation, row)


def _ask(runtime: Runtime, rota: PagerDutyRota, now: datetime) -> Sequence[Entry] | str:
    if not runtime.pagerduty.reads:
        return NO_KEY
    window = rotas.asked(now)
    answer = runtime.pagerduty.oncalls(
        schedule=rota.schedule, escalation_policy=rota.escalation_policy, window=window, region=rota.region
    )
    try:
        return rotas.read(answer, rota)
    except ValueError as error:
        log.error("PagerDuty's answer about who is on call cannot be read: %s", error)
        return UNREADABLE


def _is_fresh(session: Session, rotation: FollowedRotation, now: datetime) -> bool:
    """A new one is not kept waiting, nor one that could not be read."""
    row = session.get(PagerDutyRotaRow, rotation.id)
    if row is None or row.of != _rota(rotation).source or row.error is not None or row.read_at is None:
        return False
    return now - row.read_at < rotas.READ_EVERY


def _row(work: Work, rotation: FollowedRotation) -> PagerDutyRotaRow:
    """Made, or begun anew when the rotation follows another rota."""
    source = _rota(rotation).source
    row = work.session.get(PagerDutyRotaRow, rotation.id, populate_existing=True)
    if row is None:
        row = PagerDutyRotaRow(rotation_id=rotation.id, of=source, since_at=work.now, doubted=False, told_users=[])
        work.session.add(row)
    elif row.of != source:
        row.of, row.since_at, row.read_at, row.error = source, work.now, None, None
        row.doubted, row.told_at, row.told_users = False, None, []
    return row


def _keep(
    work: Work, runtime: Runtime, rotation: FollowedRotation, row: PagerDutyRotaRow, answer: Sequence[Entry]
) -> FollowedRotation:
    """The rotation as it is from now on. Without a change the configuration keeps its version, so that nobody reads it
    anew every five minutes."""
    document = store.find(work.session, rotas.SECTION, rotation.id)
    before = Kept.model_validate(document.body) if document is not None else None
    known = before.entries if before is not None and before.of == row.of else ()
    counts = rotas.merged(known, answer, work.now, doubted_before=row.doubted)
    row.read_at, row.error, row.doubted = work.now, None, counts.doubted
    if counts.doubted:
        log.warning("PagerDuty suddenly shows nobody on call for %s within a day: asked again", rotation.id)
    after = Kept(of=row.of, entries=counts.entries)
    if after != before:
        kind: store.ChangeKind = "create" if document is None else "update"
        changed = store.Change(kind, rotas.SECTION, rotation.id, after.model_dump(mode="json"), 0, "console")
        change(work.session, [changed], runtime.settings, work.now)
        log.info("PagerDuty's rota for %s has changed", rotation.id)
    people = work.config.oncall.people.values()
    found = rotas.with_rota(rotation, after, people)
    assert isinstance(found, FollowedRotation)  # noqa: S101 - it follows PagerDuty, or we would not be here
    return found


def _tell(work: Work, rotation: FollowedRotation, row: PagerDutyRotaRow) -> None:
    """Managers, once for each silence, and once for each user."""
    stale = work.now - (row.read_at or row.since_at) > rotas.STALE
    empty = not stale and row.read_at is not None and not row.doubted and not rotation.followed
    if not stale and not empty:
        row.told_at = None
    elif row.told_at is None:
        row.told_at = work.now
        text = messages.PagerDutyRotaSms(rotation=rotation.id, read_at=row.read_at if stale else None, empty=empty)
        _inform(work, rotation, text)
    window = Span(work.now, work.now + rotas.WARNED_AHEAD)
    unknown = list(rotas.strangers(rotation.followed, window))
    for one in unknown:
        if one.user not in row.told_users:
            from_at = max(one.from_ or FOR_EVER.from_at, work.now)
            _inform(work, rotation, messages.PagerDutyRotaStrangerSms(
                rotation=rotation.id, name=one.name, user=one.user, from_at=from_at))  # fmt: skip
    users = [one.user for one in unknown]
    if row.told_users != users:
        row.told_users = users


def _inform(work: Work, rotation: FollowedRotation, text: messages.Sms) -> None:
    told = [notifications.inform(work, one, text, by=BY_MAIL_ELSE_SMS) for one in managers(work, rotation.people)]
    if not any(told):
        log.error("no manager could be told about PagerDuty's rota for %s", rotation.id)


def _rota(rotation: FollowedRotation) -> PagerDutyRota:
    if rotation.pagerduty is None:
        raise LookupError(f"the rotation {rotation.id} follows no rota")
    return rotation.pagerduty

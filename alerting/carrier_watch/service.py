"""Send canary pages, judge them, keep what the carrier says of our account, and tell managers what is wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import delete, select, update

from alerting.carrier_watch import queries
from alerting.carrier_watch.models import CanaryRow, CarrierAccountRow
from alerting.carrier_watch.rules import SMS, VOICE, Outcome, judged, next_at
from alerting.notifications import messages, spoken
from alerting.notifications import service as notifications
from alerting.notifications.attempts import AttemptState
from alerting.notifications.carriers.numbers import WARNINGS, Account, Finding
from alerting.notifications.messages import Sms
from alerting.notifications.models import AttemptRow
from alerting.notifications.out_of_use import managers
from alerting.work import CANARY, NUDGE_GRACE, Work
from core.db import insert_row
from core.ids import ulid
from core.queue import nudge
from core.settings import Settings

log = logging.getLogger(__name__)

BY_MAIL = ("email",)
BY_MAIL_ELSE_SMS = ("email", "sms")
REFUSED = "refused"
TURNS = 5  # times the patience with one that waits for its turn
ACCOUNT_EVERY = timedelta(minutes=15)
RANG = "canary_rang"
"""attempt.why of a canary's call that is hung up because it has rung."""


def every(settings: Settings) -> timedelta:
    return timedelta(minutes=settings.canary_every_minutes)


def watched(settings: Settings) -> Iterator[tuple[str, str]]:
    """Channel and number of each canary that is wanted."""
    if settings.canary_sms_to:
        yield SMS, settings.canary_sms_to
    if settings.canary_call_to:
        yield VOICE, settings.canary_call_to


def go_on(work: Work, settings: Settings, carrier: str) -> None:
    """Judge those under way, and send what is due. `carrier` is whose they are until an attempt says better."""
    _judge_waiting(work)
    for channel, number in watched(settings):
        at = next_at(queries.last(work.session, channel), every(settings), work.now)
        if at is not None and at <= work.now:
            _send(work, channel, number, timedelta(seconds=settings.canary_within_seconds), carrier)


def reported(work: Work, attempt: AttemptRow) -> None:
    """To be called when a report about any attempt was applied: a canary that came through is known at once, and its
    call need ring nobody any longer."""
    if attempt.purpose != CANARY:
        return
    row = work.session.scalars(select(CanaryRow).where(CanaryRow.attempt_id == attempt.id)).first()
    if row is not None:
        _judge(work, row, attempt)
    if attempt.channel == VOICE and attempt.state == AttemptState.RINGING:
        attempt.why, attempt.nudged_until = RANG, work.now + NUDGE_GRACE
        nudge(work.session, "pages", notifications.HANG_UP, attempt.id)


def is_account_due(work: Work, carrier: str) -> bool:
    """Whether to ask again. What was in order may be left for a while; what was not is looked at each minute, so that
    nobody is called for long because of what is over."""
    row = work.session.get(CarrierAccountRow, carrier)
    in_order = row is not None and row.error is None and not row.told
    return row is None or not in_order or work.now - row.checked_at >= ACCOUNT_EVERY


def keep_account(work: Work, carrier: str, account: Account, found: Sequence[Finding]) -> None:
    """What the carrier has said of our account, and managers told of each fault once."""
    row = _account_row(work, carrier)
    row.balance = None if account.balance is None else str(account.balance)
    row.currency = account.currency or None
    row.error, row.findings = None, [asdict(one) for one in found]
    _tell_faults(work, row, [one for one in found if one.fault not in WARNINGS])


def keep_refusal(work: Work, carrier: str, error: str) -> None:
    """The carrier does not know us: no page of ours leaves."""
    row = _account_row(work, carrier)
    row.error, row.findings = error, []
    if REFUSED not in row.told:
        _tell(work, messages.CarrierFaultSms(fault=REFUSED, detail=error), BY_MAIL)
        row.told = [REFUSED]


def keep_silence(work: Work, carrier: str, error: str) -> None:
    """It could not be asked: whether pages leave is for the canaries to say, and nobody is told by us."""
    _account_row(work, carrier).error = error


# --- canaries


def _send(work: Work, channel: str, number: str, within: timedelta, carrier: str) -> None:
    text: Sms | spoken.Spoken = spoken.CanaryCall() if channel == VOICE else messages.CanarySms()
    attempt = notifications.probe(work, channel, number, text, CANARY)
    insert_row(
        work.session,
        CanaryRow(
            id=ulid(),
            attempt_id=attempt,
            channel=channel,
            carrier=carrier,
            sent_at=work.now,
            deadline_at=work.now + within,
            outcome=Outcome.WAITING.value,
        ),
    )


def _judge_waiting(work: Work) -> None:
    rows = work.session.execute(
        select(CanaryRow, AttemptRow)
        .join(AttemptRow, AttemptRow.id == CanaryRow.attempt_id)
        .where(CanaryRow.outcome == Outcome.WAITING.value)
    ).all()
    for row, attempt in rows:
        _judge(work, row, attempt)


def _judge(work: Work, row: CanaryRow, attempt: AttemptRow) -> None:
    """One conditional write decides, so that callback and clock tell nobody twice."""
    state = AttemptState(attempt.state)
    # One that waits for its turn behind pages says nothing about the carrier yet.
    patience = (row.deadline_at - row.sent_at) * (TURNS if attempt.wanted_at is not None else 1)
    outcome = judged(row.channel, state, overdue=work.now >= row.sent_at + patience)
    if outcome is Outcome.WAITING:
        return
    before = _outcome_before(work, row)
    heard = outcome is Outcome.HEARD
    values = {
        "outcome": outcome.value,
        "heard_at": work.now if heard else None,
        "why": None if heard else attempt.error_code or state.value,
        "carrier": attempt.carrier or row.carrier,
    }
    decided = work.session.execute(
        update(CanaryRow)
        .where(CanaryRow.id == row.id, CanaryRow.outcome == Outcome.WAITING.value)
        .values(**values)
        .returning(CanaryRow.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if decided is None:
        return
    if not heard:
        log.error("a canary by %s did not come through %s: %s", row.channel, values["carrier"], values["why"])
    by_call = row.channel == VOICE
    if not heard and before is not Outcome.MISSED:
        _tell(work, messages.CanaryMissedSms(at=row.sent_at, by_call=by_call), BY_MAIL)
    elif heard and before is Outcome.MISSED:
        _tell(work, messages.CanaryHeardSms(at=work.now, by_call=by_call), BY_MAIL)


def _outcome_before(work: Work, row: CanaryRow) -> Outcome | None:
    found = work.session.scalars(
        select(CanaryRow.outcome)
        .where(CanaryRow.channel == row.channel, CanaryRow.sent_at < row.sent_at)
        .order_by(CanaryRow.sent_at.desc())
        .limit(1)
    ).first()
    return Outcome(found) if found else None


# --- the account


def _account_row(work: Work, carrier: str) -> CarrierAccountRow:
    row = work.session.get(CarrierAccountRow, carrier)
    if row is None:
        row = CarrierAccountRow(carrier=carrier, findings=[], told=[], checked_at=work.now)
        work.session.add(row)
    row.checked_at = work.now
    return row


def forget_others(work: Work, carriers: Iterable[str]) -> None:
    """Of carriers that are configured no more nothing is said."""
    work.session.execute(delete(CarrierAccountRow).where(CarrierAccountRow.carrier.not_in(list(carriers))))


def _tell_faults(work: Work, row: CarrierAccountRow, faults: Sequence[Finding]) -> None:
    keys = {f"{one.fault.value} {one.about}".strip(): one for one in faults}
    for key, one in keys.items():
        if key not in row.told:
            log.error("%s: %s %s", row.carrier, key, one.detail)
            text = messages.CarrierFaultSms(fault=_word(one), number=one.about or None, detail=one.detail or None)
            _tell(work, text, BY_MAIL_ELSE_SMS)
    if row.told and not keys:
        _tell(work, messages.CarrierWellSms(), BY_MAIL_ELSE_SMS)
    row.told = list(keys)


def _word(one: Finding) -> str:
    """Which text: faults of a number have one in common, for the doctor says the rest."""
    return "number" if one.about else one.fault.value


def _tell(work: Work, text: Sms, by: Sequence[str]) -> None:
    told = [notifications.inform(work, person, text, by=by) for person in managers(work)]
    if not any(told):
        log.error("no manager could be told: %s", text.kind())

"""Send one attempt: claim it, hand it over, write down what came of it. Three transactions' worth of rows around one
request to the carrier; a crash anywhere in between leaves a row that the clock finds."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from alerting.escalation.models import EscalationRow
from alerting.notifications import (
    alarms,
    attempts,
    bundles,
    mailing,
    out_of_use,
    rendering,
    senders,
    threads,
    turns,
    undelivered,
)
from alerting.notifications.attempts import AttemptState, GiveUp
from alerting.notifications.carriers.base import (
    AmbiguousDeliveryError,
    Call,
    ConfigurationDeliveryError,
    DeliveryError,
    Message,
    PermanentDeliveryError,
    TransientDeliveryError,
)
from alerting.notifications.carriers.outcomes import why_disabled
from alerting.notifications.lookup import PAGING_STATES as PAGING_STATES
from alerting.notifications.lookup import reference_of as reference_of
from alerting.notifications.lookup import still_wanted
from alerting.notifications.models import AttemptRow
from alerting.notifications.senders import NO_CONNECTION, TELEPHONY
from alerting.notifications.service import HANG_UP
from alerting.notifications.threads import Thread
from alerting.pagerduty import incidents, sending
from alerting.runtime import Runtime
from alerting.tickets.models import TicketRow
from alerting.work import DELIVER, NUDGE_GRACE, Work, queue_of
from core.carrier_accounts import TWILIO
from core.db import UTCDateTime
from core.queue import nudge
from core.settings import Settings

log = logging.getLogger(__name__)

SMS_VALID_SECONDS = 600  # the vendor's default is ten hours: a page delivered then wakes the wrong person
RING_SECONDS = 25  # shorter than most voicemail
FRESH_SECONDS = 2.0  # between claim and request; with the longest send it stays below the lease
VOICE_PATH = "/webhooks/twilio/voice/"
STATUS_PATH = "/webhooks/twilio/status/"
MACHINE_PATH = "/webhooks/twilio/machine/"
FALLBACK_PATH = "/webhooks/fallback/call/"
LANGUAGE, PAGE = "in", "page"  # in the query of addresses: what must be known when nothing can be looked up
STEP_FAILED = "alerting.escalation.jobs.step_failed"
CARRIERS = {"email": "smtp", "pagerduty": "pagerduty"}
CLOCK_TOLERANCE = timedelta(milliseconds=50)


# Built once: on the way to the first page, building a statement takes longer than running it.
_CLAIM = (
    update(AttemptRow)
    .where(AttemptRow.id == bindparam("of"), AttemptRow.state == "pending")
    .where(AttemptRow.due_at <= bindparam("due", type_=UTCDateTime()), still_wanted())
    .where(turns.carrier_is_free(bindparam("sender"), bindparam("at", type_=UTCDateTime())))
    .values(
        state=AttemptState.SENDING.value,
        fence=AttemptRow.fence + 1,
        tries=AttemptRow.tries + 1,
        lease_until=bindparam("lease", type_=UTCDateTime()),
        sent_at=bindparam("at", type_=UTCDateTime()),
        slot_at=None,
        why=None,
        carrier=case((AttemptRow.channel.in_(TELEPHONY), bindparam("sender")), else_=AttemptRow.carrier),
    )
    .returning(AttemptRow)
    .execution_options(synchronize_session=False)
)
_OURS = (
    select(AttemptRow)
    .where(AttemptRow.id == bindparam("of"), AttemptRow.fence == bindparam("fenced"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_CUSTOMER = select(TicketRow.customer_id).where(TicketRow.id == bindparam("of"))


@dataclass(frozen=True)
class Claimed:
    """An attempt that is ours to send until its lease ends. What it says is kept with what came of it."""

    attempt: AttemptRow
    reference: str
    body: str
    link: str | None
    fence: int
    thread: Thread | None = None


def deliver(runtime: Runtime, attempt_id: str) -> None:
    """Send the attempt if it is still due; safe to call any number of times."""
    began = time.monotonic()
    # Neither the page nor the next one waits for the disk: what a power cut undoes here is found again by the clock,
    # which asks the carrier, or sends a second time; it never sends not at all.
    with runtime.work(may_be_lost=True) as work:
        claimed = claim(work, runtime, attempt_id)
    if claimed is None:
        return
    if time.monotonic() - began > FRESH_SECONDS:
        with runtime.work() as work:
            _give_back(work, claimed)
        return
    try:
        sid = _hand_over(runtime, claimed)
    except DeliveryError as error:
        with runtime.work() as work:
            _failed(work, runtime, claimed, error)
        return
    with runtime.work(may_be_lost=True) as work:
        _accepted(work, claimed, sid)
        senders.handed_over(work, runtime, claimed.attempt)


def claim(work: Work, runtime: Runtime, attempt_id: str) -> Claimed | None:
    """Take the attempt for ourselves, in one statement that also asks whether anybody still needs it. None when another
    worker has it, it is not due, it must wait for its turn, or the page has been answered."""
    now = work.now
    due, sender = now + CLOCK_TOLERANCE, senders.choose(work, runtime, attempt_id)
    if turns.rates(runtime.settings) and not turns.may_leave(work, runtime.settings, attempt_id, due, sender):
        return None
    row = work.session.execute(
        _CLAIM, {"of": attempt_id, "due": due, "lease": now + attempts.LEASE, "at": now, "sender": sender}
    ).scalar_one_or_none()
    if row is None:
        _drop_unwanted(work, attempt_id)
        turns.hold(work, attempt_id, sender)
        return None
    reference = reference_of(work.session, row)
    if _collapsed(work, row):
        row.state, row.why, row.lease_until = AttemptState.SKIPPED.value, "late_collapsed", None
        work.record(reference, "attempt.skipped", {"attempt": row.id, "why": row.why})
        return None
    others = bundles.take(work, row)
    if others:
        return _claimed_together(work, row, others, reference)
    link = _link(runtime, row)
    body = _body(work, runtime, row, link, work.now)
    # Before the page leaves: its link must open also when we die right after the carrier has taken it.
    row.link_digest = hashlib.sha256(link.encode()).hexdigest() if link else None
    work.record(reference, "attempt.sending", {"attempt": row.id, "try": row.tries, "carrier": row.carrier})
    if row.channel == "pagerduty":
        incidents.asked(work, row)
    return Claimed(row, reference, body, link, row.fence, _thread(work, runtime, row))


def _claimed_together(work: Work, row: AttemptRow, others: Sequence[AttemptRow], reference: str) -> Claimed:
    """One message for several tickets. No link: it would open one of them alone."""
    row.message = bundles.body(row, others, work.config)
    for one, chain in ((row, reference), *((other, reference_of(work.session, other)) for other in others)):
        one.link_digest, one.carrier = None, row.carrier
        data = {"attempt": one.id, "try": one.tries, "carrier": row.carrier, "bundle": row.id}
        work.record(chain, "attempt.sending", data)
    return Claimed(row, reference, row.message, None, row.fence)


def _thread(work: Work, runtime: Runtime, row: AttemptRow) -> Thread | None:
    """Before the mail leaves: an answer to it must find its ticket however fast it comes."""
    if not mailing.is_of_a_thread(row) or row.ticket_id is None or row.address is None:
        return None
    settings = runtime.settings
    first = mailing.message_id(row.id, settings)
    return threads.thread_of(work.session, settings.signing_key(), row.ticket_id, row.address, first, work.now)


def _drop_unwanted(work: Work, attempt_id: str) -> None:
    """A page of a cycle that is over is cancelled, or it would come due again and again."""
    row = work.session.execute(
        update(AttemptRow)
        .where(AttemptRow.id == attempt_id, AttemptRow.state == "pending", ~still_wanted())
        .values(state=AttemptState.CANCELLED.value, why="already_acknowledged")
        .returning(AttemptRow)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if row is not None:
        data = {"attempt": row.id, "why": row.why}
        work.record(reference_of(work.session, row), "attempt.cancelled", data)


def hang_up(runtime: Runtime, attempt_id: str) -> None:
    """End a call that nobody needs any more. When the carrier cannot be asked, who answers hears who has it."""
    with runtime.database.reading() as session:
        row = session.get(AttemptRow, attempt_id)
    if row is None or row.carrier_sid is None or AttemptState(row.state) in attempts.FINAL:
        return
    why = row.why or "already_acknowledged"
    with runtime.database.reading() as session:
        others_ring = bundles.others_ring(session, row)
    try:
        if not others_ring:
            runtime.carrier_named(row.carrier).hang_up(row.carrier_sid)
    except DeliveryError as error:
        log.warning("call %s was not hung up: %s", attempt_id, error)
        return
    with runtime.work() as work:
        ended = work.session.execute(
            update(AttemptRow)
            .where(AttemptRow.id == attempt_id, AttemptRow.state.in_(("accepted", "ringing")))
            .values(state=AttemptState.CANCELLED.value, why=why)
            .returning(AttemptRow.id)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if ended:
            data = {"attempt": attempt_id, "why": why, "hung_up": not others_ring}
            work.record(reference_of(work.session, row), "attempt.cancelled", data)


def reconcile(runtime: Runtime, attempt_id: str) -> None:
    """An attempt whose answer was lost (the request failed half-way, or its worker died): ask the carrier what it has,
    and send again only if it has nothing, at most once."""
    with runtime.work() as work:
        row = _taken_for_reconciling(work, attempt_id)
        if row is None:
            return
        if bundles.is_carried(row):
            bundles.settle(work, row)
            return
        reference = reference_of(work.session, row)
        link = None if bundles.carries(row) else _link(runtime, row)
        kept = row.message if bundles.carries(row) else None
        body = kept or _body(work, runtime, row, link, row.sent_at or work.now)
        claimed = Claimed(row, reference, body, link, row.fence)
    try:
        sid = _found_at_carrier(runtime, claimed)
    except (TransientDeliveryError, AmbiguousDeliveryError) as error:
        with runtime.work() as work:
            _look_again(work, claimed, error)
        return
    except DeliveryError as error:  # we may send but not look: twice is better than never
        log.warning("attempt %s: the carrier does not let us look (code %s)", attempt_id, error.code)
        sid = None
    with runtime.work() as work:
        if sid is not None and not _is_anothers(work.session, row, sid):
            work.record(reference, "attempt.reconciled", {"attempt": attempt_id, "carrier_sid": sid})
            _accepted(work, claimed, sid)
        else:
            _resend(work, claimed)


def finish_failed(
    work: Work, row: AttemptRow, reference: str, failure: str, code: str | None, *, hurry: bool = True
) -> None:
    """The attempt is over without having reached anybody: the person's next one is moved forward (unless `hurry` is
    False: the same is tried again), an address that is dead is taken out of use, managers are told of a carrier that
    refuses us, and a step with nothing left goes on at once."""
    row.failure, row.error_code = failure, code
    work.record(reference, "attempt.failed", {"attempt": row.id, "failure": failure, "code": code})
    if row.channel == "email":
        _bounced(work, row, reference, code)
    why = why_disabled(code)
    if why and row.address:
        out_of_use.take_out(work, row.channel or "", row.address, why)
    if failure == "configuration" and row.channel in alarms.CHANNELS:
        alarms.sound(work, row.channel, code)
    if row.purpose == "page":
        if hurry:
            _bring_forward(work, row)
        nudge(work.session, "pages", STEP_FAILED, row.id)


def _bounced(work: Work, row: AttemptRow, reference: str, code: str | None) -> None:
    """Shown on the ticket, to the customer too when it was theirs. No mail tells that a mail did not arrive."""
    customer = work.session.execute(_CUSTOMER, {"of": row.ticket_id}).scalar_one_or_none()
    data = {"attempt": row.id, "purpose": row.purpose, "reason": undelivered.reason_of(code), "code": code}
    about = row.person_id or customer
    work.record(reference, "mail.bounced", data, personal={"address": row.address} if about else None, about=about)


# --- the request


def _hand_over(runtime: Runtime, claimed: Claimed) -> str:
    attempt, settings = claimed.attempt, runtime.settings
    origin, carrier = settings.public_origin, runtime.carrier_named(attempt.carrier)
    match attempt.channel:
        case "sms":
            return carrier.send_sms(
                Message(_address(attempt), claimed.body, origin + STATUS_PATH + attempt.token, SMS_VALID_SECONDS)
            )
        case "voice":
            return carrier.place_call(
                Call(
                    _address(attempt),
                    origin + VOICE_PATH + attempt.token + _marked(attempt),
                    origin + STATUS_PATH + attempt.token,
                    RING_SECONDS,
                    origin + MACHINE_PATH + attempt.token if settings.machine_detection else None,
                    _fallback_of(attempt, settings),
                )
            )
        case "email":
            return _send_mail(runtime, claimed)
        case "pagerduty":
            return sending.trigger(runtime, attempt)
    raise ConfigurationDeliveryError(f"there is no way to send by {attempt.channel!r}", "channel")


def _marked(attempt: AttemptRow) -> str:
    return f"?{PAGE}=1&{LANGUAGE}={attempt.language}" if attempt.purpose == "page" else ""


def _fallback_of(attempt: AttemptRow, settings: Settings) -> str | None:
    """Only of a page: other calls have no answer that would be worth keeping."""
    if attempt.purpose != "page":
        return None
    return settings.fallback_origin + FALLBACK_PATH + attempt.token + _marked(attempt)


def _send_mail(runtime: Runtime, claimed: Claimed) -> str:
    attempt, settings = claimed.attempt, runtime.settings
    with runtime.database.reading() as session:
        config = runtime.configurations.current(session)
    text = mailing.written(attempt, config, settings, claimed.link, _method_code(runtime, attempt))
    return mailing.send(attempt, text, _address(attempt), claimed.thread, settings)


def _address(attempt: AttemptRow) -> str:
    if attempt.address is None:
        raise PermanentDeliveryError("the attempt has no address", "address")
    return attempt.address


def _found_at_carrier(runtime: Runtime, claimed: Claimed) -> str | None:
    """Our own request among what the carrier lists for the number; None when it never got there. Mail has no listing:
    its Message-ID is the attempt's own, so a second copy is recognised by the reader's program."""
    attempt = claimed.attempt
    if attempt.channel not in ("sms", "voice") or attempt.sent_at is None:
        return None
    kind: Literal["sms", "call"] = "sms" if attempt.channel == "sms" else "call"
    with runtime.database.reading() as session:
        known = set(
            session.execute(
                select(AttemptRow.carrier_sid).where(
                    AttemptRow.address == attempt.address, AttemptRow.carrier_sid.is_not(None)
                )
            ).scalars()
        )
    for found in runtime.carrier_named(attempt.carrier).recent(kind, _address(attempt), attempt.sent_at):
        if found.sid not in known and (found.body is None or found.body == claimed.body):
            return found.sid
    return None


def _is_anothers(session: Session, row: AttemptRow, sid: str) -> bool:
    """A callback, or a look for another attempt to the same number, may have bound it since."""
    found = select(AttemptRow.id).where(
        AttemptRow.carrier_sid == sid, AttemptRow.id != row.id, bundles.is_no_part_of(row)
    )
    return session.execute(found.limit(1)).scalar_one_or_none() is not None


def not_ours(work: Work, owner: AttemptRow, sid: str) -> None:
    """A callback has shown that `sid` belongs to `owner`. An attempt to the same number whose answer was lost too may
    have been taken for it, since a carrier's list of calls does not say which page each one is: nobody has heard that
    one, so it is looked for anew."""
    mistaken = work.session.scalars(
        update(AttemptRow)
        .where(AttemptRow.carrier_sid == sid, AttemptRow.id != owner.id, AttemptRow.state == "accepted")
        .where(bundles.is_no_part_of(owner))
        .values(state="unknown", carrier_sid=None, handed_over_at=None, due_at=work.now, nudged_until=None)
        .returning(AttemptRow)
        .execution_options(synchronize_session=False)
    ).all()
    for row in mistaken:
        work.record(
            reference_of(work.session, row), "attempt.unknown", {"attempt": row.id, "code": "taken_for_another"}
        )


# --- what came of it


def _accepted(work: Work, claimed: Claimed, sid: str) -> None:
    """A first callback may have come before the answer: then only the carrier's id is filled in."""
    row = _fenced(work, claimed)
    if row is None:
        return
    row.carrier_sid, row.lease_until = sid, None
    _keep_text(row, claimed)
    row.carrier = CARRIERS.get(row.channel or "", row.carrier or TWILIO)
    row.handed_over_at = row.handed_over_at or work.now
    if row.state in ("sending", "unknown"):
        row.state = (AttemptState.SENT if row.channel == "email" else AttemptState.ACCEPTED).value
    kind = "mail.sent" if row.channel == "email" else "attempt.accepted"
    work.record(claimed.reference, kind, {"attempt": row.id, "carrier_sid": sid, "carrier": row.carrier})
    if row.channel == "pagerduty":
        incidents.taken(work, row, claimed.reference)
    for one in (row, *bundles.accepted(work, row)):
        if one.channel == "voice" and one.purpose == "page" and not _page_is_wanted(work.session, one):
            one.why, one.nudged_until = "already_acknowledged", work.now + NUDGE_GRACE
            nudge(work.session, "pages", HANG_UP, one.id)  # answered by somebody else while the request was on its way


def _give_back(work: Work, claimed: Claimed) -> None:
    """We stood still between claim and request, so the page may have been answered or our lease may end during the
    request (invariant I21): claim it anew."""
    row = _fenced(work, claimed)
    if row is None or row.state != "sending":
        return
    log.warning("attempt %s: claimed too long ago to be sent, given back", row.id)
    row.state, row.lease_until, row.nudged_until = AttemptState.PENDING.value, None, work.now + NUDGE_GRACE
    row.tries -= 1
    row.slot_at = work.now  # its turn is not used up
    bundles.release(work, row, work.now)
    nudge(work.session, queue_of(row.purpose), DELIVER, row.id)


def _failed(work: Work, runtime: Runtime, claimed: Claimed, error: DeliveryError) -> None:
    row = _fenced(work, claimed)
    if row is None or row.state not in ("sending", "unknown"):
        return
    row.lease_until = None
    _keep_text(row, claimed)
    senders.refused(work, runtime, row, error)
    elsewhere = senders.tries_another(runtime, row)
    if isinstance(error, AmbiguousDeliveryError):
        _unknown(work, row, claimed.reference, error)
        return
    if isinstance(error, TransientDeliveryError):
        if row.channel == "email":
            again = attempts.after_transient_mail(row.tries, row.purpose, row.created_at, work.now)
        else:
            again = attempts.after_transient(row.tries, error.retry_after, work.now)
        if not isinstance(again, GiveUp):
            row.state, row.nudged_until = AttemptState.PENDING.value, None
            row.error_code = error.code
            if not elsewhere:
                _wait(work, row, again.at, error)
                bundles.release(work, row, again.at)
                return
            _leave_alone(work, row, again.at, error)
    if elsewhere and not isinstance(error, PermanentDeliveryError):
        _by_another(work, row, error)
        return
    failure = {PermanentDeliveryError: "permanent", ConfigurationDeliveryError: "configuration"}.get(
        type(error), "transient"
    )
    if failure == "configuration" and row.channel not in alarms.CHANNELS:
        log.error("%s refuses us (code %s): check the account", CARRIERS.get(row.channel or ""), error.code)
    _give_up(work, row, claimed.reference, failure, error.code)


def _give_up(work: Work, row: AttemptRow, reference: str, failure: str, code: str | None) -> None:
    row.state = AttemptState.FAILED.value
    finish_failed(work, row, reference, failure, code)
    for other in bundles.others(work.session, row):
        if other.state in bundles.NOT_HANDED_OVER:
            other.state, other.lease_until = AttemptState.FAILED.value, None
            finish_failed(work, other, reference_of(work.session, other), failure, code)


def _by_another(work: Work, row: AttemptRow, error: DeliveryError) -> None:
    """The next account is asked at once: this one is away, busy, or refuses us."""
    row.state, row.error_code = AttemptState.PENDING.value, error.code
    if isinstance(error, ConfigurationDeliveryError):
        alarms.sound(work, row.channel or "", error.code)
    turns.wait(work, row, work.now, turns.CARRIER_DOWN)
    row.nudged_until = work.now + NUDGE_GRACE
    bundles.release(work, row, work.now)
    nudge(work.session, queue_of(row.purpose), DELIVER, row.id)


def _wait(work: Work, row: AttemptRow, until: datetime, error: TransientDeliveryError) -> None:
    """Of a telephone's carrier the reason shows, and what it asks of one message holds for all."""
    if row.channel not in TELEPHONY:
        row.due_at = until
    elif error.code == NO_CONNECTION:
        turns.wait(work, row, until, turns.CARRIER_DOWN)
    else:
        turns.wait(work, row, until, turns.RATE_LIMITED)
        _leave_alone(work, row, until, error)


def _leave_alone(work: Work, row: AttemptRow, until: datetime, error: TransientDeliveryError) -> None:
    if error.retry_after is not None and row.channel in TELEPHONY:
        turns.leave_alone(work, row.carrier or TWILIO, row.channel, until)


def _unknown(work: Work, row: AttemptRow, reference: str, error: DeliveryError) -> None:
    row.state = AttemptState.UNKNOWN.value
    row.due_at, row.nudged_until = work.now + attempts.RECONCILE_AFTER, None
    row.error_code = error.code
    work.record(reference, "attempt.unknown", {"attempt": row.id, "code": error.code})


def _taken_for_reconciling(work: Work, attempt_id: str) -> AttemptRow | None:
    """The attempt with a lease of our own; None when it is not lost, or somebody is looking already."""
    row: AttemptRow | None = work.session.execute(
        update(AttemptRow)
        .where(AttemptRow.id == attempt_id)
        .where(
            ((AttemptRow.state == "sending") & (AttemptRow.lease_until <= work.now))
            | (
                (AttemptRow.state == "unknown")
                & (AttemptRow.due_at <= work.now)
                & (AttemptRow.lease_until.is_(None) | (AttemptRow.lease_until <= work.now))
            )
        )
        .values(state="unknown", fence=AttemptRow.fence + 1, lease_until=work.now + attempts.LEASE)
        .returning(AttemptRow)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return row


def _look_again(work: Work, claimed: Claimed, error: DeliveryError) -> None:
    """The carrier cannot even be asked: wait, and after some tries send again without having looked."""
    row = _fenced(work, claimed)
    if row is None or row.state != "unknown":
        return
    row.lease_until = None
    row.tries += 1
    row.error_code = error.code
    again = attempts.after_transient(row.tries - 1, None, work.now)
    if isinstance(again, GiveUp):
        _resend(work, claimed)
    else:
        row.due_at, row.nudged_until = again.at, None


def _resend(work: Work, claimed: Claimed) -> None:
    row = _fenced(work, claimed)
    if row is None or row.state != "unknown":
        return
    row.lease_until = None
    if row.resends >= attempts.MAX_RESENDS:
        _give_up(work, row, claimed.reference, "transient", row.error_code)
        return
    row.resends += 1
    bundles.release(work, row, work.now)
    row.state, row.due_at, row.nudged_until = AttemptState.PENDING.value, work.now, work.now + NUDGE_GRACE
    work.record(claimed.reference, "attempt.resent", {"attempt": row.id})
    nudge(work.session, queue_of(row.purpose), DELIVER, row.id)


def _fenced(work: Work, claimed: Claimed) -> AttemptRow | None:
    """The row, locked, if our claim is still the latest: a worker that slept through its lease writes nothing."""
    return work.session.execute(_OURS, {"of": claimed.attempt.id, "fenced": claimed.fence}).scalar_one_or_none()


def _bring_forward(work: Work, row: AttemptRow) -> None:
    """The same person's next planned attempt of this page goes out now instead of at its own time."""
    following = work.session.execute(
        select(AttemptRow)
        .where(
            AttemptRow.escalation_id == row.escalation_id,
            AttemptRow.person_id == row.person_id,
            AttemptRow.purpose == "page",
            AttemptRow.state == "pending",
            AttemptRow.due_at > work.now,
        )
        .order_by(AttemptRow.due_at)
        .limit(1)
    ).scalar_one_or_none()
    if following is not None:
        following.due_at, following.nudged_until = work.now, work.now + NUDGE_GRACE
        nudge(work.session, "pages", DELIVER, following.id)


def _page_is_wanted(session: Session, row: AttemptRow) -> bool:
    found = session.execute(
        select(EscalationRow.id).where(
            EscalationRow.id == row.escalation_id,
            EscalationRow.cycle == row.cycle,
            EscalationRow.state.in_(PAGING_STATES),
        )
    ).scalar_one_or_none()
    return found is not None


def _body(work: Work, runtime: Runtime, row: AttemptRow, link: str | None, now: datetime) -> str:
    """What is said or written; of a customer's mail, which is made when it is sent, the subject and the plain text."""
    if row.channel == "pagerduty":
        return incidents.body(work, row)
    if rendering.is_mail(row.template):
        written = mailing.written(row, work.config, runtime.settings, link, None)
        return f"{written.subject}\n\n{written.text}"
    return rendering.body(row, work.config, runtime.settings.public_origin, link, now, _method_code(runtime, row))


def _link(runtime: Runtime, row: AttemptRow) -> str | None:
    """Engineers' messages about a ticket carry a link, and mails that ask for an opinion or give access."""
    if rendering.has_own_page(row):
        return rendering.own_page_token(runtime.settings.signing_key(), row.id)
    if row.purpose not in ("page", "notice", "handoff") or row.channel in ("voice", "pagerduty"):
        return None
    return rendering.link_token(runtime.settings.signing_key(), row.id)


def _method_code(runtime: Runtime, row: AttemptRow) -> str | None:
    """The digits of a message or call that proves a contact method."""
    if row.purpose != "verification":
        return None
    return rendering.method_code(runtime.settings.signing_key(), row.id)


def _collapsed(work: Work, row: AttemptRow) -> bool:
    """After an outage several pages of one person are due together: one by each channel is enough (invariant I22). The
    earliest goes out; of two workers that look at the same moment, only the one with the later attempt gives way."""
    if row.purpose != "page" or rendering.late_minutes(row, work.now) is None:
        return False
    recent = work.now - attempts.COLLAPSED_WITHIN
    other = work.session.execute(
        select(AttemptRow.id)
        .where(
            AttemptRow.ticket_id == row.ticket_id,
            AttemptRow.person_id == row.person_id,
            AttemptRow.channel == row.channel,
            AttemptRow.purpose == "page",
            AttemptRow.id < row.id,
            AttemptRow.sent_at > recent,
            AttemptRow.state.not_in([AttemptState.PENDING.value, AttemptState.FAILED.value]),
        )
        .limit(1)
    ).scalar_one_or_none()
    return other is not None


def _keep_text(row: AttemptRow, claimed: Claimed) -> None:
    if row.purpose != "verification":  # its text is a secret
        row.message = _without_link(claimed.body, claimed.link)


def _without_link(body: str, link: str | None) -> str:
    return body.replace(link, "…") if link else body

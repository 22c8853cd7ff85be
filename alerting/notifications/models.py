"""Delivery attempts: every message and call to anybody, made or not, with what the carrier said about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class AttemptRow(Base):
    """One attempt on one address. `template` and `facts` say what to tell; the text is made when it is sent, because
    what is true then counts, and kept in `message` (voice: the spoken greeting). `token` is the opaque end of our
    callback URLs. `fence` rises with every claim: a worker whose lease was taken writes nothing any more.
    `due_at` is when to act next while pending or unknown; `not_after` ends the page's use (reply codes, links). Of an
    attempt that had to wait, `why` says for what and `wanted_at` when it was to leave; `slot_at` is the turn that its
    sender gave it and that it has not used yet. `bundle_id`: the attempt whose message or call tells of this one's
    ticket too; its own id when it is the one."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index("ix_attempts_due", "state", "due_at"),
        Index("ix_attempts_sent", "state", "sent_at"),
        Index("ix_attempts_ticket", "ticket_id", "created_at"),
        Index("ix_attempts_address", "address", "reply_code"),
        Index("ix_attempts_sid", "carrier_sid"),
        Index("ix_attempts_link", "link_digest"),
        Index("ix_attempts_bundle", "bundle_id"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    ticket_id: Mapped[str | None] = mapped_column(String(26))
    escalation_id: Mapped[str | None] = mapped_column(String(26))
    episode: Mapped[int] = mapped_column(Integer)
    cycle: Mapped[int] = mapped_column(Integer)
    round: Mapped[int] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[str | None] = mapped_column(String(40))
    person_name: Mapped[str] = mapped_column(String(255))
    channel: Mapped[str | None] = mapped_column(String(20))
    method_id: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(2))
    template: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONColumn)
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSONColumn)
    state: Mapped[str] = mapped_column(String(20))
    failure: Mapped[str | None] = mapped_column(String(20))
    why: Mapped[str | None] = mapped_column(String(30))
    error_code: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    wanted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    slot_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    not_after: Mapped[datetime | None] = mapped_column(UTCDateTime)
    nudged_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fence: Mapped[int] = mapped_column(Integer)
    tries: Mapped[int] = mapped_column(Integer)
    resends: Mapped[int] = mapped_column(Integer)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    handed_over_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    carrier: Mapped[str | None] = mapped_column(String(20))
    carrier_sid: Mapped[str | None] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(Integer)
    reply_code: Mapped[str | None] = mapped_column(String(2))
    link_digest: Mapped[str | None] = mapped_column(String(64))
    wrong_codes: Mapped[int] = mapped_column(Integer)
    message: Mapped[str | None] = mapped_column(Text)
    bundle_id: Mapped[str | None] = mapped_column(String(26))


class SenderRow(Base):
    """One account at a carrier, for calls or for messages: its token bucket, as it was at `filled_at`. `due_at` is when
    whoever is first in line has their turn, None while nobody waits; before `busy_until` the carrier wants nothing."""

    __tablename__ = "senders"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    tokens: Mapped[float]
    filled_at: Mapped[datetime] = mapped_column(UTCDateTime)
    busy_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CircuitRow(Base):
    """How one account at the carrier has been doing, for calls or for messages: carriers.choice.Circuit, shared by all
    workers."""

    __tablename__ = "circuits"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    successes: Mapped[int]
    failures: Mapped[int]
    opened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    opened: Mapped[int]
    probe_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class MailThreadRow(Base):
    """What ties one recipient's mails about a ticket together, and their answers to it. The token in our reply address
    is made from the id, so that reading this table answers for nobody; the row keeps its digest. `first_message_id`
    is the mail that all later ones refer to: our first, or the customer's own. Nobody answers with it once `revoked_at`
    is set."""

    __tablename__ = "mail_threads"
    __table_args__ = (
        Index("uq_mail_threads_recipient", "ticket_id", "address", unique=True),
        Index("ix_mail_threads_address", "address"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(26))
    address: Mapped[str] = mapped_column(String(254))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    first_message_id: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CarrierAlarmRow(Base):
    """A carrier refuses us by this channel, with this code, for a reason that is ours. Managers were last told at
    `told_at`."""

    __tablename__ = "carrier_alarms"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    times: Mapped[int] = mapped_column(Integer)
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AttemptStatusRow(Base):
    """What a carrier reported about an attempt, applied or not; kept in the order it came."""

    __tablename__ = "attempt_statuses"
    __table_args__ = (Index("ix_attempt_statuses_attempt", "attempt_id", "received_at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(String(26))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    status: Mapped[str] = mapped_column(String(30))
    sequence: Mapped[int | None] = mapped_column(Integer)
    error_code: Mapped[str | None] = mapped_column(String(40))
    applied: Mapped[bool]

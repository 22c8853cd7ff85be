"""Plan a drill, call it off, begin it at its hour, end it with its report."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import or_, select

from alerting.catalog import plan_versions
from alerting.catalog.schema import Contact, Customer, Plan
from alerting.catalog.service import Activation, request_activation
from alerting.drills import findings, queries, timing
from alerting.drills.models import DrillRow
from alerting.drills.queries import BROKEN_OFF, CALLED_OFF, DONE, PLANNED, RUNNING
from alerting.drills.timing import Around, Begin, CallOff, Move, NotPossible, Planned
from alerting.escalation import queries as escalation_queries
from alerting.escalation import service as escalations
from alerting.escalation.machine import EscalationState
from alerting.intake.secrets import redacted
from alerting.notifications import mails, messages
from alerting.notifications import service as notifications
from alerting.notifications.out_of_use import managers
from alerting.tickets import service as tickets
from alerting.tickets.models import TicketRow
from alerting.tickets.states import CLOSED
from alerting.work import Work
from core.audit import log as audit
from core.audit.chain import SYSTEM, LogActor
from core.db import insert_row
from core.ids import ulid

log = logging.getLogger(__name__)

PAGE, PORTAL_PAGE = "/console/drills", "/portal/drills"
BY_MAIL_ELSE_SMS = ("email", "sms")
TAKEN_UP = timedelta(days=31)
AT_A_TIME = 50


class TooLate(ValueError):
    """It has begun, has been called off, or has changed since it was looked at: look again."""


@dataclass(frozen=True)
class By:
    """Who does it: their address, the name to show, and as the log names them."""

    email: str
    name: str
    actor: LogActor


@dataclass(frozen=True)
class Wanted:
    """`out_of_hours` is for managers to ask; `purpose` is what the exercise should show, read by the customer."""

    customer_id: str
    plan_id: str
    starts_at: datetime
    out_of_hours: bool = False
    purpose: str | None = None


def plan_drill(work: Work, wanted: Wanted, by: By) -> str:
    """The new drill's id; its customer is told by mail. LookupError for an unknown plan, NotPossible with the obstacle.
    IntegrityError when another one of the plan is planned at the same moment."""
    customer, plan = _plan(work, wanted.customer_id, wanted.plan_id)
    planned = _planned(work, customer, wanted.starts_at, 0, out_of_hours=wanted.out_of_hours)
    timing.check(planned, work.now)
    if not _told(customer):
        raise NotPossible("nobody_to_tell")
    key = f"{customer.id}/{plan.id}"
    if work.session.scalar(select(DrillRow.id).where(DrillRow.open_key == key)) is not None:
        raise NotPossible("exists")
    purpose = redacted(wanted.purpose) if wanted.purpose else None
    row = DrillRow(
        id=ulid(), customer_id=customer.id, customer_name=customer.name, plan_id=plan.id, plan_name=plan.name,
        state=PLANNED, open_key=key, starts_at=wanted.starts_at, out_of_hours=wanted.out_of_hours,
        purpose=purpose, moves=0, why=None, planned_at=work.now, planned_by=by.email, told_at=work.now,
        reference=None, plan_version=None, ended_at=None, report=None, version=1,
    )  # fmt: skip
    insert_row(work.session, row)
    data = {"customer": customer.id, "plan": plan.id, "starts_at": wanted.starts_at.isoformat()}
    record(work, row, "drill.planned", data | {"out_of_hours": wanted.out_of_hours}, by.actor)
    said = mails.DrillPlannedMail(**_common(row), starts_at=row.starts_at, purpose=row.purpose)
    _tell_customer(work, customer, said)
    return row.id


def call_off(work: Work, drill_id: str, by: By) -> None:
    """LookupError for none of that id; TooLate once it has begun. Calling off what is called off changes nothing."""
    row = locked(work, drill_id)
    if row.state == CALLED_OFF:
        return
    if row.state != PLANNED:
        raise TooLate(row.state)
    _call_off(work, row, "by_staff", by.actor)


def due(work: Work) -> list[str]:
    """Drills at which something may be to do now; and those that somebody activated by themselves get a row, so that
    each has its report."""
    _take_up(work)
    rows = work.session.scalars(
        select(DrillRow.id)
        .where(
            or_(
                DrillRow.state == RUNNING,
                (DrillRow.state == PLANNED) & (DrillRow.starts_at <= work.now + timing.REMINDED_BEFORE),
            )
        )
        .order_by(DrillRow.starts_at)
        .limit(AT_A_TIME)
    )
    return list(rows)


def look(work: Work, drill_id: str) -> None:
    """Do what is due; safe to run at any time and twice."""
    row = locked(work, drill_id)
    if row.state == PLANNED:
        _attend(work, row)
    elif row.state == RUNNING:
        _follow(work, row)


# --- at its hour


def _attend(work: Work, row: DrillRow) -> None:
    customer = work.config.customers.get(row.customer_id)
    plan = customer.plan(row.plan_id) if customer and row.plan_id else None
    planned = _planned(work, customer, row.starts_at, row.moves, out_of_hours=row.out_of_hours)
    open_ = queries.open_keys(work.session, [*_real_keys(row), _drill_key(row)])
    around = Around(plan is not None, not open_.isdisjoint(_real_keys(row)), _drill_key(row) in open_)
    match timing.decide(planned, around, work.now):
        case Begin():
            _begin(work, row)
        case Move(to, why):
            _move(work, row, to, why)
        case CallOff(why):
            _call_off(work, row, why, SYSTEM)
        case None if customer is not None and timing.reminder_due(row.starts_at, row.told_at, work.now):
            row.told_at = work.now
            said = mails.DrillReminderMail(**_common(row), starts_at=row.starts_at, purpose=row.purpose)
            _tell_customer(work, customer, said)


def _begin(work: Work, row: DrillRow) -> None:
    wanted = Activation(
        row.customer_id, "drill", row.planned_by or "", "portal", plan_id=row.plan_id, on_behalf=True,
        by_manager=row.out_of_hours,
    )  # fmt: skip
    begun = request_activation(work, wanted)
    row.state, row.reference, row.why = RUNNING, begun.reference, None
    row.plan_version = _current_version(work, row)
    row.version += 1
    record(work, row, "drill.started", {"ticket": begun.reference, "plan_version": row.plan_version})


def _move(work: Work, row: DrillRow, to: datetime, why: str) -> None:
    before, row.starts_at, row.why = row.starts_at, to, why
    row.moves += 1
    row.version += 1
    row.told_at = work.now
    record(work, row, "drill.moved", {"from": before.isoformat(), "to": to.isoformat(), "why": why})
    customer = work.config.customers.get(row.customer_id)
    if customer is not None:
        _tell_customer(work, customer, mails.DrillMovedMail(**_common(row), starts_at=to, why=why))
    _tell_managers(work, row, "moved")


def _call_off(work: Work, row: DrillRow, why: str, actor: LogActor) -> None:
    row.state, row.open_key, row.why, row.ended_at = CALLED_OFF, None, why, work.now
    row.version += 1
    record(work, row, "drill.called_off", {"why": why}, actor)
    customer = work.config.customer(row.customer_id)
    if customer is not None:
        said = mails.DrillCalledOffMail(**_common(row), starts_at=row.starts_at, why=None if why == "by_staff" else why)
        _tell_customer(work, customer, said)
    if why != "by_staff":
        _tell_managers(work, row, "called_off")


# --- while it runs, and its end


def _follow(work: Work, row: DrillRow) -> None:
    """The ticket is closed in one turn and reported in the next, when what closed it stands in the log."""
    ticket = tickets.locked(work, row.reference or "")
    if ticket.state == CLOSED:
        _end(work, row, ticket)
    elif queries.open_keys(work.session, _real_keys(row)):
        # The activation that came first stands it down itself; this is for one of the same moment.
        escalations.stand_down(work, ticket, SYSTEM, by_customer=False)
    elif row.planned_by is not None and _is_over(work, row, ticket):
        escalations.close(work, ticket, SYSTEM, "resolved", None)


def _is_over(work: Work, row: DrillRow, ticket: TicketRow) -> bool:
    """Nobody is left to close it: it was rehearsed on paper, everybody has been asked, or a day has passed."""
    escalation = escalation_queries.current(work.session, [ticket.id]).get(ticket.id)
    if escalation is None or escalation.state == EscalationState.EXHAUSTED:
        return True
    return work.now - row.starts_at > timing.LONGEST


def _end(work: Work, row: DrillRow, ticket: TicketRow) -> None:
    entries = [one.link for one in audit.read(work.session, ticket.reference)]
    kept = _version(work, row)
    made = findings.report(
        entries,
        rto=kept.plan.rto if kept else None,
        rpo=kept.plan.rpo if kept else None,
        plan_version=kept.number if kept else None,
    )
    broken = ticket.close_code == "withdrawn"
    row.state, row.open_key, row.report = (BROKEN_OFF if broken else DONE), None, made.as_json()
    row.ended_at = ticket.closed_at or work.now
    row.why = ("real" if _overtaken(work, ticket) else "stood_down") if broken else None
    row.version += 1
    record(work, row, "drill.reported", {"ticket": ticket.reference, "digest": queries.digest(row, ())})
    if broken and row.planned_by is not None:
        _tell_managers(work, row, "broken_off")
    customer = work.config.customer(row.customer_id)
    if customer is not None and not broken:
        _tell_customer(work, customer, mails.DrillReportMail(**_common(row), at=row.ended_at), owners_only=True)


def _overtaken(work: Work, ticket: TicketRow) -> bool:
    """A real activation of the plan came while it ran."""
    real = select(TicketRow.id).where(
        TicketRow.customer_id == ticket.customer_id,
        TicketRow.kind == "contingency",
        TicketRow.mode == "real",
        TicketRow.opened_at >= ticket.opened_at,
        TicketRow.opened_at <= (ticket.closed_at or work.now),
        or_(TicketRow.plan_id == ticket.plan_id, TicketRow.plan_id.is_(None)),
    )
    return work.session.scalars(real).first() is not None


def _take_up(work: Work) -> None:
    """Drills of the last month that nobody had planned and that are closed."""
    known = select(DrillRow.reference).where(DrillRow.reference.is_not(None))
    found = work.session.scalars(
        select(TicketRow)
        .where(
            TicketRow.state == CLOSED,
            TicketRow.opened_at >= work.now - TAKEN_UP,
            TicketRow.mode == "drill",
            TicketRow.kind == "contingency",
            TicketRow.reference.not_in(known),
        )
        .limit(AT_A_TIME)
    )
    for ticket in found.all():
        row = DrillRow(
            id=ulid(), customer_id=ticket.customer_id, customer_name=ticket.customer_name, plan_id=ticket.plan_id,
            plan_name=ticket.title, state=RUNNING, open_key=None, starts_at=ticket.opened_at, out_of_hours=False,
            purpose=None, moves=0, why=None, planned_at=ticket.opened_at, planned_by=None, told_at=ticket.opened_at,
            reference=ticket.reference, plan_version=None, ended_at=None, report=None, version=1,
        )  # fmt: skip
        insert_row(work.session, row)


# --- who is told, and what it is made of


def _told(customer: Customer, *, owners_only: bool = False) -> list[Contact]:
    """Owners and activators, and whoever is told everything; of the report the owners, who sign it, and where there is
    no owner all of them."""
    owners = [one for one in customer.contacts if one.email and "owner" in one.roles]
    if owners_only and owners:
        return owners
    return [
        one
        for one in customer.contacts
        if one.email and ("owner" in one.roles or "activator" in one.roles or one.mail == "all")
    ]


def _tell_customer(work: Work, customer: Customer, mail: mails.CustomerMail, *, owners_only: bool = False) -> None:
    for contact in _told(customer, owners_only=owners_only):
        language = notifications.language_of(work, customer, contact)
        notifications.plan_mail(work, None, mail, contact.email or "", contact.name, language, work.now)


def _tell_managers(work: Work, row: DrillRow, change: Literal["moved", "called_off", "broken_off"]) -> None:
    text = messages.DrillChangedSms(
        customer=row.customer_name, plan=row.plan_name, change=change, starts_at=row.starts_at,
        desk_url=f"{PAGE}/{row.id}",
    )  # fmt: skip
    reached = [notifications.inform(work, person, text, by=BY_MAIL_ELSE_SMS) for person in managers(work)]
    if not any(reached):
        log.error("no manager could be told that the drill %s is %s", row.id, change)


def _common(row: DrillRow) -> dict[str, Any]:
    return {
        "reference": "",
        "customer": row.customer_name,
        "plan": row.plan_name,
        "ticket_url": f"{PORTAL_PAGE}/{row.id}",
        "drill": True,
    }


def _planned(work: Work, customer: Customer | None, starts_at: datetime, moves: int, *, out_of_hours: bool) -> Planned:
    calendar = work.config.oncall.calendars.get(customer.contract.calendar or "") if customer else None
    timezone = calendar.timezone if calendar else work.config.provider.timezone
    return Planned(starts_at, moves, out_of_hours, calendar, timezone)


def _plan(work: Work, customer_id: str, plan_id: str) -> tuple[Customer, Plan]:
    customer = work.config.customers.get(customer_id)
    plan = customer.plan(plan_id) if customer else None
    if customer is None or plan is None:
        raise LookupError(f"{customer_id}/{plan_id}")
    return customer, plan


def _current_version(work: Work, row: DrillRow) -> int | None:
    versions = plan_versions.of_plan(work.session, row.customer_id, row.plan_id or "")
    return versions[0].number if versions else None


def _version(work: Work, row: DrillRow) -> plan_versions.PlanVersion | None:
    """The plan as it was exercised: the version noted at the beginning, else that of the instant."""
    versions = plan_versions.of_plan(work.session, row.customer_id, row.plan_id or "")
    of_number = next((one for one in versions if one.number == row.plan_version), None)
    return of_number or next((one for one in versions if one.from_at <= row.starts_at), None)


def locked(work: Work, drill_id: str) -> DrillRow:
    """LookupError when there is none."""
    row = work.session.get(DrillRow, drill_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise LookupError(drill_id)
    return row


def _real_keys(row: DrillRow) -> list[str]:
    return queries.real_keys(row.customer_id, row.plan_id)


def _drill_key(row: DrillRow) -> str:
    return f"{row.customer_id}/{row.plan_id or '-'}/drill"


def record(work: Work, row: DrillRow, kind: str, data: dict[str, Any] | None = None, actor: LogActor = SYSTEM) -> None:
    work.record(f"drill:{row.id}", kind, data, actor=actor)

"""The service driven in one process: commands as the surfaces call them, due work as clock and workers do it, and time
that a test moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import func, select, update

from alerting.catalog import service as catalog
from alerting.catalog.service import Activated, Activation
from alerting.escalation import jobs as escalation_jobs
from alerting.escalation import service as escalations
from alerting.escalation.models import EscalationRow
from alerting.escalation.service import Acknowledgement, Contact
from alerting.mailbox import jobs as mailbox_jobs
from alerting.mailbox.inbox import HANDLE
from alerting.notifications import jobs as notification_jobs
from alerting.notifications.dispatch import STEP_FAILED
from alerting.notifications.models import AttemptRow, SenderRow
from alerting.notifications.service import HANG_UP
from alerting.notifications.unanswered import LEAVE_MESSAGE
from alerting.pagerduty import incidents
from alerting.pagerduty import jobs as pagerduty_jobs
from alerting.pagerduty import service as pagerduty
from alerting.runtime import Runtime, install
from alerting.tickets import service as tickets
from alerting.tickets.models import TicketRow
from core.audit import log
from core.audit.chain import SYSTEM, LogActor
from core.queue import Nudge
from service import clock as clock_process
from service.periodic import TASKS
from tests.support.time import SteppedClock

MARTA = "marta@hotelsol.example"
LUIS = "luis@hotelsol.example"
JON = "jon@banconorte.example"
JOBS = clock_process.JOBS | {
    HANG_UP: notification_jobs.hang_up,
    LEAVE_MESSAGE: notification_jobs.leave_message,
    HANDLE: mailbox_jobs.handle,
    STEP_FAILED: escalation_jobs.step_failed,
    incidents.FOLLOW: pagerduty_jobs.follow,
    pagerduty.TAKE: pagerduty_jobs.take,
    **{task.nudge(name).job: task.run for name, task in TASKS.items()},
}


class Desk:
    def __init__(self, runtime: Runtime, clock: SteppedClock) -> None:
        self.runtime = runtime
        self.clock = clock
        self._nudges: list[Nudge] = []
        runtime.database.after_commit = self._nudges.extend
        install(runtime)

    # --- what people do

    def activate(
        self,
        plan: str | None = "erp-restore",
        *,
        customer: str = "hotel-sol",
        by: str = MARTA,
        mode: Literal["real", "drill"] = "real",
        **others: Any,
    ) -> Activated:
        """The customer asks; what is due at once is sent."""
        wanted = Activation(customer, mode, by, "api", plan_id=plan, actor=LogActor("user", by.split("@")[0]), **others)
        with self.runtime.work() as work:
            made = catalog.request_activation(work, wanted)
        self.run_due()
        return made

    def acknowledge(self, reference: str, person: str, via: str = "voice") -> Acknowledgement:
        with self.runtime.work() as work:
            answer = escalations.acknowledge(work, tickets.locked(work, reference), person, via)
        self.run_due()
        return answer

    def decline(self, reference: str, person: str) -> bool:
        with self.runtime.work() as work:
            moved = escalations.decline(work, tickets.locked(work, reference), person, "sms")
        self.run_due()
        return moved

    def contact(self, reference: str, person: str, outcome: str, address: str | None = None) -> None:
        with self.runtime.work() as work:
            contact = Contact(outcome, "voice", work.now, address)
            escalations.record_contact(
                work, tickets.locked(work, reference), person, contact, LogActor("person", person)
            )
        self.run_due()

    def customer_says_nobody_called(self, reference: str) -> bool:
        with self.runtime.work() as work:
            moved = escalations.dispute(work, tickets.locked(work, reference), LogActor("user", "marta"))
        self.run_due()
        return moved

    def stand_down(self, reference: str, *, by_customer: bool = True) -> None:
        who = LogActor("user", "marta") if by_customer else LogActor("person", "clara")
        with self.runtime.work() as work:
            escalations.stand_down(work, tickets.locked(work, reference), who, by_customer=by_customer)
        self.run_due()

    def close(self, reference: str, code: str = "resolved", explanation: str | None = None) -> None:
        with self.runtime.work() as work:
            escalations.close(work, tickets.locked(work, reference), SYSTEM, code, explanation)
        self.run_due()

    # --- time

    def advance(self, **span: float) -> None:
        """Let time pass, doing what is due at each instant on the way, as a clock that never sleeps would."""
        until = self.clock.at + timedelta(**span)
        while (due := self._next_due()) is not None and due <= until:
            self.clock.at = max(self.clock.at, due)
            self.run_due()
        self.clock.at = until

    def sleep(self, **span: float) -> None:
        """Let time pass with every process stopped; what was due is done afterwards, late."""
        self.clock.advance(**span)
        self.run_due()

    def run_due(self) -> None:
        """Everything that was nudged and everything that is due now."""
        while True:
            while self._nudges:
                nudged = self._nudges.pop(0)
                JOBS[nudged.job](*nudged.args)
            with self.runtime.database.transaction() as session:
                for table in (EscalationRow, AttemptRow):  # the clock leaves a row to its nudge for a while; we do not
                    session.execute(update(table).where(table.nudged_until.is_not(None)).values(nudged_until=None))
                ready = clock_process.take_due(session, self.clock.at)
            if not ready and not self._nudges:
                return
            for item in ready:
                JOBS[item.nudge.job](*item.nudge.args)

    def _next_due(self) -> Any:
        with self.runtime.database.reading() as session:
            escalation = session.execute(select(func.min(EscalationRow.due_at))).scalar_one()
            attempt = session.execute(
                select(func.min(AttemptRow.due_at)).where(AttemptRow.state.in_(("pending", "unknown")))
            ).scalar_one()
            lease = session.execute(
                select(func.min(AttemptRow.lease_until)).where(AttemptRow.state == "sending")
            ).scalar_one()
            turn = session.execute(select(func.min(SenderRow.due_at))).scalar_one()
        return min((at for at in (escalation, attempt, lease, turn) if at is not None), default=None)

    # --- what can be seen

    def ticket(self, reference: str) -> TicketRow:
        with self.runtime.database.reading() as session:
            return session.execute(select(TicketRow).where(TicketRow.reference == reference)).scalar_one()

    def escalation(self, reference: str) -> EscalationRow:
        """The latest one."""
        with self.runtime.database.reading() as session:
            return session.execute(
                select(EscalationRow)
                .join(TicketRow, TicketRow.id == EscalationRow.ticket_id)
                .where(TicketRow.reference == reference)
                .order_by(EscalationRow.episode.desc())
                .limit(1)
            ).scalar_one()

    def attempts(self, reference: str, **wanted: Any) -> Sequence[AttemptRow]:
        """In the order in which they were planned; `wanted` are values of their columns."""
        with self.runtime.database.reading() as session:
            query = (
                select(AttemptRow)
                .join(TicketRow, TicketRow.id == AttemptRow.ticket_id)
                .where(TicketRow.reference == reference)
                .order_by(AttemptRow.id)
            )
            for name, value in wanted.items():
                query = query.where(getattr(AttemptRow, name) == value)
            return session.execute(query).scalars().all()

    def ticket_of(self, attempt: AttemptRow) -> str:
        """The ticket's reference."""
        with self.runtime.database.reading() as session:
            return session.execute(select(TicketRow.reference).where(TicketRow.id == attempt.ticket_id)).scalar_one()

    def paged(self, reference: str) -> list[str]:
        """People in the order in which they were first paged."""
        handed = [a for a in self.attempts(reference, purpose="page") if a.handed_over_at is not None]
        return list(dict.fromkeys(str(a.person_id) for a in sorted(handed, key=lambda a: (a.handed_over_at, a.id))))

    def kinds(self, reference: str) -> list[str]:
        with self.runtime.database.reading() as session:
            return [entry.link.kind for entry in log.read(session, reference)]

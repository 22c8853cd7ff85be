"""Tickets made and moved on without anybody's telephone ringing: for tests that are about what pages show."""

from __future__ import annotations

from typing import Any, Literal

from alerting.catalog.service import Activation, request_activation
from alerting.escalation import service as escalations
from alerting.runtime import Runtime
from alerting.tickets import service as tickets
from core.audit.chain import SYSTEM, LogActor
from tests.services.pages.people import MARTA


def ask(
    runtime: Runtime,
    plan: str = "erp-restore",
    *,
    customer: str = "hotel-sol",
    by: str = MARTA,
    mode: Literal["real", "drill"] = "real",
    **others: Any,
) -> str:
    """The reference of the new ticket."""
    wanted = Activation(customer, mode, by, "portal", plan_id=plan, actor=LogActor("user", by.split("@")[0]), **others)
    with runtime.work() as work:
        return request_activation(work, wanted).reference


def accept(runtime: Runtime, reference: str, person: str) -> None:
    with runtime.work() as work:
        escalations.acknowledge(work, tickets.locked(work, reference), person, "voice")


def close(runtime: Runtime, reference: str) -> None:
    with runtime.work() as work:
        escalations.close(work, tickets.locked(work, reference), SYSTEM, "resolved", None)

"""Tickets made and moved on without anybody's telephone ringing: for tests that are about what pages show."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import update

from alerting.attachments import service as attachments
from alerting.attachments.service import Store
from alerting.catalog.service import Activation, request_activation
from alerting.drills import service
from alerting.drills.models import DrillRow
from alerting.escalation import service as escalations
from alerting.runtime import Runtime
from alerting.tickets import service as tickets
from core.audit.chain import SYSTEM, LogActor
from tests.services.pages.people import MARTA
from tests.support.files import picture


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


def attach(runtime: Runtime, reference: str, file_id: str, name: str = "captura.png") -> None:
    """A picture with an id that is known beforehand."""
    store = Store(runtime.settings)
    made = store.prepare(name, io.BytesIO(picture("PNG")))
    store.folder.place(file_id).parent.mkdir(exist_ok=True)
    store.folder.place(made.id).rename(store.folder.place(file_id))
    store.folder.preview_place(made.id).rename(store.folder.preview_place(file_id))
    with runtime.work() as work:
        ticket = tickets.locked(work, reference)
        attachments.add(work, ticket, [replace(made, id=file_id)], store.limits, public=True, channel="portal")


def accept(runtime: Runtime, reference: str, person: str) -> None:
    with runtime.work() as work:
        escalations.acknowledge(work, tickets.locked(work, reference), person, "voice")


def close(runtime: Runtime, reference: str) -> None:
    with runtime.work() as work:
        escalations.close(work, tickets.locked(work, reference), SYSTEM, "resolved", None)


def rehearse(runtime: Runtime, drill_id: str) -> None:
    """A drill of the files plan with an id that is known beforehand, closed, and reported."""
    reference = ask(runtime, "files-restore", mode="drill")
    accept(runtime, reference, "ana")
    close(runtime, reference)
    with runtime.work() as work:
        service.due(work)
        work.session.execute(update(DrillRow).where(DrillRow.reference == reference).values(id=drill_id))
    with runtime.work() as work:
        service.look(work, drill_id)

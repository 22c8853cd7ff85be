"""What a ticket says that a machine has opened, in the customer's language. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alerting.intake.schema import IncidentType
from alerting.notifications.wording import Language, Provider, full_time, one_line

LINE = 200
BLOCK = 10_000

Both = Mapping[Language, str]

WHAT: Mapping[IncidentType, Both] = {
    "backup_not_run": {"es": "Copia no ejecutada", "en": "Backup not run"},
    "backup_failed": {"es": "Copia fallida", "en": "Backup failed"},
    "restore_not_run": {"es": "Restauración no ejecutada", "en": "Restore not run"},
    "restore_failed": {"es": "Restauración fallida", "en": "Restore failed"},
    "other": {"es": "Tarea sin completar", "en": "Task not completed"},
}
FAILED: Mapping[IncidentType, IncidentType] = {"backup_not_run": "backup_failed", "restore_not_run": "restore_failed"}
"""A run that has said that it failed is no run that is missing."""

LATE: Both = {
    "es": "El trabajo no ha comunicado a tiempo que ha terminado bien.",
    "en": "The job has not reported in time that it ended well.",
}
OVERRUN: Both = {
    "es": "El trabajo empezó y no ha terminado dentro del tiempo previsto.",
    "en": "The job began and has not ended within the time allowed for it.",
}
BROKEN: Both = {
    "es": "El trabajo ha comunicado que ha terminado con error.",
    "en": "The job has reported that it ended with an error.",
}
DEAF: Both = {
    "es": "Nuestro propio servicio estuvo parado entre {from_at} y {to_at}: puede que el trabajo terminara bien y su "
    "señal no nos llegara.",
    "en": "Our own service stood still between {from_at} and {to_at}: the job may have ended well, and its signal not "
    "have reached us.",
}
GATHERED: Both = {
    "es": "Han llegado muchos avisos distintos en poco tiempo. Desde aquí se cuentan juntos, para no abrir un ticket "
    "por cada uno.",
    "en": "Many different events have come in a short time. From here on they are counted together, and not each in a "
    "ticket of its own.",
}
FLOOD: Both = {"es": "Avalancha de avisos de monitorización", "en": "Flood of monitoring events"}
EVENT: Both = {"es": "Aviso de monitorización", "en": "Monitoring event"}
NEVER: Both = {"es": "ninguna que conste", "en": "none on record"}
WORDS: Mapping[str, Both] = {
    "job": {"es": "Trabajo", "en": "Job"},
    "machine": {"es": "Máquina", "en": "Machine"},
    "expected": {"es": "Se esperaba", "en": "Expected at"},
    "until": {"es": "Margen hasta", "en": "Allowed until"},
    "started": {"es": "Empezó", "en": "Began"},
    "reported": {"es": "Comunicado", "en": "Reported"},
    "succeeded": {"es": "Última ejecución correcta", "en": "Last good run"},
    "integration": {"es": "Integración", "en": "Integration"},
    "received": {"es": "Recibido", "en": "Received"},
    "first": {"es": "Primero de ellos", "en": "First of them"},
}


@dataclass(frozen=True)
class Written:
    title: str
    symptoms: str


@dataclass(frozen=True)
class JobFacts:
    """`expected_at` and `until` are of the run that is missing; `started_at` of one that has not ended; `failed_at` of
    one that has failed. `deaf`: while we stood still ourselves, and may have missed the signal."""

    job: str
    machine: str | None
    expected_at: datetime
    until: datetime
    succeeded_at: datetime | None
    started_at: datetime | None = None
    failed_at: datetime | None = None
    deaf: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class EventFacts:
    summary: str
    integration: str
    received_at: datetime
    job: str | None = None
    machine: str | None = None
    details: str | None = None


def of_job(kind: IncidentType, facts: JobFacts, language: Language, provider: Provider) -> Written:
    """`kind` is that of the ticket."""

    def at(instant: datetime | None) -> str | None:
        return full_time(instant, provider) if instant else None

    lead = BROKEN if facts.failed_at else OVERRUN if facts.started_at else LATE
    missing = facts.failed_at is None
    lines = _lines(
        language,
        job=_line(facts.job),
        machine=facts.machine and _line(facts.machine),
        started=at(facts.started_at),
        reported=at(facts.failed_at),
        expected=at(facts.expected_at) if missing else None,
        until=at(facts.until) if missing else None,
        succeeded=at(facts.succeeded_at) or NEVER[language],
    )
    parts = [lead[language], lines]
    if facts.deaf is not None:
        parts.append(DEAF[language].format(from_at=at(facts.deaf[0]), to_at=at(facts.deaf[1])))
    return Written(_title(WHAT[kind][language], facts.job, facts.machine), "\n\n".join(parts))


def of_event(facts: EventFacts, language: Language, provider: Provider) -> Written:
    lines = _lines(
        language,
        job=facts.job and _line(facts.job),
        machine=facts.machine and _line(facts.machine),
        integration=facts.integration,
        received=full_time(facts.received_at, provider),
    )
    summary = _line(facts.summary) or EVENT[language]
    parts = [facts.summary.strip() or summary, lines, (facts.details or "").strip()[:BLOCK]]
    return Written(summary, "\n\n".join(part for part in parts if part))


def of_flood(facts: EventFacts, language: Language, provider: Provider) -> Written:
    lines = _lines(
        language,
        integration=facts.integration,
        received=full_time(facts.received_at, provider),
        first=_line(facts.summary),
    )
    return Written(f"{FLOOD[language]} ({facts.integration})", f"{GATHERED[language]}\n\n{lines}")


def _title(what: str, job: str, machine: str | None) -> str:
    return f"{what}: {_line(job)}" + (f" ({_line(machine)})" if machine else "")


def _lines(language: Language, **values: str | None) -> str:
    return "\n".join(f"{WORDS[name][language]}: {value}" for name, value in values.items() if value)


def _line(text: str) -> str:
    return one_line(text, LINE)

"""What a customer may read of a ticket's log, as sentences. A kind of entry that is not listed here is never shown:
telephone numbers, notes between engineers and who was passed over stay inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from alerting.notifications.undelivered import in_words
from alerting.notifications.wording import Language, Provider, day_and_time, full_time
from core.audit.chain import Link

Kind = Literal[
    "requested",
    "queued",
    "drill",
    "paging",
    "nobody_yet",
    "acknowledged",
    "assigned",
    "looking_again",
    "contact_attempted",
    "contacted",
    "contact_overdue",
    "unreachable",
    "disputed",
    "joined",
    "stood_down",
    "closed",
    "updated",
    "waiting",
    "resumed",
    "priority_changed",
    "merged",
    "reopened",
    "due_changed",
    "mail_returned",
    "machine_late",
    "machine_failed",
    "machine_back",
    "machine_raised",
    "machine_repeated",
    "machine_resolved",
    "attached",
    "attachment_removed",
]


@dataclass(frozen=True)
class TimelineItem:
    """`at` is when it was written down; `text` a sentence in the reader's language."""

    at: datetime
    kind: Kind
    text: str


@dataclass(frozen=True)
class Telling:
    """Who tells it to whom. `name_of` gives the name of a person's id, `plan` the name of what was activated."""

    provider: Provider
    language: Language
    plan: str
    name_of: Callable[[str | None], str]


Values = Mapping[str, Any]
Said = tuple[Kind, str] | None
Teller = Callable[[Telling, Values, Values], Said]
Both = Mapping[Language, str]


def told(entries: Iterable[tuple[Link, Values | None]], telling: Telling) -> list[TimelineItem]:
    """The items of a chain in its order; each entry comes with its personal values, None when they are not to be
    shown any more."""
    items: list[TimelineItem] = []
    for link, personal in entries:
        teller = TELLERS.get(link.kind)
        said = teller(telling, link.data, personal or {}) if teller else None
        if said is not None:
            items.append(TimelineItem(link.at, *said))
    return items


def _simple(kind: Kind, text: Both) -> Teller:
    return lambda telling, _data, _personal: (kind, text[telling.language])


def _opened(telling: Telling, data: Values, __: Values) -> Said:
    if data.get("channel") in ("heartbeat", "monitoring"):
        text = {
            "es": "La monitorización ha abierto este ticket: {plan}.",
            "en": "Monitoring has opened this ticket: {plan}.",
        }
        return "requested", text[telling.language].format(plan=telling.plan)
    if data.get("channel") == "phone":
        text = {"es": "Hemos anotado su llamada: {plan}.", "en": "We have noted your call: {plan}."}
        return "requested", text[telling.language].format(plan=telling.plan)
    text = {"es": "Hemos recibido su solicitud: {plan}.", "en": "We have received your request: {plan}."}
    return "requested", text[telling.language].format(plan=telling.plan)


def _queued(telling: Telling, data: Values, _: Values) -> Said:
    text = {
        "es": "Fuera del horario contratado: avisaremos al equipo el {until}.{phone}",
        "en": "Outside the contracted hours: we will page the team on {until}.{phone}",
    }
    call = {"es": " Si no puede esperar, llame al {phone}.", "en": " If it cannot wait, call {phone}."}
    number = telling.provider.emergency_phone
    return "queued", text[telling.language].format(
        until=day_and_time(datetime.fromisoformat(data["until"]), telling.language, telling.provider),
        phone=call[telling.language].format(phone=number) if number else "",
    )


def _drill(telling: Telling, data: Values, _: Values) -> Said:
    text = {
        "page": {
            "es": "Es un simulacro: se avisa a las mismas personas.",
            "en": "This is a drill: the same people are paged.",
        },
        "rehearse": {
            "es": "Es un simulacro sobre el papel: no se llama a nadie.",
            "en": "This is a drill on paper: nobody is called.",
        },
    }
    return "drill", text.get(str(data.get("drills")), text["page"])[telling.language]


def _step_started(telling: Telling, data: Values, _: Values) -> Said:
    text = {
        "es": "Estamos avisando al equipo de guardia (paso {step}).",
        "en": "We are paging the team on call (step {step}).",
    }
    return "paging", text[telling.language].format(step=data.get("step", 1))


def _timed_out(telling: Telling, data: Values, _: Values) -> Said:
    over = {"es": "El simulacro ha terminado: no ha respondido nadie.", "en": "The drill is over: nobody answered."}
    text = {
        "es": "Todavía no ha respondido nadie; seguimos avisando.",
        "en": "Nobody has answered yet; we go on paging.",
    }
    return "nobody_yet", (over if data.get("over") else text)[telling.language]


def _acknowledged(telling: Telling, data: Values, _: Values) -> Said:
    """Of a ticket that paged nobody there is no episode, and no call is promised."""
    taken = {"es": "{name} se ocupa de su ticket.", "en": "{name} is working on your ticket."}
    if "episode" not in data:
        return "acknowledged", taken[telling.language].format(name=telling.name_of(data.get("person")))
    text = {
        "es": "{name} ha aceptado su solicitud y le llamará.",
        "en": "{name} has taken your request and will call you.",
    }
    return "acknowledged", text[telling.language].format(name=telling.name_of(data.get("person")))


def _assigned(telling: Telling, data: Values, _: Values) -> Said:
    text = {"es": "Ahora se ocupa {name}.", "en": "{name} is on it now."}
    return "assigned", text[telling.language].format(name=telling.name_of(data.get("person")))


def _resumed(telling: Telling, data: Values, _: Values) -> Said:
    """Overdue and disputed contact have their own entries just before."""
    if data.get("why") != "declined":
        return None
    text = {"es": "Estamos buscando a otra persona del equipo.", "en": "We are looking for another engineer."}
    return "looking_again", text[telling.language]


def _contact_attempted(telling: Telling, data: Values, _: Values) -> Said:
    if data.get("outcome") == "reached":
        return None  # contact.made says it
    text = {
        "es": "{name} ha intentado hablar con usted sin conseguirlo.",
        "en": "{name} has tried to speak with you without success.",
    }
    name = telling.name_of(data.get("person")) or telling.provider.name
    return "contact_attempted", text[telling.language].format(name=name)


def _contact_made(telling: Telling, data: Values, _: Values) -> Said:
    text = {"es": "{name} ha hablado con usted.", "en": "{name} has spoken with you."}
    name = telling.name_of(data.get("person")) or telling.provider.name
    return "contacted", text[telling.language].format(name=name)


def _joined(telling: Telling, data: Values, _: Values) -> Said:
    text = {
        "es": "Se ha vuelto a pedir la misma intervención: se une a la que está en curso.",
        "en": "The same intervention has been requested again: it joins the one under way.",
    }
    again = {"es": " Volvemos a avisar al equipo de guardia.", "en": " We are paging the team on call again."}
    return "joined", text[telling.language] + (again[telling.language] if data.get("repaged") else "")


CLOSED: Mapping[str, Both] = {
    "resolved": {"es": "Cerrada: resuelta.", "en": "Closed: resolved."},
    "not_our_responsibility": {
        "es": "Cerrada: no corresponde al servicio contratado.",
        "en": "Closed: not covered by the contracted service.",
    },
    "duplicate": {"es": "Cerrada: es un duplicado.", "en": "Closed: it is a duplicate."},
    "withdrawn": {"es": "Solicitud retirada: el equipo ya no la atiende.", "en": "Withdrawn: the team stands down."},
    "no_customer_response": {"es": "Cerrada: sin respuesta del cliente.", "en": "Closed: no answer from the customer."},
}


def _closed(telling: Telling, data: Values, personal: Values) -> Said:
    code = str(data.get("code"))
    text = CLOSED.get(code, {"es": "Cerrada.", "en": "Closed."})[telling.language]
    said = personal.get("explanation")
    return ("stood_down" if code == "withdrawn" else "closed"), f"{text} {said}" if said else text


def _updated(telling: Telling, data: Values, personal: Values) -> Said:
    """Internal notes stay inside (S-2.11)."""
    if not data.get("public"):
        return None
    named = {"causes": {"es": "Causas", "en": "Causes"}, "remedy": {"es": "Plan de contingencia", "en": "Remedy"}}
    parts = [f"{word[telling.language]}: {personal[key]}" for key, word in named.items() if personal.get(key)]
    case = {"es": "Caso abierto en {case}.", "en": "Case opened at {case}."}[telling.language]
    if personal.get("case"):
        parts.append(case.format(case=personal["case"]))
    text = str(personal.get("text") or " ".join(parts))
    who = telling.name_of(data.get("person"))
    spent = {"es": " ({minutes} min)", "en": " ({minutes} min)"}[telling.language]
    if data.get("show_minutes"):
        text += spent.format(minutes=data.get("minutes"))
    you = {"es": "Usted", "en": "You"}[telling.language]
    return ("updated", f"{who or you}: {text}") if text else None


def _attached(telling: Telling, data: Values, personal: Values) -> Said:
    """Internal files stay inside, as internal notes do."""
    if not data.get("public"):
        return None
    who = telling.name_of(data.get("person")) or {"es": "Usted", "en": "You"}[telling.language]
    text = {"es": "adjunta {names}.", "en": "attached {names}."}[telling.language]
    return "attached", f"{who}: {text.format(names=_files(telling, personal, len(data.get('files', ()))))}"


def _attachment_removed(telling: Telling, data: Values, personal: Values) -> Said:
    if not data.get("public"):
        return None
    text = {"es": "Hemos retirado el adjunto {names}.", "en": "We have removed the attachment {names}."}
    return "attachment_removed", text[telling.language].format(names=_files(telling, personal, 1))


def _files(telling: Telling, personal: Values, count: int) -> str:
    """Their names, unless they have been erased."""
    unnamed = {"es": f"{count} fichero(s)", "en": f"{count} file(s)"}[telling.language]
    return ", ".join(map(str, personal.get("names") or ())) or unnamed


WAITING: Mapping[str, Both] = {
    "customer": {"es": "Esperamos su respuesta.", "en": "We are waiting for your answer."},
    "third_party": {"es": "Depende de un tercero.", "en": "It depends on a third party."},
    "task_execution": {"es": "Hay una tarea en ejecución.", "en": "A task is running."},
    "no_admin_access": {
        "es": "Necesitamos acceso de administrador.",
        "en": "We need access as an administrator.",
    },
    "cloud_provider": {"es": "Depende del proveedor cloud.", "en": "It depends on the cloud provider."},
}


def _waiting(telling: Telling, data: Values, personal: Values) -> Said:
    text = {"es": "En espera", "en": "Waiting"}[telling.language]
    why = WAITING.get(str(data.get("reason")), {"es": "", "en": ""})[telling.language]
    return "waiting", " ".join(part for part in (f"{text}.", why, str(personal.get("note") or "")) if part)


def _priority(telling: Telling, data: Values, personal: Values) -> Said:
    text = {"es": "La prioridad pasa de {from} a {to}.", "en": "The priority changes from {from} to {to}."}
    return "priority_changed", " ".join(
        part for part in (text[telling.language].format_map(data), str(personal.get("reason") or "")) if part
    )


def _merged(telling: Telling, data: Values, _: Values) -> Said:
    into = {"es": "Seguimos en el ticket {other}.", "en": "We go on in ticket {other}."}
    here = {"es": "Aquí seguimos también el ticket {other}.", "en": "Ticket {other} goes on here too."}
    text = into if data.get("into") else here
    return "merged", text[telling.language].format(other=data.get("into") or data.get("from"))


def _reopened(telling: Telling, data: Values, personal: Values) -> Said:
    text = {"es": "Ticket reabierto: volvemos a trabajar en él.", "en": "Reopened: we are working on it again."}
    return "reopened", " ".join(part for part in (text[telling.language], str(personal.get("reason") or "")) if part)


def _due_changed(telling: Telling, data: Values, _: Values) -> Said:
    """The time to resolution alone, and only while there is one: a clock that is paused has said why."""
    if data.get("metric") != "resolution" or not data.get("due_at"):
        return None
    text = {"es": "Nueva fecha límite de resolución: {at}.", "en": "New time to resolution: by {at}."}
    at = full_time(datetime.fromisoformat(str(data["due_at"])), telling.provider)
    return "due_changed", text[telling.language].format(at=at)


def _mail_bounced(telling: Telling, data: Values, personal: Values) -> Said:
    """Of the customer's own mail alone: engineers' addresses stay inside."""
    if data.get("purpose") != "customer":
        return None
    text = {"es": "Correo no entregado{to}: {why}.", "en": "Mail not delivered{to}: {why}."}
    to = {"es": " a {address}", "en": " to {address}"}[telling.language]
    return "mail_returned", text[telling.language].format(
        to=to.format(address=personal["address"]) if personal.get("address") else "",
        why=in_words(str(data.get("reason")), telling.language),
    )


def _job(personal: Values) -> str:
    return " · ".join(str(personal[key]) for key in ("job", "machine") if personal.get(key))


def _moment(telling: Telling, iso: Any) -> str:
    return full_time(datetime.fromisoformat(str(iso)), telling.provider)


def _machine(kind: Kind, text: Both) -> Teller:
    """`{job}`, `{summary}` and `{count}` are what the machine said, `{at}` the instant of the entry's data."""

    def teller(telling: Telling, data: Values, personal: Values) -> Said:
        at = _moment(telling, data["at"]) if data.get("at") else ""
        facts = {"job": _job(personal), "summary": personal.get("summary", ""), "count": data.get("count", "")}
        return kind, text[telling.language].format(at=at, **facts)

    return teller


TELLERS: Mapping[str, Teller] = {
    "ticket.opened": _opened,
    "activation.queued": _queued,
    "drill.started": _drill,
    "step.started": _step_started,
    "step.timed_out": _timed_out,
    "last_resort.paged": _simple(
        "paging",
        {
            "es": "Estamos avisando a los responsables, y seguiremos hasta que alguien responda.",
            "en": "We are paging those in charge, and go on until somebody answers.",
        },
    ),
    "page.acknowledged": _acknowledged,
    "ticket.assigned": _assigned,
    "escalation.resumed": _resumed,
    "contact.attempted": _contact_attempted,
    "contact.made": _contact_made,
    "contact.overdue": _simple(
        "contact_overdue",
        {
            "es": "La llamada se retrasa; avisamos de nuevo al equipo de guardia.",
            "en": "The call is overdue; we are paging the team on call again.",
        },
    ),
    "contact.unreachable": _simple(
        "unreachable",
        {
            "es": "No hemos conseguido hablar con usted en ninguno de sus números.",
            "en": "We could not reach you on any of your numbers.",
        },
    ),
    "contact.disputed": _simple(
        "disputed",
        {
            "es": "Nos indica que no ha hablado con nadie; volvemos a avisar al equipo.",
            "en": "You told us that nobody has called; we are paging the team again.",
        },
    ),
    "ticket.joined": _joined,
    "ticket.closed": _closed,
    "ticket.updated": _updated,
    "attachment.added": _attached,
    "attachment.removed": _attachment_removed,
    "ticket.waiting": _waiting,
    "ticket.resumed": _simple("resumed", {"es": "Seguimos trabajando en ello.", "en": "Work goes on."}),
    "ticket.priority_changed": _priority,
    "ticket.merged": _merged,
    "ticket.reopened": _reopened,
    "sla.changed": _due_changed,
    "mail.bounced": _mail_bounced,
    "heartbeat.late": _machine(
        "machine_late",
        {
            "es": "El trabajo {job} no ha comunicado a tiempo que ha terminado bien; se esperaba: {at}.",
            "en": "The job {job} has not reported in time that it ended well; expected: {at}.",
        },
    ),
    "heartbeat.failed": _machine(
        "machine_failed",
        {
            "es": "El trabajo {job} ha comunicado que ha terminado con error: {at}.",
            "en": "The job {job} has reported that it ended with an error: {at}.",
        },
    ),
    "heartbeat.back": _machine(
        "machine_back",
        {"es": "El trabajo {job} ha vuelto a terminar bien: {at}.", "en": "The job {job} ended well again: {at}."},
    ),
    "event.raised": _machine(
        "machine_raised", {"es": "Nuevo aviso: {summary} ({at}).", "en": "Raised again: {summary} ({at})."}
    ),
    "event.repeated": _machine(
        "machine_repeated",
        {"es": "Van {count} avisos iguales; el último: {at}.", "en": "{count} of these events so far; the last: {at}."},
    ),
    "event.gathered": _machine(
        "machine_repeated",
        {"es": "Van {count} avisos reunidos aquí; el último: {at}.", "en": "{count} events so far; the last: {at}."},
    ),
    "event.resolved": _machine(
        "machine_resolved",
        {
            "es": "La monitorización lo da por resuelto: {summary} ({at}).",
            "en": "Monitoring reports it as resolved: {summary} ({at}).",
        },
    ),
}

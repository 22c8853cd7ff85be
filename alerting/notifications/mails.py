"""What every mail says, in each language: subject, plain text, and the same text as simple HTML.

Customers get a mail for every step (support terms, §2 "Cualquier progreso … será informado por correo
electrónico"); its subject starts with the reference in brackets (§3.2), so that an answer finds its ticket.
No field can carry an engineer's telephone, and nothing here is fetched by the reader's program: no images,
no counting links.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from html import escape
from typing import Any

from alerting.notifications.messages import Sms, sms
from alerting.notifications.wording import (
    DRILL,
    NO_PLAN,
    Form,
    Language,
    Provider,
    Text,
    full_time,
    joined,
    kinds_of,
    one_line,
    render,
)

SUBJECT_LENGTH = 150
LINE_LENGTH = 200
BLOCK_LENGTH = 5000
SURVEY_PATH = "/survey/"
INVITATION_PATH = "/invitation/"
RATING_PATH = "/rate/"  # all three are completed when the mail is sent, with our origin and the reader's own token

_CLOSED_AS: Mapping[str, Mapping[Language, str]] = {
    "resolved": {"es": "Ha quedado resuelto", "en": "It has been resolved"},
    "not_our_responsibility": {
        "es": "La causa no corresponde a nuestro servicio",
        "en": "The cause lies outside our service",
    },
    "duplicate": {"es": "Seguimos en otro ticket con el mismo motivo", "en": "We go on in another ticket about it"},
    "withdrawn": {"es": "La activación se anuló", "en": "The activation was cancelled"},
    "no_customer_response": {
        "es": "No hemos tenido respuesta suya",
        "en": "We have had no answer from you",
    },
}
_SUGGESTION_IS: Mapping[str, Mapping[Language, str]] = {
    "answered": {"es": "Hemos leído su sugerencia", "en": "We have read your suggestion"},
    "planned": {"es": "Vamos a hacer lo que sugiere", "en": "We are going to do what you suggest"},
    "done": {"es": "Lo que sugirió está hecho", "en": "What you suggested is done"},
}
_DRILL_WHY: Mapping[str, Mapping[Language, str]] = {
    "real": {"es": "hay una activación real en curso", "en": "a real activation is under way"},
    "drill_open": {"es": "hay otro simulacro del plan en curso", "en": "another drill of the plan is under way"},
    "late": {"es": "no ha podido empezar a su hora", "en": "it could not begin on time"},
    "closed": {"es": "la oficina está cerrada a esa hora", "en": "the office is closed at that hour"},
    "plan_gone": {"es": "el plan ya no existe", "en": "the plan is no longer there"},
}
_CLOSED: Mapping[Language, str] = {"es": "Ha quedado cerrado", "en": "It has been closed"}


@dataclass(frozen=True)
class Mail:
    """`subject` is one line and fit for a header as it is; `html` says the same as `text`."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, kw_only=True)
class CustomerMail(Text):
    """The subclasses are all there are. `reference` is the seven digits; whole, with its prefix, of what is no ticket;
    empty of what has none."""

    reference: str
    customer: str
    ticket_url: str
    plan: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReceivedMail(CustomerMail):
    opened_at: datetime
    summary: str | None = None
    response_due_at: datetime | None = None
    contact_due_at: datetime | None = None
    resolution_due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class OpenedMail(CustomerMail):
    """Of a ticket that pages nobody; `attended_at` is when the office opens, None while it is open or always is.
    `activation_url`: where somebody is woken, for a contract that covers every hour and a ticket by mail."""

    opened_at: datetime
    summary: str | None = None
    attended_at: datetime | None = None
    activation_url: str | None = None
    response_due_at: datetime | None = None
    contact_due_at: datetime | None = None
    resolution_due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ReportedMail(CustomerMail):
    """Of a ticket that monitoring has opened. `suggested`: the plan that the customer may activate, at
    `activate_url`."""

    opened_at: datetime
    summary: str | None = None
    attended_at: datetime | None = None
    response_due_at: datetime | None = None
    contact_due_at: datetime | None = None
    resolution_due_at: datetime | None = None
    suggested: str | None = None
    activate_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class TakenMail(CustomerMail):
    """Somebody works on a ticket that paged nobody."""

    engineer: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class QueuedMail(CustomerMail):
    opened_at: datetime
    until: datetime
    summary: str | None = None


@dataclass(frozen=True, kw_only=True)
class AcknowledgedMail(CustomerMail):
    engineer: str
    at: datetime
    contact_due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ContactedMail(CustomerMail):
    engineer: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class UnreachableMail(CustomerMail):
    engineer: str
    tries: int


@dataclass(frozen=True, kw_only=True)
class NobodyYetMail(CustomerMail):
    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class StillPagingMail(CustomerMail):
    """Nobody yet, of a ticket that pages and is no activation."""

    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class DrillUnansweredMail(CustomerMail):
    """The drill has ended without an answer; nobody else is called."""

    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class JoinedMail(CustomerMail):
    opened_at: datetime


@dataclass(frozen=True, kw_only=True)
class UpdatedMail(CustomerMail):
    """Several public updates of one moment travel in one mail, oldest first, a blank line between them."""

    updates: str


@dataclass(frozen=True, kw_only=True)
class StoodDownMail(CustomerMail):
    at: datetime
    by: str | None = None
    rating_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class WithdrawnMail(CustomerMail):
    """A stand-down of what was no activation."""

    at: datetime
    rating_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class ClosedMail(CustomerMail):
    at: datetime
    close_code: str = "resolved"
    explanation: str | None = None
    rating_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReopenedMail(CustomerMail):
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SuggestionReceivedMail(CustomerMail):
    """`text`: what was suggested."""

    text: str


@dataclass(frozen=True, kw_only=True)
class SuggestionAnsweredMail(CustomerMail):
    """`state`: answered, planned or done."""

    answer: str
    state: str = "answered"


@dataclass(frozen=True, kw_only=True)
class SurveyMail(CustomerMail):
    """Of no ticket: `reference` is empty. `until`: when the survey ends."""

    year: int
    until: datetime
    survey_url: str


@dataclass(frozen=True, kw_only=True)
class SurveyReminderMail(CustomerMail):
    year: int
    until: datetime
    survey_url: str


@dataclass(frozen=True, kw_only=True)
class RatingReminderMail(CustomerMail):
    """`at`: when the ticket was closed. There is never a second one."""

    at: datetime
    rating_url: str


@dataclass(frozen=True, kw_only=True)
class DrillPlannedMail(CustomerMail):
    """Of no ticket yet."""

    starts_at: datetime
    purpose: str | None = None


@dataclass(frozen=True, kw_only=True)
class DrillReminderMail(CustomerMail):
    starts_at: datetime
    purpose: str | None = None


@dataclass(frozen=True, kw_only=True)
class DrillMovedMail(CustomerMail):
    """`why` as in `_DRILL_WHY`; None: unsaid."""

    starts_at: datetime
    why: str | None = None


@dataclass(frozen=True, kw_only=True)
class DrillCalledOffMail(CustomerMail):
    starts_at: datetime
    why: str | None = None


@dataclass(frozen=True, kw_only=True)
class DrillReportMail(CustomerMail):
    """To the owners: the report can be read and signed. `at`: when the drill ended."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class InvitationMail(CustomerMail):
    """To whoever is given access, of a customer's or our own; `customer` is then the provider. `until`: how long the
    link is good."""

    inviter: str
    until: datetime
    invitation_url: str


@dataclass(frozen=True, kw_only=True)
class TermsMail(CustomerMail):
    """A version of the support terms, to an owner. `from_day`: its first day, as it is written; `notice`: what
    changes."""

    version: str
    from_day: str
    notice: str | None = None
    document_url: str | None = None


KINDS: Mapping[str, type[CustomerMail]] = kinds_of(CustomerMail)

# Subject first, then one paragraph each.
TEMPLATES: Mapping[str, Mapping[Language, tuple[str, ...]]] = {
    "received_mail": {
        "es": (
            "Activación recibida: {plan:plan}",
            "Hemos recibido su activación «{plan:plan}» ({customer:line}) el {opened_at:time}. "
            "Su código de referencia es {code}.",
            "Estamos avisando al equipo de guardia, que le llamará por teléfono.",
            "<Respuesta antes de: {response_due_at:time}>",
            "<Contacto antes de: {contact_due_at:time}>",
            "<Resolución antes de: {resolution_due_at:time}>",
            "<Nos ha dicho:\n{summary:block}>",
            "Puede seguir cada paso y añadir información aquí: {ticket_url}",
        ),
        "en": (
            "Activation received: {plan:plan}",
            "We have received your activation “{plan:plan}” ({customer:line}) on {opened_at:time}. "
            "Your reference is {code}.",
            "We are alerting the on-call team, who will call you by telephone.",
            "<Response due by: {response_due_at:time}>",
            "<Contact due by: {contact_due_at:time}>",
            "<Resolution due by: {resolution_due_at:time}>",
            "<You told us:\n{summary:block}>",
            "You can follow every step and add information here: {ticket_url}",
        ),
    },
    "opened_mail": {
        "es": (
            "Ticket abierto: {plan:plan}",
            "Hemos abierto su ticket «{plan:plan}» ({customer:line}) el {opened_at:time}. Su código de referencia es "
            "{code}.",
            "<El equipo lo atenderá a partir del {attended_at:time}.>",
            "<Un correo no llama a nadie por teléfono. Si no puede esperar, active su plan de contingencia aquí: "
            "{activation_url}>",
            "<Respuesta antes de: {response_due_at:time}>",
            "<Contacto antes de: {contact_due_at:time}>",
            "<Resolución antes de: {resolution_due_at:time}>",
            "<Nos ha dicho:\n{summary:block}>",
            "Puede seguir cada paso y añadir información aquí: {ticket_url}",
        ),
        "en": (
            "Ticket opened: {plan:plan}",
            "We have opened your ticket “{plan:plan}” ({customer:line}) on {opened_at:time}. Your reference is {code}.",
            "<The team will attend to it from {attended_at:time} on.>",
            "<A mail rings no telephone. If it cannot wait, activate your contingency plan here: {activation_url}>",
            "<Response due by: {response_due_at:time}>",
            "<Contact due by: {contact_due_at:time}>",
            "<Resolution due by: {resolution_due_at:time}>",
            "<You told us:\n{summary:block}>",
            "You can follow every step and add information here: {ticket_url}",
        ),
    },
    "reported_mail": {
        "es": (
            "{plan:plan}",
            "La monitorización ha abierto el ticket «{plan:plan}» ({customer:line}) el {opened_at:time}. Su código de "
            "referencia es {code}.",
            "<{summary:block}>",
            "<El equipo lo atenderá a partir del {attended_at:time}.>",
            "<Respuesta antes de: {response_due_at:time}>",
            "<Contacto antes de: {contact_due_at:time}>",
            "<Resolución antes de: {resolution_due_at:time}>",
            "<Si necesita ya a un ingeniero, puede activar el plan «{suggested:line}». El formulario está rellenado, y "
            "nada se activa hasta que usted lo pida en él: {activate_url}>",
            "Puede seguir cada paso y añadir información aquí: {ticket_url}",
        ),
        "en": (
            "{plan:plan}",
            "Monitoring has opened the ticket “{plan:plan}” ({customer:line}) on {opened_at:time}. Its reference is "
            "{code}.",
            "<{summary:block}>",
            "<The team will attend to it from {attended_at:time} on.>",
            "<Response due by: {response_due_at:time}>",
            "<Contact due by: {contact_due_at:time}>",
            "<Resolution due by: {resolution_due_at:time}>",
            "<If you need an engineer now, you can activate the plan “{suggested:line}”. The form is filled in, and "
            "nothing is activated until you ask for it there: {activate_url}>",
            "You can follow every step and add information here: {ticket_url}",
        ),
    },
    "taken_mail": {
        "es": (
            "Ya se ocupa {engineer:line}",
            "{engineer:line} se ocupa de su ticket «{plan:plan}» desde el {at:time}.",
            "Seguimiento: {ticket_url}",
        ),
        "en": (
            "{engineer:line} is on it",
            "{engineer:line} has been working on your ticket “{plan:plan}” since {at:time}.",
            "Follow it here: {ticket_url}",
        ),
    },
    "queued_mail": {
        "es": (
            "Activación registrada fuera de horario: {plan:plan}",
            "Hemos registrado su activación «{plan:plan}» ({customer:line}) el {opened_at:time}, fuera del horario "
            "contratado. Su código de referencia es {code}.",
            "Avisaremos al equipo el {until:time}.",
            "<Nos ha dicho:\n{summary:block}>",
            "Puede ver la activación y añadir información aquí: {ticket_url}",
        ),
        "en": (
            "Activation recorded outside service hours: {plan:plan}",
            "We have recorded your activation “{plan:plan}” ({customer:line}) on {opened_at:time}, outside the "
            "hours of your contract. Your reference is {code}.",
            "We will alert the team on {until:time}.",
            "<You told us:\n{summary:block}>",
            "You can see the activation and add information here: {ticket_url}",
        ),
    },
    "acknowledged_mail": {
        "es": (
            "Ya se ocupa {engineer:line}",
            "{engineer:line} ha aceptado su activación «{plan:plan}» el {at:time} y le llamará"
            "< antes del {contact_due_at:time}>.",
            "Tenga el teléfono libre, por favor. Seguimiento: {ticket_url}",
        ),
        "en": (
            "{engineer:line} is on it",
            "{engineer:line} accepted your activation “{plan:plan}” on {at:time} and will call you"
            "< before {contact_due_at:time}>.",
            "Please keep your telephone free. Follow it here: {ticket_url}",
        ),
    },
    "contacted_mail": {
        "es": (
            "Contacto con usted registrado",
            "{engineer:line} ha hablado con ustedes el {at:time} sobre {plan:plan}.",
            "¿No es así? Díganoslo en el ticket y volveremos a avisar al equipo: {ticket_url}",
        ),
        "en": (
            "Contact with you recorded",
            "{engineer:line} spoke to you on {at:time} about {plan:plan}.",
            "Is that not so? Tell us in the ticket and we will page the team again: {ticket_url}",
        ),
    },
    "unreachable_mail": {
        "es": (
            "No conseguimos hablar con usted",
            "{engineer:line} le ha llamado {tries} veces por {plan:plan} y no ha podido hablar con nadie.",
            "Seguimos con su ticket. Revise sus teléfonos de contacto, por favor: {ticket_url}",
        ),
        "en": (
            "We cannot reach you",
            "{engineer:line} has called you {tries} times about {plan:plan} and could not speak to anybody.",
            "We go on with your ticket. Please check your contact numbers: {ticket_url}",
        ),
    },
    "nobody_yet_mail": {
        "es": (
            "Todavía no ha respondido nadie",
            "Nadie del equipo ha respondido todavía a su activación «{plan:plan}» del {opened_at:time}. "
            "Seguimos llamando, también a los responsables.",
            "Puede ver a quién estamos avisando: {ticket_url}",
        ),
        "en": (
            "Nobody has answered yet",
            "Nobody of the team has answered your activation “{plan:plan}” of {opened_at:time} yet. "
            "We keep calling, the managers too.",
            "You can see whom we are paging: {ticket_url}",
        ),
    },
    "still_paging_mail": {
        "es": (
            "Todavía no ha respondido nadie",
            "Hemos avisado al equipo de guardia por su ticket «{plan:plan}» del {opened_at:time} y todavía no ha "
            "respondido nadie. Seguimos llamando, también a los responsables.",
            "Puede ver a quién estamos avisando: {ticket_url}",
        ),
        "en": (
            "Nobody has answered yet",
            "We have paged the team on call about your ticket “{plan:plan}” of {opened_at:time}, and nobody has "
            "answered yet. We keep calling, the managers too.",
            "You can see whom we are paging: {ticket_url}",
        ),
    },
    "drill_unanswered_mail": {
        "es": (
            "Terminado sin respuesta",
            "Ha terminado «{plan:plan}», que comenzó el {opened_at:time}: no ha respondido nadie del equipo, y no se "
            "llama a nadie más.",
            "El detalle, paso a paso: {ticket_url}",
        ),
        "en": (
            "Over without an answer",
            "“{plan:plan}”, which began on {opened_at:time}, is over: nobody of the team answered, and nobody else is "
            "called.",
            "The details, step by step: {ticket_url}",
        ),
    },
    "joined_mail": {
        "es": (
            "Se ha unido a una activación en curso",
            "Ya había una activación abierta «{plan:plan}» ({customer:line}) desde el {opened_at:time}. Su código de "
            "referencia es {code}.",
            "Desde ahora recibirá cada novedad. Seguimiento: {ticket_url}",
        ),
        "en": (
            "You have joined an open activation",
            "An activation “{plan:plan}” ({customer:line}) has been open since {opened_at:time}. Your reference "
            "is {code}.",
            "From now on you will be told every step. Follow it here: {ticket_url}",
        ),
    },
    "updated_mail": {
        "es": (
            "Novedades en su ticket",
            "Hay novedades en {plan:plan} ({customer:line}):",
            "{updates:block}",
            "El detalle completo: {ticket_url}",
        ),
        "en": (
            "News about your ticket",
            "There is news about {plan:plan} ({customer:line}):",
            "{updates:block}",
            "The full detail: {ticket_url}",
        ),
    },
    "stood_down_mail": {
        "es": (
            "Activación anulada",
            "La activación «{plan:plan}» ({customer:line}) se ha anulado el {at:time}<, a petición de {by:line}>. "
            "Hemos avisado a todo el equipo.",
            "Si la necesita de nuevo, actívela otra vez en el portal. El detalle sigue aquí: {ticket_url}",
            "<¿Cómo lo hemos hecho? Su valoración es voluntaria: {rating_url}>",
        ),
        "en": (
            "Activation cancelled",
            "The activation “{plan:plan}” ({customer:line}) was cancelled on {at:time}<, at the request of "
            "{by:line}>. The whole team has been told.",
            "Should you need it again, activate it once more in the portal. The details stay here: {ticket_url}",
            "<How did we do? Your rating is voluntary: {rating_url}>",
        ),
    },
    "withdrawn_mail": {
        "es": (
            "Petición retirada",
            "Su ticket «{plan:plan}» ({customer:line}) se ha retirado el {at:time}. Hemos avisado a quienes estábamos "
            "llamando.",
            "Si lo necesita de nuevo, puede reabrirlo en cualquier momento: {ticket_url}",
            "<¿Cómo lo hemos hecho? Su valoración es voluntaria: {rating_url}>",
        ),
        "en": (
            "Request withdrawn",
            "Your ticket “{plan:plan}” ({customer:line}) was withdrawn on {at:time}. Everybody whom we were calling "
            "has been told.",
            "Should you need it again, you can reopen it at any time: {ticket_url}",
            "<How did we do? Your rating is voluntary: {rating_url}>",
        ),
    },
    "closed_mail": {
        "es": (
            "Ticket cerrado",
            "Hemos cerrado su ticket «{plan:plan}» ({customer:line}) el {at:time}. {close_code:closed_as}.",
            "<Explicación:\n{explanation:block}>",
            "Si no está conforme, puede reabrirlo en cualquier momento; todo el detalle está aquí: {ticket_url}",
            "<¿Cómo lo hemos hecho? Su valoración es voluntaria: {rating_url}>",
        ),
        "en": (
            "Ticket closed",
            "We have closed your ticket “{plan:plan}” ({customer:line}) on {at:time}. {close_code:closed_as}.",
            "<Explanation:\n{explanation:block}>",
            "If you do not agree, you can reopen it at any time; all the details are here: {ticket_url}",
            "<How did we do? Your rating is voluntary: {rating_url}>",
        ),
    },
    "reopened_mail": {
        "es": (
            "Ticket reabierto",
            "Su ticket «{plan:plan}» ({customer:line}) se ha reabierto el {at:time}. Volvemos a trabajar en él.",
            "Seguimiento: {ticket_url}",
        ),
        "en": (
            "Ticket reopened",
            "Your ticket “{plan:plan}” ({customer:line}) was reopened on {at:time}. We are working on it again.",
            "Follow it here: {ticket_url}",
        ),
    },
    "suggestion_received_mail": {
        "es": (
            "Sugerencia recibida",
            "Gracias por su sugerencia, que guardamos como {code}:",
            "{text:block}",
            "Se la contestaremos por correo; también podrá leer la respuesta aquí: {ticket_url}",
        ),
        "en": (
            "Suggestion received",
            "Thank you for your suggestion, which we keep as {code}:",
            "{text:block}",
            "We will answer it by mail; you can read the answer here too: {ticket_url}",
        ),
    },
    "suggestion_answered_mail": {
        "es": (
            "Respuesta a su sugerencia",
            "{state:suggestion_is}. Esto le contestamos:",
            "{answer:block}",
            "Sus sugerencias y nuestras respuestas: {ticket_url}",
        ),
        "en": (
            "Answer to your suggestion",
            "{state:suggestion_is}. This is our answer:",
            "{answer:block}",
            "Your suggestions and our answers: {ticket_url}",
        ),
    },
    "survey_mail": {
        "es": (
            "Encuesta anual {year}: su opinión",
            "Una vez al año preguntamos a quienes han firmado un contrato con nosotros ({customer:line}). Son cinco "
            "preguntas, voluntarias, hasta el {until:time}.",
            "Responder, sin contraseña: {survey_url}",
            "Guardamos que ha respondido, pero no qué respuestas son las suyas. En la misma página puede pedirnos que "
            "no le enviemos más encuestas.",
        ),
        "en": (
            "Yearly survey {year}: your opinion",
            "Once a year we ask those who have signed a contract with us ({customer:line}). There are five questions, "
            "voluntary, until {until:time}.",
            "Answer, without a password: {survey_url}",
            "We keep that you have answered, but not which answers are yours. On the same page you can ask us to "
            "send you no more surveys.",
        ),
    },
    "survey_reminder_mail": {
        "es": (
            "Encuesta anual {year}: aún puede responder",
            "Nuestra encuesta anual ({customer:line}) sigue abierta hasta el {until:time}. Es voluntaria.",
            "Responder, sin contraseña: {survey_url}",
            "En la misma página puede pedirnos que no le enviemos más encuestas.",
        ),
        "en": (
            "Yearly survey {year}: you can still answer",
            "Our yearly survey ({customer:line}) is open until {until:time}. It is voluntary.",
            "Answer, without a password: {survey_url}",
            "On the same page you can ask us to send you no more surveys.",
        ),
    },
    "drill_planned_mail": {
        "es": (
            "Previsto para el {starts_at:time}: {plan:plan}",
            "El {starts_at:time} ensayaremos con ustedes el plan «{plan:plan}» ({customer:line}). Es un simulacro: "
            "avisaremos a las mismas personas que en una emergencia, y todo lo que reciban empezará por SIMULACRO.",
            "<Qué queremos ver:\n{purpose:block}>",
            "Una emergencia de verdad siempre tiene preferencia: actívela como siempre, también durante el simulacro.",
            "El plan y el simulacro: {ticket_url}",
        ),
        "en": (
            "Planned for {starts_at:time}: {plan:plan}",
            "On {starts_at:time} we will rehearse the plan “{plan:plan}” ({customer:line}) with you. It is a drill: "
            "the same people are paged as in an emergency, and whatever you receive begins with DRILL.",
            "<What we want to see:\n{purpose:block}>",
            "A real emergency always comes first: activate it as ever, also in the middle of the drill.",
            "The plan and the drill: {ticket_url}",
        ),
    },
    "drill_moved_mail": {
        "es": (
            "Nueva fecha, {starts_at:time}: {plan:plan}",
            "El simulacro del plan «{plan:plan}» ({customer:line}) pasa al {starts_at:time}<: {why:drill_why}>.",
            "El plan y el simulacro: {ticket_url}",
        ),
        "en": (
            "New date, {starts_at:time}: {plan:plan}",
            "The drill of the plan “{plan:plan}” ({customer:line}) is moved to {starts_at:time}<: {why:drill_why}>.",
            "The plan and the drill: {ticket_url}",
        ),
    },
    "drill_reminder_mail": {
        "es": (
            "Recordatorio, {starts_at:time}: {plan:plan}",
            "El {starts_at:time} ensayaremos con ustedes el plan «{plan:plan}» ({customer:line}).",
            "<Qué queremos ver:\n{purpose:block}>",
            "El plan y el simulacro: {ticket_url}",
        ),
        "en": (
            "Reminder, {starts_at:time}: {plan:plan}",
            "On {starts_at:time} we will rehearse the plan “{plan:plan}” ({customer:line}) with you.",
            "<What we want to see:\n{purpose:block}>",
            "The plan and the drill: {ticket_url}",
        ),
    },
    "drill_called_off_mail": {
        "es": (
            "Anulado: {plan:plan}",
            "El simulacro del plan «{plan:plan}» ({customer:line}) previsto para el {starts_at:time} queda anulado"
            "<: {why:drill_why}>. No tienen que hacer nada.",
            "Sus planes y simulacros: {ticket_url}",
        ),
        "en": (
            "Called off: {plan:plan}",
            "The drill of the plan “{plan:plan}” ({customer:line}) planned for {starts_at:time} is called off"
            "<: {why:drill_why}>. There is nothing for you to do.",
            "Your plans and drills: {ticket_url}",
        ),
    },
    "drill_report_mail": {
        "es": (
            "Informe: {plan:plan}",
            "El simulacro del plan «{plan:plan}» ({customer:line}) terminó el {at:time}. Su informe está listo: qué "
            "ocurrió y cuándo, quién respondió y qué hay que mejorar.",
            "Léalo y fírmelo aquí: {ticket_url}",
        ),
        "en": (
            "Report: {plan:plan}",
            "The drill of the plan “{plan:plan}” ({customer:line}) ended on {at:time}. Its report is there: what "
            "happened and when, who answered, and what is to be improved.",
            "Read and sign it here: {ticket_url}",
        ),
    },
    "terms_mail": {
        "es": (
            "Términos de soporte: versión {version:line}",
            "Los términos de soporte de {provider_name} ({customer:line}) tienen la versión {version:line}, en vigor "
            "desde el {from_day}.",
            "<{notice:block}>",
            "<El texto: {document_url}>",
            "Como titular puede leerlos y aceptarlos aquí: {ticket_url}",
            "Nada se detiene por ello: sus activaciones y tickets siguen igual, y cada ticket conserva los términos "
            "con los que se abrió.",
        ),
        "en": (
            "Support terms: version {version:line}",
            "The support terms of {provider_name} ({customer:line}) have the version {version:line}, in force from "
            "{from_day} on.",
            "<{notice:block}>",
            "<The text: {document_url}>",
            "As an owner you can read and accept them here: {ticket_url}",
            "Nothing waits for it: your activations and tickets go on as before, and each ticket keeps the terms under "
            "which it was opened.",
        ),
    },
    "invitation_mail": {
        "es": (
            "Su acceso al portal de {provider_name}",
            "{inviter:line} le da acceso al portal de soporte de {provider_name} ({customer:line}).",
            "Elija su contraseña antes del {until:time}: {invitation_url}",
            "El enlace sirve una sola vez, y anula los que le hayamos enviado antes. Si no esperaba este correo, no "
            "haga nada: sin contraseña no entra nadie.",
        ),
        "en": (
            "Your access to the portal of {provider_name}",
            "{inviter:line} gives you access to the support portal of {provider_name} ({customer:line}).",
            "Choose your password before {until:time}: {invitation_url}",
            "The link works once, and voids any that we sent you before. If you did not expect this mail, do nothing: "
            "without a password nobody gets in.",
        ),
    },
    "rating_reminder_mail": {
        "es": (
            "¿Cómo lo hemos hecho?",
            "Cerramos su ticket «{plan:plan}» ({customer:line}) el {at:time}. Si quiere valorarlo, basta con un "
            "minuto: es voluntario y no se lo volveremos a recordar.",
            "Su valoración: {rating_url}",
            "En esa misma página puede pedirnos que no le enviemos más encuestas. El ticket: {ticket_url}",
        ),
        "en": (
            "How did we do?",
            "We closed your ticket “{plan:plan}” ({customer:line}) on {at:time}. If you would like to rate it, a "
            "minute is enough: it is voluntary, and we will not remind you again.",
            "Your rating: {rating_url}",
            "On the same page you can ask us to send you no more surveys. The ticket: {ticket_url}",
        ),
    },
}

_FOOTER: Mapping[Language, str] = {
    "es": "{provider_name}<, urgencias: {emergency_phone}>",
    "en": "{provider_name}<, emergencies: {emergency_phone}>",
}


_ANSWERABLE: Mapping[Language, str] = {
    "es": "Puede responder a este correo: lo que escriba se añade a su ticket.",
    "en": "You can reply to this mail: what you write is added to your ticket.",
}


def mail(text: CustomerMail, language: Language, provider: Provider, *, answerable: bool = False) -> Mail:
    """The mail to the customer; of a drill, subject and text begin with SIMULACRO or DRILL. `answerable`: it says that
    a reply is read."""
    values = _values(text, provider)
    forms = _forms(language, provider)
    closing = (*((_ANSWERABLE[language],) if answerable else ()), _FOOTER[language])
    subject, *paragraphs = (
        joined(render(template, values, forms)) for template in (*TEMPLATES[text.variant][language], *closing)
    )
    return _mail(subject, [p for p in paragraphs if p], text.drill, values, language)


def staff_mail(text: Sms, language: Language, provider: Provider) -> Mail:
    """A message to an engineer or manager as mail, for contact methods of the channel email. It asks for
    no reply code, because mail does not carry answers: its link does."""
    apart: dict[str, Any] = {f.name: None for f in fields(text) if f.name in ("code", "link") and f.default is None}
    said = sms(replace(text, drill=False, **apart), language, provider)
    link = getattr(text, "link", None) or getattr(text, "desk_url", None)
    lines = [one_line(line, SUBJECT_LENGTH * 30) for line in getattr(text, "lines", ())]
    values: dict[str, Any] = {"link_url": link, "code": None}
    reference = getattr(text, "reference", None)
    if reference:
        values["code"] = f"{provider.reference_prefix}-{reference}"
    return _mail(said, [said, *lines, *([link] if link else [])], text.drill, values, language)


def _mail(subject: str, paragraphs: list[str], drill: bool, values: Mapping[str, Any], language: Language) -> Mail:
    marks = [DRILL[language]] if drill else []
    tag = [f"[{values['code']}]"] if values["code"] else []
    body = ([f"{DRILL[language]}."] if drill else []) + paragraphs
    links = [str(url) for name, url in values.items() if name.endswith("_url") and _is_web(url)]
    return Mail(
        subject=one_line(" ".join([*marks, *tag, subject]), SUBJECT_LENGTH),
        text="\n\n".join(body) + "\n",
        html=_html(body, links, language),
    )


def _html(paragraphs: list[str], links: list[str], language: Language) -> str:
    """Escaped paragraphs in which our own links, and nobody else's, can be clicked."""
    escaped = "".join(f"<p>{escape(p)}</p>" for p in paragraphs).replace("\n", "<br>")
    for link in links:
        target = escape(link)
        escaped = escaped.replace(f" {target}</p>", f' <a href="{target}">{target}</a></p>')
        escaped = escaped.replace(f"<p>{target}</p>", f'<p><a href="{target}">{target}</a></p>')
    return f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body>{escaped}</body></html>\n'


def _is_web(url: str | None) -> bool:
    return bool(url) and str(url).startswith(("https://", "http://"))


def _values(text: CustomerMail, provider: Provider) -> dict[str, Any]:
    values = {field.name: getattr(text, field.name) for field in fields(text)}
    return values | {
        "code": _code(text.reference, provider),
        "provider_name": one_line(provider.name, LINE_LENGTH),
        "emergency_phone": provider.emergency_phone,
    }


def _code(reference: str, provider: Provider) -> str:
    return reference if "-" in reference or not reference else f"{provider.reference_prefix}-{reference}"


def _forms(language: Language, provider: Provider) -> Mapping[str, Form]:
    return {
        "plain": str,
        "line": _line,
        "plan": lambda plan: _line(plan or NO_PLAN[language]),
        "block": _block,
        "time": lambda at: full_time(at, provider),
        "suggestion_is": lambda state: _SUGGESTION_IS.get(state, _SUGGESTION_IS["answered"])[language],
        "drill_why": lambda why: _DRILL_WHY.get(why, _DRILL_WHY["late"])[language],
        "closed_as": lambda code: _CLOSED_AS.get(code, _CLOSED)[language],
    }


def _line(text: str) -> str:
    return one_line(text, LINE_LENGTH) or "-"


def _block(text: str) -> str:
    """Several lines as they were written, each without control or bidi characters."""
    return "\n".join(one_line(line, LINE_LENGTH * 5) for line in text.splitlines())[:BLOCK_LENGTH].strip()

"""What is said on the telephone, in each language: one frozen class per utterance, one table of templates.

One idea per sentence, what and who first, the key last: what was heard last is what a finger remembers.
References are spoken digit by digit. Customers' words are one line of at most 200 characters without
control characters; the XML around them is `webhooks.twiml`'s business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from types import MappingProxyType

from alerting.notifications.wording import (
    DRILL,
    NO_PLAN,
    SPOKEN_LENGTH,
    Form,
    Language,
    Provider,
    Table,
    Text,
    digit_by_digit,
    joined,
    kinds_of,
    one_line,
    render,
    spoken_time,
)

NAMED = 3  # customers in one greeting
AND: Mapping[Language, str] = {"es": "y", "en": "and"}


class Spoken(Text):
    """One utterance; the subclasses are all there are."""


# --- to engineers: the page and its menu -------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Greeting(Spoken):
    """`last_resort`: nobody before has answered. `overdue_minutes` since an acknowledgement after which the
    customer has not been contacted."""

    person: str
    customer: str
    reference: str
    plan: str | None = None
    late_minutes: int | None = None
    overdue_minutes: int | None = None
    last_resort: bool = False

    @property
    def variant(self) -> str:
        return "greeting_last_resort" if self.last_resort else "greeting"


@dataclass(frozen=True, kw_only=True)
class Menu(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class SeveralPages(Spoken):
    """The greeting of one call for several tickets; each of `customers` waits, the same one perhaps twice."""

    person: str
    total: int
    customers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SeveralMenu(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class SeveralWrongKey(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class ConfirmEscalateAll(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class AcceptedAll(Spoken):
    """`taken` of them somebody else had before."""

    total: int
    taken: int | None = None


@dataclass(frozen=True, kw_only=True)
class EscalatedAll(Spoken):
    total: int


@dataclass(frozen=True, kw_only=True)
class NextPage(Spoken):
    """Before the next ticket of such a call; `left` counts it."""

    left: int


@dataclass(frozen=True, kw_only=True)
class NextByHash(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class OwnerMenu(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class Details(Spoken):
    """What the customer wrote and what the plan asks for; nothing of it is said twice."""

    customer: str
    priority: str
    opened_at: datetime | None = None
    plan: str | None = None
    symptoms: str | None = None
    instructions: str | None = None
    contact: str | None = None


@dataclass(frozen=True, kw_only=True)
class WrongKey(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class WrongKeyOwner(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class NotByTelephone(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class AcceptFirst(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class Accepted(Spoken):
    at: datetime | None = None
    contact: str | None = None
    contact_due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ConfirmEscalate(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class ConfirmEscalateOwner(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class Escalated(Spoken):
    next: str | None = None

    @property
    def variant(self) -> str:
        return "escalated" if self.next else "escalated_to_nobody_known"


@dataclass(frozen=True, kw_only=True)
class AlreadyTaken(Spoken):
    name: str
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Closed(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class Cancelled(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class NoInput(Spoken):
    """After silence or three wrong keys: it was no acknowledgement, and the page goes on."""


@dataclass(frozen=True, kw_only=True)
class OwnerGoodbye(Spoken):
    contact_due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class OneMoment(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class CannotRecord(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class PageWithoutDetails(Spoken):
    """The page when nothing can be looked up. Key 4 is kept, and no more than that is said of it."""


@dataclass(frozen=True, kw_only=True)
class AnswerKept(Spoken):
    """It is on disk: not accepted yet, and somebody else may be quicker."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class NothingKept(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class Voicemail(Spoken):
    """Left on a machine that anybody may hear: no customer, no plan. `phone` is where to call back. Should a person be
    listening after all, the keys count as ever."""

    reference: str
    phone: str | None = None


# --- the bridge to the customer ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class BridgeConnecting(Spoken):
    contact: str


@dataclass(frozen=True, kw_only=True)
class BridgeReached(Spoken):
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class BridgeNext(Spoken):
    """Whoever was called did not answer; the customer's next person is being called."""

    contact: str


@dataclass(frozen=True, kw_only=True)
class BridgeNotReached(Spoken):
    """The customer's telephone rang and nobody pressed 1; `tries` so far, this one included."""

    tries: int


@dataclass(frozen=True, kw_only=True)
class NoCustomerNumber(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class Whisper(Spoken):
    """To the customer who picks up, before anybody can hear them; key 1 proves that it is no machine."""

    engineer: str


@dataclass(frozen=True, kw_only=True)
class WhisperGoodbye(Spoken):
    pass


# --- calls that are no page --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ReachabilityTestCall(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class CanaryCall(Spoken):
    """For whoever picks up before it is hung up."""


@dataclass(frozen=True, kw_only=True)
class ReachabilityTestCallConfirmed(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class ReachabilityTestCallGoodbye(Spoken):
    pass


@dataclass(frozen=True, kw_only=True)
class UncoveredCall(Spoken):
    """To managers: nobody will be on call."""

    schedule: str
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class VerificationCodeCall(Spoken):
    code: str


KINDS: Mapping[str, type[Spoken]] = kinds_of(Spoken)

TEMPLATES: Table = {
    "greeting": {
        "es": "Aviso urgente de {provider_name} para {person:words}.< Este aviso llega con {late_minutes} minutos de"
        " retraso.>< El aviso se aceptó hace {overdue_minutes} minutos y el cliente sigue sin contacto.>"
        " Contingencia de {customer:words}. {plan:plan}. Ticket {reference:digits}.",
        "en": "Urgent page from {provider_name} for {person:words}.< This page is {late_minutes} minutes late.>"
        "< It was accepted {overdue_minutes} minutes ago and the customer has not been contacted.>"
        " Contingency of {customer:words}. {plan:plan}. Ticket {reference:digits}.",
    },
    "greeting_last_resort": {
        "es": "Aviso urgente de {provider_name} para {person:words}. Nadie ha contestado todavía."
        " Contingencia de {customer:words}. {plan:plan}. Ticket {reference:digits}.",
        "en": "Urgent page from {provider_name} for {person:words}. Nobody has answered yet."
        " Contingency of {customer:words}. {plan:plan}. Ticket {reference:digits}.",
    },
    "menu": {
        "es": "Para aceptar, pulse 4. Para pasarlo a otra persona, pulse 5. Para oír los detalles, pulse 9."
        " Para repetir, asterisco.",
        "en": "To accept, press 4. To hand it to someone else, press 5. For details, press 9. To repeat, press star.",
    },
    "several_pages": {
        "es": "Aviso urgente de {provider_name} para {person:words}. Tiene {total} avisos: {customers:customers}.",
        "en": "Urgent page from {provider_name} for {person:words}. You have {total} pages: {customers:customers}.",
    },
    "several_menu": {
        "es": "Para aceptarlos todos, pulse 4. Para pasarlos todos a otra persona, pulse 5. Para oírlos de uno en uno,"
        " pulse 9. Para repetir, asterisco.",
        "en": "To accept all of them, press 4. To hand all of them to someone else, press 5. To hear them one by one,"
        " press 9. To repeat, press star.",
    },
    "several_wrong_key": {
        "es": "Tecla no válida. Para aceptarlos todos, pulse 4. Para oírlos de uno en uno, 9.",
        "en": "That key is not valid. To accept all of them, press 4. To hear them one by one, 9.",
    },
    "confirm_escalate_all": {
        "es": "¿Seguro que no puede atender ninguno? Pulse 5 otra vez para escalarlos, o 4 para aceptarlos todos.",
        "en": "Are you sure you cannot take any of them? Press 5 again to escalate them, or 4 to accept all.",
    },
    "accepted_all": {
        "es": "Aceptados: {total}. Son suyos. Le enviamos los datos por SMS.< Otra persona tiene ya {taken}.> Adiós.",
        "en": "Accepted: {total}. They are yours. We are sending you the details by SMS.< Somebody else already has"
        " {taken}.> Goodbye.",
    },
    "escalated_all": {
        "es": "Escalados: {total}. Avisamos a las siguientes personas. Gracias. Adiós.",
        "en": "Escalated: {total}. We are paging the next people. Thank you. Goodbye.",
    },
    "next_by_hash": {
        "es": "Para el siguiente aviso, pulse almohadilla.",
        "en": "For the next page, press hash.",
    },
    "next_page": {
        "es": "Siguiente aviso. Quedan {left}.",
        "en": "Next page. {left} left.",
    },
    "owner_menu": {
        "es": "Para llamar al cliente ahora, pulse 7. Para oír los detalles, pulse 9. Para pasarlo a otra persona,"
        " pulse 5. Para repetir, asterisco.",
        "en": "To call the customer now, press 7. For details, press 9. To hand it to someone else, press 5."
        " To repeat, press star.",
    },
    "details": {
        "es": "Cliente: {customer:words}. {plan:plan}. Prioridad {priority}.< Solicitado a {opened_at:time}.>"
        "< Persona de contacto: {contact:words}.>< Síntomas: {symptoms:words}.>< Instrucciones: {instructions:words}.>",
        "en": "Customer: {customer:words}. {plan:plan}. Priority {priority}.< Requested at {opened_at:time}.>"
        "< Contact person: {contact:words}.>< Symptoms: {symptoms:words}.>< Instructions: {instructions:words}.>",
    },
    "wrong_key": {
        "es": "Tecla no válida. Para aceptar, pulse 4. Para pasarlo a otra persona, 5.",
        "en": "That key is not valid. To accept, press 4. To hand it to someone else, 5.",
    },
    "wrong_key_owner": {
        "es": "Tecla no válida. Para llamar al cliente, pulse 7. Para pasarlo a otra persona, 5.",
        "en": "That key is not valid. To call the customer, press 7. To hand it to someone else, 5.",
    },
    "not_by_telephone": {
        "es": "Esa opción no está disponible por teléfono.",
        "en": "That option is not available by telephone.",
    },
    "accept_first": {
        "es": "Para llamar al cliente, primero acepte el aviso: pulse 4.",
        "en": "To call the customer, accept the page first: press 4.",
    },
    "accepted": {
        "es": "Aceptado< a {at:time}>. El ticket es suyo. Debe contactar con el cliente<, {contact:words},>"
        "< antes de {contact_due_at:time}>. Le enviamos los datos por SMS. Para llamarle ahora, pulse 7.",
        "en": "Accepted< at {at:time}>. The ticket is yours. You must reach the customer<, {contact:words},>"
        "< before {contact_due_at:time}>. We are sending you the details by SMS. To call them now, press 7.",
    },
    "confirm_escalate": {
        "es": "¿Seguro que no puede atenderlo? Pulse 5 otra vez para escalar, o 4 para aceptar.",
        "en": "Are you sure you cannot take it? Press 5 again to escalate, or 4 to accept.",
    },
    "confirm_escalate_owner": {
        "es": "¿Seguro que no puede seguir con él? Pulse 5 otra vez para escalar, o 4 para quedárselo.",
        "en": "Are you sure you cannot go on with it? Press 5 again to escalate, or 4 to keep it.",
    },
    "escalated": {
        "es": "Escalado a {next:words}. Gracias. Adiós.",
        "en": "Escalated to {next:words}. Thank you. Goodbye.",
    },
    "escalated_to_nobody_known": {
        "es": "Escalado. Avisamos a la siguiente persona. Gracias. Adiós.",
        "en": "Escalated. We are paging the next person. Thank you. Goodbye.",
    },
    "already_taken": {
        "es": "Este aviso ya lo ha aceptado {name:words}< a {at:time}>. No tiene que hacer nada. Adiós.",
        "en": "This page was already accepted by {name:words}< at {at:time}>. There is nothing for you to do. Goodbye.",
    },
    "closed": {
        "es": "El aviso se ha cerrado. No tiene que hacer nada. Adiós.",
        "en": "This page has been closed. There is nothing for you to do. Goodbye.",
    },
    "cancelled": {
        "es": "El aviso se ha anulado. No tiene que hacer nada. Adiós.",
        "en": "This page has been cancelled. There is nothing for you to do. Goodbye.",
    },
    "no_input": {
        "es": "No hemos recibido respuesta. Se avisará a la siguiente persona. Adiós.",
        "en": "We have received no answer. The next person will be paged. Goodbye.",
    },
    "owner_goodbye": {
        "es": "El ticket sigue siendo suyo. Recuerde llamar al cliente< antes de {contact_due_at:time}>. Adiós.",
        "en": "The ticket is still yours. Remember to call the customer< before {contact_due_at:time}>. Goodbye.",
    },
    "one_moment": {"es": "Un momento, por favor.", "en": "One moment, please."},
    "cannot_record": {
        "es": "No podemos registrar su respuesta. Use el portal o responda al SMS.",
        "en": "We cannot record your answer. Use the portal or reply to the SMS.",
    },
    "page_without_details": {
        "es": "Aviso urgente de {provider_name}. Ahora no podemos leerle los detalles: mire el SMS. Si se hace cargo,"
        " pulse 4.",
        "en": "Urgent page from {provider_name}. We cannot read you the details now: look at the SMS. If you take"
        " it, press 4.",
    },
    "answer_kept": {
        "es": "Su respuesta de {at:time} queda guardada. La tramitaremos en cuanto el sistema vuelva y se lo"
        " diremos por SMS.< Si no le llega, llame al {emergency_phone:digits}.> Adiós.",
        "en": "Your answer of {at:time} is kept. We will take it up as soon as the system is back, and tell you by"
        " SMS.< If nothing comes, call {emergency_phone:digits}.> Goodbye.",
    },
    "nothing_kept": {
        "es": "No hemos guardado ninguna respuesta. Responda al SMS o use el portal. Adiós.",
        "en": "We have kept no answer. Reply to the SMS or use the portal. Goodbye.",
    },
    "voicemail": {
        "es": "{provider_name}: aviso urgente número {reference:digits}.< Llame al {phone:digits} o> mire el SMS.",
        "en": "{provider_name}: urgent page number {reference:digits}.< Call {phone:digits} or> check the SMS.",
    },
    "bridge_connecting": {
        "es": "Llamando a {contact:words}. No cuelgue.",
        "en": "Calling {contact:words}. Please hold.",
    },
    "bridge_reached": {
        "es": "Contacto con el cliente registrado< a {at:time}>. Siga con el ticket en el portal. Adiós.",
        "en": "Contact with the customer recorded< at {at:time}>. Go on with the ticket in the portal. Goodbye.",
    },
    "bridge_next": {
        "es": "No ha contestado; queda anotado. Llamando ahora a {contact:words}. No cuelgue.",
        "en": "No answer; that is recorded. Now calling {contact:words}. Please hold.",
    },
    "bridge_not_reached": {
        "es": "El cliente no ha contestado. Intento {tries} anotado. Para volver a llamar, pulse 7."
        " Para pasarlo a otra persona, pulse 5.",
        "en": "The customer did not answer. Try {tries} recorded. To call again, press 7."
        " To hand it to someone else, press 5.",
    },
    "no_customer_number": {
        "es": "No consta ningún teléfono del cliente. Mire el ticket en el portal.",
        "en": "No telephone number of the customer is on file. See the ticket in the portal.",
    },
    "whisper": {
        "es": "Le llamamos del equipo de guardia de {provider_name} por su contingencia."
        " Pulse 1 para hablar con {engineer:words}.",
        "en": "This is the on-call team of {provider_name}, about your contingency."
        " Press 1 to speak to {engineer:words}.",
    },
    "whisper_goodbye": {
        "es": "No hemos recibido respuesta. Volveremos a llamarle. Adiós.",
        "en": "We have received no answer. We will call you again. Goodbye.",
    },
    "reachability_test_call": {
        "es": "Llamada de prueba de {provider_name}. No es una incidencia. Pulse 4 para confirmar que la recibe bien.",
        "en": "Test call from {provider_name}. This is not an incident. Press 4 to confirm that you hear it well.",
    },
    "canary_call": {
        "es": "Comprobación automática de {provider_name}. No es una incidencia. Adiós.",
        "en": "Automatic check of {provider_name}. This is not an incident. Goodbye.",
    },
    "reachability_test_call_confirmed": {
        "es": "Prueba confirmada. Gracias. Adiós.",
        "en": "Test confirmed. Thank you. Goodbye.",
    },
    "reachability_test_call_goodbye": {
        "es": "La prueba queda sin confirmar. Adiós.",
        "en": "The test stays unconfirmed. Goodbye.",
    },
    "uncovered_call": {
        "es": "Aviso de {provider_name} para responsables. Nadie está de guardia en {schedule:words} desde"
        " {starts_at:time}. Asigne a alguien en la página de cobertura. Repito: nadie está de guardia en"
        " {schedule:words} desde {starts_at:time}. Adiós.",
        "en": "Notice from {provider_name} for managers. Nobody is on call in {schedule:words} from {starts_at:time}."
        " Put somebody on in the coverage page. Once more: nobody is on call in {schedule:words} from"
        " {starts_at:time}. Goodbye.",
    },
    "verification_code_call": {
        "es": "Su código de {provider_name} es {code:digits}. Repito: {code:digits}. Adiós.",
        "en": "Your code from {provider_name} is {code:digits}. Once more: {code:digits}. Goodbye.",
    },
}


def spoken(text: Spoken, language: Language, provider: Provider) -> str:
    """The utterance, with SIMULACRO or DRILL first when it belongs to a drill."""
    return said(text, TEMPLATES, language, provider)


def said(
    text: Text, table: Table, language: Language, provider: Provider, more: Mapping[str, Form] = MappingProxyType({})
) -> str:
    """As `spoken`, of another table; `more` are forms beside ours."""
    values = {field.name: getattr(text, field.name) for field in fields(text)}
    values |= {
        "provider_name": one_line(provider.name, SPOKEN_LENGTH),
        "emergency_phone": provider.emergency_phone,
    }
    words = joined(render(table[text.variant][language], values, {**_forms(language, provider), **more}))
    return f"{DRILL[language]}. {words}" if text.drill else words


def _forms(language: Language, provider: Provider) -> Mapping[str, Form]:
    return {
        "plain": str,
        "words": spoken_words,
        "plan": lambda plan: spoken_words(plan or NO_PLAN[language].capitalize()),
        "digits": digit_by_digit,
        "customers": lambda customers: _customers(customers, language),
        "time": lambda at: spoken_time(at, language, provider),
    }


def _customers(names: Sequence[str], language: Language) -> str:
    """Each once, three at most, and how many more."""
    known = list(dict.fromkeys(spoken_words(name) for name in names))
    more = {"es": "{} más", "en": "{} more"}[language].format(len(known) - NAMED)
    shown = known[:NAMED] + ([more] if len(known) > NAMED else [])
    return f" {AND[language]} ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else "-"


def spoken_words(text: str) -> str:
    """Without its own full stop, because the sentence around it has one."""
    return one_line(text, SPOKEN_LENGTH).rstrip(" .") or "-"

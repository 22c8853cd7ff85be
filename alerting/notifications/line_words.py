"""What is said to people who call us: engineers who call back, customers who activate by telephone, and everybody else.
Nobody meets a closed line. Same rules as `spoken`: one idea per sentence, the key last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerting.notifications.spoken import said, spoken_words
from alerting.notifications.wording import Form, Language, Provider, Table, Text, digit_by_digit, kinds_of, spoken_time


class LineText(Text):
    """One utterance on a call to us; the subclasses are all there are."""


# --- who is it?


@dataclass(frozen=True, kw_only=True)
class AskPin(LineText):
    """To a number that we know; `customer` when it is a customer's."""

    customer: bool = False

    @property
    def variant(self) -> str:
        return "ask_pin_customer" if self.customer else "ask_pin"


@dataclass(frozen=True, kw_only=True)
class PinWrong(LineText):
    pass


@dataclass(frozen=True, kw_only=True)
class PinThrottled(LineText):
    pass


@dataclass(frozen=True, kw_only=True)
class NoPin(LineText):
    """Known by the number, but never chose a PIN."""

    customer: bool = False

    @property
    def variant(self) -> str:
        return "no_pin_customer" if self.customer else "no_pin"


# --- an engineer calls back


@dataclass(frozen=True)
class CalledPage:
    """One open page in the list."""

    customer: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class OpenPages(LineText):
    pages: tuple[CalledPage, ...]

    @property
    def variant(self) -> str:
        return "open_pages" if len(self.pages) > 1 else "open_page"


@dataclass(frozen=True, kw_only=True)
class PageCodeWrong(LineText):
    pass


@dataclass(frozen=True, kw_only=True)
class NothingOpen(LineText):
    pass


@dataclass(frozen=True, kw_only=True)
class AnswerOtherwise(LineText):
    """To an engineer who has not shown who they are: nothing can be accepted on this call."""


# --- a customer activates


@dataclass(frozen=True, kw_only=True)
class ChoosePlan(LineText):
    """Plans by the key that chooses them, from 1 on; with `other`, 0 for whoever does not know which."""

    plans: tuple[str, ...]
    other: bool = False

    @property
    def variant(self) -> str:
        return "choose_plan_or_none" if self.other else "choose_plan"


@dataclass(frozen=True, kw_only=True)
class ChooseMode(LineText):
    pass


@dataclass(frozen=True, kw_only=True)
class ConfirmActivation(LineText):
    """Read back before anything happens; a drill begins by saying that it is one."""

    customer: str
    plan: str | None = None

    @property
    def variant(self) -> str:
        return "confirm_drill" if self.drill else "confirm_activation"


@dataclass(frozen=True, kw_only=True)
class LineWrongKey(LineText):
    pass


@dataclass(frozen=True, kw_only=True)
class NothingActivated(LineText):
    pass


@dataclass(frozen=True, kw_only=True)
class ActivatedByTelephone(LineText):
    """`until`: paged from then on, because the contract covers office hours. `joined`: it was under way already, and
    `repaged`: it had been dealt with, and somebody is looked for anew."""

    reference: str
    until: datetime | None = None
    joined: bool = False
    repaged: bool = False

    @property
    def variant(self) -> str:
        if self.joined:
            return "activation_paged_again" if self.repaged else "activation_joined"
        return "activation_queued" if self.until else "activation_made"


@dataclass(frozen=True, kw_only=True)
class ActivationRefused(LineText):
    """`reason` is entitlement's word."""

    reason: str

    @property
    def variant(self) -> str:
        return "activation_refused_trial" if self.reason == "trial" else "activation_refused"


@dataclass(frozen=True, kw_only=True)
class ActivationKept(LineText):
    """Our database is away; the request is on disk."""


@dataclass(frozen=True, kw_only=True)
class ActivationLost(LineText):
    """Not even the disk took it."""


# --- everybody else


@dataclass(frozen=True, kw_only=True)
class HowToReachUs(LineText):
    """`opens_at`: None while the office is open, or when it is not known. `mail`: where tickets are opened by mail."""

    opens_at: datetime | None = None
    mail: str | None = None


@dataclass(frozen=True, kw_only=True)
class PuttingThrough(LineText):
    pass


@dataclass(frozen=True, kw_only=True)
class NobodyAnswered(LineText):
    pass


@dataclass(frozen=True, kw_only=True)
class CallerWhisper(LineText):
    """To the engineer on call, before anybody hears them. `name` of the customer's contact; None: nobody we know."""

    name: str | None = None
    customer: str | None = None

    @property
    def variant(self) -> str:
        return "caller_whisper" if self.name else "caller_whisper_unknown"


KINDS: Mapping[str, type[LineText]] = kinds_of(LineText)

TEMPLATES: Table = {
    "ask_pin": {
        "es": "{provider_name}, equipo de guardia. Marque su PIN y pulse almohadilla.",
        "en": "{provider_name}, on-call team. Type your PIN and press hash.",
    },
    "ask_pin_customer": {
        "es": "{provider_name}, servicio de guardia. Para activar un plan de contingencia, marque su PIN y pulse"
        " almohadilla. Para hablar con nosotros, espere.",
        "en": "{provider_name}, on-call service. To activate a contingency plan, type your PIN and press hash."
        " To speak to us, please hold.",
    },
    "pin_wrong": {
        "es": "Ese PIN no es correcto. Márquelo otra vez y pulse almohadilla.",
        "en": "That PIN is not right. Type it again and press hash.",
    },
    "pin_throttled": {
        "es": "Ha habido demasiados intentos. Espere unos minutos antes de volver a marcar su PIN.",
        "en": "There have been too many tries. Wait a few minutes before you type your PIN again.",
    },
    "no_pin": {
        "es": "{provider_name}, equipo de guardia. Todavía no tiene PIN: elíjalo en el portal, en Llamarnos.",
        "en": "{provider_name}, on-call team. You have no PIN yet: choose one in the portal, under Calling us.",
    },
    "no_pin_customer": {
        "es": "{provider_name}, servicio de guardia. Para activar por teléfono hace falta un PIN, que se elige en el"
        " portal.",
        "en": "{provider_name}, on-call service. To activate by telephone you need a PIN, which is chosen in the"
        " portal.",
    },
    "open_page": {
        "es": "Tiene un aviso abierto. {pages:pages}. Marque las dos cifras del código de su SMS, o las siete del"
        " ticket, y pulse almohadilla.",
        "en": "You have one open page. {pages:pages}. Type the two digits of the code in your SMS, or the seven of"
        " the ticket, and press hash.",
    },
    "open_pages": {
        "es": "Tiene varios avisos abiertos. {pages:pages}. Marque las dos cifras del código del SMS del que quiere"
        " contestar, o las siete del ticket, y pulse almohadilla.",
        "en": "You have several open pages. {pages:pages}. Type the two digits of the code in the SMS that you want"
        " to answer, or the seven of the ticket, and press hash.",
    },
    "page_code_wrong": {
        "es": "Ningún aviso suyo tiene ese código.",
        "en": "No page of yours has that code.",
    },
    "nothing_open": {
        "es": "Ahora mismo no tiene ningún aviso pendiente. Adiós.",
        "en": "You have no open page at the moment. Goodbye.",
    },
    "answer_otherwise": {
        "es": "En esta llamada no se puede aceptar ningún aviso. Responda al SMS o use el portal. Adiós.",
        "en": "No page can be accepted on this call. Reply to the SMS or use the portal. Goodbye.",
    },
    "choose_plan": {
        "es": "¿Qué plan quiere activar? {plans:plans}.",
        "en": "Which plan do you want to activate? {plans:plans}.",
    },
    "choose_plan_or_none": {
        "es": "¿Qué plan quiere activar? {plans:plans}. Si no sabe cuál, pulse 0.",
        "en": "Which plan do you want to activate? {plans:plans}. If you do not know which, press 0.",
    },
    "choose_mode": {
        "es": "Si es una emergencia real, pulse 1. Si es un simulacro, pulse 2.",
        "en": "If this is a real emergency, press 1. If it is a drill, press 2.",
    },
    "confirm_activation": {
        "es": "Va a activar {plan:plan}, de {customer:words}. Es una emergencia real y se avisa al equipo de guardia."
        " Para confirmar, pulse 1. Para no activar nada, pulse 2.",
        "en": "You are about to activate {plan:plan}, of {customer:words}. It is a real emergency and the on-call team"
        " is paged. To confirm, press 1. To activate nothing, press 2.",
    },
    "confirm_drill": {
        "es": "Va a ensayar {plan:plan}, de {customer:words}. No es una emergencia. Para confirmar, pulse 1. Para no"
        " empezar nada, pulse 2.",
        "en": "You are about to rehearse {plan:plan}, of {customer:words}. It is no emergency. To confirm, press 1."
        " To begin nothing, press 2.",
    },
    "line_wrong_key": {"es": "Tecla no válida.", "en": "That key is not valid."},
    "nothing_activated": {
        "es": "No se ha activado nada. Adiós.",
        "en": "Nothing was activated. Goodbye.",
    },
    "activation_made": {
        "es": "Activación registrada. Su referencia es {reference:digits}. Repito: {reference:digits}. Estamos avisando"
        " al equipo de guardia, y le llamará un ingeniero. Adiós.",
        "en": "Your activation is recorded. Your reference is {reference:digits}. Once more: {reference:digits}. We are"
        " paging the on-call team, and an engineer will call you. Goodbye.",
    },
    "activation_queued": {
        "es": "Solicitud registrada. Su referencia es {reference:digits}. Repito: {reference:digits}. Su contrato la"
        " atiende desde {until:day}.< Si no puede esperar, llame al {emergency_phone:digits}.> Adiós.",
        "en": "Your request is recorded. Your reference is {reference:digits}. Once more: {reference:digits}. Your"
        " contract covers it from {until:day}.< If it cannot wait, call {emergency_phone:digits}.> Goodbye.",
    },
    "activation_joined": {
        "es": "Esa contingencia ya está en marcha con la referencia {reference:digits}. Repito: {reference:digits}."
        " Le tendremos informado también a usted. Adiós.",
        "en": "That contingency is already under way as {reference:digits}. Once more: {reference:digits}. You will be"
        " kept informed too. Goodbye.",
    },
    "activation_paged_again": {
        "es": "Esa contingencia sigue abierta con la referencia {reference:digits}. Volvemos a avisar al equipo de"
        " guardia, y le llamará un ingeniero. Adiós.",
        "en": "That contingency is still open as {reference:digits}. We are paging the on-call team again, and an"
        " engineer will call you. Goodbye.",
    },
    "activation_refused": {
        "es": "Su contrato no cubre ese plan a esta hora, y no se ha activado nada.< Si es una urgencia, llame al"
        " {emergency_phone:digits}.>",
        "en": "Your contract does not cover that plan at this hour, and nothing was activated.< If it is an emergency,"
        " call {emergency_phone:digits}.>",
    },
    "activation_refused_trial": {
        "es": "Con un contrato de prueba solo se pueden hacer simulacros, y no se ha activado nada.< Si es una"
        " urgencia, llame al {emergency_phone:digits}.>",
        "en": "A trial contract allows drills only, and nothing was activated.< If it is an emergency, call"
        " {emergency_phone:digits}.>",
    },
    "activation_kept": {
        "es": "No podemos abrir el ticket en este momento. Su petición queda guardada y se tramita en cuanto sea"
        " posible.< Llame también al {emergency_phone:digits}.> Adiós.",
        "en": "We cannot open the ticket at this moment. Your request is kept and will be made as soon as possible."
        "< Call {emergency_phone:digits} as well.> Goodbye.",
    },
    "activation_lost": {
        "es": "No podemos registrar su petición.< Llame al {emergency_phone:digits}.> Adiós.",
        "en": "We cannot record your request.< Call {emergency_phone:digits}.> Goodbye.",
    },
    "how_to_reach_us": {
        "es": "Servicio de guardia de {provider_name}. Para abrir un ticket a cualquier hora, entre en el portal"
        "< o escriba a {mail:mail}>.< La oficina abre {opens_at:day}.>< Si tiene una urgencia, llame al"
        " {emergency_phone:digits}.> Adiós.",
        "en": "On-call service of {provider_name}. To open a ticket at any hour, use the portal< or write to"
        " {mail:mail}>.< The office opens {opens_at:day}.>< If you have an emergency, call {emergency_phone:digits}.>"
        " Goodbye.",
    },
    "putting_through": {
        "es": "Le pasamos con la persona de guardia. No cuelgue.",
        "en": "We are putting you through to the person on call. Please hold.",
    },
    "nobody_answered": {"es": "No ha podido contestar nadie.", "en": "Nobody was able to answer."},
    "caller_whisper": {
        "es": "Llamada de {name:words}, de {customer:words}, a la guardia de {provider_name}. Pulse 1 para hablar.",
        "en": "Call from {name:words}, of {customer:words}, to the on-call line of {provider_name}. Press 1 to speak.",
    },
    "caller_whisper_unknown": {
        "es": "Llamada de un número desconocido a la guardia de {provider_name}. Pulse 1 para hablar.",
        "en": "Call from an unknown number to the on-call line of {provider_name}. Press 1 to speak.",
    },
}

_DAYS: Mapping[Language, tuple[str, ...]] = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_AT: Mapping[Language, tuple[str, str]] = {"es": (" arroba ", " punto "), "en": (" at ", " dot ")}


def line(text: LineText, language: Language, provider: Provider) -> str:
    """The utterance, with SIMULACRO or DRILL first when it belongs to a drill."""
    return said(text, TEMPLATES, language, provider, _forms(language, provider))


def _forms(language: Language, provider: Provider) -> Mapping[str, Form]:
    return {
        "day": lambda at: _day(at, language, provider),
        "mail": lambda address: address.replace("@", _AT[language][0]).replace(".", _AT[language][1]),
        "pages": lambda pages: ". ".join(
            f"{spoken_words(page.customer)}, ticket {digit_by_digit(page.reference)}" for page in pages
        ),
        "plans": lambda plans: _choices(plans, language),
    }


def _choices(plans: Sequence[str], language: Language) -> str:
    template = {"es": "Para {}, pulse {}", "en": "For {}, press {}"}[language]
    return ". ".join(template.format(spoken_words(plan), key) for key, plan in enumerate(plans, 1))


def _day(at: datetime, language: Language, provider: Provider) -> str:
    """`el lunes a las 9 en punto`, `on Monday at 9:00 AM`"""
    day = _DAYS[language][at.astimezone(provider.zone).weekday()]
    time = spoken_time(at, language, provider)
    return f"el {day} a {time}" if language == "es" else f"on {day} at {time}"

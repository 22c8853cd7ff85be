"""What every text message says, in each language: one frozen class per message, one table of templates.

`sms(text, language, provider)` gives exactly one GSM-7 segment: names are shortened and polite words left
out when room is short, never a code, a reference, a telephone number or a link. A message to an engineer
whose sender cannot receive answers is given `code=None` and then does not ask for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from alerting.notifications.gsm7 import SEGMENT, Part, cut, fit, fold, septets
from alerting.notifications.wording import (
    DRILL,
    NO_PLAN,
    Form,
    Language,
    Provider,
    Table,
    Text,
    clock_time,
    day_and_time,
    kinds_of,
    one_line,
    render,
    sms_name,
)

MAX_LINK = 60  # characters; a longer link is left out, because cut it would open nothing
SENDER_LENGTH = 11
LISTED = 4  # pages named in one list; the rest are counted
MOST = 999  # a larger count of minutes, tries or pages is shown as this


MACHINE_EVENTS: Table = {
    "heartbeat.late": {"es": "el trabajo vuelve a no ejecutarse a su hora", "en": "the job has not run in time again"},
    "heartbeat.failed": {"es": "el trabajo vuelve a fallar", "en": "the job has failed again"},
    "heartbeat.back": {"es": "el trabajo ha vuelto a terminar bien", "en": "the job has ended well again"},
    "event.raised": {"es": "la monitorización vuelve a avisar", "en": "monitoring raises it again"},
    "event.resolved": {"es": "la monitorización lo da por resuelto", "en": "monitoring reports it as resolved"},
}
_METRICS: Table = {
    "response": {"es": "respuesta", "en": "response"},
    "contact": {"es": "contacto", "en": "contact"},
    "resolution": {"es": "resolución", "en": "resolution"},
}


class Sms(Text):
    """A text message; the subclasses are all there are."""


# --- to engineers ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PageSms(Sms):
    """`late_minutes` only when the page goes out later than its policy wanted; `step` only past the first."""

    reference: str
    priority: str
    customer: str
    plan: str | None = None
    code: str | None = None
    link: str | None = None
    late_minutes: int | None = None
    step: int | None = None


@dataclass(frozen=True, kw_only=True)
class LastResortSms(Sms):
    """`minutes` since the activation, during which nobody has answered."""

    reference: str
    priority: str
    customer: str
    plan: str | None = None
    minutes: int | None = None
    code: str | None = None
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class ShadowedPageSms(Sms):
    """To whoever learns along: `name` are those who are paged. No answer is wanted."""

    reference: str
    priority: str
    customer: str
    plan: str | None = None
    name: str
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class TakenByOtherSms(Sms):
    reference: str
    name: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class AcknowledgedSms(Sms):
    """To the owner. `phone` is the customer's callback number; without one the link must do."""

    reference: str
    at: datetime
    contact: str | None = None
    phone: str | None = None
    contact_due_at: datetime | None = None
    code: str | None = None
    link: str | None = None

    @property
    def variant(self) -> str:
        return "acknowledged_sms" if self.phone else "acknowledged_sms_without_phone"


@dataclass(frozen=True, kw_only=True)
class AcknowledgedAllSms(Sms):
    references: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class EscalatedSms(Sms):
    """`next`: who is paged now; None when that is not known yet."""

    reference: str
    next: str | None = None
    level: int | None = None

    @property
    def variant(self) -> str:
        return "escalated_sms" if self.next else "escalated_sms_to_nobody_known"


@dataclass(frozen=True, kw_only=True)
class ContactOverdueSms(Sms):
    """The owner is paged again: `minutes` since the acknowledgement."""

    reference: str
    minutes: int
    phone: str | None = None
    code: str | None = None
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContactRecordedSms(Sms):
    reference: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class StandDownSms(Sms):
    reference: str
    at: datetime
    by_customer: bool = True

    @property
    def variant(self) -> str:
        return "stand_down_sms" if self.by_customer else "stand_down_sms_by_provider"


@dataclass(frozen=True, kw_only=True)
class JoinedOwnerSms(Sms):
    """To the owner: somebody else of the customer has activated the same plan."""

    reference: str
    name: str
    customer: str
    phone: str | None = None
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class UnreachableReminderSms(Sms):
    reference: str
    tries: int
    phone: str | None = None
    code: str | None = None
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class UnreachableManagerSms(Sms):
    reference: str
    owner: str
    customer: str
    tries: int
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class PagerDutyStrangerSms(Sms):
    """To managers: `name`, a user of PagerDuty who is nobody of ours, has accepted there. `user` is their id."""

    reference: str
    name: str
    user: str
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class PagerDutyResolvedSms(Sms):
    """To the owner: `name` has resolved the incident in PagerDuty; the ticket is still open."""

    reference: str
    name: str
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class NotUnderstoodSms(Sms):
    """`code` and `reference` of the only open page; without them the answer points at the list."""

    shown: str
    code: str | None = None
    reference: str | None = None

    @property
    def variant(self) -> str:
        return "not_understood_sms" if self.code and self.reference else "not_understood_sms_without_page"


@dataclass(frozen=True)
class ListedPage:
    code: str
    reference: str
    customer: str
    drill: bool = False


@dataclass(frozen=True, kw_only=True)
class OpenPagesSms(Sms):
    """The answer to an ambiguous word and to "?". `drill` when every page of it is one."""

    pages: tuple[ListedPage, ...]


@dataclass(frozen=True, kw_only=True)
class NothingOpenSms(Sms):
    pass


@dataclass(frozen=True, kw_only=True)
class ClosedSms(Sms):
    reference: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class CodeUnknownSms(Sms):
    code: str


@dataclass(frozen=True, kw_only=True)
class NotAvailableSms(Sms):
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class CannotRecordSms(Sms):
    pass


@dataclass(frozen=True, kw_only=True)
class ReachabilityTestSms(Sms):
    at: datetime
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReachabilityTestConfirmedSms(Sms):
    at: datetime


@dataclass(frozen=True, kw_only=True)
class OnCallStartsSms(Sms):
    """`lines` are for the mail alone, which has room; `desk_url` is where the rest stands."""

    schedule: str
    starts_at: datetime
    ends_at: datetime
    relieves: str | None = None
    open_pages: int = 0
    desk_url: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OnCallEndsSms(Sms):
    schedule: str
    ends_at: datetime
    relieved_by: str | None = None
    open_tickets: int = 0
    desk_url: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UnprovenWatchSms(Sms):
    """To whoever is next in line and to the managers: somebody begins a shift and has not shown to be reachable."""

    name: str
    schedule: str
    starts_at: datetime
    covered_by: str | None = None

    @property
    def variant(self) -> str:
        return "unproven_watch_sms_covered" if self.covered_by else "unproven_watch_sms"


@dataclass(frozen=True, kw_only=True)
class ShiftAskedSms(Sms):
    """To whoever may take a colleague's shift. `lines` are for the mail alone."""

    name: str
    schedule: str
    from_at: datetime
    to_at: datetime
    desk_url: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SwapAskedSms(Sms):
    """To the one whose shift from `back_from_at` the asker offers to take in turn."""

    name: str
    schedule: str
    from_at: datetime
    to_at: datetime
    back_from_at: datetime
    back_to_at: datetime
    desk_url: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ShiftYoursSms(Sms):
    """To whoever has taken a shift, or was given it."""

    schedule: str
    from_at: datetime
    to_at: datetime
    instead_of: str | None = None
    desk_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class ShiftTakenSms(Sms):
    """To whoever had it before."""

    name: str
    schedule: str
    from_at: datetime
    to_at: datetime
    desk_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class SwapMadeSms(Sms):
    """To each side: what they have now, and what the other took."""

    name: str
    from_at: datetime
    to_at: datetime
    gone_from_at: datetime
    gone_to_at: datetime
    desk_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class ShiftRequestEndedSms(Sms):
    """`why`: declined (by `name`), expired or void, to the asker; withdrawn (by `name`), to the one who was asked."""

    why: str
    name: str
    schedule: str
    from_at: datetime
    desk_url: str | None = None

    @property
    def variant(self) -> str:
        known = ("declined", "expired", "withdrawn")
        return f"shift_request_ended_sms_{self.why if self.why in known else 'void'}"


@dataclass(frozen=True, kw_only=True)
class UncoveredSms(Sms):
    """To managers: nobody will be on call. `more` gaps are told by the same message; `lines` are for the mail alone,
    which has room. Without `ends_at` no end is in sight."""

    schedule: str
    starts_at: datetime
    ends_at: datetime | None = None
    more: int | None = None
    desk_url: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HandedOverSms(Sms):
    """To the new owner of a ticket."""

    reference: str
    name: str
    customer: str
    phone: str | None = None
    contact_due_at: datetime | None = None
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class HandedOverByYouSms(Sms):
    """To the owner before."""

    reference: str
    name: str


@dataclass(frozen=True, kw_only=True)
class SlaSms(Sms):
    """To the owner and the managers: so much of a promised time has passed, or all of it. `due_at` None while nobody
    knows when it will have."""

    reference: str
    customer: str
    metric: str
    percent: int
    due_at: datetime | None = None
    link: str | None = None

    @property
    def variant(self) -> str:
        return "sla_sms_breached" if self.percent >= 100 else "sla_sms"  # percent


@dataclass(frozen=True, kw_only=True)
class MachineSms(Sms):
    """To the owner of a ticket that monitoring has opened: `event` is what the machine says now."""

    reference: str
    customer: str
    event: str
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProviderCaseSms(Sms):
    """To the owner: the time that the cloud provider has for its answer is over. `name` is the provider."""

    reference: str
    customer: str
    name: str
    case_number: str
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReopenedSms(Sms):
    """To the owner, and from the second time on to the managers."""

    reference: str
    customer: str
    times: int = 1
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class VerificationCodeSms(Sms):
    code: str
    minutes: int = 10


@dataclass(frozen=True, kw_only=True)
class OptedOutManagerSms(Sms):
    """An engineer has answered STOP: the carrier blocks every further message to that telephone."""

    name: str


@dataclass(frozen=True, kw_only=True)
class MethodAddedSms(Sms):
    """To the person, in case that it was somebody else."""

    ending: str


@dataclass(frozen=True, kw_only=True)
class OptedOutSms(Sms):
    """To whoever answered STOP, by another route. `ending`: the last digits of the number."""

    ending: str


@dataclass(frozen=True, kw_only=True)
class DeadMethodSms(Sms):
    """To the owner, by another route: the carrier says that the number cannot be used."""

    ending: str
    by_call: bool = False

    @property
    def variant(self) -> str:
        return "dead_method_sms_by_call" if self.by_call else "dead_method_sms"


@dataclass(frozen=True, kw_only=True)
class DeadMethodManagerSms(Sms):
    name: str
    ending: str
    by_call: bool = False

    @property
    def variant(self) -> str:
        return "dead_method_manager_sms_by_call" if self.by_call else "dead_method_manager_sms"


# --- to customers: no field can carry an engineer's telephone ----------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CustomerReceivedSms(Sms):
    reference: str
    contact_due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerQueuedSms(Sms):
    reference: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class CustomerAcknowledgedSms(Sms):
    reference: str
    name: str
    contact_due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerNobodyYetSms(Sms):
    reference: str


@dataclass(frozen=True, kw_only=True)
class CustomerJoinedSms(Sms):
    reference: str


@dataclass(frozen=True, kw_only=True)
class CustomerUnreachableSms(Sms):
    reference: str
    at: datetime


KINDS: Mapping[str, type[Sms]] = kinds_of(Sms)

TEMPLATES: Table = {
    "page_sms": {
        "es": "{sms_name} {reference}< RETRASADO {late_minutes:count} min> {priority} {customer:name}: {plan:plan}."
        "[1| Nivel {step:count}.]< Responda {code}A=acepto {code}E=escalar.>< {link}>",
        "en": "{sms_name} {reference}< {late_minutes:count} min LATE> {priority} {customer:name}: {plan:plan}."
        "[1| Level {step:count}.]< Reply {code}A=ack {code}E=escalate.>< {link}>",
    },
    "last_resort_sms": {
        "es": "{sms_name} {reference} NADIE HA CONTESTADO[1| en {minutes:count} min]. {priority} {customer:name}: "
        "{plan:plan}.< Responda {code}A=acepto.>< {link}>",
        "en": "{sms_name} {reference} NOBODY HAS ANSWERED[1| in {minutes:count} min]. {priority} {customer:name}: "
        "{plan:plan}.< Reply {code}A=ack.>< {link}>",
    },
    "shadowed_page_sms": {
        "es": "{sms_name} {reference} {priority} {customer:name}[2| {plan:plan}]: se avisa a {name:name}. "
        "Acompaña usted: no tiene que responder.< {link}>",
        "en": "{sms_name} {reference} {priority} {customer:name}[2| {plan:plan}]: {name:name} is paged. "
        "You learn along: no answer needed.< {link}>",
    },
    "taken_by_other_sms": {
        "es": "{sms_name} {reference}: ya lo tiene {name:name} desde {at:since}.[1| No tiene que hacer nada.]",
        "en": "{sms_name} {reference}: already taken by {name:name} at {at:since}.[1| Nothing for you to do.]",
    },
    "acknowledged_sms": {
        "es": "{sms_name} {reference}: aceptado[3| por usted] a {at:since}. Llame ya[2| al cliente]:< {contact:name}>"
        " {phone}.[1| Plazo de contacto {contact_due_at:time}.][4| {code}C=contactado.]< {link}>",
        "en": "{sms_name} {reference}: acknowledged[3| by you] at {at:since}. Call[2| the customer] now:"
        "< {contact:name}> {phone}.[1| Contact due {contact_due_at:time}.][4| {code}C=contacted.]< {link}>",
    },
    "acknowledged_sms_without_phone": {
        "es": "{sms_name} {reference}: aceptado[3| por usted] a {at:since}. No consta teléfono del cliente."
        "[1| Plazo de contacto {contact_due_at:time}.][4| {code}C=contactado.]< {link}>",
        "en": "{sms_name} {reference}: acknowledged[3| by you] at {at:since}. No phone on file for the customer."
        "[1| Contact due {contact_due_at:time}.][4| {code}C=contacted.]< {link}>",
    },
    "acknowledged_all_sms": {
        "es": "{sms_name}: avisos aceptados por usted: {references:references}.[1| Llame ya a esos clientes.]",
        "en": "{sms_name}: pages acknowledged by you: {references:references}.[1| Call those customers now.]",
    },
    "escalated_sms": {
        "es": "{sms_name} {reference}: escalado. Avisamos ahora a {next:name}[2| (nivel {level:count})]."
        "[1| Gracias por decirlo.]",
        "en": "{sms_name} {reference}: escalated. Now paging {next:name}[2| (level {level:count})]."
        "[1| Thank you for saying so.]",
    },
    "escalated_sms_to_nobody_known": {
        "es": "{sms_name} {reference}: escalado. Avisamos ahora a la siguiente persona.[1| Gracias por decirlo.]",
        "en": "{sms_name} {reference}: escalated. Now paging the next person.[1| Thank you for saying so.]",
    },
    "contact_overdue_sms": {
        "es": "{sms_name} {reference}: sin contacto con el cliente[1| {minutes:count} min después de aceptar]."
        "[2| Tel. {phone}.]<[3| Responda] {code}C=contactado {code}E=escalar.>< {link}>",
        "en": "{sms_name} {reference}: customer not contacted[1| {minutes:count} min after your ack]."
        "[2| Tel. {phone}.]<[3| Reply] {code}C=contacted {code}E=escalate.>< {link}>",
    },
    "contact_recorded_sms": {
        "es": "{sms_name} {reference}: contacto con el cliente anotado a {at:since}.[1| Gracias.]",
        "en": "{sms_name} {reference}: customer contact recorded at {at:since}.[1| Thank you.]",
    },
    "stand_down_sms": {
        "es": "{sms_name} {reference}: anulado por el cliente a {at:since}.[1| No tiene que hacer nada.]",
        "en": "{sms_name} {reference}: cancelled by the customer at {at:since}.[1| Nothing for you to do.]",
    },
    "stand_down_sms_by_provider": {
        "es": "{sms_name} {reference}: anulado a {at:since}.[1| No tiene que hacer nada.]",
        "en": "{sms_name} {reference}: stood down at {at:since}.[1| Nothing for you to do.]",
    },
    "joined_owner_sms": {
        "es": "{sms_name} {reference}: {name:name} ({customer:name}) se une al aviso que usted lleva."
        "[1| Tel. {phone}.]< {link}>",
        "en": "{sms_name} {reference}: {name:name} ({customer:name}) joins the activation you own."
        "[1| Tel. {phone}.]< {link}>",
    },
    "unreachable_reminder_sms": {
        "es": "{sms_name} {reference}: cliente sin localizar tras {tries:count} intentos."
        "[1| Vuelva a llamar: {phone}.][2| {code}C=contactado.]< {link}>",
        "en": "{sms_name} {reference}: customer not reached after {tries:count} tries."
        "[1| Please call again: {phone}.][2| {code}C=contacted.]< {link}>",
    },
    "unreachable_manager_sms": {
        "es": "{sms_name} {reference}: {owner:name} no localiza a {customer:name} tras {tries:count} intentos."
        "[1| No se avisa a nadie más.]< {link}>",
        "en": "{sms_name} {reference}: {owner:name} cannot reach {customer:name} after {tries:count} tries."
        "[1| Nobody else is paged.]< {link}>",
    },
    "pager_duty_stranger_sms": {
        "es": "{sms_name} {reference}: aceptado en PagerDuty por {name:name}, usuario {user:name}, desconocido aquí."
        "[1| Póngalo en su ficha.]< {link}>",
        "en": "{sms_name} {reference}: acknowledged in PagerDuty by {name:name}, user {user:name}, unknown here."
        "[1| Add it to their entry.]< {link}>",
    },
    "pager_duty_resolved_sms": {
        "es": "{sms_name} {reference}: {name:name} lo ha resuelto en PagerDuty. Aquí sigue abierto: ciérrelo.< {link}>",
        "en": "{sms_name} {reference}: {name:name} has resolved it in PagerDuty. Still open here: close it if done."
        "< {link}>",
    },
    "not_understood_sms": {
        "es": '{sms_name}: no hemos entendido "{shown:name}". Responda {code}A para aceptar o {code}E para escalar '
        "el aviso {reference}.[1| Lista de avisos: responda ?]",
        "en": '{sms_name}: we did not understand "{shown:name}". Reply {code}A to acknowledge or {code}E to escalate '
        "page {reference}.[1| List of pages: reply ?]",
    },
    "not_understood_sms_without_page": {
        "es": '{sms_name}: no hemos entendido "{shown:name}". Para ver sus avisos, responda ?',
        "en": '{sms_name}: we did not understand "{shown:name}". To list your pages, reply ?',
    },
    "open_pages_sms": {
        "es": "{sms_name}: {total:count} avisos. {items:items}Responda {answers}.",
        "en": "{sms_name}: {total:count} pages. {items:items}Reply {answers}.",
    },
    "nothing_open_sms": {
        "es": "{sms_name}: ahora mismo no tiene ningún aviso pendiente.",
        "en": "{sms_name}: you have no open pages right now.",
    },
    "closed_sms": {
        "es": "{sms_name} {reference}: el aviso ya está cerrado desde {at:since}.[1| No tiene que hacer nada.]",
        "en": "{sms_name} {reference}: this page was closed at {at:since}.[1| Nothing for you to do.]",
    },
    "code_unknown_sms": {
        "es": "{sms_name}: {code:name} no es de ningún aviso abierto en este teléfono.[1| Lista: responda ?]",
        "en": "{sms_name}: {code:name} belongs to no page open on this phone.[1| List: reply ?]",
    },
    "not_available_sms": {
        "es": "{sms_name}: esa opción no está disponible por SMS.< Responda {code}A para aceptar o {code}E para"
        " escalar.>",
        "en": "{sms_name}: that option is not available by SMS.< Reply {code}A to acknowledge or {code}E to escalate.>",
    },
    "cannot_record_sms": {
        "es": "{sms_name}: no hemos podido registrar su respuesta. Use el portal o responda de nuevo en un minuto.",
        "en": "{sms_name}: we could not record your answer. Use the portal or reply again in a minute.",
    },
    "reachability_test_sms": {
        "es": "{sms_name} PRUEBA: mensaje de prueba de {at:since}.< Responda {code}A para confirmar que puede"
        " contestar.> No es una incidencia.",
        "en": "{sms_name} TEST: test message sent at {at:since}.< Reply {code}A to confirm that you can answer.>"
        " This is not an incident.",
    },
    "reachability_test_confirmed_sms": {
        "es": "{sms_name} PRUEBA: confirmada a {at:since}. Gracias.",
        "en": "{sms_name} TEST: confirmed at {at:since}. Thank you.",
    },
    "on_call_starts_sms": {
        "es": "{sms_name} guardia: entra usted de guardia ({schedule:name}) {starts_at:day} hasta {ends_at:day}."
        "[2| Releva a {relieves:name}.][1| Avisos abiertos: {open_pages:count}.]",
        "en": "{sms_name} on call: you are on call ({schedule:name}) {starts_at:day} until {ends_at:day}."
        "[2| You relieve {relieves:name}.][1| Open pages: {open_pages:count}.]",
    },
    "on_call_ends_sms": {
        "es": "{sms_name} guardia: termina su guardia ({schedule:name}) {ends_at:day}.[2| Entra {relieved_by:name}.]"
        "[1| Avisos abiertos a su nombre: {open_tickets:count}.]",
        "en": "{sms_name} on call: your shift ({schedule:name}) ends {ends_at:day}.[2| {relieved_by:name} takes over.]"
        "[1| Open tickets in your name: {open_tickets:count}.]",
    },
    "unproven_watch_sms": {
        "es": "{sms_name} guardia: {name:name} entra de guardia ({schedule:name}) {starts_at:day} y no ha confirmado la"
        " prueba.[1| Puede que no conteste.]",
        "en": "{sms_name} on call: {name:name} goes on call ({schedule:name}) {starts_at:day} and has not confirmed the"
        " test.[1| They may not answer.]",
    },
    "unproven_watch_sms_covered": {
        "es": "{sms_name} guardia: {name:name} no ha confirmado la prueba y su guardia ({schedule:name}) del"
        " {starts_at:day} pasa a {covered_by:name}.",
        "en": "{sms_name} on call: {name:name} has not confirmed the test, so the shift ({schedule:name}) of"
        " {starts_at:day} goes to {covered_by:name}.",
    },
    "shift_asked_sms": {
        "es": "{sms_name} guardia: {name:name} pide relevo ({schedule:name}) {from_at:day} - {to_at:day}."
        "[1| Responda en el portal.]",
        "en": "{sms_name} on call: {name:name} asks for cover ({schedule:name}) {from_at:day} - {to_at:day}."
        "[1| Answer in the portal.]",
    },
    "swap_asked_sms": {
        "es": "{sms_name} guardia: {name:name} le ofrece su guardia< ({schedule:name})> {from_at:day} - {to_at:day} por"
        " la suya {back_from_at:day} - {back_to_at:day}.",
        "en": "{sms_name} on call: {name:name} offers< ({schedule:name})> {from_at:day} - {to_at:day} for your"
        " {back_from_at:day} - {back_to_at:day}.",
    },
    "shift_yours_sms": {
        "es": "{sms_name} guardia: es suya la guardia ({schedule:name}) {from_at:day} - {to_at:day}"
        "[1|< en lugar de {instead_of:name}>].",
        "en": "{sms_name} on call: the shift ({schedule:name}) {from_at:day} - {to_at:day} is yours"
        "[1|< instead of {instead_of:name}>].",
    },
    "shift_taken_sms": {
        "es": "{sms_name} guardia: {name:name} hace su guardia ({schedule:name}) {from_at:day} - {to_at:day}.",
        "en": "{sms_name} on call: {name:name} takes your shift ({schedule:name}) {from_at:day} - {to_at:day}.",
    },
    "swap_made_sms": {
        "es": "{sms_name} guardia: cambio hecho. Usted hace {from_at:day} - {to_at:day}; {name:name}"
        " {gone_from_at:day} - {gone_to_at:day}.",
        "en": "{sms_name} on call: swapped. You take {from_at:day} - {to_at:day}; {name:name} takes"
        " {gone_from_at:day} - {gone_to_at:day}.",
    },
    "shift_request_ended_sms_declined": {
        "es": "{sms_name} guardia: {name:name} no puede hacer su guardia ({schedule:name}) del {from_at:day}."
        " Sigue siendo suya.",
        "en": "{sms_name} on call: {name:name} cannot take your shift ({schedule:name}) of {from_at:day}."
        " It is still yours.",
    },
    "shift_request_ended_sms_expired": {
        "es": "{sms_name} guardia: nadie ha tomado su guardia ({schedule:name}) del {from_at:day}. Sigue siendo suya.",
        "en": "{sms_name} on call: nobody took your shift ({schedule:name}) of {from_at:day}. It is still yours.",
    },
    "shift_request_ended_sms_void": {
        "es": "{sms_name} guardia: su petición ({schedule:name}) del {from_at:day} queda sin efecto: el calendario ha"
        " cambiado.",
        "en": "{sms_name} on call: your request ({schedule:name}) of {from_at:day} is void: the rota has changed.",
    },
    "shift_request_ended_sms_withdrawn": {
        "es": "{sms_name} guardia: {name:name} retira su petición ({schedule:name}) del {from_at:day}."
        "[1| No tiene que hacer nada.]",
        "en": "{sms_name} on call: {name:name} withdraws the request ({schedule:name}) of {from_at:day}."
        "[1| Nothing for you to do.]",
    },
    "uncovered_sms": {
        "es": "{sms_name} guardia: NADIE de guardia ({schedule:name}) desde {starts_at:day}< hasta {ends_at:day}>."
        "[1| Otros huecos: {more:count}.][2| Asigne a alguien en Cobertura.]",
        "en": "{sms_name} on call: NOBODY on call ({schedule:name}) from {starts_at:day}< until {ends_at:day}>."
        "[1| Other gaps: {more:count}.][2| Put somebody on in Coverage.]",
    },
    "handed_over_sms": {
        "es": "{sms_name} {reference}: {name:name} le pasa el ticket de {customer:name}.[2| Tel. {phone}.]"
        "[1| Plazo de contacto {contact_due_at:time}.]< {link}>",
        "en": "{sms_name} {reference}: {name:name} hands you the ticket of {customer:name}.[2| Tel. {phone}.]"
        "[1| Contact due {contact_due_at:time}.]< {link}>",
    },
    "handed_over_by_you_sms": {
        "es": "{sms_name} {reference}: el ticket lo lleva ahora {name:name}.[1| Gracias.]",
        "en": "{sms_name} {reference}: {name:name} has the ticket now.[1| Thank you.]",
    },
    "sla_sms": {
        "es": "{sms_name} {reference} {customer:name}: {percent:count} % del plazo de {metric:metric}"
        "[1|, vence {due_at:day}].< {link}>",
        "en": "{sms_name} {reference} {customer:name}: {percent:count}% of the time to {metric:metric}"
        "[1|, due {due_at:day}].< {link}>",
    },
    "sla_sms_breached": {
        "es": "{sms_name} {reference} {customer:name}: incumplido el plazo de {metric:metric}[1|, {due_at:day}]."
        "< {link}>",
        "en": "{sms_name} {reference} {customer:name}: the time to {metric:metric} is exceeded[1|, {due_at:day}]."
        "< {link}>",
    },
    "machine_sms": {
        "es": "{sms_name} {reference} {customer:name}: {event:event}.< {link}>",
        "en": "{sms_name} {reference} {customer:name}: {event:event}.< {link}>",
    },
    "provider_case_sms": {
        "es": "{sms_name} {reference} {customer:name}: {name:name} no ha respondido a tiempo al caso "
        "{case_number:name}. Insista.< {link}>",
        "en": "{sms_name} {reference} {customer:name}: {name:name} has not answered case {case_number:name} in time. "
        "Press them.< {link}>",
    },
    "reopened_sms": {
        "es": "{sms_name} {reference}: {customer:name} ha reabierto el ticket (vez {times:count}).< {link}>",
        "en": "{sms_name} {reference}: {customer:name} has reopened the ticket (time {times:count}).< {link}>",
    },
    "verification_code_sms": {
        "es": "Su código de {sms_name} Guardia es {code}. Caduca en {minutes:count} minutos. No lo comparta"
        "[1|: nunca se lo pediremos por teléfono].",
        "en": "Your {sms_name} Guardia code is {code}. It expires in {minutes:count} minutes. Do not share it"
        "[1|: we will never ask for it by telephone].",
    },
    "method_added_sms": {
        "es": "{sms_name}: su medio de contacto ...{ending} está verificado y en uso. Si no ha sido usted, avise a su"
        " responsable.",
        "en": "{sms_name}: your contact method ...{ending} is verified and in use. If that was not you, tell your"
        " manager.",
    },
    "opted_out_sms": {
        "es": "{sms_name}: ha respondido STOP y ya no recibe SMS de guardia en el ...{ending}."
        "[1| Las llamadas siguen.] Para volver: envíe START desde ese teléfono.",
        "en": "{sms_name}: you answered STOP and get no more on-call SMS on ...{ending}."
        "[1| Calls go on.] To come back: send START from that phone.",
    },
    "dead_method_sms": {
        "es": "{sms_name}: los SMS al ...{ending} no llegan y ya no se usan.[1| Corrija sus medios de contacto"
        " en el portal.]",
        "en": "{sms_name}: SMS to ...{ending} do not arrive and are not used any more.[1| Put your contact methods"
        " right in the portal.]",
    },
    "dead_method_sms_by_call": {
        "es": "{sms_name}: las llamadas al ...{ending} no llegan y ya no se hacen.[1| Corrija sus medios de contacto"
        " en el portal.]",
        "en": "{sms_name}: calls to ...{ending} do not arrive and are not made any more.[1| Put your contact methods"
        " right in the portal.]",
    },
    "dead_method_manager_sms": {
        "es": "{sms_name}: los SMS a {name:name} (...{ending}) no llegan y ya no se usan.[1| Avísele.]",
        "en": "{sms_name}: SMS to {name:name} (...{ending}) do not arrive and are not used any more.[1| Let them"
        " know.]",
    },
    "dead_method_manager_sms_by_call": {
        "es": "{sms_name}: las llamadas a {name:name} (...{ending}) no llegan y ya no se hacen.[1| Avísele.]",
        "en": "{sms_name}: calls to {name:name} (...{ending}) do not arrive and are not made any more.[1| Let them"
        " know.]",
    },
    "opted_out_manager_sms": {
        "es": "{sms_name}: {name:name} ha respondido STOP y ya no recibe SMS de guardia.[1| Las llamadas siguen.] "
        "Para volver: responder START.",
        "en": "{sms_name}: {name:name} answered STOP and gets no more on-call SMS.[1| Calls go on.] "
        "To come back: reply START.",
    },
    "customer_received_sms": {
        "es": "{sms_name}: recibida su activación de contingencia {reference}. Avisando al equipo de guardia."
        "[1| Le llamaremos antes de {contact_due_at:since}.]< Urgencias: {emergency_phone}.>",
        "en": "{sms_name}: contingency activation {reference} received. We are alerting the on-call team."
        "[1| We will call you before {contact_due_at:since}.]< Emergencies: {emergency_phone}.>",
    },
    "customer_queued_sms": {
        "es": "{sms_name}: activación {reference} registrada fuera de horario. La atenderemos el {until:day}."
        "< Si no puede esperar, llame al {emergency_phone}.>",
        "en": "{sms_name}: activation {reference} recorded outside service hours. We will attend to it on {until:day}."
        "< If it cannot wait, call {emergency_phone}.>",
    },
    "customer_acknowledged_sms": {
        "es": "{sms_name} {reference}: {name:name} se ocupa y le llamará[1| antes de {contact_due_at:since}]."
        "< Urgencias: {emergency_phone}.>",
        "en": "{sms_name} {reference}: {name:name} is on it and will call you[1| before {contact_due_at:since}]."
        "< Emergencies: {emergency_phone}.>",
    },
    "customer_nobody_yet_sms": {
        "es": "{sms_name} {reference}: todavía no ha respondido nadie del equipo. Seguimos llamando."
        "< También puede llamar al {emergency_phone}.>",
        "en": "{sms_name} {reference}: nobody of the team has answered yet. We keep calling."
        "< You can also call {emergency_phone}.>",
    },
    "customer_joined_sms": {
        "es": "{sms_name}: ya estaba activada la contingencia {reference}. Queda unido a ella y le informaremos."
        "< Urgencias: {emergency_phone}.>",
        "en": "{sms_name}: contingency {reference} was already active. You have joined it and will be kept informed."
        "< Emergencies: {emergency_phone}.>",
    },
    "customer_unreachable_sms": {
        "es": "{sms_name} {reference}: le hemos llamado y no hemos podido hablar con usted ({at:time})."
        "< Llámenos al {emergency_phone}.>",
        "en": "{sms_name} {reference}: we have called you and could not reach you ({at:time})."
        "< Please call {emergency_phone}.>",
    },
}


def sms(text: Sms, language: Language, provider: Provider) -> str:
    """The message in one GSM-7 segment, with SIMULACRO or DRILL first when it belongs to a drill."""
    if isinstance(text, OpenPagesSms):
        return _open_pages(text, language, provider)
    return fit(_parts(text, text.variant, _values(text), language, provider))


def _values(text: Sms) -> dict[str, Any]:
    values = {field.name: getattr(text, field.name) for field in fields(text)}
    if len(values.get("link") or "") > MAX_LINK:
        values["link"] = None
    return values


def _parts(text: Sms, variant: str, values: Mapping[str, Any], language: Language, provider: Provider) -> list[Part]:
    prefix = [Part(DRILL[language] + " ")] if text.drill else []
    own = {
        "sms_name": cut(fold(one_line(provider.sms_name or provider.name, SENDER_LENGTH)), SENDER_LENGTH),
        "emergency_phone": provider.emergency_phone,
    }
    return prefix + render(TEMPLATES[variant][language], {**values, **own}, _forms(language, provider))


def _forms(language: Language, provider: Provider) -> Mapping[str, Form]:
    def since(at: datetime) -> str:
        local = at.astimezone(provider.zone)
        article = {"es": "la " if local.hour == 1 else "las ", "en": ""}[language]
        return article + clock_time(at, provider)

    return {
        "plain": str,
        "name": sms_name,
        "plan": lambda plan: sms_name(plan or NO_PLAN[language]),
        "count": lambda count: str(min(count, MOST)),
        "time": lambda at: clock_time(at, provider),
        "since": since,
        "metric": lambda metric: _METRICS[metric][language],
        "event": lambda event: MACHINE_EVENTS[event][language],
        "day": lambda at: day_and_time(at, language, provider),
        "references": lambda references: _some(references, language),
        "items": str,
    }


def _some(references: Sequence[str], language: Language) -> str:
    more = {"es": "y {} más", "en": "and {} more"}[language].format(min(len(references) - LISTED, MOST))
    return ", ".join(references[:LISTED]) + (f" {more}" if len(references) > LISTED else "")


def _open_pages(text: OpenPagesSms, language: Language, provider: Provider) -> str:
    """As many pages as one segment holds, each with its code and reference whole, then how many more."""
    if not text.pages:
        return sms(NothingOpenSms(drill=text.drill), language, provider)
    for listed in range(min(len(text.pages), LISTED), 0, -1):
        message = fit(_listing(text, listed, language, provider))
        if septets(message) <= SEGMENT:
            return message
    return message


def _listing(text: OpenPagesSms, listed: int, language: Language, provider: Provider) -> list[Part]:
    """The template with the pages' own parts in the place of `{items}`, so that names share the room."""
    shown, hidden = text.pages[:listed], len(text.pages) - listed
    values = {
        "total": len(text.pages),
        "items": "\0",
        "answers": _answers([page.code for page in shown], len(text.pages), language),
    }
    head, _, tail = _split(_parts(text, text.variant, values, language, provider))
    items: list[Part] = []
    for page in shown:
        mark = f"{DRILL[language]} " if page.drill and not text.drill else ""
        items += [Part(f"{page.code}: {page.reference} {mark}"), Part(sms_name(page.customer), shorten=True)]
        items.append(Part(". "))
    if hidden:
        items.append(Part({"es": "Y {} más. ", "en": "And {} more. "}[language].format(min(hidden, MOST))))
    return [*head, *items, *tail]


def _split(parts: list[Part]) -> tuple[list[Part], Part, list[Part]]:
    at = next(index for index, part in enumerate(parts) if part.text == "\0")
    return parts[:at], parts[at], parts[at + 1 :]


def _answers(codes: Sequence[str], total: int, language: Language) -> str:
    """`47A`, or `47A o 61A (AA=todos)`: two examples are enough to see the pattern."""
    joint = {"es": " o ", "en": " or "}[language].join(f"{code}A" for code in codes[:2])
    every = {"es": " (AA=todos)", "en": " (AA=all)"}[language]
    return joint + (every if total > 1 else "")

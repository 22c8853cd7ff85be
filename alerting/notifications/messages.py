"""What every text message says, in each language: one frozen class per message.

`sms(text, language, provider)` gives exactly one GSM-7 segment: names are shortened and polite words left
out when room is short, never a code, a reference, a telephone number or a link. A message to an engineer
whose sender cannot receive answers is given `code=None` and then does not ask for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from alerting.notifications.gsm7 import SEGMENT, Part, cut, fit, fold, septets
from alerting.notifications.message_templates import TEMPLATES
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
class SeveralPagesSms(Sms):
    """One page for several tickets, because they had to wait for each other."""

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
class AnsweredSms(Sms):
    """To the owner, or by mail to the team: the customer has written. `lines`, what they wrote, are for the mail
    alone: nobody else's words travel under our sender's name."""

    reference: str
    customer: str
    desk_url: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HolidaysSms(Sms):
    """To managers: a list of public holidays is not confirmed. `more` lists are told by the same message; `lines` are
    for the mail alone."""

    calendar: str
    year: int
    more: int | None = None
    desk_url: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DrillChangedSms(Sms):
    """To managers: a planned drill was moved to another date or called off by itself, or was broken off while it ran.
    `starts_at`: its new date, or the one that it had."""

    customer: str
    plan: str
    change: Literal["moved", "called_off", "broken_off"]
    starts_at: datetime
    desk_url: str | None = None

    @property
    def variant(self) -> str:
        return f"drill_changed_sms_{self.change}"


@dataclass(frozen=True, kw_only=True)
class DrillsOverdueSms(Sms):
    """To managers: a plan has gone without a drill for too long. `more` plans are told by the same message; `lines`,
    all of them, are for the mail alone."""

    customer: str
    plan: str
    months: int
    more: int | None = None
    desk_url: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VerificationCodeSms(Sms):
    code: str
    minutes: int = 10


@dataclass(frozen=True, kw_only=True)
class OptedOutManagerSms(Sms):
    """An engineer has answered STOP: the carrier blocks every further message to that telephone."""

    name: str


@dataclass(frozen=True, kw_only=True)
class PagerDutyRotaSms(Sms):
    """To managers: a rota that is kept in PagerDuty has not been read for long (`read_at` None: never), or has nobody
    on it."""

    rotation: str
    read_at: datetime | None = None
    empty: bool = False

    @property
    def variant(self) -> str:
        if self.empty:
            return "pager_duty_rota_sms_empty"
        return "pager_duty_rota_sms" if self.read_at else "pager_duty_rota_sms_never_read"


@dataclass(frozen=True, kw_only=True)
class PagerDutyRotaStrangerSms(Sms):
    """To managers: somebody is on call in PagerDuty who is nobody here."""

    rotation: str
    name: str
    user: str
    from_at: datetime


@dataclass(frozen=True, kw_only=True)
class MethodAddedSms(Sms):
    """To the person, in case that it was somebody else. `ending` is empty for one that has none: PagerDuty."""

    ending: str

    @property
    def variant(self) -> str:
        return "method_added_sms" if self.ending else "method_added_sms_pagerduty"


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


@dataclass(frozen=True, kw_only=True)
class CarrierRefusesSms(Sms):
    """To managers, by another route: the account, a sender number or a permission is at fault. `error`: the
    carrier's code."""

    error: str
    by_call: bool = False

    @property
    def variant(self) -> str:
        return "carrier_refuses_sms_by_call" if self.by_call else "carrier_refuses_sms"


@dataclass(frozen=True, kw_only=True)
class CanarySms(Sms):
    """To the operator's own telephone: shows that pages would get through."""


@dataclass(frozen=True, kw_only=True)
class CanaryMissedSms(Sms):
    """To managers: the canary of `at` did not come through."""

    at: datetime
    by_call: bool = False

    @property
    def variant(self) -> str:
        return "canary_missed_sms_by_call" if self.by_call else "canary_missed_sms"


@dataclass(frozen=True, kw_only=True)
class CanaryHeardSms(Sms):
    """To managers, after one that was missed."""

    at: datetime
    by_call: bool = False

    @property
    def variant(self) -> str:
        return "canary_heard_sms_by_call" if self.by_call else "canary_heard_sms"


@dataclass(frozen=True, kw_only=True)
class CarrierFaultSms(Sms):
    """To managers: something is wrong with our account at the carrier, or with a number of it. `fault` is refused,
    suspended, low_balance or number."""

    fault: str
    number: str | None = None
    detail: str | None = None

    @property
    def variant(self) -> str:
        return f"carrier_fault_sms_{self.fault}"


@dataclass(frozen=True, kw_only=True)
class CarrierWellSms(Sms):
    """To managers, after a fault of the account."""


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
class CustomerDrillUnansweredSms(Sms):
    reference: str


@dataclass(frozen=True, kw_only=True)
class CustomerJoinedSms(Sms):
    reference: str


@dataclass(frozen=True, kw_only=True)
class CustomerUnreachableSms(Sms):
    reference: str
    at: datetime


KINDS: Mapping[str, type[Sms]] = kinds_of(Sms)


def sms(text: Sms, language: Language, provider: Provider) -> str:
    """The message in one GSM-7 segment, with SIMULACRO or DRILL first when it belongs to a drill."""
    if isinstance(text, OpenPagesSms | SeveralPagesSms):
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


def _open_pages(text: OpenPagesSms | SeveralPagesSms, language: Language, provider: Provider) -> str:
    """As many pages as one segment holds, each with its code and reference whole, then how many more."""
    if not text.pages:
        return sms(NothingOpenSms(drill=text.drill), language, provider)
    for listed in range(min(len(text.pages), LISTED), 0, -1):
        message = fit(_listing(text, listed, language, provider))
        if septets(message) <= SEGMENT:
            return message
    return message


def _listing(text: OpenPagesSms | SeveralPagesSms, listed: int, language: Language, provider: Provider) -> list[Part]:
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

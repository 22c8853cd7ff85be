"""A call that we placed: what its person hears, and what their keys do. Each function is one request of the carrier;
what was recorded is told only after its transaction has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from alerting.escalation import service as escalations
from alerting.notifications import rendering, spoken, statuses, unanswered
from alerting.notifications.attempts import AttemptState, voice_state
from alerting.notifications.models import AttemptRow
from alerting.notifications.spoken import Spoken
from alerting.notifications.statuses import Reported
from alerting.notifications.wording import from_facts
from alerting.runtime import Runtime
from alerting.work import CANARY, Work
from core.audit.chain import SYSTEM, LogActor
from core.queue import nudge
from webhooks import receipts, twiml
from webhooks.inbound import bundled
from webhooks.inbound.addresses import Addresses
from webhooks.inbound.bundled import Told
from webhooks.inbound.situations import TEST, Seen, as_language, looking, seen_by, ticket_of
from webhooks.several import NEXT_KEY, SeveralState
from webhooks.voice import Command, End, MenuAnswer, MenuState, Phase, Standing, menu_step, open_call, told

KEYS, DETECTED = "twilio-keys", "twilio-machine"
VERIFICATION, NOTICE = "verification", "notice"
TO_TELL = "="  # begins a kept answer that names a command: what has come of it is looked up when it is told


@dataclass(frozen=True)
class Key:
    """One answer of a caller: the digit, or None for silence, to question number `turn` of call `sid`."""

    sid: str
    state: MenuState
    turn: int
    digit: str | None

    @property
    def receipt(self) -> str:
        return f"{self.sid}/{self.turn}/{self.state.token}/{self.digit or ''}"


def picked_up(runtime: Runtime, token: str, sid: str, answered_by: str | None) -> str | None:
    """The call was answered, by a person or a machine. None for an unknown token."""
    with runtime.work() as work:
        attempt = statuses.locked(work, token)
        if attempt is None or attempt.channel != "voice":
            return None
        state = voice_state("in-progress", None, answered_by, pressed=False)
        if statuses.apply(work, attempt, Reported("in-progress", state, sid)):
            unanswered.follow_up(work, attempt, call_again=runtime.settings.repeat_calls)
        if state is AttemptState.VOICEMAIL or _is_machines(attempt, sid):
            return _left_on_a_machine(runtime, work, attempt)
        pages = bundled.open_pages(work, attempt)
        if len(pages) > 1:
            return bundled.greeted(runtime, work, attempt, pages)
        if pages:  # the others have been answered since
            attempt = pages[0].attempt
        seen = seen_by(work, attempt, ticket_of(work, attempt, locked=False))
        if seen is None:
            return _said_once(work, attempt, from_facts(spoken.KINDS, attempt.template, _facts(runtime, attempt)))
        return say(runtime, work, attempt, seen, 0, open_call(seen.situation))


def detected(runtime: Runtime, token: str, sid: str, answered_by: str) -> bool:
    """The carrier's opinion of who listens, some seconds into the call: a hint. Whoever has pressed a key is a person.
    False for an unknown token."""
    with runtime.work() as work:
        attempt = statuses.locked(work, token)
        if attempt is None or attempt.channel != "voice":
            return False
        if not receipts.claim(work.session, DETECTED, f"{sid}/{answered_by}", work.now).first:
            return True
        is_machine = voice_state("in-progress", None, answered_by, pressed=False) is AttemptState.VOICEMAIL
        machine = is_machine and not _has_pressed(work, sid)
        if statuses.apply(work, attempt, Reported(answered_by, AttemptState.VOICEMAIL if machine else None, sid)):
            unanswered.follow_up(work, attempt, call_again=runtime.settings.repeat_calls)
            nudge(work.session, "pages", unanswered.LEAVE_MESSAGE, attempt.id)
        return True


def pressed(runtime: Runtime, token: str, key: Key) -> str | None:
    """A key, or silence. The same request again does nothing and hears the same. None for an unknown token."""
    with runtime.work() as work:
        found = locked(work, token)
        if found is None:
            return None
        attempt, seen = found
        receipt = receipts.claim(work.session, KEYS, key.receipt, work.now)
        heard = _carried_out(runtime, work, attempt, seen, key) if receipt.first else receipt.answer
    if heard is None:
        return tell(runtime, token, key.turn, None)
    if heard.startswith(TO_TELL):
        return tell(runtime, token, key.turn, Command[heard.removeprefix(TO_TELL)])
    return heard


def pressed_for_all(
    runtime: Runtime, token: str, sid: str, state: SeveralState, turn: int, digit: str | None
) -> str | None:
    """A key, or silence, on a call for several tickets. None for an unknown token."""
    heard = bundled.pressed(runtime, token, sid, state, turn, digit)
    if heard != "":
        return heard
    first = bundled.first_left(runtime, token)
    return tell(runtime, first, turn, None) if first else None


def tell(runtime: Runtime, token: str, turn: int, command: Command | None) -> str | None:
    """What has come of a command, by a look at what was committed; without one, where the page stands."""
    with looking(runtime) as work:
        attempt = by_token(work, token)
        seen = seen_by(work, attempt, ticket_of(work, attempt, locked=False)) if attempt else None
        if attempt is None or seen is None:
            return None
        answer = told(command, seen.situation) if command else open_call(seen.situation)
        return say(runtime, work, attempt, seen, turn, answer)


def locked(work: Work, token: str) -> tuple[AttemptRow, Seen] | None:
    """The attempt and where it stands, ticket first and then attempt locked; None when there is nothing to answer."""
    attempt = by_token(work, token)
    ticket = ticket_of(work, attempt, locked=True) if attempt else None
    attempt = statuses.locked(work, token)
    seen = seen_by(work, attempt, ticket) if attempt else None
    return (attempt, seen) if attempt is not None and seen is not None else None


def by_token(work: Work, token: str) -> AttemptRow | None:
    return work.session.execute(select(AttemptRow).where(AttemptRow.token == token)).scalar_one_or_none()


def say(runtime: Runtime, work: Work, attempt: AttemptRow, seen: Seen, turn: int, answer: MenuAnswer) -> str:
    """The answer as TwiML, in the language of the person on the call. A call for several tickets goes on to the next
    when the menu of one is at its end, unless nobody seems to listen."""
    left = bundled.following(work, attempt)
    if left and answer.next is End.HANG_UP and answer.command is not Command.NO_INPUT:
        return _next(runtime, work, turn, left, answer.say)
    if left and isinstance(answer.next, MenuState) and seen.situation.standing is Standing.OWNED:
        answer = replace(answer, say=(*answer.say, spoken.NextByHash()))
    language = as_language(attempt.language)
    page = seen.stand is not None
    addresses = Addresses(runtime.settings.public_origin, attempt.token, language, turn, page)
    says = [spoken.spoken(text, language, work.config.provider) for text in answer.say]
    if isinstance(answer.next, MenuState):
        return twiml.gather(says, language, addresses.keys(answer.next))
    if answer.next is End.BRIDGE and seen.customer is not None:
        return twiml.dial_customer(
            says,
            language,
            numbers=(seen.customer.number,),
            caller_id=runtime.settings.carrier_account(attempt.carrier).voice_from,
            whisper_url=addresses.whisper(),
            action_url=addresses.bridge(seen.customer.index),
            status_url=addresses.bridge_status(),
        )
    return twiml.say_and_hang_up(says, language)


def _next(runtime: Runtime, work: Work, turn: int, left: Sequence[Told], before: Sequence[Spoken] = ()) -> str:
    following = left[0]
    answer = open_call(following.seen.situation)
    said = [text for text in before if not isinstance(text, spoken.OwnerGoodbye)]
    answer = replace(answer, say=(*said, spoken.NextPage(left=len(left)), *answer.say))
    return say(runtime, work, following.attempt, following.seen, turn, answer)


def _carried_out(runtime: Runtime, work: Work, attempt: AttemptRow, seen: Seen, key: Key) -> str:
    """What to say, or which command's outcome to tell after the commit; kept for a repeated request."""
    if key.digit == NEXT_KEY and (left := bundled.following(work, attempt)):
        heard = _next(runtime, work, key.turn, left)
        receipts.keep_answer(work.session, KEYS, key.receipt, heard)
        return heard
    answer = menu_step(key.state, key.digit, seen.situation)
    if answer.command:
        COMMANDS[answer.command](work, attempt, seen)
    if answer.command and not answer.say:
        heard = TO_TELL + answer.command.name
    else:
        heard = say(runtime, work, attempt, seen, key.turn, answer)
    receipts.keep_answer(work.session, KEYS, key.receipt, heard)
    return heard


def _said_once(work: Work, attempt: AttemptRow, text: spoken.Spoken) -> str:
    language = as_language(attempt.language)
    return twiml.say_and_hang_up([spoken.spoken(text, language, work.config.provider)], language)


def _is_machines(attempt: AttemptRow, sid: str) -> bool:
    """The call was found to be a machine's, and asks again what to say."""
    return attempt.state == AttemptState.VOICEMAIL and attempt.carrier_sid == sid


def _has_pressed(work: Work, sid: str) -> bool:
    return any(not key.endswith("/") for key in receipts.keys_of(work.session, KEYS, f"{sid}/"))


def _left_on_a_machine(runtime: Runtime, work: Work, attempt: AttemptRow) -> str:
    """A machine is no owner of a code, a test on it no urgent page, and a notice says what it says to anybody."""
    if attempt.purpose in (VERIFICATION, CANARY):
        return twiml.say_and_hang_up([], as_language(attempt.language))
    if attempt.purpose == TEST:
        return _said_once(work, attempt, spoken.ReachabilityTestCallGoodbye())
    if attempt.purpose == NOTICE:
        return _said_once(work, attempt, from_facts(spoken.KINDS, attempt.template, attempt.facts))
    language = as_language(attempt.language)
    text = spoken.Voicemail(
        reference=str(attempt.facts.get("reference", "")),
        phone=runtime.settings.carrier_account(attempt.carrier).voice_from,
        drill=bool(attempt.facts.get("drill")),
    )
    keys = Addresses(runtime.settings.public_origin, attempt.token, language).keys(MenuState(Phase.MACHINE))
    return twiml.gather([spoken.spoken(text, language, work.config.provider)], language, keys)


def _facts(runtime: Runtime, attempt: AttemptRow) -> Mapping[str, object]:
    if attempt.purpose != VERIFICATION:
        return attempt.facts
    return attempt.facts | {"code": rendering.method_code(runtime.settings.signing_key(), attempt.id)}


def _acknowledge(work: Work, attempt: AttemptRow, seen: Seen) -> None:
    if seen.stand is None or attempt.person_id is None:
        statuses.conclude(work, attempt, AttemptState.CONFIRMED, _person(attempt))
    else:
        escalations.acknowledge(work, seen.stand.ticket, attempt.person_id, "voice", attempt_id=attempt.id)


def _escalate(work: Work, attempt: AttemptRow, seen: Seen) -> None:
    if seen.stand is not None and attempt.person_id is not None:
        escalations.decline(work, seen.stand.ticket, attempt.person_id, "voice", attempt_id=attempt.id)


def _no_input(work: Work, attempt: AttemptRow, _: Seen) -> None:
    statuses.conclude(work, attempt, AttemptState.NO_INPUT, _person(attempt))


def _nothing(_: Work, __: AttemptRow, ___: Seen) -> None:
    """The customer is dialled by what is said."""


def _person(attempt: AttemptRow) -> LogActor:
    return LogActor("person", attempt.person_id) if attempt.person_id else SYSTEM


COMMANDS: Mapping[Command, Callable[[Work, AttemptRow, Seen], None]] = {
    Command.ACKNOWLEDGE: _acknowledge,
    Command.ESCALATE: _escalate,
    Command.CALL_CUSTOMER: _nothing,
    Command.NO_INPUT: _no_input,
}

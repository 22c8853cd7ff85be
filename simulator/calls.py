"""The life of a call: queued, ringing, answered or not, talked through, ended. Every leg has its own thread, which
reads from top to bottom; telephones, the product and timers only leave it a word and wake it."""

import threading
from collections.abc import Callable

from simulator.conversation import CallOver, Conversation, Redirected
from simulator.courier import Webhook
from simulator.forms import call_status_form, detection_form
from simulator.profiles import Profile
from simulator.resources import LONGEST_CALL_SECONDS, Call, Ending, Instructions, StatusCallback, now
from simulator.switch import Switch
from simulator.twiml import Dial

_NOT_RUNG = {"busy": Ending("busy", 486), "unreachable": Ending("failed", 480), "invalid": Ending("failed", 404)}


class WrongCallState(ValueError):
    """The handset, or the product, asked something of a call that is not possible now."""


class Calls:
    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self._line_free_at = 0.0

    # What the product and other networks ask for

    def start(self, call: Call) -> None:
        with self.switch.lock:
            self.switch.store.calls[call.sid] = call
        threading.Thread(target=self._live, args=(call,), name=call.sid, daemon=True).start()

    def redirect(self, call: Call, instructions: Instructions) -> None:
        """New instructions in the middle of a call. Raises WrongCallState unless it is in progress."""
        with self.switch.lock:
            if call.status != "in-progress" or call.ending:
                raise WrongCallState("Call is not in-progress. Cannot redirect.")
            call.update = instructions
            self.wake(call)

    def stop(self, call: Call, only_before_answer: bool) -> None:
        """Hang up, or give up ringing; waits a moment for the end, so that the answer shows it.
        Raises WrongCallState when it is too late."""
        with self.switch.lock:
            if call.ending or (only_before_answer and call.status == "in-progress"):
                raise WrongCallState(f"Call is {call.status}. Cannot end it.")
            self.hang_up_leg(call)
            call.changed.wait_for(lambda: call.finished, timeout=0.2)

    def dial(self, parent: Call, verb: Dial, resolve: Callable[[str], str]) -> list[Call]:
        """Ring every number of a <Dial>; the first to pick up silences the others."""
        legs = [
            Call(
                account_sid=parent.account_sid,
                to=number.number,
                from_=verb.caller_id or parent.from_,
                direction="outbound-dial",
                instructions=Instructions(url=resolve(number.url) if number.url else None, method=number.method),
                changed=threading.Condition(self.switch.lock),
                ring_seconds=verb.ring_seconds,
                time_limit_seconds=verb.time_limit_seconds,
                parent_sid=parent.sid,
                status_callback=StatusCallback(
                    url=resolve(number.status_callback),
                    method=number.status_callback_method,
                    events=number.status_callback_events,
                )
                if number.status_callback
                else None,
            )
            for number in verb.numbers
        ]
        for leg in legs:
            self.start(leg)
        return legs

    # What a handset does

    def answer(self, sid: str) -> None:
        with self.switch.lock:
            call = self._ringing(sid)
            call.picked_up = True
            self.wake(call)

    def reject(self, sid: str) -> None:
        with self.switch.lock:
            self.end(self._ringing(sid), Ending("busy", 603))

    def to_voicemail(self, sid: str) -> None:
        with self.switch.lock:
            call = self._ringing(sid)
            call.picked_up = call.by_machine = True
            self.wake(call)

    def let_ring(self, sid: str) -> None:
        with self.switch.lock:
            self._ringing(sid).muted = True

    def hang_up(self, sid: str) -> None:
        with self.switch.lock:
            call = self.known(sid)
            if call.ending or (call.status != "in-progress" and call.direction != "inbound"):
                raise WrongCallState(f"cannot hang up a call that is {call.status}; allowed: in-progress")
            self.end(call, Ending("completed", 200))

    def press(self, sid: str, digits: str) -> None:
        """Keys count only while a <Gather> listens; otherwise they are heard by nobody, and the log says so."""
        with self.switch.lock:
            call = self.known(sid)
            if call.ending or call.status != "in-progress":
                raise WrongCallState(f"cannot press keys in a call that is {call.status}; allowed: in-progress")
            self.note(call, "digits" if call.listening else "digits_ignored", digits=digits)
            if call.listening:
                call.keys += digits
                self.wake(call)

    def known(self, sid: str) -> Call:
        """Raises KeyError."""
        with self.switch.lock:
            return self.switch.store.calls[sid]

    # What a leg's own thread and its conversation use

    def wait(self, call: Call, seconds: float | None, until: Callable[[], bool] = lambda: False) -> bool:
        """Sleep until `until()`, or for `seconds` (None: without end); tells whether `until()` holds. As `check`."""
        with self.switch.lock:
            call.changed.wait_for(lambda: call.ending or call.update or until(), seconds)
            self.check(call)
            return until()

    def check(self, call: Call) -> None:
        """Raises CallOver once the call is to end, Redirected when it has new instructions."""
        with self.switch.lock:
            if call.ending:
                raise CallOver
            if call.update:
                instructions, call.update = call.update, None
                raise Redirected(instructions)

    def press_as_scripted(self, call: Call) -> None:
        """The key that the handset's script has for this prompt, if any and if nobody was quicker."""
        profile = self.switch.store.profile(call.phone)
        prompt = call.prompts
        keys = profile.keys[prompt - 1] if prompt <= len(profile.keys) else ""
        if keys and not call.keys and profile.call != "voicemail" and not call.by_machine:
            self._later(call, profile.key_seconds, lambda: self._press_at(call, prompt, keys))

    def wake(self, call: Call) -> None:
        with self.switch.lock:
            call.changed.notify_all()
            parent = self.switch.store.calls.get(call.parent_sid or "")
            if parent is not None:
                parent.changed.notify_all()

    def end(self, call: Call, ending: Ending) -> None:
        """The first reason to end a call is the one that counts."""
        with self.switch.lock:
            if call.ending is None:
                call.ending = ending
                self.wake(call)

    def hang_up_leg(self, call: Call) -> None:
        answered = call.status == "in-progress"
        self.end(call, Ending("completed", 200) if answered else Ending("canceled", 487))

    def mark_answered(self, call: Call) -> None:
        with self.switch.lock:
            call.status, call.answered_at, call.updated_at = "in-progress", now(), now()
            self._silence_siblings(call)
            self.note(call, "answered")
            self._report(call, "answered")

    def note(self, call: Call, kind: str, **fields: object) -> None:
        if call.silent:
            return
        facts = {"sid": call.sid, "phone": call.phone, "direction": call.direction}
        self.switch.events.add(kind, {**facts, **fields})

    def _live(self, call: Call) -> None:
        try:
            if call.direction == "inbound":
                self._come_in(call)
            else:
                self._ring(call)
                self._detect(call)
            self._talk(call)
            self.end(call, Ending("completed", 200))
        except CallOver:
            pass
        finally:
            self._finish(call)

    def _come_in(self, call: Call) -> None:
        """A telephone calls us: it hears ringing until the instructions are there."""
        with self.switch.lock:
            call.status, call.started_at = "ringing", now()
            self.note(call, "calling", to=call.to)

    def _ring(self, call: Call) -> None:
        """From queued to picked up. Raises CallOver when nobody does."""
        profile = self.switch.store.profile(call.to)
        self.wait(call, self._seconds_to_a_free_line())
        with self.switch.lock:
            call.started_at = now()
            self._report(call, "initiated")
        self.wait(call, self.switch.config.network_seconds)
        if profile.call in _NOT_RUNG:
            self.end(call, _NOT_RUNG[profile.call])
        self.check(call)
        with self.switch.lock:
            call.status, call.updated_at = "ringing", now()
            self.note(call, "ringing", **{"from": call.from_})
            self._report(call, "ringing")
        self._script_the_handset(call, profile)
        if not self.wait(call, _ring_seconds(call, profile), until=lambda: call.picked_up):
            self.end(call, Ending("no-answer", 487))
        with self.switch.lock:
            self.check(call)
            self.mark_answered(call)
        self._script_the_talk(call, profile)

    def _seconds_to_a_free_line(self) -> float:
        """Twilio dials a fixed number of calls per second; the rest stay queued."""
        config = self.switch.config
        if not config.calls_per_second:
            return config.network_seconds
        with self.switch.lock:
            clock = self.switch.seconds()
            self._line_free_at = max(self._line_free_at, clock) + 1 / config.calls_per_second
            return self._line_free_at - 1 / config.calls_per_second - clock

    def _script_the_handset(self, call: Call, profile: Profile) -> None:
        if profile.call in ("answer", "voicemail"):
            self._later(call, profile.answer_seconds, lambda: self.answer(call.sid))
        if profile.call == "reject":
            self._later(call, profile.answer_seconds, lambda: self.reject(call.sid))

    def _script_the_talk(self, call: Call, profile: Profile) -> None:
        if profile.hang_up_seconds is not None:
            self._later(call, profile.hang_up_seconds, lambda: self.hang_up(call.sid))
        if call.parent_sid is None and call.time_limit_seconds < LONGEST_CALL_SECONDS:
            self._later(call, call.time_limit_seconds, lambda: self.hang_up(call.sid))

    def _press_at(self, call: Call, prompt: int, keys: str) -> None:
        if call.listening and call.prompts == prompt:
            self.press(call.sid, keys)

    def _later(self, call: Call, seconds: float, act: Callable[[], None]) -> None:
        """What a script does with its handset; the call may have gone another way meanwhile."""

        def act_if_still_possible() -> None:
            with self.switch.lock:
                if not (call.finished or call.silent):
                    try:
                        act()
                    except WrongCallState as too_late:
                        self.note(call, "script_too_late", message=str(too_late))

        self.switch.scheduler.after(seconds, act_if_still_possible)

    def _detect(self, call: Call) -> None:
        """Machine detection: either the call waits for the verdict, or it is posted while the talk goes on."""
        detection = call.detection
        if detection is None:
            return
        profile = self.switch.store.profile(call.to)
        machine = call.by_machine or profile.call == "voicemail"
        waits_for_beep = machine and detection.to_message_end
        verdict = "machine_end_beep" if waits_for_beep else "machine_start" if machine else "human"
        seconds = self.switch.config.detection_seconds + (profile.greeting_seconds if waits_for_beep else 0)
        if detection.waits:
            self.wait(call, seconds)
            self._tell_verdict(call, verdict, seconds, None)
        else:
            callback = detection.callback
            self._later(call, seconds, lambda: self._tell_verdict(call, verdict, seconds, callback))

    def _tell_verdict(self, call: Call, verdict: str, seconds: float, callback: StatusCallback | None) -> None:
        call.answered_by = verdict
        self.note(call, "detected", answered_by=verdict)
        if callback is not None:
            form = detection_form(call, seconds)
            self.switch.courier.post(
                Webhook("detection", call.sid, callback.url, form, callback.method, status=verdict)
            )

    def _talk(self, call: Call) -> None:
        """Play the instructions, and again when the product sends others; then connect a dialled party."""
        instructions, to_be_bridged = call.instructions, call.parent_sid is not None
        while True:
            try:
                if instructions.url or instructions.twiml:
                    Conversation(self, call, instructions).play()
                if to_be_bridged:
                    self._bridge(call)
                return
            except Redirected as redirected:
                instructions, to_be_bridged = redirected.instructions, False

    def _bridge(self, call: Call) -> None:
        with self.switch.lock:
            self.check(call)
            parent = self.switch.store.calls[call.parent_sid or ""]
            call.bridged_with, parent.bridged_with = parent.sid, call.sid
            call.was_bridged = True
            self.note(call, "bridged", other=parent.phone)
            self.note(parent, "bridged", other=call.phone)
            self.wake(call)
        self.wait(call, call.time_limit_seconds)

    def _silence_siblings(self, call: Call) -> None:
        for other in self.switch.store.calls.values():
            if call.parent_sid and other.parent_sid == call.parent_sid and other is not call:
                self.end(other, Ending("canceled", 487))

    def _finish(self, call: Call) -> None:
        with self.switch.lock:
            call.ending = call.ending or Ending("failed", 500)
            call.status, call.ended_at, call.updated_at = call.ending.status, now(), now()
            call.finished, call.listening = True, False
            self.note(call, "ended", status=call.status, duration_seconds=call.duration_seconds)
            self._report(call, "completed")
            self.wake(call)

    def _report(self, call: Call, event: str) -> None:
        """A status callback, if asked for. Numbered by those sent, from 0."""
        hook = call.status_callback
        if hook is None or event not in hook.events or call.silent:
            return
        form = call_status_form(call, event, call.sequence)
        call.sequence += 1
        self.switch.courier.post(
            Webhook("call-status", call.sid, hook.url, form, hook.method, status=form["CallStatus"])
        )

    def _ringing(self, sid: str) -> Call:
        call = self.known(sid)
        if call.status != "ringing" or call.picked_up or call.ending or call.direction == "inbound":
            raise WrongCallState(f"call {sid} is {call.status}; allowed: ringing")
        return call


def _ring_seconds(call: Call, profile: Profile) -> float:
    return call.ring_seconds if profile.ring_seconds is None else min(call.ring_seconds, profile.ring_seconds)

"""The life of an SMS, outwards and inwards."""

import threading
from collections.abc import Callable

from simulator.courier import Webhook
from simulator.forms import inbound_sms_form, sms_status_form
from simulator.gsm7 import segments
from simulator.profiles import Profile, reply_to
from simulator.resources import Message, now
from simulator.switch import Switch
from simulator.twiml import BadTwiml, Reply, parse

STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"}
START_WORDS = {"START", "YES", "UNSTOP"}
_DEFAULT_ERROR = {"undelivered": 30003, "failed": 30008}
_ERRORS = {
    30001: "Queue overflow",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
    30008: "Unknown error",
    30036: "Validity period expired",
}


class Messages:
    def __init__(self, switch: Switch) -> None:
        self.switch = switch

    def send(self, message: Message) -> None:
        """Out to a telephone; each step reports itself and orders the next."""
        with self.switch.lock:
            self.switch.store.messages[message.sid] = message
            self._report(message)
        self._after(self.switch.config.network_seconds, lambda: self._sending(message))

    def cancel(self, message: Message) -> bool:
        """False: it has left already."""
        with self.switch.lock:
            if message.status not in ("queued", "accepted", "scheduled"):
                return False
            self._become(message, "canceled")
            return True

    def opted_out(self, phone: str, number: str) -> bool:
        profile = self.switch.store.profile(phone)
        return profile.sms == "opted_out" or (phone, number) in self.switch.store.opted_out

    def receive(self, phone: str, body: str, to: str | None = None) -> Message:
        """A telephone sends an SMS to us. STOP words shut this pair; the text reaches the product all the same
        (Twilio's pages disagree on that) and Twilio's own English confirmation is left out."""
        store = self.switch.store
        with self.switch.lock:
            message = Message(
                account_sid=self.switch.config.account_sid,
                to=to or store.last_sender_to(phone) or self.switch.config.number,
                from_=phone,
                body=body,
                direction="inbound",
                num_segments=segments(body),
                status="received",
            )
            store.messages[message.sid] = message
            choice = self._note_choice(message)
            self.switch.events.add(
                "sms_from_phone", {"sid": message.sid, "phone": phone, "to": message.to, "body": body}
            )
        threading.Thread(target=self._pass_on, args=(message, choice), daemon=True).start()
        return message

    def _sending(self, message: Message) -> None:
        if not self._become(message, "sending"):
            return
        profile = self.switch.store.profile(message.to)
        if profile.sms == "failed":
            self._after(self.switch.config.network_seconds, lambda: self._lost(message, "failed", profile))
        else:
            self._after(self.switch.config.network_seconds, lambda: self._sent(message, profile))

    def _sent(self, message: Message, profile: Profile) -> None:
        message.sent_at = now()
        if not self._become(message, "sent"):
            return
        if profile.sms_seconds > message.validity_seconds:
            self._after(message.validity_seconds, lambda: self._become(message, "undelivered", 30036))
            return
        seconds = profile.sms_seconds + self.switch.config.network_seconds
        if profile.sms == "undelivered":
            self._after(seconds, lambda: self._lost(message, "undelivered", profile))
        else:
            self._after(seconds, lambda: self._arrive(message, profile))

    def _lost(self, message: Message, status: str, profile: Profile) -> None:
        self._become(message, status, profile.sms_error_code or _DEFAULT_ERROR[status])

    def _arrive(self, message: Message, profile: Profile) -> None:
        with self.switch.lock:
            if message.sid not in self.switch.store.messages:
                return
            self.switch.events.add(
                "sms",
                {
                    "sid": message.sid,
                    "phone": message.to,
                    "from": message.from_,
                    "body": message.body,
                    "num_segments": message.num_segments,
                },
            )
            if profile.sms != "no_receipt":
                self._become(message, "delivered")
        reply = reply_to(profile.reply, message.body) if profile.reply else None
        if reply is not None:
            self._after(profile.reply_seconds, lambda: self._answer(message, reply))

    def _answer(self, message: Message, reply: str) -> None:
        self.receive(message.to, reply, message.from_)

    def _become(self, message: Message, status: str, error_code: int | None = None) -> bool:
        """False: cancelled, deleted or forgotten meanwhile."""
        with self.switch.lock:
            if message.sid not in self.switch.store.messages or message.status == "canceled":
                return False
            message.status, message.updated_at = status, now()
            message.error_code = error_code
            message.error_message = _ERRORS.get(error_code, "Unknown error") if error_code else None
            self._report(message)
            return True

    def _report(self, message: Message) -> None:
        self.switch.events.add(
            "sms_status",
            {
                "sid": message.sid,
                "phone": message.phone,
                "status": message.status,
                "error_code": message.error_code,
            },
        )
        if message.status_callback:
            form = sms_status_form(message)
            self.switch.courier.post(
                Webhook("sms-status", message.sid, message.status_callback, form, status=message.status)
            )

    def _note_choice(self, message: Message) -> str | None:
        word = message.body.strip().upper()
        pair = (message.from_, message.to)
        if word in STOP_WORDS:
            self.switch.store.opted_out.add(pair)
            return "STOP"
        if word in START_WORDS:
            self.switch.store.opted_out.discard(pair)
            return "START"
        return None

    def _pass_on(self, message: Message, choice: str | None) -> None:
        """Post an inbound SMS to the url of our number, and send what its TwiML answers."""
        url = self.switch.config.sms_url
        if url is None:
            self._error(message, 0, "no sms_url is configured for our number")
            return
        form = inbound_sms_form(message) | ({"OptOutType": choice} if choice else {})
        answer = self.switch.courier.fetch(Webhook("sms", message.sid, url, form, status="received"))
        if answer.outcome != "2xx":
            self._error(message, 11200, f"no answer to the SMS: {answer.status or answer.outcome}")
        elif answer.body.strip():
            self._send_replies(message, answer.body)

    def _send_replies(self, message: Message, xml: str) -> None:
        try:
            verbs = parse(xml).verbs
        except BadTwiml as bad:
            self._error(message, bad.code, str(bad))
            return
        for verb in verbs:
            if isinstance(verb, Reply):
                self.send(self._reply(message, verb))

    def _reply(self, message: Message, verb: Reply) -> Message:
        return Message(
            account_sid=message.account_sid,
            to=verb.to or message.from_,
            from_=message.to,
            body=verb.body,
            direction="outbound-reply",
            num_segments=segments(verb.body),
            status_callback=verb.status_callback or None,
        )

    def _error(self, message: Message, code: int, text: str) -> None:
        self.switch.events.add("error", {"sid": message.sid, "phone": message.phone, "code": code, "message": text})

    def _after(self, seconds: float, act: Callable[[], object]) -> None:
        self.switch.scheduler.after(seconds, act)

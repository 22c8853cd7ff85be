"""The SMTP listener: takes mail from the mail server in front of it, and says 250 only when the mail is on disk. It
relays nothing and knows no other mailbox than ours."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import SQLAlchemyError

from alerting.mailbox import inbox
from alerting.runtime import Runtime
from core.settings import Settings
from service import wiring

log = logging.getLogger(__name__)

SOURCE = "smtp"
AGAIN_SECONDS = 5.0
IDLE_SECONDS = 60.0
MOST_CONNECTIONS = 50
MOST_RECIPIENTS = 50
LONGEST_LINE = 100_000  # RFC 5321 allows 1,000; programs that make HTML mail do not all know
TAKEN = "250 2.0.0 taken"
NOT_NOW = "451 4.3.0 the mail cannot be kept at the moment; send it again"


class Listener(SMTP):
    line_length_limit = LONGEST_LINE


class Handler:
    """What aiosmtpd asks while it holds the conversation."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not is_ours(address, self._runtime.settings):
            return "550 5.1.1 there is no such mailbox here"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return await asyncio.get_running_loop().run_in_executor(None, self.keep, envelope)

    def keep(self, envelope: Envelope) -> str:
        """On a thread of its own: the database may take its time, and other mails go on."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        from_to = inbox.Envelope(envelope.mail_from or "", tuple(envelope.rcpt_tos))
        try:
            with self._runtime.database.transaction() as session:
                inbox.keep(session, content, from_to, SOURCE, self._runtime.now(session))
        except SQLAlchemyError as error:
            log.error("a mail could not be kept: %s", type(error).__name__)
            return NOT_NOW
        return TAKEN


def is_ours(address: str, settings: Settings) -> bool:
    """Our addresses, with or without a token after a plus sign. In lower case: no server of ours tells them apart."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" in settings.own_mail_addresses


async def listen(runtime: Runtime, host: str, port: int, stop: asyncio.Event, ready: Callable[[], object]) -> None:
    """Until `stop`. A port that is taken is tried again: mail that comes meanwhile waits at the server before us."""
    loop = asyncio.get_running_loop()
    settings, handler = runtime.settings, Handler(runtime)
    open_now = 0

    class Counted(Listener):
        """At most so many conversations at once: a mail server that gets none comes again."""

        def connection_made(self, transport: Any) -> None:
            nonlocal open_now
            open_now += 1
            if open_now > MOST_CONNECTIONS:
                transport.close()
                return
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            nonlocal open_now
            open_now -= 1
            super().connection_lost(error)

    def conversation() -> SMTP:
        return Counted(
            handler,
            hostname=settings.mail_domain,
            ident="Guardia",
            data_size_limit=settings.mail_max_megabytes * 1_000_000,
            enable_SMTPUTF8=True,
            timeout=IDLE_SECONDS,
            loop=loop,
        )

    server = await _bound(conversation, host, port, stop)
    if server is None:
        return
    async with server:
        ready()
        await stop.wait()


async def _bound(conversation: Callable[[], SMTP], host: str, port: int, stop: asyncio.Event) -> asyncio.Server | None:
    said = False
    while not stop.is_set():
        try:
            return await asyncio.get_running_loop().create_server(conversation, host, port)
        except OSError as error:
            if not said:
                log.error(
                    "no mail comes in: cannot listen on %s:%d: %s (GUARDIA_MAIL_PORT)", host, port, error.strerror
                )
            said = True
        try:
            await asyncio.wait_for(stop.wait(), AGAIN_SECONDS)
        except TimeoutError:
            continue
    return None


def run(settings: Settings) -> None:
    """The listener as a process, until SIGTERM. Conversations under way are broken off; their senders come again."""
    runtime = wiring.runtime(settings, pool_size=4)

    async def until_told() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await listen(runtime, settings.mail_host, settings.mail_port, stop, lambda: None)

    asyncio.run(until_told())

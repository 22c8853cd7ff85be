"""`make demo`: the main job with real processes and simulated telephones, played, printed and checked."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes
from itertools import pairwise
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import requests

from core.accounts import service as accounts
from core.settings import Settings
from core.time import now
from service import demo_data, supervisor, wiring

ANA, BORJA, MARTA = "+34600000001", "+34600000002", "+34611000001"
NAMES = {ANA: "Ana", BORJA: "Borja", MARTA: "Marta", "+34600000003": "Carol", "+34600000009": "Clara"}
TELEPHONES: dict[str, dict[str, Any]] = {
    ANA: {"call": "ignore", "ring_seconds": 3},
    BORJA: {"call": "answer", "answer_seconds": 1, "keys": ["4", "7"], "key_seconds": 0.5},
    MARTA: {"call": "answer", "answer_seconds": 1, "keys": ["1"], "key_seconds": 0.5, "hang_up_seconds": 3},
}
PATIENCE_SECONDS = 45.0
POLL_SECONDS = 0.1
READY = "ready"
MADRID = ZoneInfo("Europe/Madrid")


class Unexpected(Exception):
    """The story went another way; the text says how."""


class Story:
    """What has happened so far, printed as it happens."""

    def __init__(self, api: str, telephones: str, customer: str, manager: str) -> None:
        self._api, self._telephones = api, telephones
        self._customer, self._manager = customer, manager
        self._started = time.monotonic()
        self._seen_log = 0
        self._seen_events = 0

    def activate(self) -> dict[str, Any]:
        answer = requests.post(
            f"{self._api}/catalog/contingency-activation/requests",
            json={"plan": "erp-restore", "mode": "real", "symptoms": "El ERP no arranca"},
            headers={"Authorization": f"Bearer {self._customer}", "Idempotency-Key": "demo-1"},
            timeout=10,
        )
        if answer.status_code != 201:
            raise Unexpected(f"the activation was answered with {answer.status_code}: {answer.text}")
        made: dict[str, Any] = answer.json()
        self.tell(f"Marta (Hotel Sol) activates «Restauración del ERP»: 201, reference {made['reference']}")
        return made

    def ticket(self, reference: str) -> dict[str, Any]:
        found: dict[str, Any] = self._get(f"/tickets/{reference}", self._customer)
        return found

    def attempts(self, reference: str) -> list[dict[str, Any]]:
        return _items(self._get(f"/tickets/{reference}/attempts", self._manager))

    def log(self, reference: str) -> list[dict[str, Any]]:
        return _items(self._get(f"/tickets/{reference}/log", self._manager))

    def timeline(self, reference: str) -> list[dict[str, Any]]:
        return _items(self._get(f"/tickets/{reference}/timeline", self._customer))

    def follow(self) -> None:
        """Print what the telephones have done since the last look."""
        url = f"{self._telephones}/_sim/events"
        found = requests.get(url, params={"after": self._seen_events, "timeout": 0}, timeout=5).json()
        for event in found["events"] if isinstance(found, dict) else found:
            self._seen_events = event["n"]
            if line := _on_the_telephone(event):
                self.tell(line)

    def tell(self, line: str) -> None:
        click.echo(f"{time.monotonic() - self._started:6.1f} s  {line}")

    def _get(self, path: str, token: str) -> Any:
        answer = requests.get(self._api + path, headers={"Authorization": f"Bearer {token}"}, timeout=10)
        if answer.status_code != 200:
            raise Unexpected(f"GET {path} was answered with {answer.status_code}: {answer.text}")
        return answer.json()


def main() -> int:
    """0 when the story went as it should."""
    with tempfile.TemporaryDirectory(prefix="guardia-demo-", dir="/tmp") as folder:
        settings, simulator_port = _settings(Path(folder))
        try:
            with _running(settings, simulator_port) as pids:
                _play(settings)
        except (Unexpected, requests.RequestException) as error:
            click.echo(f"demo failed: {error}", err=True)
            return 1
        left = [name for name, pid in pids.items() if _alive(pid)]
        if left:
            click.echo(f"demo failed: still running: {', '.join(left)}", err=True)
            return 1
    click.echo("The demo ended as it should; nothing is left running.")
    return 0


def _settings(folder: Path) -> tuple[Settings, int]:
    port, simulator_port = supervisor.free_port(), supervisor.free_port()
    for name in [name for name in os.environ if name.startswith("GUARDIA_")]:
        del os.environ[name]  # the demo is the same whatever the shell has set
    os.environ |= {
        "GUARDIA_DATA_DIR": str(folder),
        "GUARDIA_PORT": str(port),
        "GUARDIA_TWILIO_API_URL": f"http://127.0.0.1:{simulator_port}",
        "GUARDIA_WORKERS": "1",
        "GUARDIA_MAIL_PORT": "0",
    }
    return Settings(), simulator_port


@contextmanager
def _running(settings: Settings, simulator_port: int) -> Iterator[dict[str, int]]:
    """The whole service as a process of its own; the pids of all its processes."""
    click.echo("Starting: database, queue, telephones, web, workers, clock …")
    whole = multiprocessing.get_context("fork").Process(target=_serve, args=(settings, simulator_port))
    whole.start()
    try:
        yield _started(whole, supervisor.pids_of(settings))
    finally:
        whole.terminate()
        whole.join()


def _serve(settings: Settings, simulator_port: int) -> None:
    """`announce` tells by a file: the demo is another process."""
    sys.exit(
        supervisor.serve(
            settings,
            simulator_port=simulator_port,
            demo_data=demo_data.EXAMPLES / "demo.yaml",
            say=lambda text: click.echo(text, err=True),
            announce=(settings.data_dir / READY).touch,
        )
    )


def _started(whole: ForkProcess, pids: Path) -> dict[str, int]:
    while not (pids.parent / READY).exists():
        if whole.exitcode is not None:
            raise Unexpected(f"the service did not start (exit code {whole.exitcode})")
        time.sleep(POLL_SECONDS)
    return {"supervisor": whole.pid or 0} | {file.stem: int(file.read_text()) for file in pids.glob("*.pid")}


def _play(settings: Settings) -> None:
    telephones = settings.twilio_api_url
    for number, behaviour in TELEPHONES.items():
        requests.put(f"{telephones}/_sim/phones/{number}", json=behaviour, timeout=5).raise_for_status()
    with wiring.database(settings).transaction() as session:
        customer, manager = (
            accounts.create_token(session, email, "demo", now(session))
            for email in ("marta@hotelsol.example", "clara@itsafer.example")
        )
    story = Story(f"{settings.public_origin}/api/v1", telephones, customer, manager)
    reference = story.activate()["reference"]
    _wait(story, reference, "an engineer acknowledges", lambda ticket: ticket["acknowledged_by"])
    _wait(story, reference, "the customer is reached", lambda ticket: ticket["contact_state"] == "reached")
    _wait_for_mail(story, settings.mail_dir)
    _print_log(story, reference)
    _check(story, reference, settings)


def _wait(story: Story, reference: str, what: str, arrived: Callable[[dict[str, Any]], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        story.follow()
        ticket = story.ticket(reference)
        if arrived(ticket):
            return
        if time.monotonic() > deadline:
            raise Unexpected(f"after {PATIENCE_SECONDS:.0f} s still waiting until {what}: {ticket}")
        time.sleep(POLL_SECONDS)


def _wait_for_mail(story: Story, folder: Path) -> None:
    deadline = time.monotonic() + 10
    while len(_customers_mails(folder)) < 3 and time.monotonic() < deadline:
        story.follow()
        time.sleep(POLL_SECONDS)
    story.follow()


def _customers_mails(folder: Path) -> list[Path]:
    """Managers and engineers get mail of their own meanwhile, by what day of the year it is."""
    return [path for path in folder.glob("*.eml") if "@hotelsol.example" in _addressee(path)]


def _addressee(path: Path) -> str:
    return str(message_from_bytes(path.read_bytes())["To"])


def _on_the_telephone(event: dict[str, Any]) -> str | None:
    """One line for what somebody at a telephone notices; None for the rest."""
    who = NAMES.get(str(event.get("phone", "")), "somebody")
    match event["type"]:
        case "sms":
            return f"{who}'s telephone: SMS «{event['body']}»"
        case "ringing":
            return f"{who}'s telephone rings"
        case "answered":
            return f"{who} answers"
        case "said":
            return f"{who} hears: «{event['text']}»"
        case "digits":
            return f"{who} presses {event['digits']}"
        case "bridged":
            return f"{who} is connected with {NAMES.get(str(event['other']), 'somebody')}"
        case "ended":
            return f"{who}'s call ends: {event['status']}"
    return None


def _print_log(story: Story, reference: str) -> None:
    click.echo("\nThe escalation log, as the manager reads it:")
    for entry in story.log(reference):
        at = datetime.fromisoformat(entry["at"]).astimezone(MADRID)
        data = {key: value for key, value in entry["data"].items() if key in SHOWN and value is not None}
        facts = " ".join(f"{key}={value}" for key, value in data.items())
        click.echo(f"{entry['seq']:>4}  {at:%H:%M:%S}.{at.microsecond // 1000:03d}  {entry['kind']:<22} {facts}")
    click.echo("\nThe timeline, as the customer reads it:")
    for item in story.timeline(reference):
        at = datetime.fromisoformat(item["at"]).astimezone(MADRID)
        click.echo(f"      {at:%H:%M:%S}      {item['text']}")
    click.echo()


SHOWN = (
    "person",
    "person_id",
    "channel",
    "purpose",
    "round",
    "step",
    "state",
    "why",
    "via",
    "outcome",
    "code",
    "people",
)


def _check(story: Story, reference: str, settings: Settings) -> None:
    """Every line of the story; Unexpected lists what is not true."""
    ticket, attempts, log = story.ticket(reference), story.attempts(reference), story.log(reference)
    paged = [attempt for attempt in attempts if attempt["purpose"] == "page"]
    states = {(a["person"]["id"], a["channel"]): a["state"] for a in paged if a["person"]}
    mails = _customers_mails(settings.mail_dir)
    customer_sms = [a for a in attempts if a["purpose"] == "customer" and a["channel"] == "sms"]
    kinds = [entry["kind"] for entry in log]
    checks = {
        "Ana was paged first, by SMS and by telephone": {("ana", "sms"), ("ana", "voice")} <= set(states),
        "Ana's telephone rang out": _first_call(paged, "ana")["state"] == "no_answer",
        "Borja said yes by pressing 4": states.get(("borja", "voice")) == "confirmed",
        "the ticket was acknowledged by Borja": (ticket["acknowledged_by"] or {}).get("id") == "borja",
        "the customer was reached": ticket["contact_state"] == "reached" and ticket["contacted_at"] is not None,
        "nobody else was paged": {person for person, _ in states} == {"ana", "borja"},
        "the customer had an SMS on creation and on acknowledgement": len(customer_sms) == 2,
        "the customer had three mails": len(mails) == 3,
        "the log tells the story in order": _in_order(
            kinds, "activation.requested", "step.started", "step.timed_out", "page.acknowledged", "contact.made"
        ),
        "the log's chain is unbroken": all(entry["prev_hash"] == before["hash"] for before, entry in pairwise(log)),
    }
    for what, holds in checks.items():
        click.echo(f"  {'ok ' if holds else 'NO '} {what}")
    if not all(checks.values()):
        raise Unexpected("; ".join(what for what, holds in checks.items() if not holds))


def _first_call(paged: list[dict[str, Any]], person: str) -> dict[str, Any]:
    """The one after it may have been stopped by Borja's yes."""
    calls = (a for a in paged if a["channel"] == "voice" and (a["person"] or {}).get("id") == person)
    return min(calls, key=lambda call: str(call["id"]), default={"state": None})


def _in_order(kinds: list[str], *wanted: str) -> bool:
    remaining = iter(kinds)
    return all(kind in remaining for kind in wanted)


def _items(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer["items"] if isinstance(answer, dict) else answer
    return found


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())

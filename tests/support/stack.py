"""The whole service as real processes, on real databases, with simulated telephones: started in about a second, driven
from outside as customers, engineers and accidents do."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import requests
from redis import Redis
from sqlalchemy import select

from alerting.notifications.models import AttemptRow
from core.accounts import pins
from core.accounts import service as accounts
from core.audit import log as audit
from core.db import Database
from core.settings import Settings
from core.time import now
from service import supervisor
from service.configuration.apply import apply
from service.configuration.document import read_file
from service.configuration.plan import Plan, plan_apply
from simulator.config import SimulatorConfig
from simulator.server import running
from tests.support import quick_world

PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.1
SECRET = "stack-secret-key-of-thirty-two-chars!"
PEOPLE: Mapping[str, str] = {
    "Ana": "ana@itsafer.example",
    "Borja": "borja@itsafer.example",
    "Carol": "carol@itsafer.example",
    "Clara": "clara@itsafer.example",
    "Marta": "marta@hotelsol.example",
    "Luis": "luis@hotelsol.example",
    "Jon": "jon@banconorte.example",
}
RINGING = ("accepted", "ringing")
ON_THE_WAY = ("pending", "sending", "unknown")
Json = dict[str, Any]

# A server that has loaded the program once, and of which every service is a fork.
_spawner = multiprocessing.get_context("forkserver")
_spawner.set_forkserver_preload([__name__, "service.app"])


class Stack:
    """One service. Names of processes: supervisor, valkey, web, worker-1…, worker-notices, clock."""

    def __init__(self, folder: Path, database_url: str, telephones: str, port: int, **settings: str) -> None:
        self.folder, self.telephones = folder, telephones
        self.origin = f"http://127.0.0.1:{port}"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("GUARDIA_")
        } | {
            "GUARDIA_DATA_DIR": str(folder),
            "GUARDIA_DATABASE_URL": database_url,
            "GUARDIA_PORT": str(port),
            "GUARDIA_TWILIO_API_URL": telephones,
            "GUARDIA_SECRET_KEY": SECRET,
            "GUARDIA_WORKERS": "1",
            "GUARDIA_MAIL_PORT": "0",
            "GUARDIA_REPEAT_CALLS": "false",  # stories of seconds; one story is about it
            "GUARDIA_CALLS_PER_SECOND": "0",
            "GUARDIA_SMS_PER_SECOND": "0",
            **settings,
        }  # fmt: skip
        self.settings = Settings(
            data_dir=folder, database_url=database_url, port=port, twilio_api_url=telephones, secret_key=SECRET
        )
        self.database = Database(database_url, pool_size=2)
        self._process: BaseProcess | None = None
        self._tokens: dict[str, str] = {}
        self._known_pids: set[int] = set()
        self._frozen: set[int] = set()
        self._more: list[BaseProcess] = []
        self._of_thread = threading.local()
        self._sessions: list[requests.Session] = []

    # --- life and death

    def start(self) -> None:
        """Returns when pages can be sent. What the processes have said is in `output()`."""
        (self.folder / "ready").unlink(missing_ok=True)
        process = _spawner.Process(target=_serve, args=(self.environment,), name="guardia")
        process.start()
        self._process = process
        self.wait_until(self._is_ready, "the service starts")
        self._remember_pids()

    def stop(self) -> None:
        """By SIGTERM to the supervisor; fails when anything is left running."""
        process = self._process
        if process is None:
            return
        self._thaw_all()
        self._remember_pids()
        for session in self._sessions:
            session.close()  # the web process waits a moment for whoever is still connected
        for more in self._more:
            more.terminate()
            more.join(PATIENCE_SECONDS)
        process.terminate()
        process.join(PATIENCE_SECONDS)
        self._process, self._more = None, []
        if process.exitcode is None:
            process.kill()
            process.join()
        left = [pid for pid in self._known_pids if _alive(pid)]
        for pid in left:
            self._signal(pid, signal.SIGKILL)
        assert not left, f"still running after the end: {left}\n{self.output()}"
        assert process.exitcode == 0, f"the supervisor ended with {process.exitcode}\n{self.output()}"

    def lose_the_supervisor(self) -> None:
        """It is killed; its children must end by themselves."""
        self._remember_pids()
        self.kill("supervisor")
        if self._process is not None:
            self._process.join(PATIENCE_SECONDS)
        self.wait_until(lambda: not [pid for pid in self._known_pids if _alive(pid)], "its children end")
        self._process = None

    def pull_the_plug(self) -> None:
        """Every process is gone at once; nothing says goodbye."""
        self._remember_pids()
        for pid in self._known_pids:
            self._signal(pid, signal.SIGKILL)
        if self._process is not None:
            self._process.join(PATIENCE_SECONDS)
        self.wait_until(lambda: not [pid for pid in self._known_pids if _alive(pid)], "everything is gone")
        self._process = None
        self._frozen.clear()

    def close(self) -> None:
        try:
            self.stop()
        finally:
            self.database.dispose()

    def output(self) -> str:
        file = self.folder / "output"
        return file.read_text(errors="replace")[-6000:] if file.exists() else ""

    def pid(self, name: str) -> int:
        if name == "supervisor":
            assert self._process is not None
            return self._process.pid or 0
        return int((supervisor.pids_of(self.settings) / f"{name}.pid").read_text())

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """The pid that it had."""
        pid = self.pid(name)
        self._known_pids.add(pid)
        self._signal(pid, number)
        return pid

    def kill_for_good(self, *names: str) -> None:
        """Nobody starts them again before `thaw("supervisor")`."""
        self.freeze("supervisor")
        for name in names:
            self.kill(name)

    def freeze(self, name: str) -> int:
        """As if its machine stood still (SIGSTOP)."""
        pid = self.pid(name)
        self._frozen.add(pid)
        self._signal(pid, signal.SIGSTOP)
        return pid

    def thaw(self, name: str) -> None:
        pid = self.pid(name)
        self._frozen.discard(pid)
        self._signal(pid, signal.SIGCONT)

    def wait_for_restart(self, name: str, old_pid: int) -> None:
        self.wait_until(lambda: self.pid(name) != old_pid and _alive(self.pid(name)), f"{name} is started again")
        self._remember_pids()

    def also(self, run: Callable[[], None], name: str) -> None:
        """One more process beside those that the supervisor looks after, as on a second machine."""
        process = _spawner.Process(target=_serve_one, args=(self.environment, run), name=name)
        process.start()
        self._more.append(process)

    def flush_redis(self) -> None:
        with self.redis() as redis:
            redis.flushall()

    def stop_redis(self) -> None:
        """It stays away until `thaw("supervisor")`."""
        self.kill_for_good("valkey")

    @contextmanager
    def redis(self) -> Iterator[Redis]:
        client = Redis(unix_socket_path=str(self.settings.valkey_socket), socket_timeout=2)
        try:
            yield client
        finally:
            client.close()

    # --- what people do

    def activate(self, plan: str = "erp-restore", by: str = "Marta", mode: str = "real", **body: Any) -> str:
        """The reference of the ticket, which must be a new one."""
        answer = self.request_activation(plan, by, mode, **body)
        assert answer.status_code == 201, f"{answer.status_code}: {answer.text}"
        return str(answer.json()["reference"])

    def request_activation(
        self, plan: str = "erp-restore", by: str = "Marta", mode: str = "real", key: str | None = None, **body: Any
    ) -> requests.Response:
        headers = {"Idempotency-Key": key} if key else {}
        path = "/catalog/contingency-activation/requests"
        return self.call("POST", path, by, {"plan": plan, "mode": mode, **body}, headers)

    def say(self, reference: str, verb: str, by: str, status: int = 200, **body: Any) -> Json:
        """`say(ref, "acknowledgement", "Borja")`."""
        answer = self.call("POST", f"/tickets/{reference}/{verb}", by, body)
        assert answer.status_code == status, f"{verb}: {answer.status_code}: {answer.text}"
        said: Json = answer.json()
        return said

    def call(
        self, method: str, path: str, by: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """One request to the API with that person's token."""
        given = {"Authorization": f"Bearer {self._tokens[by]}", **(headers or {})}
        url = f"{self.origin}/api/v1{path}"
        return self._session().request(method, url, json=body, headers=given, timeout=30)

    def _session(self) -> requests.Session:
        """Of this thread: a connection for each request would cost more than the request."""
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = self._of_thread.session = requests.Session()
            session.trust_env = False
            self._sessions.append(session)
        return session

    # --- what can be seen

    def ticket(self, reference: str, by: str = "Clara") -> Json:
        found: Json = self._look(f"/tickets/{reference}", by)
        return found

    def attempts(self, reference: str, person: str | None = None, **wanted: Any) -> list[Json]:
        """In the order in which they were planned; `person` is an id, `wanted` are values of their fields."""
        found: list[Json] = self._look(f"/tickets/{reference}/attempts", "Clara")["items"]
        return [
            attempt
            for attempt in found
            if (person is None or (attempt["person"] or {}).get("id") == person)
            and all(attempt[name] == value for name, value in wanted.items())
        ]

    def pages(self, reference: str, person: str | None = None, **wanted: Any) -> list[Json]:
        """Those that were handed to the carrier."""
        return [a for a in self.attempts(reference, person, purpose="page", **wanted) if a["handed_over_at"]]

    def paged(self, reference: str) -> list[str]:
        """Ids of the people, in the order in which they were first paged."""
        pages = sorted(self.pages(reference), key=lambda page: str(page["handed_over_at"]))
        return list(dict.fromkeys(page["person"]["id"] for page in pages))

    def log(self, reference: str) -> list[Json]:
        found: list[Json] = self._look(f"/tickets/{reference}/log", "Clara")["items"]
        return found

    def kinds(self, reference: str) -> list[str]:
        return [entry["kind"] for entry in self.log(reference)]

    def timeline(self, reference: str, by: str = "Marta") -> list[Json]:
        found: list[Json] = self._look(f"/tickets/{reference}/timeline", by)["items"]
        return found

    def escalation(self, reference: str) -> Json:
        found: Json = self.ticket(reference)["escalation"]
        return found

    def mails(self) -> list[Path]:
        return sorted(self.settings.mail_dir.glob("*.eml"))

    def has_no_mail_to_send(self) -> bool:
        """No mail is due or on its way."""
        waiting = AttemptRow.state.in_(("pending", "sending", "unknown"))
        with self.database.reading() as session:
            due = select(AttemptRow.id).where(AttemptRow.channel == "email", waiting, AttemptRow.due_at <= now(session))
            return session.scalars(due.limit(1)).first() is None

    def chain_is_sound(self, reference: str) -> bool:
        with self.database.reading() as session:
            return audit.verify(session, reference) == []

    def wait_until(self, holds: Callable[[], object], what: str, timeout: float = PATIENCE_SECONDS) -> None:
        """Looks until it holds. A service that does not answer for a moment is waited for, too."""
        deadline = time.monotonic() + timeout
        while True:
            with contextlib.suppress(requests.RequestException, AssertionError, FileNotFoundError, ValueError):
                if holds():
                    return
            if time.monotonic() > deadline:
                raise AssertionError(f"after {timeout:.0f} s still waiting until {what}\n{self.output()}")
            time.sleep(POLL_SECONDS)

    def wait_for_state(self, reference: str, state: str) -> None:
        self.wait_until(lambda: self.escalation(reference)["state"] == state, f"{reference} is {state}")

    def quiet(self, reference: str) -> bool:
        """Nothing of the ticket is on its way to anybody."""
        return not [attempt for attempt in self.attempts(reference) if attempt["state"] in ON_THE_WAY]

    # --- between tests

    def clear(self) -> None:
        """Thaw what is frozen, close what is open, and wait until everybody has been told."""
        self._thaw_all()
        self.wait_until(self._is_ready, "the service is whole again")
        references = [ticket["reference"] for ticket in self._look("/tickets?state=open&limit=100", "Clara")["items"]]
        for reference in references:
            self.call("POST", f"/tickets/{reference}/closure", "Clara", {"code": "resolved"})
        for reference in references:
            self.wait_until(lambda ref=reference: self._is_over(ref), f"{reference} is over")  # type: ignore[misc]

    def make_tokens(self) -> None:
        with self.database.transaction() as session:
            at = datetime.now(UTC)
            self._tokens = {name: accounts.create_token(session, email, "test", at) for name, email in PEOPLE.items()}

    def give_pin(self, email: str, pin: str) -> None:
        """As its owner chooses it in the portal."""
        with self.database.transaction() as session:
            user = accounts.find_user(session, email)
            assert user is not None, email
            pins.set_pin(session, self.settings.signing_key(), user, pin, datetime.now(UTC))

    def _look(self, path: str, by: str) -> Any:
        answer = self.call("GET", path, by)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code}: {answer.text}"
        return answer.json()

    def _is_ready(self) -> bool:
        process = self._process
        if process is not None and process.exitcode is not None:
            raise RuntimeError(f"the service ended with exit code {process.exitcode}\n{self.output()}")
        if not (self.folder / "ready").exists():
            return False
        return bool(requests.get(f"{self.origin}/readyz", timeout=5).json()["status"] == "ready")

    def _is_over(self, reference: str) -> bool:
        """Quiet, and no telephone rings any more."""
        calls = self.attempts(reference, purpose="page", channel="voice")
        return self.quiet(reference) and not [call for call in calls if call["state"] in RINGING]

    def _thaw_all(self) -> None:
        while self._frozen:
            self._signal(self._frozen.pop(), signal.SIGCONT)

    def _remember_pids(self) -> None:
        files = supervisor.pids_of(self.settings).glob("*.pid")
        self._known_pids |= {int(file.read_text()) for file in files} | {self.pid("supervisor")}

    def _signal(self, pid: int, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def stack(
    database_url: str | None, *, template: Path | None = None, pause_factor: float = 0.5, **settings: str
) -> Iterator[Stack]:
    """A service that runs as long as the block lasts: on SQLite copied from `template`, or on a migrated and empty
    database by URL. `pause_factor`: of how long a caller has for a key. `settings`: more of its environment."""
    with tempfile.TemporaryDirectory(prefix="gs-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)  # a short path: it holds a socket
        if template is not None:
            shutil.copy(template, folder / "guardia.db")
        url = database_url or f"sqlite:///{folder / 'guardia.db'}"
        port = supervisor.free_port()
        with running(_telephones(port, pause_factor)) as telephones:
            made = Stack(folder, url, telephones, port, **settings)
            try:
                _apply(made.database, quick_world.written(folder))
                made.make_tokens()
                made.start()
                yield made
            finally:
                made.close()


def in_parallel(*acts: Callable[[], Any]) -> list[Any]:
    """All of them at the same moment, each on its own thread; their results in order. Raises the first exception."""
    start = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)
    failures: list[BaseException] = []

    def run(place: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[place] = act()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


def in_order(kinds: Sequence[str], *wanted: str) -> bool:
    """Whether `wanted` appear in this order, with anything between them."""
    remaining: Iterable[str] = iter(kinds)
    return all(kind in remaining for kind in wanted)


def _telephones(port: int, pause_factor: float) -> SimulatorConfig:
    origin = f"http://127.0.0.1:{port}/webhooks/twilio"
    return SimulatorConfig(
        auth_token=Settings().twilio_auth_token.get_secret_value(),
        number=Settings().sms_from,
        sms_url=f"{origin}/sms",
        voice_url=f"{origin}/voice",
        speech_seconds_per_word=0.005,
        pause_factor=pause_factor,
    )


def _apply(database: Database, file: Path) -> None:
    planned = plan_apply([read_file(file)], ())
    assert isinstance(planned, Plan), planned
    with database.transaction() as session:
        apply(session, planned, datetime.now(UTC))


def _serve(environment: Mapping[str, str]) -> None:
    """A process of its own, with one thread: what `guardia run --no-simulator` does. It ends with the test run."""
    settings = _settle(environment)
    sys.exit(
        supervisor.serve(
            settings,
            simulator_port=None,
            demo_data=None,
            say=lambda text: print(text, file=sys.stderr, flush=True),
            announce=(settings.data_dir / "ready").touch,
        )
    )


def _serve_one(environment: Mapping[str, str], run: Callable[[], None]) -> None:
    _settle(environment)
    run()


def _settle(environment: Mapping[str, str]) -> Settings:
    supervisor.die_with(os.getppid())
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    settings = Settings()
    output = (settings.data_dir / "output").open("ab")
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    return settings


def _alive(pid: int) -> bool:
    """A zombie is not alive: its parent has only not looked yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False

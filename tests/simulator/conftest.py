"""A simulator, Twilio's own client in front of it, and a tiny product behind it that answers with TwiML."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from flask import Flask, Response, request
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from werkzeug.serving import make_server

from simulator import SimulatorConfig, running
from simulator.server import QuietHandler
from tests.support.telephones import Telephones

OUR_NUMBER = "+34910000001"
TOKEN = "token-of-the-tests"


@dataclass(frozen=True)
class Received:
    path: str
    form: dict[str, str]
    signed: bool
    token: str


Answer = str | int | Callable[[dict[str, str]], "str | int"]


@dataclass
class Product:
    """Answers each path with the TwiML, or status, put in `answers`; remembers what came."""

    base: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    def url(self, path: str) -> str:
        return self.base + path

    def calls_of(self, path: str) -> list[dict[str, str]]:
        return [one.form for one in self.received if one.path == path]

    def statuses(self, path: str = "/status") -> list[str]:
        return [form.get("CallStatus") or form["MessageStatus"] for form in self.calls_of(path)]

    def wsgi(self) -> Flask:
        app = Flask("product")

        @app.route("/<path:_>", methods=["GET", "POST"])
        def answer(_: str) -> Response:
            form = request.form.to_dict()
            raw = self.base + request.environ["RAW_URI"]
            validator = RequestValidator(TOKEN)
            signed = validator.validate(raw, request.form, request.headers.get("X-Twilio-Signature", ""))
            token = request.headers.get("I-Twilio-Idempotency-Token", "")
            self.received.append(Received(request.path, form, signed, token))
            given = self.answers.get(request.path, 204)
            result = given(form) if callable(given) else given
            if isinstance(result, int):
                return Response(status=result)
            return Response(f"<Response>{result}</Response>", content_type="text/xml")

        return app


@pytest.fixture(scope="session")
def product_server() -> Iterator[Product]:
    product = Product()
    server: Any = make_server("127.0.0.1", 0, product.wsgi(), threaded=True, request_handler=QuietHandler)
    product.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield product
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def config(product_server: Product) -> SimulatorConfig:
    return SimulatorConfig(
        account_sid="AC" + "a" * 32,
        auth_token=TOKEN,
        api_key="SK" + "b" * 32,
        api_secret="secret-of-the-key",
        sms_url=product_server.url("/sms"),
        voice_url=product_server.url("/inbound"),
        number=OUR_NUMBER,
        speech_seconds_per_word=0.004,
        pause_factor=0.1,
        network_seconds=0.01,
        detection_seconds=0.05,
    )


@pytest.fixture(scope="session")
def simulator_server(config: SimulatorConfig) -> Iterator[str]:
    with running(config) as url:
        yield url


@pytest.fixture
def product(product_server: Product) -> Product:
    product_server.answers.clear()
    product_server.received.clear()
    return product_server


@pytest.fixture
def phones(simulator_server: str, product: Product) -> Iterator[Telephones]:
    telephones = Telephones(simulator_server)
    telephones.reset()
    product.received.clear()
    with telephones:
        yield telephones


class OriginHttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's client, sent to another origin; the paths stay."""

    def __init__(self, origin: str) -> None:
        super().__init__(timeout=5, pool_connections=False)
        self.origin = urlsplit(origin)
        self.last: Any = None

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)
        there = urlunsplit((self.origin.scheme, self.origin.netloc, parts.path, parts.query, ""))
        self.last = super().request(method, there, *args, **kwargs)
        return self.last


@pytest.fixture
def http(simulator_server: str) -> OriginHttpClient:
    return OriginHttpClient(simulator_server)


@pytest.fixture
def twilio(config: SimulatorConfig, http: OriginHttpClient) -> Client:
    return Client(config.account_sid, config.auth_token, http_client=http)


@pytest.fixture
def call(twilio: Client, product: Product) -> Callable[..., Any]:
    """Call a number with `/voice` as instructions and `/status` told of everything."""

    def place(to: str, **options: Any) -> Any:
        defaults = {
            "url": product.url("/voice"),
            "status_callback": product.url("/status"),
            "status_callback_event": ["initiated", "ringing", "answered", "completed"],
        }
        return twilio.calls.create(to=to, from_=OUR_NUMBER, **{**defaults, **options})

    return place


@pytest.fixture
def text(twilio: Client, product: Product) -> Callable[..., Any]:
    """Send an SMS with `/status` told of its fate."""

    def send(to: str, body: str, **options: Any) -> Any:
        options.setdefault("status_callback", product.url("/status"))
        return twilio.messages.create(to=to, from_=OUR_NUMBER, body=body, **options)

    return send

"""Serving it: in the foreground until told to stop, or beside a test."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from simulator.app import create_app
from simulator.config import SimulatorConfig
from simulator.network import Network

HOST = "127.0.0.1"
POLL_SECONDS = 0.1


class QuietHandler(WSGIRequestHandler):
    """The event log says more than an access log would. One connection for each request: nothing stays open when
    the simulator stops."""

    protocol_version = "HTTP/1.0"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def serve(
    config: SimulatorConfig,
    ready: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Serve until `stop` is set; `ready` gets the base url once connections are accepted. On the main thread SIGTERM
    and SIGINT set `stop`. Raises SimulatorRefused in production, OSError when the port is taken."""
    stop = stop or threading.Event()
    told: list[int] = []  # not `stop.set()`: in a signal handler it could wait for a lock that this very thread holds
    if threading.current_thread() is threading.main_thread():
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda number, _frame: told.append(number))
    with running(config) as url:
        if ready is not None:
            ready(url)
        while not told and not stop.wait(POLL_SECONDS):
            pass


@contextmanager
def running(config: SimulatorConfig) -> Iterator[str]:
    """A simulator on its own thread, for as long as the block lasts; yields its base url."""
    app = create_app(config)
    server: Any = make_server(HOST, config.port, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="simulator", daemon=True
    )
    thread.start()
    network: Network = app.extensions["telephone-network"]
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        network.close()
        server.shutdown()
        thread.join()
        server.server_close()

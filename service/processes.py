"""What each process of the service runs: it reads its settings from the environment and works until SIGTERM. The
commands of the CLI and the supervisor's children are the same functions."""

from __future__ import annotations

import sys
from pathlib import Path

from gunicorn.app import wsgiapp  # type: ignore[import-untyped]
from sqlalchemy.exc import DBAPIError

from core.logs import configure
from core.queue import QueueName
from core.settings import Settings
from service import clock as clock_process
from service import demo_data, failures, mailserver, migrate, wiring
from service import worker as worker_process
from simulator import __main__ as simulator_process

GUNICORN_THREADS = 8
GUNICORN_FLAGS = (
    *("--worker-class", "gthread", "--workers", "1", "--threads", str(GUNICORN_THREADS)),
    *("--no-control-socket", "--log-level", "warning", "--graceful-timeout", "10", "--keep-alive", "30"),
)


def web() -> None:
    """Pages, API and webhooks, under gunicorn."""
    settings = Settings()
    sys.argv = ["gunicorn", "service.wsgi:app", "--bind", _bound(settings, settings.port), *GUNICORN_FLAGS]
    wsgiapp.run()


def fallback() -> None:
    """What the carrier asks when `web` does not answer, under gunicorn."""
    settings = Settings()
    sys.argv = ["gunicorn", "service.fallback:application()", "--bind", _bound(settings, settings.fallback_port),
                *GUNICORN_FLAGS]  # fmt: skip
    wsgiapp.run()


def worker(queue: QueueName) -> None:
    worker_process.run(logging_settings(), queue)


def clock() -> None:
    clock_process.run(logging_settings())


def mail() -> None:
    """The SMTP listener."""
    mailserver.run(logging_settings())


def telephones(port: int) -> int:
    """The simulated ones; the exit code."""
    return simulator_process.main(["--port", str(port)])


def prepare(data: Path | None) -> int:
    """What must be there before the others start: the schema, and demo data if asked for. The exit code."""
    settings = logging_settings()
    database = wiring.database(settings)
    try:
        migrate.upgrade(database)
        if data is None:
            return 0
        return demo_data.load(database, settings, data)
    except demo_data.RefusedHere as error:
        sys.stderr.write(f"{error}\n")
    except DBAPIError as error:
        sys.stderr.write(f"{failures.of_database(error)}\n")
    return 1


def _bound(settings: Settings, port: int) -> str:
    host = "0.0.0.0" if settings.environment == "production" else "127.0.0.1"  # noqa: S104 - behind the balancer
    return f"{host}:{port}"


def logging_settings() -> Settings:
    settings = Settings()
    configure(settings)
    return settings

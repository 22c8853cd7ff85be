"""What a process has at hand: set up once by the composition root, used by jobs and views."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session

from alerting.configuration import Configurations
from alerting.notifications.carriers.account import TwilioAccount
from alerting.notifications.carriers.base import Carrier
from alerting.notifications.carriers.pagerduty import PagerDuty
from alerting.work import Work, working
from core import time
from core.db import Database
from core.settings import Settings


@dataclass(frozen=True)
class Runtime:
    settings: Settings
    database: Database
    configurations: Configurations
    carrier: Carrier
    now: Callable[[Session], datetime] = time.now
    more_carriers: tuple[Carrier, ...] = ()

    @cached_property
    def pagerduty(self) -> PagerDuty:
        """Its clients are made when they are first needed, and kept."""
        settings = self.settings
        return PagerDuty(
            events_url=settings.pagerduty_events_url,
            api_url=settings.pagerduty_api_url,
            api_key=settings.pagerduty_api_key.get_secret_value(),
        )

    @property
    def carriers(self) -> tuple[Carrier, ...]:
        """Every account by which calls and messages leave, the usual one first."""
        return (self.carrier, *self.more_carriers)

    def carrier_named(self, name: str | None) -> Carrier:
        """The one of that name; the usual one for a name that is gone, or none."""
        return next((one for one in self.more_carriers if one.name == name), self.carrier)

    def account(self, name: str) -> TwilioAccount:
        """Our account of that name at the carrier, to be looked at."""
        return TwilioAccount.of(self.settings.carrier_account(name))

    @contextmanager
    def work(self, *, may_be_lost: bool = False) -> Iterator[Work]:
        """One transaction with its instant and its configuration; `may_be_lost` as in Database.transaction."""
        with self.database.transaction(may_be_lost=may_be_lost) as session:
            config = self.configurations.current(session)
            with working(session, self.now(session), config) as work:
                yield work


_installed: list[Runtime] = []


def install(runtime: Runtime) -> None:
    """Make this the process's runtime; RQ hands a job nothing but its arguments."""
    _installed[:] = [runtime]


def installed() -> Runtime:
    """The process's runtime; LookupError when the process was started by something else than our own entry points."""
    if not _installed:
        raise LookupError("no runtime installed: start workers with `guardia worker`, not with `rq worker`")
    return _installed[0]

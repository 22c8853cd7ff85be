"""RQ entry points of the periodic work."""

from __future__ import annotations

from datetime import timedelta

from alerting.carrier_watch import service
from alerting.notifications.carriers.account import expected
from alerting.notifications.carriers.base import ConfigurationDeliveryError, DeliveryError
from alerting.notifications.carriers.numbers import findings
from alerting.runtime import Runtime, installed
from core import periodic
from core.carrier_accounts import CarrierAccount
from core.settings import DEMO_ACCOUNT_SID


def canaries(task: str, every_seconds: int) -> None:
    runtime = installed()
    with runtime.work() as work:
        if periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            service.go_on(work, runtime.settings, runtime.carrier.name)


def look_at_accounts(task: str, every_seconds: int) -> None:
    """The turn is over before the carrier is asked: an account that does not answer is asked again next time."""
    runtime = installed()
    with runtime.work() as work:
        if not periodic.take_turn(work.session, task, work.now, timedelta(seconds=every_seconds)):
            return
        if not service.is_account_due(work, runtime.carrier.name):
            return
    look(runtime)


def look(runtime: Runtime) -> None:
    """Ask the carrier about our accounts, and keep what it says. Nobody is asked with the example credentials."""
    settings = runtime.settings
    if settings.twilio_account_sid == DEMO_ACCOUNT_SID and not settings.twilio_api_url:
        return
    for account in settings.carrier_accounts:
        _look_at(runtime, account)
    with runtime.work() as work:
        service.forget_others(work, [account.name for account in settings.carrier_accounts])


def _look_at(runtime: Runtime, ours: CarrierAccount) -> None:
    name = ours.name
    try:
        account = runtime.account(name).look((ours.sms_from, ours.voice_from))
    except ConfigurationDeliveryError as error:
        with runtime.work() as work:
            service.keep_refusal(work, name, f"code {error.code}")
        return
    except DeliveryError as error:
        with runtime.work() as work:
            service.keep_silence(work, name, str(error))
        return
    with runtime.work() as work:
        service.keep_account(work, name, account, findings(account, expected(runtime.settings, name)))

"""Our account at Twilio, looked at: what it is worth and how its numbers are set up. Reads alone."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from alerting.notifications.carriers.base import ConfigurationDeliveryError, DeliveryError, PermanentDeliveryError
from alerting.notifications.carriers.numbers import POST, Account, Expected, Number
from alerting.notifications.carriers.twilio import TwilioCarrier
from core.carrier_accounts import TWILIO
from core.settings import Settings

LIMIT = 5  # of the resources that carry one number: there is one
MAY_NOT = (401, 403, 404)


def expected(settings: Settings, account: str = TWILIO) -> Expected:
    """What we rely on at the account of that name."""
    least, ours = Decimal(str(settings.low_balance)), settings.carrier_account(account)
    return Expected(ours.sms_from, ours.voice_from, settings.public_origin, least, settings.fallback_origin)


class TwilioAccount(TwilioCarrier):
    """Signs in as the carrier does."""

    def look(self, numbers: Iterable[str]) -> Account:
        """The account with those of `numbers` that it has; a few requests, one after the other. A DeliveryError when it
        refuses us or does not answer. What alone may not be read (an API key reads no account, a sub-account has no
        balance) is left out."""
        status = self.check()
        balance, currency = self._balance()
        wanted = sorted({number for number in numbers if number.startswith("+")})
        return Account(
            status=status,
            balance=balance,
            currency=currency,
            numbers=self._numbers(wanted),
            caller_ids=frozenset(number for number in wanted if self._is_caller_id(number)),
        )

    def _balance(self) -> tuple[Decimal | None, str]:
        try:
            found = self._ask(lambda: self._client.balance.fetch())
            return Decimal(str(found.balance)), str(found.currency or "")
        except InvalidOperation:
            return None, ""
        except DeliveryError as error:
            if _may_not(error):
                return None, ""
            raise

    def _numbers(self, wanted: Iterable[str]) -> tuple[Number, ...] | None:
        try:
            return tuple(found for number in wanted for found in self._incoming(number))
        except DeliveryError as error:
            if _may_not(error):
                return None
            raise

    def _incoming(self, number: str) -> list[Number]:
        listing = self._client.incoming_phone_numbers
        return [_number(one) for one in self._ask(lambda: listing.list(phone_number=number, limit=LIMIT))]

    def _is_caller_id(self, number: str) -> bool:
        listing = self._client.outgoing_caller_ids
        try:
            return bool(self._ask(lambda: listing.list(phone_number=number, limit=1)))
        except DeliveryError as error:
            if _may_not(error):
                return False
            raise


def _may_not(error: DeliveryError) -> bool:
    """Whether that alone may not be read, and the rest may. The SDK tells of a list that is refused in another way than
    of a single thing: the answer is then an argument of its exception."""
    if isinstance(error, ConfigurationDeliveryError | PermanentDeliveryError):
        return True
    arguments = error.__cause__.args if error.__cause__ is not None else ()
    return any(getattr(one, "status_code", None) in MAY_NOT for one in arguments)


def _number(found: Any) -> Number:
    able = found.capabilities or {}
    return Number(
        number=str(found.phone_number),
        voice=bool(able.get("voice")),
        sms=bool(able.get("sms")),
        voice_url=str(found.voice_url or ""),
        voice_method=str(found.voice_method or POST),
        voice_instead=str(found.trunk_sid or found.voice_application_sid or ""),
        sms_url=str(found.sms_url or ""),
        sms_method=str(found.sms_method or POST),
        sms_instead=str(found.sms_application_sid or ""),
        voice_fallback=str(found.voice_fallback_url or ""),
        sms_fallback=str(found.sms_fallback_url or ""),
    )

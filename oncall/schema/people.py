"""People, how to reach them and by which rules, and their teams."""

import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from oncall.schema.fields import Channel, Id, StaffRole, Timezone, Value, one_of_each
from oncall.spans import Span

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class ContactMethod(Value):
    id: Id
    channel: Channel
    address: str = Field(min_length=1, max_length=254)
    verified: bool = False

    @model_validator(mode="after")
    def _address_suits_channel(self) -> Self:
        if self.channel in ("sms", "voice") and not _E164.fullmatch(self.address):
            raise ValueError(
                f"the address {self.address!r} is no phone number for {self.channel}; "
                "write it in E.164, in quotes, like '+34600000001'"
            )
        if self.channel == "email" and not _EMAIL.fullmatch(self.address):
            raise ValueError(f"the address {self.address!r} is no e-mail address; write it like ana@example.com")
        return self


class NotificationRule(Value):
    """`via` is the id of one of the person's methods, else a channel: every verified method of it. `after` counts
    from the start of the step."""

    via: Id
    after: Span = timedelta(0)


class NotificationRules(Value):
    """None: this urgency follows the defaults."""

    critical: tuple[NotificationRule, ...] | None = None
    normal: tuple[NotificationRule, ...] | None = None


class Defaults(Value):
    """For people without rules of their own."""

    notification_rules: NotificationRules = NotificationRules()


class Person(Value):
    id: Id
    name: str = Field(min_length=1, max_length=200)
    email: str | None = None
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")
    timezone: Timezone | None = None
    roles: tuple[StaffRole, ...] = ()
    pagerduty_user: str | None = None
    contact_methods: Annotated[
        tuple[ContactMethod, ...], AfterValidator(one_of_each("id", lambda method: method.id))
    ] = ()
    notification_rules: NotificationRules | None = None

    @model_validator(mode="after")
    def _email_is_one(self) -> Self:
        if self.email is not None and not _EMAIL.fullmatch(self.email):
            raise ValueError(f"the email {self.email!r} is no e-mail address; write it like ana@example.com")
        return self


class Team(Value):
    id: Id
    name: str = Field(min_length=1, max_length=200)
    members: Annotated[tuple[Id, ...], AfterValidator(one_of_each("member", str))]
    managers: Annotated[tuple[Id, ...], AfterValidator(one_of_each("manager", str))] = ()

"""How each telephone behaves when nobody sits at it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from ruamel.yaml import YAML

E164 = re.compile(r"^\+[1-9]\d{6,14}$")


class Profile(BaseModel):
    """One telephone's behaviour. The default is a telephone on a table: it rings until somebody at the phone page or
    the control API acts, and it receives every SMS."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None
    """Shown on the phone page only."""

    call: Literal[
        "manual",  # rings until somebody acts, or until the call's Timeout
        "answer",  # picks up after `answer_seconds`
        "ignore",  # rings out
        "busy",
        "reject",  # the person presses the red key after `answer_seconds`; Twilio calls that busy
        "voicemail",  # picks up, presses nothing
        "unreachable",  # switched off: failed, SIP 480
        "invalid",  # no such number: the create is refused with 21211
    ] = "manual"
    answer_seconds: float = Field(default=0.2, ge=0)
    ring_seconds: float | None = Field(default=None, ge=0)
    """Rings out after this instead of the call's Timeout, when shorter."""
    keys: tuple[str, ...] = ()
    """Pressed one item per prompt, once it has been heard; "" stays silent at that prompt, and so does a prompt
    beyond the list. Each call begins with the first."""
    key_seconds: float = Field(default=0.0, ge=0)
    hang_up_seconds: float | None = Field(default=None, ge=0)
    """After having answered."""
    greeting_seconds: float = Field(default=1.0, ge=0)
    """Of the voicemail; machine detection that waits for its end takes as long."""

    sms: Literal[
        "deliver",
        "no_receipt",  # arrives, but the operator never confirms: `sent` is final
        "undelivered",
        "failed",
        "opted_out",  # the create is refused with 21610
        "invalid",  # the create is refused with 21211
    ] = "deliver"
    sms_seconds: float = Field(default=0.0, ge=0)
    """From `sent` to the operator's verdict."""
    sms_error_code: int | None = None
    """With undelivered (30003 when None) and failed (30008)."""
    reply: str | None = None
    """Answer to every SMS. `{code}` becomes the two digits before "A=" in it; without them there is no answer."""
    reply_seconds: float = Field(default=0.2, ge=0)


def reply_to(template: str, text: str) -> str | None:
    """What the telephone answers to `text`: "{code}A" to "... 47A=acepto" is "47A". None: nothing to answer to."""
    if "{code}" not in template:
        return template
    found = re.search(r"(?<!\d)(\d{2})A=", text)
    return template.replace("{code}", found[1]) if found else None


@dataclass(frozen=True)
class ProfileFile:
    default: Profile
    phones: Mapping[str, Profile]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")
    default: Profile = Profile()
    phones: dict[str, Profile] = {}


def read_profiles(path: Path) -> ProfileFile:
    """YAML (or JSON): `default: {...}` and `phones: {"+34600000001": {name: Ana, call: answer, keys: ["4"]}}`.
    Raises pydantic's ValidationError naming the key."""
    content: Any = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}
    shape = TypeAdapter(_Shape).validate_python(content)
    return ProfileFile(default=shape.default, phones=shape.phones)

"""The example world with logins: for a first look, never where real telephones ring."""

from __future__ import annotations

import io
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from core.accounts import service as accounts
from core.accounts.models import User
from core.db import Database
from core.settings import Settings
from core.time import now
from service.configuration import commands

EXAMPLES = Path(__file__).parent.parent / "examples"
PASSWORD_FILE = "demo-password"  # noqa: S105 - the name of a file
KEYS_FILE = "demo-keys"


class RefusedHere(RuntimeError):
    """Demo data would make real telephones ring, or stand in production."""


def path(file: Path | None) -> Path:
    return file or EXAMPLES / "world.yaml"


def load(database: Database, settings: Settings, file: Path) -> int:
    """Apply the file, and give each of its users the demo password unless they have one; the exit code of `apply`.
    RefusedHere unless the telephones are simulated ones on this machine."""
    if settings.environment == "production":
        raise RefusedHere("production refuses the demo data: start with --no-demo-data")
    if not settings.telephony_is_loopback:
        raise RefusedHere(
            f"demo data refuses GUARDIA_TWILIO_API_URL={settings.twilio_api_url!r}: it is not on this machine, and "
            "nobody real is ever rung by a demo; start with --no-demo-data"
        )
    out = io.StringIO()
    if commands.apply_files(database, [file], False, False, out) != 0:
        sys.stderr.write(out.getvalue())
        return commands.REFUSED
    _keep_keys(settings, [line.strip() for line in out.getvalue().splitlines() if line.startswith(commands.KEY_LINE)])
    _set_passwords(database, password(settings))
    return 0


def password(settings: Settings) -> str:
    """The one password of all demo users: made once, kept in the data directory (mode 0600)."""
    file = settings.data_dir / PASSWORD_FILE
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.touch(0o600)
        file.write_text(f"demo-{secrets.token_hex(4)}")
    return file.read_text()


def keys_file(settings: Settings) -> Path | None:
    """Where the demo's heartbeats and monitoring events go to, with their keys; None when it has none."""
    file = settings.data_dir / KEYS_FILE
    return file if file.exists() else None


def _keep_keys(settings: Settings, lines: Sequence[str]) -> None:
    """Printed once, they would be lost among what the processes say (mode 0600)."""
    if lines:
        file = settings.data_dir / KEYS_FILE
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        with file.open("a", encoding="utf-8") as kept:
            kept.writelines(f"{line}\n" for line in lines)


def logins(settings: Settings) -> str:
    names = "marta@hotelsol.example, ana@itsafer.example, clara@itsafer.example"
    return f"{names} - password {password(settings)}"


def _set_passwords(database: Database, wanted: str) -> None:
    """One hash for all: hashing is slow on purpose."""
    with database.transaction() as session:
        users = session.scalars(select(User).where(User.archived_at.is_(None), User.password_hash.is_(None))).all()
        first = users[0] if users else None
        if first is None:
            return
        accounts.set_password(session, first.email, wanted, now(session))
        for user in users[1:]:
            user.password_hash = first.password_hash

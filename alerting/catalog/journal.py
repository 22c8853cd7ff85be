"""Activations that came while the database was out of reach: kept on disk before they are answered, requested from the
database when it is back (contract, section Activation; invariant I17)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from core.ids import opaque_token
from core.spool import Spool

PROVISIONAL_LENGTH = 8
FOLDER, NAME, REFUSED = "journal", "activations", "refused.jsonl"
FILE = f"{NAME}.jsonl"


@dataclass(frozen=True)
class Journalled:
    """One request as it came. `credential` is the digest of the bearer token or of the session cookie, never the
    secret, or the id of a user whose PIN was right on the telephone; who it was is found out when the database is back.
    `body` has the fields of the API's request."""

    provisional_reference: str
    received_at: datetime
    credential_kind: Literal["token", "session", "telephone"]
    credential: str
    body: Mapping[str, Any]
    idempotency_key: str | None = None

    def line(self) -> str:
        return json.dumps(asdict(self) | {"received_at": self.received_at.isoformat()}, ensure_ascii=False)

    @classmethod
    def of(cls, line: str) -> Journalled:
        values = json.loads(line)
        return cls(**(values | {"received_at": datetime.fromisoformat(values["received_at"])}))


class Journal:
    """The journal of one data directory. Several processes may write it; one at a time takes it in hand."""

    def __init__(self, data_dir: Path) -> None:
        self._spool = Spool(data_dir / FOLDER, NAME, REFUSED)

    def write(self, entry: Journalled) -> None:
        """On disk when this returns; OSError when even that is impossible."""
        self._spool.write(entry.line())

    def waiting(self) -> bool:
        """True while something has not been requested yet."""
        return self._spool.waiting()

    @contextmanager
    def in_hand(self) -> Iterator[list[Journalled]]:
        """As Spool.in_hand. A torn line was never answered with 202, so nobody relies on it."""
        with self._spool.in_hand() as lines:
            yield list(_whole(lines))

    def refuse(self, entry: Journalled) -> None:
        """Keep what could not be requested, for a person to look at."""
        self._spool.refuse(entry.line())


def provisional_reference() -> str:
    """Told to the customer until the ticket has its own; it names the request, and opens nothing."""
    return "P-" + opaque_token(PROVISIONAL_LENGTH).upper()


def _whole(lines: Sequence[str]) -> Iterator[Journalled]:
    for line in lines:
        try:
            yield Journalled.of(line)
        except (ValueError, TypeError, KeyError):
            continue

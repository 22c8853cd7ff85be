"""Keys pressed on a page's call while nothing could be looked up: on disk before the caller hears that they are kept,
and taken up when the database is back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from core.spool import Spool

FOLDER, NAME, REFUSED = "answers", "answers", "refused.jsonl"


@dataclass(frozen=True)
class KeptAnswer:
    """`token` is that of the call's address, which the carrier has signed; whose it is is looked up later. `at` by this
    machine's clock. `call` is the carrier's id: one call gives one answer."""

    call: str
    token: str
    at: datetime

    def line(self) -> str:
        return json.dumps(asdict(self) | {"at": self.at.isoformat()})

    @classmethod
    def of(cls, line: str) -> KeptAnswer:
        """ValueError, TypeError or KeyError for a line that is torn."""
        values = json.loads(line)
        return cls(**(values | {"at": datetime.fromisoformat(values["at"])}))


def spool_of(data_dir: Path) -> Spool:
    return Spool(data_dir / FOLDER, NAME, REFUSED)

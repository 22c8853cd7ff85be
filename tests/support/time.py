"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

TUESDAY_AT_THREE = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)


class SteppedClock:
    """Stands in for `core.time.now`; instants are UTC."""

    def __init__(self, at: datetime = TUESDAY_AT_THREE) -> None:
        self.at = at

    def __call__(self, _: Session) -> datetime:
        return self.at

    def advance(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at

"""Services on real databases, in one process."""

from __future__ import annotations

import pytest

from alerting.runtime import Runtime
from tests.support.desk import Desk
from tests.support.time import SteppedClock


@pytest.fixture
def desk(runtime: Runtime, clock: SteppedClock) -> Desk:
    return Desk(runtime, clock)

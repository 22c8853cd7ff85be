"""One running service for each module; telephones, all of them strict, for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stack import Stack
from tests.support.stack import stack as running_stack
from tests.support.telephones import NUMBERS, Telephones


@pytest.fixture(scope="module")
def stack(sqlite_template: Path) -> Iterator[Stack]:
    with running_stack(None, template=sqlite_template) as running:
        yield running


@pytest.fixture
def phones(stack: Stack) -> Iterator[Telephones]:
    """Whatever reaches any of them and is not expected by the test fails it."""
    with Telephones(stack.telephones, patience_seconds=20) as telephones:
        telephones.reset()
        for name in NUMBERS:
            telephones[name].set(strict=True)
        yield telephones
    stack.clear()

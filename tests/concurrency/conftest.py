"""Running services to be raced and broken, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stack import Stack
from tests.support.stack import stack as running_stack
from tests.support.telephones import Telephones


@pytest.fixture(scope="module")
def stack(sqlite_template: Path) -> Iterator[Stack]:
    with running_stack(None, template=sqlite_template) as running:
        yield running


@pytest.fixture
def phones(stack: Stack) -> Iterator[Telephones]:
    with Telephones(stack.telephones, patience_seconds=20) as telephones:
        telephones.reset()
        yield telephones
    stack.clear()

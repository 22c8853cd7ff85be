"""The version of the program, as it is installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


def text() -> str:
    """As in pyproject.toml; "unknown" in a checkout that was never installed."""
    try:
        return installed("guardia")
    except PackageNotFoundError:
        return "unknown"
